/**
 * Every request that the app made: its own and those of pictures, those of the engine's worker (tell-requests.ts) and of the service worker
 * (sw.js). From the browser's own resource timing, not from what the app says of itself.
 */

import { signal } from '@preact/signals';
import { CHANNEL, told, watchSendings } from './requests-told.js';
import type { ToldRequest, ToldSending } from './requests-told.js';

/** One request. */
export interface RequestEntry {
  url: string;
  purpose: Purpose;
  /** Bytes over the network; 0 where a copy was used, undefined where the browser does not tell (another origin). */
  bytes: number | undefined;
  /** Bytes of the file itself, where the browser tells. */
  size: number;
  /** Where the request was made. */
  from: 'page' | 'worker' | 'keeper';
  startedMs: number;
}

export type Purpose = 'app' | 'engine' | 'model' | 'library' | 'face' | 'cover' | 'media' | 'sample' | 'photo' | 'other';

export const requests = signal<readonly RequestEntry[]>([]);
/** What was sent, or asked for otherwise than by a GET: nothing, unless something is wrong. */
export const sendings = signal<readonly ToldSending['sent'][]>([]);

/** Addresses that the visitor gave as photos. */
const photos = new Set<string>();
let waiting: RequestEntry[] = [];

/** Begins to take notes. */
export function watchRequests(): void {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach((entry) => add('page', told(entry as PerformanceResourceTiming))));
  observer.observe({ type: 'resource', buffered: true });
  watchSendings(noteSending);
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<ToldRequest[] | ToldSending>) => {
    if (Array.isArray(data)) data.forEach((request) => add(request.keeper === true ? 'keeper' : 'worker', request));
    else noteSending(data);
  };
}

/** Notes that an address is a photo that the visitor asked for. */
export function notePhoto(url: string): void {
  photos.add(url);
}

function noteSending({ sent }: ToldSending): void {
  sendings.value = [...sendings.peek(), sent];
}

function add(from: RequestEntry['from'], { url, transferSize, size, startedMs, opaque }: ToldRequest): void {
  if (url.startsWith('blob:') || url.startsWith('data:')) return;
  const foreign = new URL(url).origin !== location.origin;
  const bytes = opaque && foreign ? undefined : transferSize;
  waiting.push({ url, purpose: purposeOf(url), bytes, size, from, startedMs });
  if (waiting.length > 1) return;
  // Many at once are shown at once.
  setTimeout(() => {
    requests.value = [...requests.peek(), ...waiting].sort((a, b) => a.startedMs - b.startedMs);
    waiting = [];
  }, 50);
}

/** What a file is for, by its address. */
export function purposeOf(url: string): Purpose {
  const path = new URL(url).pathname;
  if (photos.has(url)) return 'photo';
  if (/\.wasm$/.test(path)) return 'engine';
  if (/\.onnx$|models\.json$/.test(path)) return 'model';
  if (/\/faces\/\d+\.jpg$/.test(path)) return 'face';
  if (/\/covers\/[\w-]+\.jpg$/.test(path)) return 'cover';
  if (/library\.json$|\.arrow$/.test(path)) return 'library';
  if (/\/queries\//.test(path)) return 'sample';
  if (/\/assets\/[^/]+\.(js|css)$|\/sw\.js$|\.webmanifest$|icon[^/]*\.(svg|png)$|\/$|index\.html$/.test(path)) return 'app';
  if (/\.(mp4|m4v|mov|mkv|webm|avi|ts|jpe?g|png|webp|gif|avif)$/i.test(path)) return 'media';
  return 'other';
}
