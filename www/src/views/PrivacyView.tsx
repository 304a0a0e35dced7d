/** What stays on the device and what was asked for; and the button that forgets everything. */

import { useState } from 'preact/hooks';
import { adding } from '../app/adding.js';
import { placesText } from '../app/config.js';
import { chooseAccess, client, libraries, revision } from '../app/engine.js';
import { forgetEverything } from '../app/forget.js';
import { requests, sendings } from '../app/requests.js';
import type { RequestEntry } from '../app/requests.js';
import { ACCESS, access, showPictures } from '../app/settings.js';
import { bytesText } from '../lib/format.js';
import { Question } from '../parts/Dialog.js';
import { Icon } from '../parts/Icon.js';
import { libraryTitle } from '../parts/Shell.js';
import { useAsked } from '../parts/useAsked.js';
import { t } from '../text/index.js';

export function PrivacyView(_: { id: string }) {
  return (
    <div class="view">
      <h1>{t('privacy.title')}</h1>
      <p class="lead">{t('privacy.lead')}</p>
      <Proof />
      <Reveals />
      <Forget />
      <Requests />
    </div>
  );
}

function Proof() {
  const all = requests.value;
  const sent = sendings.value;
  const policy = document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
  const network = all.filter(({ bytes }) => bytes !== 0);
  const total = network.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  return (
    <section class="panel view" aria-labelledby="proof">
      <h2 id="proof" class="proof">
        <Icon name="privacy" size={28} />
        <span id="proof-text">{sent.length === 0 ? t('privacy.proof', { n: network.length }) : t('privacy.noProof', { n: sent.length })}</span>
      </h2>
      <dl class="facts">
        <div>
          <dt>{t('privacy.count')}</dt>
          <dd>{network.length}</dd>
        </div>
        <div>
          <dt>{t('privacy.total')}</dt>
          <dd id="total-bytes">{bytesText(total)}</dd>
        </div>
        <div>
          <dt>{t('privacy.copies')}</dt>
          <dd>{all.length - network.length}</dd>
        </div>
        <div>
          <dt>{t('privacy.sent')}</dt>
          <dd>{sent.length === 0 ? '0 B' : sent.map(({ method, url }) => `${method} ${url}`).join(', ')}</dd>
        </div>
      </dl>
      <p>{t('privacy.proofHow')}</p>
      <p>{t('privacy.places', { places: placesText() })}</p>
      <details>
        <summary>{t('privacy.policy')}</summary>
        <code id="policy">{policy}</code>
      </details>
    </section>
  );
}

function Reveals() {
  return (
    <section class="panel view" aria-labelledby="reveals">
      <h2 id="reveals">{t('privacy.reveals')}</h2>
      <Access />
      <ul class="points">
        <li>
          {t('privacy.reveals.pictures')}
          <br />
          <label class="check">
            <input id="show-pictures" type="checkbox" checked={showPictures.value} onChange={(event) => (showPictures.value = event.currentTarget.checked)} />
            {t('privacy.showPictures')}
          </label>
        </li>
        <li>{t('privacy.reveals.own')}</li>
      </ul>
    </section>
  );
}

/** Libraries of at most so many files of faces are downloaded whole in any case (src/web/probing.rs). */
const ALWAYS_WHOLE = 16;

/** How libraries are downloaded: what each way reveals, which one is chosen, and how far that is. */
function Access() {
  const { value: stats } = useAsked(async () => (await client()).stats(), [access.value, revision.value]);
  const published = stats?.libraries.filter(({ url, shards }) => url !== '' && shards > 0) ?? [];
  return (
    <fieldset class="ways">
      <legend>{t('access.title')}</legend>
      {ACCESS.map((way) => (
        <label key={way} class="check">
          <input type="radio" name="access" value={way} checked={access.value === way} disabled={adding.value !== undefined} onChange={() => void chooseAccess(way).catch(() => undefined)} />
          <span>
            <strong>{t(`access.${way}`)}</strong> {t(`access.${way}.reveals`)}
          </span>
        </label>
      ))}
      <p class="small">{t('access.note')}</p>
      <ul class="small points" id="access-now">
        {published.map(({ name, openShards, shards }) => (
          <li key={name}>{t(shards === 1 ? 'access.one' : shards <= ALWAYS_WHOLE ? 'access.few' : 'access.now', { name: titleOf(name), open: openShards, n: shards })}</li>
        ))}
      </ul>
    </fieldset>
  );
}

