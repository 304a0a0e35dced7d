/** What is known of a photo or film, in the form that views need. */

import type { AiLabelInfo, Box, MediaAsset } from 'visavis';
import { focusOn, parsePosition } from '../lib/boxes.js';
import type { Size } from '../lib/boxes.js';
import { client } from './engine.js';

/** One unbroken appearance of a face; in a photo there is one moment. */
export interface Appearance {
  faceId: string;
  from: number;
  to: number;
  /** Where the face is, in the order of time. */
  moments: { time: number; box: Box }[];
}

/** Somebody who is seen. */
export interface Seen {
  /** The EntityId; empty for a face of nobody known. */
  entity: string;
  name: string;
  appearances: Appearance[];
}

export interface MediaDetails extends Size {
  id: string;
  kind: 'image' | 'video';
  title: string;
  fileName: string;
  bytes: number;
  durationS: number;
  created: string;
  description: string;
  tags: string[];
  url: string | undefined;
  cover: string | undefined;
  seen: Seen[];
}

/** A media of a library, and whether all of its faces are known. */
export interface LoadedMedia {
  media: MediaDetails;
  isComplete: boolean;
}

/**
 * A media of a library; undefined where there is none of this id. Unless `complete`, no faces are downloaded for it: of a library that is not
 * downloaded whole, it may have others.
 */
export async function loadMedia(library: string, id: string, complete: boolean): Promise<LoadedMedia | undefined> {
  const engine = await client();
  const { MediaInfoList } = await engine.searchMedia({ Match: `mediaId == '${id.replaceAll("'", "''")}'`, SearchLibName: library }, { complete });
  const [asset] = MediaInfoList;
  if (asset === undefined) return undefined;
  const stats = (await engine.stats()).libraries.find(({ name }) => name === library);
  return { media: detailsOf(asset), isComplete: stats === undefined || stats.openShards === stats.shards };
}

export function detailsOf(asset: MediaAsset): MediaDetails {
  const basic = asset.MediaBasicInfo;
  const file = asset.FileInfoList[0]?.FileBasicInfo ?? {};
  return {
    id: asset.MediaId,
    kind: basic.MediaType === 'video' ? 'video' : 'image',
    title: basic.Title ?? file.FileName ?? asset.MediaId,
    fileName: file.FileName ?? '',
    bytes: Number(file.FileSize ?? 0),
    durationS: Number(file.Duration ?? 0),
    width: Number(file.Width ?? 0),
    height: Number(file.Height ?? 0),
    created: basic.CreateTime ?? '',
    description: basic.Description ?? '',
    tags: (basic.MediaTags ?? '').split(',').filter((tag) => tag !== ''),
    url: basic.InputURL,
    cover: basic.CoverURL,
    seen: asset.AiData.AiLabelInfo.filter(({ LabelType }) => LabelType === 'Face').map(seenOf),
  };
}

function seenOf(label: AiLabelInfo): Seen {
  const appearances = label.Occurrences.map(({ From = 0, To = 0, Tracks, clipId = '' }) => ({
    faceId: clipId,
    from: From,
    to: To,
    moments: Tracks.flatMap(({ Timestamp = 0, Position }) => {
      const box = parsePosition(Position);
      return box === undefined ? [] : [{ time: Timestamp, box }];
    }),
  }));
  return { entity: label.LabelId ?? '', name: label.LabelName ?? '', appearances };
}

/** How much later than the last moment a box is still shown, in seconds: films are looked at five times a second. */
const GRACE_S = 0.25;

/** The `object-position` with which the cropped cover of a photo shows its first face; of a film it is of another moment. */
export function coverFocus({ kind, seen, width, height }: MediaDetails): string {
  const box = kind === 'image' ? seen[0]?.appearances[0]?.moments[0]?.box : undefined;
  return box === undefined ? '50% 30%' : focusOn({ X: box.x, Y: box.y, W: box.w, H: box.h }, { width, height });
}

/** Where a face is at a moment of the film, between the moments that were looked at. */
export function boxAt({ moments, from, to }: Appearance, time: number): Box | undefined {
  if (time < from - 0.01 || time > to + GRACE_S) return undefined;
  const after = moments.findIndex((moment) => moment.time > time);
  const [a, b] = after < 0 ? [moments.at(-1), undefined] : [moments[after - 1] ?? moments[after], moments[after]];
  if (a === undefined) return undefined;
  if (b === undefined || b.time <= a.time) return a.box;
  const part = Math.min(1, Math.max(0, (time - a.time) / (b.time - a.time)));
  const between = (key: keyof Box): number => a.box[key] + part * (b.box[key] - a.box[key]);
  return { x: between('x'), y: between('y'), w: between('w'), h: between('h') };
}
