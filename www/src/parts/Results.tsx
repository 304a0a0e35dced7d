/** What was found: filters, a grid of cards that grows, and the comparison. */

import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { chosen, ended, facesDone, filters, hits, isBusy, more, photo, responseText, search, status, total, weaker } from '../app/search.js';
import type { Hit } from '../app/hits.js';
import { current } from '../app/engine.js';
import { mediaHref } from '../app/router.js';
import { countFilters } from '../lib/match.js';
import { focusOn } from '../lib/boxes.js';
import { t } from '../text/index.js';
import { FilterForm } from './FilterForm.js';
import { Icon } from './Icon.js';
import { Later } from './Later.js';
import { More } from './More.js';
import { Picture, openLabel } from './Picture.js';
import { Strength } from './Strength.js';

const loadCompare = async () => (await import('./Compare.js')).Compare;

const loadHistogram = async () => (await import('./Histogram.js')).Histogram;
/** Whether the histogram is looked at; it stays open from search to search. */
const curious = signal(false);

export function Results() {
  const [compared, setCompared] = useState<number | undefined>();
  const shown = ['searching', 'found', 'more'].includes(status.value) && photo.value !== undefined;
  const found = hits.value;
  return (
    <section id="results" class="panel results" aria-labelledby="results-heading" aria-busy={isBusy.value} hidden={!shown}>
      <div class="panel-head">
        <h2 id="results-heading">{t('search.results')}</h2>
        <p id="results-summary" role="status">
          {summary()}
        </p>
      </div>
      {shown && <FilterForm />}
      {status.value === 'searching' && <Placeholders />}
      <ul id="grid" class="grid">
        {found.map((hit, index) => (
          <Card key={hit.MediaId} hit={hit} onCompare={() => setCompared(index)} />
        ))}
      </ul>
      {status.value === 'found' && found.length === 0 && <Nobody />}
      {!ended.value && <More id="more" busy={status.value === 'more'} onMore={() => void more()} />}
      {status.value === 'found' && chosen.value.length === 1 && (
        <details class="response" open={curious.value} onToggle={(event) => (curious.value = event.currentTarget.open)}>
          <summary id="histogram-summary">{t('histogram.title')}</summary>
          {curious.value && <Later load={loadHistogram} props={{}} />}
        </details>
      )}
      <details class="response">
        <summary>{t('search.json')}</summary>
        <pre id="response" tabIndex={0}>
          {responseText.value}
        </pre>
      </details>
      {compared !== undefined && found[compared] !== undefined && (
        <Later load={loadCompare} props={{ index: compared, onIndex: setCompared, onClose: () => setCompared(undefined) }} />
      )}
    </section>
  );
}

function summary(): string {
  if (status.value === 'searching') {
    const faces = chosen.value.length;
    return faces > 1 ? t('search.searchingFaces', { done: facesDone.value, faces }) : t('search.searching');
  }
  const count = hits.value.length;
  if (status.value === 'none' || chosen.value.length === 0 || count === 0) return '';
  if (total.value !== undefined && total.value <= count) return t('search.found', { n: total.value });
  if (total.value !== undefined) return `${t('search.found', { n: total.value })} · ${t('search.shown', { n: count })}`;
  return t('search.shown', { n: count });
}

/** Nothing was found: because nobody is known, or because the filters leave nobody. */
function Nobody() {
  if (chosen.value.length === 0) return null;
  if (countFilters(filters.value) > 0) return <p class="nobody">{t('search.nothingFits')}</p>;
  return (
    <div class="nobody">
      <p>{t('search.nobody')}</p>
      {!weaker.value && (
        <>
          <p class="small">{t('search.nobodyHint')}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              weaker.value = true;
              void search();
            }}
          >
            {t('search.weaker')}
          </button>
        </>
      )}
    </div>
  );
}

function Placeholders() {
  return (
    <div class="grid placeholders" aria-hidden="true">
      {[1, 2, 3, 4].map((one) => (
        <div key={one} class="card placeholder" />
      ))}
    </div>
  );
}

function Card({ hit, onCompare }: { hit: Hit; onCompare: () => void }) {
  const name = hit.LabelName ?? hit.Title;
  const size = { width: hit.Width, height: hit.Height };
  return (
    <li class="card">
      <a class="picture" href={mediaHref(hit.MediaId, current.value)} aria-label={openLabel(hit.Title, hit.MediaType === 'video')}>
        <Picture class="cover" src={hit.CoverUrl ?? hit.FaceUrl} position={focusOn(hit.Box, size)} />
        <Picture class="thumb" src={hit.FaceUrl} />
      </a>
      {hit.MediaType === 'video' && (
        <span class="badge">
          <Icon name="film" size={16} />
          {t('common.video')}
        </span>
      )}
      <h3>{name}</h3>
      <p class="title" title={hit.path}>
        {hit.LabelName === undefined ? hit.path : hit.Title}
      </p>
      {chosen.value.length > 1 && <p class="small">{t('search.mixed', { list: hit.faces.map((face) => face + 1).join(', ') })}</p>}
      <Strength score={hit.Score} cosine={hit.Cosine} title={hit.Title} />
      <button type="button" class="button compare" aria-label={t('search.compareWith', { title: hit.Title })} onClick={onCompare}>
        {t('search.compare')}
      </button>
    </li>
  );
}
