/** Adding photos and films: by drop, files or a folder; with progress, pause, cancel, and what came of each file. */

import { useEffect, useRef } from 'preact/hooks';
import { addDropped, addFiles, addProblem, addSurplus, added, adding, cancelAdding, chooseHandles, pauseOrResume } from '../app/adding.js';
import { dragging, surplus, takeFiles } from '../app/files.js';
import { clockText } from '../lib/format.js';
import { sentenceOf } from '../text/errors.js';
import { t, together } from '../text/index.js';
import type { Key } from '../text/index.js';
import { Icon } from './Icon.js';
import { Problem } from './Problem.js';

/** So many failed files are listed. */
const LISTED = 100;

export function AddPanel({ library }: { library: string }) {
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => takeFiles((transfer) => addDropped(library, transfer)), [library]);
  useEffect(() => folder.current?.setAttribute('webkitdirectory', ''), []);
  const busy = adding.value !== undefined;
  const take = (event: Event & { currentTarget: HTMLInputElement }): void => {
    const files = [...(event.currentTarget.files ?? [])];
    event.currentTarget.value = '';
    if (files.length > 0) addFiles(library, files);
  };
  /** Where the browser gives handles, files can be opened again in a later visit. */
  const choose = (kind: 'files' | 'folder') => (event: Event) => {
    if (chooseHandles(library, kind)) event.preventDefault();
  };
  return (
    <section class={dragging.value ? 'panel add over' : 'panel add'} aria-labelledby="add-heading">
      <h2 id="add-heading" class="hidden">
        {t('add.title')}
      </h2>
      {busy ? (
        <Progress />
      ) : (
        <div class="drop">
          <p>{t('add.drop')}</p>
          <div class="row">
            <label class="button primary file-button">
              <Icon name="upload" />
              {t('add.files')}
              <input id="add-files" class="hidden" type="file" multiple accept="image/*,video/*,.tif,.tiff,.mkv" onClick={choose('files')} onChange={take} />
            </label>
            <label class="button file-button">
              <Icon name="library" />
              {t('add.folder')}
              <input ref={folder} id="add-folder" class="hidden" type="file" multiple onClick={choose('folder')} onChange={take} />
            </label>
          </div>
          {surplus.value.length > 0 && (
            <button type="button" class="button" id="add-surplus" onClick={addSurplus}>
              {t('add.surplus', { n: surplus.value.length })}
            </button>
          )}
          <p class="small">{t('add.note')}</p>
        </div>
      )}
      <Problem id="add-problem" error={addProblem.value} />
      <Outcome />
    </section>
  );
}

function Progress() {
  const progress = adding.value?.progress;
  const paused = progress?.paused ?? false;
  const left = progress?.secondsLeft;
  return (
    <div class="adding" id="adding">
      <progress aria-label={t('add.progress')} max={1} value={progress?.fraction ?? 0} />
      <p role="status">
        {progress === undefined || progress.files === 0 ? t('add.listing') : t('add.done', { done: progress.done, n: progress.files })}
        {paused ? ` · ${t('add.paused')}` : left === undefined ? '' : ` · ${t('add.left', { time: clockText(left) })}`}
      </p>
      {progress !== undefined && (
        <p class="small">
          {t('add.counts', { added: progress.added, duplicates: progress.duplicates, failed: progress.failed, faces: progress.faces })}
        </p>
      )}
      <p class="small current-files">{progress?.current.map(({ name }) => name).join(', ')}</p>
      <div class="row">
        <button type="button" class="button" id="pause" disabled={progress === undefined} onClick={pauseOrResume}>
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? t('add.resume') : t('add.pause')}
        </button>
        <button type="button" class="button" id="cancel-adding" disabled={progress === undefined} onClick={cancelAdding}>
          {t('common.cancel')}
        </button>
      </div>
    </div>
  );
}

function Outcome() {
  const result = added.value;
  if (result === undefined) return null;
  const { failed, skipped } = result;
  // Of folders, files that are neither photos nor films by their names are passed over.
  const isNothing = [result.added, result.duplicates, failed, skipped].every(({ length }) => length === 0) && !result.cancelled;
  const told = (key: Key, { length }: readonly unknown[]): string => (length === 0 ? '' : t(key, { n: length }));
  const sentences = [
    isNothing ? t('add.nothing') : '',
    result.cancelled ? t('add.cancelled') : '',
    isNothing ? '' : t('add.result', { n: result.added.length }),
    told('add.known', result.duplicates),
    told('add.failedFiles', failed),
    told('add.skipped', skipped),
  ];
  return (
    <div class="outcome" id="outcome">
      <p role="status">{together(sentences)}</p>
      {failed.length > 0 && (
        <details open={failed.length <= 5}>
          <summary>{t('add.which')}</summary>
          <ul class="failed" id="failed-files">
            {failed.slice(0, LISTED).map(({ name, error }) => (
              <li key={name}>
                <strong>{name}</strong>: {sentenceOf(error)} <code class="code">{error.code}</code>
              </li>
            ))}
          </ul>
          {failed.length > LISTED && <p class="small">{t('add.moreFailed', { n: failed.length - LISTED })}</p>}
        </details>
      )}
    </div>
  );
}
