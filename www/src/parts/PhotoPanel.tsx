/** The chosen photo with a button over each face, and the choice among them. */

import { useState } from 'preact/hooks';
import type { Face } from 'visavis';
import { chooseFaces, chosen, detected, pressFace, search, several, status, together } from '../app/search.js';
import type { Photo } from '../app/search.js';
import { placeOver } from '../lib/boxes.js';
import { t } from '../text/index.js';
import type { Key } from '../text/index.js';

export function PhotoPanel({ photo }: { photo: Photo }) {
  const [broken, setBroken] = useState<string | undefined>();
  const found = detected.value;
  const busy = status.value === 'detecting';
  return (
    <>
      <div id="stage" class={busy ? 'stage busy' : 'stage'} role="group" aria-label={t('search.faces')} onKeyDown={arrows}>
        {broken === photo.url ? (
          <p class="no-preview">{status.value === 'failed' ? photo.name : t('search.noPreview', { name: photo.name })}</p>
        ) : (
          <img key={photo.url} class="photo" src={photo.url} alt={t('search.photoAlt', { name: photo.name })} decoding="async" onError={() => setBroken(photo.url)} />
        )}
        {found?.faces.map((face, index) => {
          const label = faceLabel(face, index, found.faces.length);
          return (
            <button
              key={index}
              type="button"
              class="face"
              title={label}
              aria-label={label}
              aria-pressed={chosen.value.includes(index)}
              style={placeOver(face.box, found)}
              onClick={(event) => pressFace(index, several.value || event.ctrlKey || event.metaKey || event.shiftKey)}
            >
              <span aria-hidden="true">{index + 1}</span>
            </button>
          );
        })}
      </div>
      {(found?.faces.length ?? 0) > 1 && <Choice count={found?.faces.length ?? 0} />}
    </>
  );
}

/** For photos of several people. */
function Choice({ count }: { count: number }) {
  const pressed = chosen.value.length;
  return (
    <div class="choice">
      <button type="button" class="button chip" id="several" aria-pressed={several.value} onClick={() => (several.value = !several.value)}>
        {t('search.several')}
      </button>
      <button
        type="button"
        class="button chip"
        id="all-faces"
        onClick={() => {
          several.value = true;
          chooseFaces(Array.from({ length: count }, (_, index) => index));
        }}
      >
        {t('search.all')}
      </button>
      {pressed > 1 && (
        <label class="check">
          <input
            type="checkbox"
            checked={together.value}
            onChange={(event) => {
              together.value = event.currentTarget.checked;
              void search();
            }}
          />
          {t('search.together')}
        </label>
      )}
      {pressed === 0 && <p class="small">{t('search.nobodyChosen')}</p>}
    </div>
  );
}

/** Arrow keys go from face to face. */
function arrows(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button.face')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  if (step === undefined || at < 0) return;
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}

function faceLabel({ box, expression }: Face, index: number, count: number): string {
  const values = { n: index + 1, count, size: Math.round(Math.min(box.w, box.h)) };
  if (expression === undefined) return t('search.faceLabel', values);
  return t('search.faceMood', { ...values, mood: t(`mood.${expression.label}` as Key) });
}
