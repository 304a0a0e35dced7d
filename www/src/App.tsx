/** The view of the address. All but the search are fetched when they are first looked at. */

import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { route } from './app/router.js';
import { language } from './app/settings.js';
import { Later } from './parts/Later.js';
import { Shell } from './parts/Shell.js';
import { t } from './text/index.js';
import type { Key } from './text/index.js';
import { SearchView } from './views/SearchView.js';

type Load = () => Promise<ComponentType<{ id: string }>>;

const LATER: Record<string, Load> = {
  people: async () => (await import('./views/PeopleView.js')).PeopleView,
  person: async () => (await import('./views/PersonView.js')).PersonView,
  media: async () => (await import('./views/MediaView.js')).MediaView,
  map: async () => (await import('./views/MapView.js')).MapView,
  library: async () => (await import('./views/LibraryView.js')).LibraryView,
  privacy: async () => (await import('./views/PrivacyView.js')).PrivacyView,
};

export function App() {
  const { view, ...more } = route.value;
  const id = 'id' in more ? more.id : '';
  useTitle(view);
  const load = LATER[view];
  return <Shell>{load === undefined ? <SearchView /> : <Later key={`${view} ${id}`} load={load} props={{ id }} />}</Shell>;
}

/** How far down the visitor was in each view, so that they are there again when they come back. */
const depths = new Map<string, number>();

/** Says in the title where the visitor is, and puts the focus at the beginning of a view that was gone to. */
function useTitle(view: string): void {
  const before = useRef(view);
  const words = language.value;
  useEffect(() => {
    const note = (): void => void depths.set(before.current, scrollY);
    addEventListener('scroll', note, { passive: true });
    return () => removeEventListener('scroll', note);
  }, []);
  useEffect(() => {
    const key = ({ person: 'nav.people', media: 'nav.library' } as Record<string, Key>)[view] ?? (`nav.${view}` as Key);
    document.title = view === 'search' ? t('app.title') : `${t(key)} – visavis`;
    if (before.current === view) return;
    before.current = view;
    scrollTo(0, depths.get(view) ?? 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [view, words]);
}
