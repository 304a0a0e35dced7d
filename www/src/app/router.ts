/** Where in the app the visitor is: the fragment of the address, so that any folder of any static host will do. */

import { computed, signal } from '@preact/signals';

export type Route =
  | { view: 'search' | 'people' | 'library' | 'map' | 'privacy' }
  | { view: 'media' | 'person'; id: string; library?: string };

const fragment = signal(location.hash);
addEventListener('hashchange', () => {
  fragment.value = location.hash;
});

export const route = computed<Route>(() => parse(fragment.value));

/** The route of a fragment such as `#/media/ID`. What is not known is the search. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = path.split('/');
  const id = decoded(rest.join('/'));
  const library = new URLSearchParams(query).get('in') ?? undefined;
  if (view === 'media' && id !== '') return { view, id, ...(library === undefined ? {} : { library }) };
  if (view === 'people' && id !== '') return { view: 'person', id, ...(library === undefined ? {} : { library }) };
  if (view === 'people' || view === 'library' || view === 'map' || view === 'privacy') return { view };
  return { view: 'search' };
}

const within = (library: string | undefined): string => (library === undefined ? '' : `?in=${encodeURIComponent(library)}`);

export const mediaHref = (id: string, library?: string): string => `#/media/${encodeURIComponent(id)}${within(library)}`;
export const personHref = (id: string, library?: string): string => `#/people/${encodeURIComponent(id)}${within(library)}`;

/** Goes to a fragment. */
export function go(hash: string): void {
  location.hash = hash;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
