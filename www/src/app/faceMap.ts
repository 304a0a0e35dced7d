/**
 * The faces of a library as points in the plane. The library's tables stay with the engine, so each face is embedded anew from the small picture
 * that the library has of it: the same engine, some tens of milliseconds a face, which is why there is a limit.
 */

import type { Client } from 'visavis';
import { project } from '../lib/project.js';
import { client } from './engine.js';
import { detailsOf } from './media.js';

/** A face with its place, each coordinate within 0 and 1. */
export interface PlacedFace {
  faceId: string;
  mediaId: string;
  /** Absent for somebody whom nobody knows. */
  entityId?: string;
  name?: string;
  /** The address of its small picture; empty where there is none. */
  picture: string;
  x: number;
  y: number;
}

/** More faces are not looked at. */
export const MOST_FACES = 400;
const PAGE_SIZE = 50;

type Unplaced = Omit<PlacedFace, 'x' | 'y'>;

/** Places the faces of a library, at most `MOST_FACES`. */
export async function placeFaces(library: string, onProgress: (done: number, all: number) => void, signal: AbortSignal): Promise<PlacedFace[]> {
  const engine = await client();
  const faces = await listFaces(engine, library, signal);
  const placed: { face: Unplaced; embedding: Float32Array }[] = [];
  for (const [index, face] of faces.entries()) {
    onProgress(index, faces.length);
    // A picture in which the engine finds nobody has no place.
    const { faces: found } = await engine.embedFaces(blobOf(face.picture), { expression: false, smallFaces: false, signal });
    if (found[0] !== undefined) placed.push({ face, embedding: found[0].embedding });
  }
  onProgress(faces.length, faces.length);
  const points = project(placed.map(({ embedding }) => embedding));
  return placed.map(({ face }, index) => ({ ...face, ...(points[index] ?? { x: 0.5, y: 0.5 }) }));
}

/** The faces with their pictures, media by media, newest first. */
async function listFaces(engine: Client, library: string, signal: AbortSignal): Promise<Unplaced[]> {
  const faces: Unplaced[] = [];
  let ScrollToken = '';
  do {
    const request = { SearchLibName: library, PageSize: PAGE_SIZE, ...(ScrollToken === '' ? {} : { ScrollToken }) };
    const answer = await engine.searchMedia(request, { faceImages: true, signal });
    for (const asset of answer.MediaInfoList) {
      const { id } = detailsOf(asset);
      for (const { LabelType, LabelId = '', LabelName = '', Occurrences } of asset.AiData.AiLabelInfo) {
        if (LabelType !== 'Face') continue;
        for (const { clipId = '', Image = '' } of Occurrences) {
          if (Image === '') continue;
          const picture = Image.startsWith('data:') ? Image : `data:image/jpeg;base64,${Image}`;
          faces.push({ faceId: clipId, mediaId: id, ...(LabelId === '' ? {} : { entityId: LabelId, name: LabelName }), picture });
        }
      }
    }
    ScrollToken = answer.ScrollToken;
  } while (ScrollToken !== '' && faces.length < MOST_FACES);
  return faces.slice(0, MOST_FACES);
}

function blobOf(address: string): Blob {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(',') + 1)), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: 'image/jpeg' });
}
