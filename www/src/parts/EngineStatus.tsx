/** What the engine is doing before it can be used: downloads with their bytes, and what failed. */

import { signal } from '@preact/signals';
import { client, downloads, engineState, warnings } from '../app/engine.js';
import { bytesText } from '../lib/format.js';
import { t } from '../text/index.js';
import { sentenceOf } from '../text/errors.js';

const online = signal(navigator.onLine);
addEventListener('online', () => {
  online.value = true;
  // What failed for want of a network is tried again by itself.
  if (engineState.peek().status === 'failed') client().catch(() => undefined);
});
addEventListener('offline', () => {
  online.value = false;
});

export function EngineStatus() {
  const state = engineState.value;
  const files = downloads.value;
  const sum = (key: 'loadedBytes' | 'totalBytes', of: typeof files): number => of.reduce((total, file) => total + file[key], 0);
  const ofLibrary = files.filter(({ phase, loadedBytes, totalBytes }) => phase === 'library' && loadedBytes < totalBytes);
  const ofEngine = files.filter(({ phase }) => phase !== 'library');
  const shown = state.status === 'starting' ? ofEngine : ofLibrary;
  const values = { done: bytesText(sum('loadedBytes', shown)), total: bytesText(sum('totalBytes', shown)) };
  const starting = state.status === 'starting';
  const text = starting ? (sum('totalBytes', shown) > 0 ? t('engine.downloading', values) : t('engine.starting')) : t('engine.library', values);
  const warning = warnings.value.at(-1);
  return (
    <div class="engine-status">
      {(starting || ofLibrary.length > 0) && (
        <div class="engine-progress">
          <progress aria-label={text} max={sum('totalBytes', shown) || 1} value={sum('loadedBytes', shown)} />
          <span>{text}</span>
        </div>
      )}
      <div role="status">
        {!online.value && <p class="notice">{t('engine.offline')}</p>}
        {warning !== undefined && <p class="notice">{t('engine.warning', { message: warning.message })}</p>}
      </div>
      {state.status === 'failed' && (
        <div class="problem" role="alert">
          <p>
            {t('engine.failed')} {sentenceOf(state.error)}
          </p>
          <button type="button" class="button" onClick={() => void client().catch(() => undefined)}>
            {t('common.retry')}
          </button>
        </div>
      )}
    </div>
  );
}
