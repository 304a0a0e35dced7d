/**
 * Whether options are what they should be, for callers without TypeScript: a misspelt or mistyped option is refused by its name.
 */

import { invalidParameter } from './errors.js';
import type { AddMediaOptions } from './add-media-types.js';
import type { WatchOptions } from './camera-types.js';
import type { CallOptions, ClientOptions, TaskOptions } from './types.js';

/** The most engines that work beside each other. */
const MAX_JOBS = 16;

const CLIENT_OPTIONS: Record<keyof ClientOptions, true> = {
  libraries: true,
  models: true,
  wasmUrl: true,
  workerUrl: true,
  worker: true,
  cache: true,
  timeoutMs: true,
  maxPixels: true,
  resolve: true,
  fetch: true,
  persist: true,
  tokenLifetimeMs: true,
  now: true,
  onNotification: true,
  notificationUrls: true,
  onWarning: true,
  onProgress: true,
  signal: true,
};

/**
 * The options of `createClient`.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkClientOptions(options: ClientOptions): void {
  checkObject('options', options);
  checkNames(options, CLIENT_OPTIONS);
  checkType('worker', options.worker, 'boolean');
  checkType('cache', options.cache, 'boolean');
  for (const name of ['resolve', 'fetch', 'now', 'onNotification', 'onWarning'] as const) checkType(name, options[name], 'function');
  if (options.fetch !== undefined && options.worker !== false) {
    throw invalidParameter('fetch', 'a function cannot go to a worker; it needs worker: false');
  }
  checkPersist(options.persist);
  checkUrls('notificationUrls', options.notificationUrls);
  checkCallOptions(options);
}

/**
 * The options that every call takes; `callOptions` and the engine check the others.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkCallOptions(options: CallOptions): void {
  checkObject('options', options);
  checkType('onProgress', options.onProgress, 'function');
  const { signal } = options as { signal?: Partial<AbortSignal> };
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidParameter('signal', `expected an AbortSignal, not ${kindOf(signal)}`);
  }
}

/** The options of each call beside those of every call: names with spaces between them. */
const OPTIONS_OF: Readonly<Record<string, string>> = {
  SearchMediaByFace: 'scores threshold faceIndex box',
  similarities: 'threshold faceIndex box',
  SearchMediaClipByFace: 'threshold',
  SearchMedia: 'faceImages complete',
  CreateFacesSearchingTask: 'onNotification',
  detectFaces: 'scoreThreshold nmsIou refine smallFaces expression',
  embedFaces: 'scoreThreshold nmsIou refine smallFaces expression',
  compareFaces: 'threshold',
};

/**
 * What the engine is sent of the options of a call: its own, without what stays on this side.
 *
 * @throws VisavisError `InvalidParameter` that names an option which the call has not.
 */
export function callOptions(call: string, options: object): Record<string, unknown> {
  const known = `${OPTIONS_OF[call] ?? ''} signal onProgress`.trim().split(' ');
  checkNames(options, Object.fromEntries(known.map((name) => [name, true])));
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && !['signal', 'onProgress', 'onNotification'].includes(name)));
}

const ADD_MEDIA_OPTIONS: Record<keyof AddMediaOptions, true> = {
  library: true,
  onProgress: true,
  signal: true,
  thumbnails: true,
  framesPerSecond: true,
  jobs: true,
};

/**
 * The options of `addMedia`.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkAddMediaOptions(options: AddMediaOptions): void {
  checkCallOptions(options as CallOptions);
  checkNames(options, ADD_MEDIA_OPTIONS);
  const { library, framesPerSecond, jobs } = options;
  if (library !== undefined && typeof library !== 'string') throw invalidParameter('library', `expected the name of a library, not ${kindOf(library)}`);
  checkType('thumbnails', options.thumbnails, 'boolean');
  if (framesPerSecond !== undefined && !(typeof framesPerSecond === 'number' && framesPerSecond >= 0.1 && framesPerSecond <= 60)) {
    throw invalidParameter('framesPerSecond', `expected a number from 0.1 to 60, not ${String(framesPerSecond)}`);
  }
  if (jobs !== undefined && !(Number.isSafeInteger(jobs) && jobs >= 1 && jobs <= MAX_JOBS)) {
    throw invalidParameter('jobs', `expected a whole number from 1 to ${MAX_JOBS}, not ${String(jobs)}`);
  }
}

const WATCH_OPTIONS: Record<keyof WatchOptions, true> = { library: true, minIntervalMs: true, search: true, threshold: true, signal: true };

/**
 * The options of `watch`.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkWatchOptions(options: WatchOptions): void {
  checkCallOptions(options as CallOptions);
  checkNames(options, WATCH_OPTIONS);
  const { library, minIntervalMs, threshold } = options;
  if (library !== undefined && typeof library !== 'string') throw invalidParameter('library', `expected the name of a library, not ${kindOf(library)}`);
  checkType('search', options.search, 'boolean');
  if (minIntervalMs !== undefined && !(Number.isFinite(minIntervalMs) && minIntervalMs >= 0)) {
    throw invalidParameter('minIntervalMs', `expected milliseconds, not ${String(minIntervalMs)}`);
  }
  if (threshold !== undefined && !(threshold >= -1 && threshold <= 1)) throw invalidParameter('threshold', `expected a cosine from -1 to 1, not ${String(threshold)}`);
}

/** The option of `createFacesSearchingTask`. */
export function checkNotificationOption(options: TaskOptions): void {
  checkObject('options', options);
  checkType('onNotification', options.onNotification, 'function');
}

function checkPersist(persist: ClientOptions['persist']): void {
  if (persist === undefined || typeof persist === 'boolean') return;
  checkObject('persist', persist);
  checkNames(persist, { name: true }, 'persist.');
  const { name } = persist;
  if (typeof name !== 'string' || name === '') throw invalidParameter('persist.name', 'expected a text that is not empty');
}

function checkUrls(name: string, urls: unknown): void {
  if (urls === undefined) return;
  if (!Array.isArray(urls)) throw invalidParameter(name, `expected a list of URLs, not ${kindOf(urls)}`);
  for (const [index, url] of urls.entries()) {
    if (typeof url !== 'string' || !/^https?:\/\//i.test(url)) {
      throw invalidParameter(`${name}[${index}]`, 'expected the text of an absolute http or https URL');
    }
  }
}

/**
 * Refuses names that an object does not have; `path` stands before them in errors.
 *
 * @throws VisavisError `InvalidParameter` that names the first one.
 */
export function checkNames(value: object, known: object, path = ''): void {
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(known, name)) throw invalidParameter(path + name, `there is no such option; known are ${Object.keys(known).join(', ')}`);
  }
}

/**
 * Refuses what is no object; `expected` says which one it should be.
 *
 * @throws VisavisError `InvalidParameter` of that name.
 */
export function checkObject(name: string, value: unknown, expected = 'an object'): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidParameter(name, `expected ${expected}, not ${kindOf(value)}`);
}

function checkType(name: string, value: unknown, type: 'boolean' | 'function'): void {
  if (value !== undefined && typeof value !== type) throw invalidParameter(name, `expected a ${type}, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
