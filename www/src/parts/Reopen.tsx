/** Opening the file of an earlier visit again: by itself where the browser still allows it, else at a press. */

import { useState } from 'preact/hooks';
import type { MediaDetails } from '../app/media.js';
import { findOriginal, originalOf } from '../app/originals.js';
import { t } from '../text/index.js';
import { Problem } from './Problem.js';
import { useAsked } from './useAsked.js';

/** Shown where there is such a file and it is not at hand. */
export function Reopen({ media, library }: { media: MediaDetails; library: string }) {
  const [problem, setProblem] = useState<string | undefined>();
  // What is published has no file of the visitor.
  const { value: closed } = useAsked(async () => (media.url === undefined ? findOriginal(library, media.id, media.bytes) : undefined), [library, media.id]);
  if (closed === undefined || originalOf(media.id) !== undefined) return null;
  const open = async (): Promise<void> => setProblem((await closed.open()) === undefined ? t('media.notReopened', { name: closed.name }) : undefined);
  return (
    <>
      <div class="notice">
        <p>{t('media.reopenWhy', { name: closed.name })}</p>
        <button type="button" class="button" id="reopen" onClick={() => void open()}>
          {t('media.reopen')}
        </button>
      </div>
      <Problem error={problem} />
    </>
  );
}