/** What people call a library. */
function titleOf(name: string): string {
  const library = libraries.value.find((one) => one.name === name);
  return library === undefined ? name : libraryTitle(library);
}

function Requests() {
  const all = requests.value;
  return (
    <section class="panel" aria-labelledby="requests">
      <div class="panel-head">
        <h2 id="requests">{t('privacy.requests')}</h2>
      </div>
      <ByPurpose all={all} />
      <div class="table-scroll tall" tabIndex={0} role="region" aria-labelledby="requests">
        <table id="request-table">
          <thead>
            <tr>
              <th scope="col">{t('privacy.purpose')}</th>
              <th scope="col">{t('privacy.from')}</th>
              <th scope="col" class="number">
                {t('privacy.bytes')}
              </th>
              <th scope="col">{t('privacy.address')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((entry, index) => (
              <tr key={index}>
                <td>{t(`purpose.${entry.purpose}`)}</td>
                <td>{t(`privacy.from.${entry.from}`)}</td>
                <td class="number">{amount(entry)}</td>
                <td class="address">{shortened(entry.url)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** How many requests went over the network for what, with their bytes, and how often a copy was enough. */
function ByPurpose({ all }: { all: readonly RequestEntry[] }) {
  const sums = new Map<RequestEntry['purpose'], { count: number; copies: number; bytes: number }>();
  for (const { purpose, bytes } of all) {
    const sum = sums.get(purpose) ?? { count: 0, copies: 0, bytes: 0 };
    sums.set(purpose, { count: sum.count + Number(bytes !== 0), copies: sum.copies + Number(bytes === 0), bytes: sum.bytes + (bytes ?? 0) });
  }
  return (
    <ul class="purposes" aria-label={t('privacy.byPurpose')}>
      {[...sums].map(([purpose, { count, copies, bytes }]) => (
        <li key={purpose}>
          <strong>{t(`purpose.${purpose}`)}</strong>{' '}
          <span class="small">
            {t('privacy.sum', { n: count, bytes: bytesText(bytes) })}
            {copies > 0 && ` · ${t('privacy.sumCopies', { n: copies })}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function amount({ bytes, size }: RequestEntry): string {
  if (bytes === undefined) return t('privacy.hidden');
  return bytes === 0 ? `${t('privacy.copy')}${size > 0 ? ` (${bytesText(size)})` : ''}` : bytesText(bytes);
}

/** Addresses of this page without its folder. */
function shortened(url: string): string {
  const folder = new URL('./', document.baseURI).href;
  return url.startsWith(folder) ? url.slice(folder.length) || './' : url;
}

function Forget() {
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState('');
  const forget = async (): Promise<void> => {
    setAsked(false);
    const failed = await forgetEverything();
    setDone(failed.length === 0 ? t('privacy.forgotten') : t('privacy.notForgotten', { message: failed.join('; ') }));
  };
  return (
    <section class="panel view" aria-labelledby="forget-heading">
      <h2 id="forget-heading">{t('privacy.forget')}</h2>
      <p>{t('privacy.forgetText')}</p>
      <p role="status" id="forgotten">
        {done}
      </p>
      <div>
        <button type="button" class="button danger" id="forget" onClick={() => setAsked(true)}>
          <Icon name="trash" />
          {t('privacy.forget')}
        </button>
      </div>
      {asked && (
        <Question title={t('privacy.forgetSure')} verb={t('privacy.forget')} id="forget-sure" danger onYes={() => void forget()} onClose={() => setAsked(false)}>
          <p>{t('privacy.forgetText')}</p>
        </Question>
      )}
    </section>
  );
}
