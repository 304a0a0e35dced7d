/** The photo and a match side by side, with the aligned crops that the engine compares. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Box, Face } from 'visavis';
import { mayFetch } from '../app/config.js';
import { client } from '../app/engine.js';
import { fetchPicture } from '../app/pictures.js';
import { detected, ended, hits, more, photo } from '../app/search.js';
import type { Hit } from '../app/hits.js';
import { drawAligned } from '../lib/align.js';
import { placeOver } from '../lib/boxes.js';
import { t } from '../text/index.js';
import { Dialog } from './Dialog.js';
import { Icon } from './Icon.js';
import { Picture } from './Picture.js';
import { Strength } from './Strength.js';

interface Props {
  index: number;
  onIndex: (index: number) => void;
  onClose: () => void;
}

export function Compare({ index, onIndex, onClose }: Props) {
  const all = hits.value;
  const hit = all[index];
  const probe = photo.value;
  const face = hit === undefined ? undefined : detected.value?.faces[hit.face];
  if (hit === undefined || probe === undefined || face === undefined) return null;
  const next = (): void => {
    if (index + 1 < all.length) onIndex(index + 1);
    if (index + 3 > all.length && !ended.value) void more();
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowRight') next();
    if (event.key === 'ArrowLeft' && index > 0) onIndex(index - 1);
  };
  return (
    <Dialog title={t('compare.title')} wide onClose={onClose}>
      <div class="compare-view" onKeyDown={keys}>
        <figure>
          <figcaption>{t('compare.probe')}</figcaption>
          <Framed box={face.box} size={detected.value ?? { width: 1, height: 1 }}>
            <img src={probe.url} alt={t('search.photoAlt', { name: probe.name })} />
          </Framed>
          <Crop label={t('compare.probeCrop')} make={async () => ({ picture: await createImageBitmap(probe.blob), face })} name={probe.url + hit.face} />
        </figure>
        <figure>
          <figcaption>
            {t('compare.hit', { name: hit.LabelName ?? hit.Title })}
          </figcaption>
          <Framed box={{ x: hit.Box.X, y: hit.Box.Y, w: hit.Box.W, h: hit.Box.H }} size={{ width: hit.Width, height: hit.Height }}>
            <Picture src={hit.CoverUrl ?? hit.FaceUrl} alt={hit.Title} />
          </Framed>
          <Crop label={t('compare.hitCrop')} make={() => faceOf(hit)} name={hit.MediaId} />
        </figure>
        <p class="small compare-note">{t('compare.aligned')}</p>
        <div class="compare-score">
          <Strength score={hit.Score} title={hit.Title} />
          <p class="small">{t('score.cosine', { value: hit.Cosine.toFixed(3) })}</p>
        </div>
        <div class="compare-steps">
          <button type="button" class="button" aria-disabled={index === 0} onClick={() => index > 0 && onIndex(index - 1)}>
            <Icon name="left" />
            {t('compare.previous')}
          </button>
          <button type="button" class="button" aria-disabled={index + 1 >= all.length} onClick={next}>
            {t('compare.next')}
            <Icon name="right" />
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** A picture with one box on it. */
function Framed({ box, size, children }: { box: Box; size: { width: number; height: number }; children: preact.ComponentChildren }) {
  return (
    <div class="framed">
      {children}
      <span class="frame" style={placeOver(box, size)} />
    </div>
  );
}

/** A face and the picture whose pixels its landmarks count. */
interface Source {
  picture: ImageBitmap;
  face: Face;
}

/** The aligned crop; `name` says when it is another one. */
function Crop({ label, make, name }: { label: string; make: () => Promise<Source | undefined>; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    let gone = false;
    setMissing(false);
    make().then(
      (source) => {
        if (!gone && source !== undefined && canvas.current !== null) drawAligned(canvas.current, source.picture, source.face.landmarks);
        source?.picture.close();
        if (!gone) setMissing(source === undefined);
      },
      () => !gone && setMissing(true),
    );
    return () => {
      gone = true;
    };
  }, [name]);
  return (
    <>
      <canvas ref={canvas} class="crop" role="img" aria-label={label} hidden={missing} width={224} height={224} />
      {missing && <p class="small crop-missing">{t('compare.noCrop')}</p>}
    </>
  );
}

/** The face of a match with its landmarks, from the sharpest picture of it that the library has; they are not in the library's tables. */
async function faceOf(hit: Hit): Promise<Source | undefined> {
  const engine = await client();
  const original = hit.MediaType === 'image' && hit.Url !== undefined && mayFetch(hit.Url) ? [hit.Url] : [];
  const scale = 480 / Math.max(hit.Width, hit.Height);
  const inCover = hit.CoverUrl !== undefined && hit.MediaType === 'image' && hit.Box.W * scale >= 100 ? [hit.CoverUrl] : [];
  for (const address of [...original, ...inCover, hit.FaceUrl]) {
    const blob = await fetchPicture(address).catch(() => undefined);
    if (blob === undefined) continue;
    const { width, faces } = await engine.detectFaces(blob, { expression: false });
    const shrink = width / hit.Width;
    const near = address === hit.FaceUrl ? faces[0] : nearest(faces, hit, shrink);
    if (near !== undefined) return { picture: await createImageBitmap(blob), face: near };
  }
  return undefined;
}

/** The face that lies where the match is. */
function nearest(faces: readonly Face[], { Box: { X, Y, W, H } }: Hit, shrink: number): Face | undefined {
  const [x, y] = [(X + W / 2) * shrink, (Y + H / 2) * shrink];
  const away = ({ box }: Face): number => Math.hypot(box.x + box.w / 2 - x, box.y + box.h / 2 - y);
  const [best] = [...faces].sort((a, b) => away(a) - away(b));
  return best !== undefined && away(best) < W * shrink ? best : undefined;
}
