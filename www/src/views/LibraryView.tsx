/** A library: what is in it; of one's own also adding, exporting, importing and deleting. */

import { useState } from 'preact/hooks';
import { adding } from '../app/adding.js';
import { client, currentLibrary, isOwn, revision } from '../app/engine.js';
import { coverFocus, detailsOf } from '../app/media.js';
import type { MediaDetails } from '../app/media.js';
import { forgetHandles } from '../app/originals.js';
import { mediaHref } from '../app/router.js';
import { numberText } from '../lib/format.js';
import { NO_FILTERS, matchOf } from '../lib/match.js';
import type { Filters } from '../lib/match.js';
import { AddPanel } from '../parts/AddPanel.js';
import { Question } from '../parts/Dialog.js';
import { Icon } from '../parts/Icon.js';
import { KeepPanel } from '../parts/KeepPanel.js';
import { KindSelect } from '../parts/KindSelect.js';
import { More } from '../parts/More.js';
import { NewLibrary } from '../parts/NewLibrary.js';
import { Picture, openLabel } from '../parts/Picture.js';
import { Problem } from '../parts/Problem.js';
import { libraryTitle } from '../parts/Shell.js';
import { useAsked } from '../parts/useAsked.js';
import { dateText, t } from '../text/index.js';

const PAGE_SIZE = 50;
/** So many media can be scrolled through; a search narrows them down. */
const REACH = 1000;

export function LibraryView(_: { id: string }) {
  const library = currentLibrary.value;
  const own = isOwn(library);
  const { value: stats, error, again } = useAsked(async () => (await client()).openLibrary(library.name), [library.name, revision.value]);
  return (
    <div class="view">
      <h1>{libraryTitle(library)}</h1>
      {own && <p class="lead">{t('library.ownLead')}</p>}
      <Problem error={error} onRetry={again} />
      {own && <AddPanel library={library.name} />}
      {stats !== undefined && (
        <dl class="facts three">
          <Fact name={t('library.media')} value={stats.media} id="media-count" />
          <Fact name={t('library.faces')} value={stats.faces} id="face-count" />
          <Fact name={t('library.persons')} value={stats.entities} id="person-count" />
        </dl>
      )}
      {stats !== undefined && stats.media > 0 && <Browse key={library.name} library={library.name} own={own} />}
      {own && <KeepPanel library={library.name} isEmpty={(stats?.media ?? 0) === 0} />}
      <NewLibrary />
    </div>
  );
}

function Fact({ name, value, id }: { name: string; value: number; id: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd id={id}>{numberText(value)}</dd>
    </div>
  );
}

/** All media, newest first, or those that fit. */
function Browse({ library, own }: { library: string; own: boolean }) {
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [pages, setPages] = useState(1);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const match = matchOf(filters);
  const { value, error, again } = useAsked(() => loadPages(library, match, pages), [library, match, pages, revision.value]);
  const set = (change: Partial<Filters>): void => {
    setFilters({ ...filters, ...change });
    setPages(1);
  };
  const remove = async (): Promise<void> => {
    setAsked(false);
    try {
      const engine = await client();
      await engine.deleteMedia({ MediaIds: [...chosen], SearchLibName: library });
      await forgetHandles(library, chosen);
      setChosen([]);
      revision.value += 1;
    } catch (failure) {
      setProblem(failure);
    }
  };
  return (
    <section class="panel" aria-labelledby="browse">
      <div class="panel-head">
        <h2 id="browse">{t('library.browse')}</h2>
        <p role="status">{value === undefined ? '' : t('count.media', { n: value.total })}</p>
      </div>
      <form class="fields" onSubmit={(event) => event.preventDefault()}>
        <label>
          {t('filter.text')}
          <input id="browse-text" type="search" maxLength={60} value={filters.text} onInput={(event) => set({ text: event.currentTarget.value })} />
        </label>
        <KindSelect id="browse-type" value={filters.media} onChange={(media) => set({ media })} />
        <label>
          {t('filter.from')}
          <input type="date" value={filters.from} onInput={(event) => set({ from: event.currentTarget.value })} />
        </label>
        <label>
          {t('filter.to')}
          <input type="date" value={filters.to} onInput={(event) => set({ to: event.currentTarget.value })} />
        </label>
      </form>
      <Problem error={problem ?? error} onRetry={again} />
      {own && chosen.length > 0 && (
        <div class="row">
          <button type="button" class="button danger" id="delete-media" disabled={adding.value !== undefined} onClick={() => setAsked(true)}>
            <Icon name="trash" />
            {t('library.deleteChosen', { n: chosen.length })}
          </button>
        </div>
      )}
      {asked && (
        <Question title={t('library.deleteSure')} verb={t('library.deleteChosen', { n: chosen.length })} id="delete-media-sure" danger onYes={() => void remove()} onClose={() => setAsked(false)}>
          <p>{t('keep.deleteText')}</p>
        </Question>
      )}
      <ul class="grid" id="browse-grid">
        {value?.media.map((media) => (
          <li key={media.id} class="card">
            <a class="picture" href={mediaHref(media.id, library)} aria-label={openLabel(media.title, media.kind === 'video')}>
              <Picture class="cover" src={media.cover} position={coverFocus(media)} />
            </a>
            {media.kind === 'video' && (
              <span class="badge">
                <Icon name="film" size={16} />
                {t('common.video')}
              </span>
            )}
            {own ? (
              <label class="check title-check">
                <input
                  type="checkbox"
                  checked={chosen.includes(media.id)}
                  onChange={() => setChosen(chosen.includes(media.id) ? chosen.filter((one) => one !== media.id) : [...chosen, media.id])}
                />
                <span class="title">{media.title}</span>
              </label>
            ) : (
              <p class="title">{media.title}</p>
            )}
            {media.created !== '' && <p class="small">{dateText(media.created)}</p>}
          </li>
        ))}
      </ul>
      {value !== undefined && value.media.length < Math.min(value.total, REACH) && <More busy={value.pages < pages} onMore={() => setPages(pages + 1)} />}
      {value !== undefined && value.total > REACH && value.media.length >= REACH && <p class="small">{t('library.reach', { n: REACH })}</p>}
    </section>
  );
}

async function loadPages(SearchLibName: string, Match: string | undefined, pages: number): Promise<{ media: MediaDetails[]; total: number; pages: number }> {
  const engine = await client();
  const media: MediaDetails[] = [];
  let total = 0;
  let ScrollToken = '';
  for (let page = 0; page < pages; page += 1) {
    const request = { ...(Match === undefined ? {} : { Match }), PageSize: PAGE_SIZE, SearchLibName, ...(ScrollToken === '' ? {} : { ScrollToken }) };
    const answer = await engine.searchMedia(request, { complete: false });
    media.push(...answer.MediaInfoList.map(detailsOf));
    total = answer.Total;
    ScrollToken = answer.ScrollToken;
    if (ScrollToken === '') break;
  }
  return { media, total, pages };
}

