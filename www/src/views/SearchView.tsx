/** The search: a photo comes in, its faces are shown, those that are chosen are searched for. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { addSurplus } from '../app/adding.js';
import { dragging, surplus, takePhotos } from '../app/files.js';
import { go } from '../app/router.js';
import { clearPhoto, detected, photo, problem, search, status, takePhoto } from '../app/search.js';
import { codeOf } from '../text/errors.js';
import { t } from '../text/index.js';
import { Icon } from '../parts/Icon.js';
import { Intake } from '../parts/Intake.js';
import { Later } from '../parts/Later.js';
import { PhotoPanel } from '../parts/PhotoPanel.js';
import { Problem } from '../parts/Problem.js';
import { Results } from '../parts/Results.js';

const loadCamera = async () => (await import('../parts/Camera.js')).Camera;

export function SearchView() {
  const [camera, setCamera] = useState(false);
  const given = photo.value;
  const error = problem.value;
  const isEmpty = given === undefined;
  const before = useRef(isEmpty);
  // The button that was pressed is gone: the focus stays in the view.
  useEffect(() => {
    if (before.current !== isEmpty && document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true });
    before.current = isEmpty;
  }, [isEmpty]);
  return (
    <div class={`search${given === undefined ? ' empty' : ['failed', 'noFace'].includes(status.value) ? ' alone' : ''}${dragging.value ? ' over' : ''}`}>
      <h1 class={given === undefined ? '' : 'hidden'}>{t('search.title')}</h1>
      {given === undefined && <p class="intro">{t('search.intro')}</p>}
      {/* One input for the start and for another photo, so that it is always there. */}
      <input
        id="file"
        class="hidden"
        type="file"
        accept="image/*,.tif,.tiff,.heic,.avif"
        aria-label={t('search.choose')}
        onChange={(event) => {
          takePhotos([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <div class="search-photo">
        {given === undefined ? (
          <Intake onCamera={() => setCamera(true)} />
        ) : (
          <section class="panel" aria-labelledby="photo-heading">
            <div class="panel-head">
              <h2 id="photo-heading">{t('search.photo')}</h2>
              <button type="button" class="button quiet" onClick={clearPhoto}>
                <Icon name="upload" />
                {t('search.another')}
              </button>
            </div>
            <PhotoPanel photo={given} />
            <p id="status" class="status" role="status">
              {statusText()}
            </p>
          </section>
        )}
        <Problem id="problem" error={error ?? (status.value === 'noFace' ? t('problem.noFace') : undefined)} name={given?.name ?? ''} {...(given === undefined ? {} : { onRetry })} {...(isPhotoAtFault() ? { verb: t('problem.another') } : {})} />
        {surplus.value.length > 1 && <Surplus />}
      </div>
      <Results />
      {camera && <Later load={loadCamera} props={{ onClose: () => setCamera(false), onPhoto: takePhoto }} />}
    </div>
  );
}

/** Whether the photo itself is at fault, so that only another one helps. */
const isPhotoAtFault = (): boolean => (codeOf(problem.value)?.startsWith('Image') ?? false) || status.value === 'noFace';

/** Tries again what failed, from where it failed. */
function onRetry(): void {
  const given = photo.peek();
  if (isPhotoAtFault() || given === undefined) return clearPhoto();
  if (detected.peek() === undefined) void takePhoto(given.blob, given.name);
  else void search();
}

function statusText(): string {
  const found = detected.value;
  if (status.value === 'detecting') return t('search.detecting');
  if (found === undefined || found.faces.length === 0) return '';
  return found.faces.length === 1 ? t('search.faceFound') : t('search.facesFound', { n: found.faces.length });
}

/** The library shows how far that is. */
function addAll(): void {
  addSurplus();
  go('#/library');
}

/** More files came than a search takes. */
function Surplus() {
  return (
    <div class="notice">
      <p>{t('search.tooMany', { n: surplus.value.length })}</p>
      <button type="button" class="button" id="add-all" onClick={addAll}>
        {t('search.addAll')}
      </button>
    </div>
  );
}
