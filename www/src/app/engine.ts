/** The engine: one client of the visavis package for the whole app, started after the first paint, and started again when that failed. */

import { computed, effect, signal } from '@preact/signals';
import type { Client, ClientOptions, Progress, VisavisError } from 'visavis';
import workerAddress from './engine-worker.ts?worker&url';
import { config } from './config.js';
import { access, recall, remember } from './settings.js';

/** A library that can be searched: one of the publisher, or one that lives in this browser. */
export interface AppLibrary {
  name: string;
  /** Absent: the visitor's own. */
  url?: string;
  title?: string | Record<string, string>;
}

export type EngineState = { status: 'waiting' | 'starting' | 'ready' } | { status: 'failed'; error: unknown };

export const engineState = signal<EngineState>({ status: 'waiting' });
/** Downloads of the engine and the libraries, by what they are. */
export const downloads = signal<readonly Progress[]>([]);
/** What went wrong beside the calls. */
export const warnings = signal<readonly VisavisError[]>([]);

/** The first library of the visitor, which is always there. */
export const OWN = 'mine';

const added = signal<readonly AppLibrary[]>(readAdded());
export const libraries = computed<readonly AppLibrary[]>(() => [...config.libraries, { name: OWN }, ...added.value]);

/** The name of the library that is looked at and searched. */
export const current = signal(recall('library') ?? config.libraries[0]?.name ?? OWN);
export const currentLibrary = computed<AppLibrary>(
  () => libraries.value.find(({ name }) => name === current.value) ?? libraries.value[0] ?? { name: OWN },
);
export const isOwn = (library: AppLibrary): boolean => library.url === undefined;

/** Grows whenever the contents of an own library were changed, here or in another tab. */
export const revision = signal(0);

/** Other tabs show the same libraries. What one of them changed, the package reads a quarter of a second later. */
const tabs = new BroadcastChannel('visavis-www-changes');
const REREAD_MS = 600;
const FORGOTTEN = 'forgotten';
let heard = revision.peek();
const hear = (): void => {
  heard = revision.peek() + 1;
  revision.value = heard;
};
tabs.onmessage = ({ data }) => (data === FORGOTTEN ? location.reload() : setTimeout(hear, REREAD_MS));
effect(() => {
  if (revision.value !== heard) tabs.postMessage(undefined);
});

/** Other tabs begin anew, too. */
export const tellForgotten = (): void => tabs.postMessage(FORGOTTEN);

let starting: Promise<Client> | undefined;

/** The client, started where it is not yet. */
export function client(): Promise<Client> {
  starting ??= start();
  return starting;
}

/** Looks at another library from now on. */
export function chooseLibrary(name: string): void {
  current.value = name;
  remember('library', name);
}

/** Adds a library of the visitor, or one of an address that the content policy allows, and starts anew with it. */
export async function addLibrary(library: AppLibrary): Promise<void> {
  added.value = [...added.value.filter(({ name }) => name !== library.name), library];
  remember('libraries', JSON.stringify(added.value));
  await restart();
}

/** Takes a library that was added off the list. */
export async function dropLibrary(name: string): Promise<void> {
  added.value = added.value.filter((library) => library.name !== name);
  remember('libraries', added.value.length === 0 ? undefined : JSON.stringify(added.value));
  if (current.value === name) chooseLibrary(libraries.value[0]?.name ?? OWN);
  await restart();
}

/** As if no library had ever been added. */
export function forgetAdded(): void {
  added.value = [];
}

/** Downloads libraries in another way from now on. */
export async function chooseAccess(chosen: (typeof access)['value']): Promise<void> {
  access.value = chosen;
  await restart();
}

/** Ends the engine, and starts another one. */
export async function restart(): Promise<void> {
  await stop();
  await client();
  // What was found was found by the engine of before.
  revision.value += 1;
}

/** Ends the engine. The next `client()` starts another one. */
export async function stop(): Promise<void> {
  const ended = starting;
  starting = undefined;
  engineState.value = { status: 'waiting' };
  await ended?.then((old) => old.close(), () => undefined);
}

async function start(): Promise<Client> {
  engineState.value = { status: 'starting' };
  try {
    const { createClient } = await import('visavis');
    const made = await createClient(options());
    engineState.value = { status: 'ready' };
    return made;
  } catch (error) {
    // The next call tries again: the network may be back.
    starting = undefined;
    engineState.value = { status: 'failed', error };
    throw error;
  }
}

function options(): ClientOptions {
  const given = libraries.value.map(({ name, url }) => (url === undefined ? { name } : { name, url, access: access.value }));
  return {
    libraries: given,
    // Without IndexedDB (some private windows) libraries of one's own last as long as the page.
    persist: typeof indexedDB === 'undefined' ? false : { name: 'www' },
    workerUrl: workerScript(),
    onProgress: noteProgress,
    onWarning: (warning) => {
      warnings.value = [...warnings.value, warning];
    },
  };
}

let script: string | undefined;

/** The worker's script as a blob, since such workers inherit the page's content policy, and those of an address do not. */
function workerScript(): string {
  const address = new URL(workerAddress, document.baseURI).href;
  script ??= URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' }));
  return script;
}

function noteProgress(progress: Progress): void {
  const others = downloads.value.filter(({ phase, name }) => phase !== progress.phase || name !== progress.name);
  downloads.value = [...others, progress];
}

function readAdded(): AppLibrary[] {
  try {
    const kept: unknown = JSON.parse(recall('libraries') ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter((one): one is AppLibrary => typeof (one as AppLibrary)?.name === 'string');
  } catch {
    return [];
  }
}
