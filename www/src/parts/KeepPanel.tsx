/** What a library of one's own takes on this device, and taking it elsewhere, bringing it back, deleting it. */

import { useState } from 'preact/hooks';
import { adding, forgetAdding } from '../app/adding.js';
import { client, dropLibrary, isOwn, libraries, revision, OWN } from '../app/engine.js';
import { forgetHandles } from '../app/originals.js';
import { bytesText } from '../lib/format.js';
import { codeOf } from '../text/errors.js';
import { t } from '../text/index.js';
import { Question } from './Dialog.js';
import { Icon } from './Icon.js';
import { Problem } from './Problem.js';
import { useAsked } from './useAsked.js';

export function KeepPanel({ library, isEmpty }: { library: string; isEmpty: boolean }) {
  const [problem, setProblem] = useState<unknown>();
  const [told, setTold] = useState('');
  const [fraction, setFraction] = useState<number | undefined>();
  const [asked, setAsked] = useState<{ replace: Blob } | 'delete' | undefined>();
  const { value: storage } = useAsked(readStorage, [library, revision.value, adding.value === undefined]);
  const busy = adding.value !== undefined || fraction !== undefined;

  const run = async (work: () => Promise<string>): Promise<void> => {
    setAsked(undefined);
    setProblem(undefined);
    setTold('');
    setFraction(0);
    try {
      setTold(await work());
    } catch (error) {
      setProblem(error);
    } finally {
      setFraction(undefined);
    }
  };
  const onProgress = ({ bytes, totalBytes }: { bytes: number; totalBytes: number }): void => setFraction(totalBytes > 0 ? bytes / totalBytes : 0);
  const exportIt = (): Promise<void> =>
    run(async () => {
      const zip = await (await client()).exportLibrary({ library, onProgress });
      download(zip, `${library}.zip`);
      return t('keep.exported', { size: bytesText(zip.size) });
    });
  const importIt = (zip: Blob, replace: boolean): Promise<void> =>
    run(async () => {
      try {
        const { media, faces } = await (await client()).importLibrary(zip, { library, replace, onProgress });
        revision.value += 1;
        return t('keep.imported', { n: media, faces });
      } catch (error) {
        // A library that is not empty is replaced only when that was said.
        if (!replace && codeOf(error) === 'InvalidParameter') {
          setAsked({ replace: zip });
          return '';
        }
        throw error;
      }
    });
  const erase = (): Promise<void> =>
    run(async () => {
      await forgetAdding(library);
      await (await client()).deleteLibrary(library);
      await forgetHandles(library);
      if (library !== OWN) await dropLibrary(library);
      revision.value += 1;
      return t('keep.deleted');
    });

  return (
    <section class="panel view" aria-labelledby="keep-heading">
      <h2 id="keep-heading">{t('keep.title')}</h2>
      {storage !== undefined && (
        <div>
          <label class="storage">
            {t('keep.storage', { used: bytesText(storage.used), quota: bytesText(storage.quota) })}
            <meter id="storage" min={0} max={storage.quota} value={storage.used} />
          </label>
          <p class="small">{storage.place}</p>
        </div>
      )}
      <Problem id="keep-problem" error={problem} />
      <p role="status" id="keep-told">
        {told}
      </p>
      {fraction !== undefined && <progress aria-label={t('keep.working')} max={1} value={fraction} />}
      <div class="row">
        <button type="button" class="button" id="export" disabled={busy || isEmpty} onClick={() => void exportIt()}>
          {t('keep.export')}
        </button>
        <label class="button file-button" aria-disabled={busy}>
          {t('keep.import')}
          <input
            id="import"
            class="hidden"
            type="file"
            accept=".zip,application/zip"
            disabled={busy}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = '';
              if (file !== undefined) void importIt(file, isEmpty);
            }}
          />
        </label>
        <button type="button" class="button danger" id="delete-library" disabled={fraction !== undefined} onClick={() => setAsked('delete')}>
          <Icon name="trash" />
          {t('keep.delete')}
        </button>
      </div>
      {asked === 'delete' && (
        <Question title={t('keep.deleteSure')} verb={t('keep.delete')} id="sure" danger onYes={() => void erase()} onClose={() => setAsked(undefined)}>
          <p>{t('keep.deleteText')}</p>
        </Question>
      )}
      {typeof asked === 'object' && (
        <Question title={t('keep.replaceSure')} verb={t('keep.replace')} id="sure" danger onYes={() => void importIt(asked.replace, true)} onClose={() => setAsked(undefined)}>
          <p>{t('keep.replaceText')}</p>
        </Question>
      )}
    </section>
  );
}

async function readStorage(): Promise<{ used: number; quota: number; place: string } | undefined> {
  const { storage: kind } = await (await client()).stats();
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const own = libraries.peek().filter(isOwn).length;
  const place = t(kind === 'memory' ? 'keep.inMemory' : 'keep.onDisk', { n: own });
  return quota > 0 ? { used: usage, quota, place } : undefined;
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
