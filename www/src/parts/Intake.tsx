/** The ways in for a photo: choose, drop, paste, camera, address, sample. */

import { useState } from 'preact/hooks';
import { placesText } from '../app/config.js';
import { takeAddress } from '../app/files.js';
import { status } from '../app/search.js';
import { t, together } from '../text/index.js';
import { Icon } from './Icon.js';

export function Intake({ onCamera }: { onCamera: () => void }) {
  return (
    <section class="panel intake" aria-label={t('search.choose')}>
      <div class="drop" id="drop">
        <label class="button primary large" for="file">
          <Icon name="upload" />
          {t('search.choose')}
        </label>
        <p>{t('search.orDrop')}</p>
        <button type="button" class="button" id="camera" onClick={onCamera}>
          <Icon name="camera" />
          {t('search.camera')}
        </button>
      </div>
      <Address />
      <Samples />
    </section>
  );
}

/** A photo by its address. */
function Address() {
  const [text, setText] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') void takeAddress(text.trim());
  };
  return (
    <form class="address" onSubmit={submit}>
      <label for="address">{t('search.url')}</label>
      <div class="address-row">
        <input
          id="address"
          type="text"
          inputMode="url"
          autocomplete="off"
          spellcheck={false}
          placeholder="https://"
          aria-describedby="address-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          {t('search.urlGo')}
        </button>
      </div>
      <p class="small" role="status">
        {status.value === 'fetching' && t('common.loading')}
      </p>
      <p id="address-hint" class="small">
        {together([t('search.urlOwn', { places: placesText() }), t('search.urlHint')])}
      </p>
    </form>
  );
}

/** The photos that the page brought along. */
function Samples() {
  if (__QUERIES__.length === 0) return null;
  return (
    <div class="samples">
      <h2 id="samples-label">{t('search.samples')}</h2>
      <div id="sample-list" class="sample-list" role="group" aria-labelledby="samples-label">
        {__QUERIES__.map((file) => {
          const name = file.replace(/\.\w+$/, '').replaceAll(/[_-]+/g, ' ').replace(/ rendition$|^stranger /, '');
          return (
            <button key={file} type="button" aria-label={t('search.sample', { name })} onClick={() => void takeAddress(`queries/${file}`, true)}>
              <img src={`queries/${file}`} alt="" width="88" height="88" loading="lazy" />
              <span>{name}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
