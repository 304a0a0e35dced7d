/** The filters of a search, as a form; what they are in the Match grammar can be looked at. */

import { useEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import { currentLibrary } from '../app/engine.js';
import { filters, search, weaker } from '../app/search.js';
import { loadPersons, personName, persons } from '../app/persons.js';
import { NO_FILTERS, countFilters, matchOf } from '../lib/match.js';
import type { Filters } from '../lib/match.js';
import { t } from '../text/index.js';
import { KindSelect } from './KindSelect.js';

const open = signal(false);
/** How long nothing is typed before a search begins, in milliseconds. */
const PAUSE_MS = 350;

export function FilterForm() {
  const count = countFilters(filters.value);
  return (
    <details class="filters" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{count === 0 ? t('filter.title') : t('filter.count', { n: count })}</summary>
      {open.value && <Fields />}
    </details>
  );
}

/** Made when they are looked at: dates and lists are slow to lay out, and the summary comes in the middle of a search. */
function Fields() {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const library = currentLibrary.value.name;
  useEffect(() => void loadPersons(library).catch(() => undefined), [library]);
  const now = filters.value;
  const set = (change: Partial<Filters>, pauseMs = 0): void => {
    filters.value = { ...filters.peek(), ...change };
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void search(), pauseMs);
  };
  const match = matchOf(now);
  return (
    <form class="fields" onSubmit={(event) => event.preventDefault()}>
      <KindSelect id="filter-type" value={now.media} onChange={(media) => set({ media })} />
      <label>
        {t('filter.person')}
        <select id="filter-person" value={now.entity} onChange={(event) => set({ entity: event.currentTarget.value })}>
          <option value="">{t('filter.anybody')}</option>
          {(persons.value[library] ?? []).map((person) => (
            <option key={person.entityId} value={person.entityId}>
              {personName(person)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('filter.from')}
        <input id="filter-from" type="date" value={now.from} onInput={(event) => set({ from: event.currentTarget.value }, PAUSE_MS)} />
      </label>
      <label>
        {t('filter.to')}
        <input id="filter-to" type="date" value={now.to} onInput={(event) => set({ to: event.currentTarget.value }, PAUSE_MS)} />
      </label>
      <label class="wide-field">
        {t('filter.text')}
        <input
          id="filter-text"
          type="search"
          maxLength={60}
          placeholder={t('filter.textHint')}
          value={now.text}
          onInput={(event) => set({ text: event.currentTarget.value }, PAUSE_MS)}
        />
      </label>
      <label class="check wide-field">
        <input
          id="weaker"
          type="checkbox"
          checked={weaker.value}
          onChange={(event) => {
            weaker.value = event.currentTarget.checked;
            void search();
          }}
        />
        {t('search.weaker')}
      </label>
      {match !== undefined && (
        <p class="wide-field small">
          {t('filter.match')} <code id="match">{match}</code>
        </p>
      )}
      {countFilters(now) > 0 && (
        <button type="button" class="button" id="clear-filters" onClick={() => set(NO_FILTERS)}>
          {t('filter.clear')}
        </button>
      )}
    </form>
  );
}
