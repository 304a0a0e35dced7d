/** The search: a photo, its faces, those that are chosen, the filters, and what was found. It outlives visits to other views. */

import { batch, computed, effect, signal, untracked } from '@preact/signals';
import type { DetectResult } from 'visavis';
import { NO_FILTERS } from '../lib/match.js';
import type { Filters } from '../lib/match.js';
import { client, current, currentLibrary, revision } from './engine.js';
import { Hits } from './hits.js';
import type { Hit } from './hits.js';

/** The photo that is searched with. */
export interface Photo {
  blob: Blob;
  name: string;
  /** A `blob:` address of it. */
  url: string;
}

export type SearchStatus = 'none' | 'fetching' | 'detecting' | 'noFace' | 'searching' | 'found' | 'more' | 'failed';

/** How strict a search is: as the library asks, or with weaker matches too. */
export const WEAK_THRESHOLD = 0.28;

export const photo = signal<Photo | undefined>(undefined);
export const detected = signal<DetectResult | undefined>(undefined);
export const chosen = signal<readonly number[]>([]);
export const several = signal(false);
export const together = signal(false);
export const filters = signal<Filters>(NO_FILTERS);
export const weaker = signal(false);
export const status = signal<SearchStatus>('none');
export const hits = signal<readonly Hit[]>([]);
export const total = signal<number | undefined>(undefined);
export const ended = signal(true);
/** How many of the chosen faces were searched for. */
export const facesDone = signal(0);
export const problem = signal<unknown>(undefined);
/** The answer of the package for the first of the chosen faces, as JSON. */
export const responseText = signal('');

export const isBusy = computed(() => ['detecting', 'searching', 'more'].includes(status.value));

const GIVEN_AT_ONCE = 24;

let photoWork = new AbortController();
let searchWork = new AbortController();
let list: Hits | undefined;
let photos = 0;
let tokens: string[] = [];

/** Takes a photo: it is shown at once, then its faces, then what was found for the largest. */
export async function takePhoto(blob: Blob, name: string): Promise<void> {
  clearPhoto();
  photos += 1;
  const { signal: aborted } = photoWork;
  photo.value = { blob, name, url: URL.createObjectURL(blob) };
  status.value = 'detecting';
  try {
    const engine = await client();
    const result = await engine.detectFaces(blob, { signal: aborted });
    if (aborted.aborted) return;
    detected.value = result;
    if (result.faces.length === 0) status.value = 'noFace';
    else chooseFaces([0]);
  } catch (error) {
    if (!aborted.aborted) fail(error);
  }
}

/** Takes the photo away, with everything that belongs to it. */
export function clearPhoto(): void {
  photoWork.abort();
  searchWork.abort();
  photoWork = new AbortController();
  if (photo.value !== undefined) URL.revokeObjectURL(photo.value.url);
  forgetTokens();
  batch(() => {
    photo.value = undefined;
    detected.value = undefined;
    chosen.value = [];
    several.value = false;
    clearHits();
    status.value = 'none';
    problem.value = undefined;
  });
}

/** Makes room for a photo that is being fetched. The signal is aborted when another one is chosen before it comes. */
export function awaitPhoto(): AbortSignal {
  clearPhoto();
  status.value = 'fetching';
  return photoWork.signal;
}

/** Searches for these faces of the photo. */
export function chooseFaces(faces: readonly number[]): void {
  chosen.value = faces;
  void search();
}

/** Presses a face: it alone, or it too. */
export function pressFace(index: number, too: boolean): void {
  if (!too) return chooseFaces([index]);
  const others = chosen.value.filter((face) => face !== index);
  chooseFaces(others.length < chosen.value.length ? others : [...others, index].sort((a, b) => a - b));
}

/** Searches again from the beginning: for other faces, with other filters, in another library. */
export async function search(): Promise<void> {
  searchWork.abort();
  searchWork = new AbortController();
  clearHits();
  problem.value = undefined;
  const { signal: aborted } = searchWork;
  const given = photo.peek();
  if (given === undefined || chosen.peek().length === 0) {
    if (given !== undefined && detected.peek() !== undefined) status.value = 'found';
    return;
  }
  status.value = 'searching';
  facesDone.value = 0;
  try {
    const engine = await client();
    if (aborted.aborted) return;
    list = new Hits(
      engine,
      {
        photo: given.blob,
        token: `photo-${photos}-${Date.now().toString(36)}`,
        faces: chosen.peek(),
        boxes: (detected.peek()?.faces ?? []).map(({ box }) => box),
        onFace: (done) => {
          if (!aborted.aborted) facesDone.value = done;
        },
        together: together.peek(),
        library: currentLibrary.peek().name,
        filters: filters.peek(),
        ...(weaker.peek() ? { threshold: WEAK_THRESHOLD } : {}),
      },
      aborted,
    );
    tokens.push(...list.tokens);
    await append(list, aborted);
  } catch (error) {
    if (!aborted.aborted) fail(error);
  }
}

/** Shows the next ones. */
export async function more(): Promise<void> {
  const { signal: aborted } = searchWork;
  if (list === undefined || ended.peek() || isBusy.peek()) return;
  status.value = 'more';
  try {
    await append(list, aborted);
  } catch (error) {
    if (!aborted.aborted) fail(error);
  }
}

async function append(from: Hits, aborted: AbortSignal): Promise<void> {
  const found = await from.next(GIVEN_AT_ONCE);
  if (aborted.aborted) return;
  batch(() => {
    hits.value = [...hits.value, ...found];
    total.value = from.total;
    ended.value = from.ended;
    responseText.value = from.response === undefined ? '' : JSON.stringify(from.response, null, 2);
    status.value = 'found';
  });
}

function clearHits(): void {
  list = undefined;
  batch(() => {
    hits.value = [];
    total.value = undefined;
    ended.value = true;
    responseText.value = '';
  });
}

function fail(error: unknown): void {
  batch(() => {
    problem.value = error;
    status.value = 'failed';
  });
}

/** The engine need not keep the embeddings of photos that are gone. */
function forgetTokens(): void {
  const gone = tokens;
  tokens = [];
  if (gone.length === 0) return;
  client()
    .then((engine) => Promise.all(gone.map((token) => engine.forget(token))))
    .catch(() => undefined);
}

let before = { library: current.peek(), revision: revision.peek() };
effect(() => {
  const now = { library: current.value, revision: revision.value };
  const changed = now.library !== before.library || now.revision !== before.revision;
  if (now.library !== before.library) filters.value = { ...filters.peek(), entity: '' };
  before = now;
  if (changed && photo.peek() !== undefined && chosen.peek().length > 0) untracked(() => void search());
});
