/** One more library: of the visitor's own, or one that is published elsewhere, where the content policy allows it. */

import { useState } from 'preact/hooks';
import { adding } from '../app/adding.js';
import { addLibrary, chooseLibrary, currentLibrary, dropLibrary, isOwn, libraries } from '../app/engine.js';
import { config, mayFetch, placesText } from '../app/config.js';
import { t } from '../text/index.js';
import { Problem } from './Problem.js';

export function NewLibrary() {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState<unknown>();
  const now = currentLibrary.value;
  const mayDrop = !isOwn(now) && config.libraries.every((library) => library.name !== now.name);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    const words = name.trim();
    if (words === '') return;
    if (libraries.peek().some((library) => library.name === words)) return setProblem(t('new.taken', { name: words }));
    const address = url.trim();
    try {
      if (address !== '' && !mayFetch(address)) return setProblem(t('new.policy', { places: placesText() }));
      await addLibrary(address === '' ? { name: words } : { name: words, url: new URL(address, document.baseURI).href });
      chooseLibrary(words);
      setName('');
      setUrl('');
    } catch (error) {
      setProblem(error instanceof TypeError ? t('problem.badUrl') : error);
    }
  };
  return (
    <details class="panel" id="new-library">
      <summary>{t('new.title')}</summary>
      <form class="fields two" onSubmit={(event) => void submit(event)}>
        <label>
          {t('new.name')}
          <input id="new-name" type="text" maxLength={60} autocomplete="off" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {t('new.url')}
          <input id="new-url" type="text" inputMode="url" autocomplete="off" spellcheck={false} value={url} onInput={(event) => setUrl(event.currentTarget.value)} />
        </label>
        <p class="small wide-field">{t('new.hint')}</p>
        <div class="wide-field row">
          <button type="submit" class="button" id="new-add" disabled={adding.value !== undefined}>
            {t('new.add')}
          </button>
          {mayDrop && (
            <button type="button" class="button" disabled={adding.value !== undefined} onClick={() => void dropLibrary(now.name)}>
              {t('new.drop', { name: now.name })}
            </button>
          )}
        </div>
      </form>
      <Problem error={problem} />
    </details>
  );
}
