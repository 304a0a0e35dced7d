/** A photo of a library with its faces on it. */

import { useRef, useState } from 'preact/hooks';
import type { Box } from 'visavis';
import { mayFetch } from '../app/config.js';
import { originalOf } from '../app/originals.js';
import type { MediaDetails } from '../app/media.js';
import { go, personHref } from '../app/router.js';
import { takePhoto } from '../app/search.js';
import { showPictures } from '../app/settings.js';
import { placeOver } from '../lib/boxes.js';
import { t } from '../text/index.js';
import { seenName } from '../views/MediaView.js';
import { crossing } from './Picture.js';
import { Reopen } from './Reopen.js';

/** How much around a face is cut out with it, as a share of its box. */
const MARGIN = 0.6;

export function PhotoStage({ media, library }: { media: MediaDetails; library: string }) {
  const image = useRef<HTMLImageElement>(null);
  const addresses = [originalOf(media.id), media.url !== undefined && mayFetch(media.url) ? media.url : undefined, media.cover].filter((one) => one !== undefined);
  const [at, setAt] = useState(0);
  const source = addresses[at];
  const shown = source !== undefined && (showPictures.value || !/^https?:/.test(source));
  return (
    <>
      <div class="stage media-stage" style={shown ? {} : { width: '100%', 'aspect-ratio': `${media.width} / ${media.height}` }}>
        {shown ? (
          <img ref={image} class="photo" src={source} alt={media.title} {...crossing(source)} onError={() => setAt(at + 1)} />
        ) : (
          <p class="no-preview">{t('media.noPicture')}</p>
        )}
        {media.seen.flatMap((seen, index) =>
          seen.appearances.map(({ faceId, moments }) => {
            const box = moments[0]?.box;
            if (box === undefined) return null;
            const name = seenName(seen, index);
            const props = { class: 'face named', style: placeOver(box, media) };
            const label = <span>{name}</span>;
            if (seen.entity !== '') {
              return (
                <a key={faceId} href={personHref(seen.entity, library)} {...props}>
                  {label}
                </a>
              );
            }
            return (
              <button key={faceId} type="button" aria-label={t('media.searchFace', { name })} onClick={() => void searchFace(image.current, box, media, name)} {...props}>
                {label}
              </button>
            );
          }),
        )}
      </div>
      <Reopen media={media} library={library} />
    </>
  );
}

/** Searches with a face that is shown. */
async function searchFace(image: HTMLImageElement | null, box: Box, media: MediaDetails, name: string): Promise<void> {
  if (image === null || image.naturalWidth === 0) return;
  const scale = image.naturalWidth / media.width;
  const [w, h] = [box.w * (1 + 2 * MARGIN) * scale, box.h * (1 + 2 * MARGIN) * scale];
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(w));
  canvas.height = Math.max(1, Math.round(h));
  canvas.getContext('2d')?.drawImage(image, (box.x - box.w * MARGIN) * scale, (box.y - box.h * MARGIN) * scale, w, h, 0, 0, canvas.width, canvas.height);
  const crop = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (crop === null) return;
  go('#/search');
  await takePhoto(crop, name);
}
