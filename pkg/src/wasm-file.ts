/**
 * The WebAssembly file: downloaded with progress while it compiles, and kept in the Cache API.
 */

import { VisavisError, abortedError, describe } from './errors.js';
import type { WasmBuild } from './features.js';
import { PACKAGE_VERSION, WASM_FILES } from './generated.js';
import { nextTask } from './next-task.js';
import type { Progress } from './types.js';
import { Watch } from './watch.js';

/** Caches of ours for the WebAssembly file begin with this; the version of the package follows. */
const CACHE_PREFIX = 'visavis-wasm-';
const CACHE_NAME = CACHE_PREFIX + PACKAGE_VERSION;

/** How to get the WebAssembly file. */
export interface WasmSource {
  build: WasmBuild;
  /** Absolute; default: beside this module. */
  url?: string;
  cache: boolean;
  /** The download is given up after this long without a byte, in milliseconds. */
  timeoutMs: number;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
  /** In place of the global one. */
  fetch?: typeof fetch | undefined;
}

/** Where the WebAssembly file of the package is. The literal form lets bundlers find it. */
function packageUrl(build: WasmBuild): string {
  return build === 'relaxed'
    ? new URL('./wasm/visavis_relaxed_bg.wasm', import.meta.url).href
    : new URL('./wasm/visavis_simd_bg.wasm', import.meta.url).href;
}

/**
 * The compiled WebAssembly file.
 *
 * @throws VisavisError `DownloadFailed`, `DownloadBlocked`, `DownloadTimeout`, `WasmInvalid` or `Aborted`.
 */
export async function compileEngine(source: WasmSource): Promise<WebAssembly.Module> {
  const url = source.url ?? packageUrl(source.build);
  const key = source.cache ? cacheKey(url, source.build) : undefined;
  const kept = key === undefined ? undefined : await keptFile(key);
  if (key !== undefined && kept !== undefined) {
    try {
      return await compileResponse(kept, url, source);
    } catch (error) {
      if (source.signal.aborted) throw abortedError();
      // A copy that does not compile was cut off or changed: fetch it anew.
      await forgetFile(key);
      if (error instanceof VisavisError && error.code !== 'WasmInvalid') throw error;
    }
  }
  return download(url, key, source);
}

/** The address under which the file is kept: that of the file, and its SHA-256 where it was known when the package was built. */
function cacheKey(url: string, build: WasmBuild): string {
  const file = WASM_FILES[build];
  if (file === undefined) return url;
  const key = new URL(url);
  key.searchParams.set('sha256', file.sha256.slice(0, 16));
  return key.href;
}

/** The file that an earlier visit kept. Private windows and sandboxed frames refuse to say: go on without. */
async function keptFile(key: string): Promise<Response | undefined> {
  try {
    return typeof caches === 'undefined' ? undefined : await caches.match(key, { cacheName: CACHE_NAME });
  } catch {
    return undefined;
  }
}

async function forgetFile(key: string): Promise<void> {
  const forgotten = caches.open(CACHE_NAME).then((cache) => cache.delete(key));
  await forgotten.catch(() => false);
}

/** Keeps the file for the next visit, in the place of those of other versions. Nobody waits for it, and it may fail: on a full disk, say. */
async function keepFile(key: string, file: Response): Promise<void> {
  try {
    const others = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE_NAME);
    await Promise.all(others.map((name) => caches.delete(name)));
    await (await caches.open(CACHE_NAME)).put(key, file);
  } catch {
    // The next visit downloads it again.
  }
}

/** `key`: under which the file is kept, if it is. */
async function download(url: string, key: string | undefined, source: WasmSource): Promise<WebAssembly.Module> {
  const watch = new Watch(source.timeoutMs, source.signal);
  try {
    // The browser asks the server whether its own copy is still good: this JavaScript needs exactly its own WebAssembly file.
    const response = await (source.fetch ?? fetch)(url, { signal: watch.signal, cache: 'no-cache', credentials: 'same-origin' });
    if (!response.ok) {
      throw new VisavisError({ code: 'DownloadFailed', message: `${url}: the server answered ${response.status}` });
    }
    const keeps = key !== undefined && typeof caches !== 'undefined';
    const copy: Uint8Array<ArrayBuffer>[] = [];
    const module = await compileResponse(response, url, source, (bytes) => {
      watch.tick();
      if (keeps) copy.push(bytes);
    });
    if (keeps) void keepFile(key, new Response(new Blob(copy, { type: 'application/wasm' })));
    return module;
  } catch (error) {
    if (source.signal.aborted) throw abortedError();
    if (watch.expired) {
      throw new VisavisError({
        code: 'DownloadTimeout',
        message: `${url}: no complete answer: nothing more came for ${source.timeoutMs / 1000} s`,
      });
    }
    if (error instanceof VisavisError) throw error;
    throw new VisavisError({
      code: 'DownloadBlocked',
      message: `${url}: the browser refused the request: the other origin does not allow this page to read it (CORS), or the network is down`,
      cause: error,
    });
  } finally {
    watch.stop();
  }
}

/** Compiles while the bytes arrive and counts them. */
async function compileResponse(
  response: Response,
  url: string,
  source: WasmSource,
  onBytes: (bytes: Uint8Array<ArrayBuffer>) => void = () => undefined,
): Promise<WebAssembly.Module> {
  const total = WASM_FILES[source.build]?.bytes ?? lengthOf(response);
  const contentType = response.headers.get('content-type') ?? 'no content type';
  let loaded = 0;
  const report = (totalBytes: number): void =>
    source.onProgress({ phase: 'wasm', name: source.build, loadedBytes: loaded, totalBytes });
  report(total);
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    async transform(chunk, controller) {
      loaded += chunk.byteLength;
      onBytes(chunk);
      report(Math.max(total, loaded));
      // What the compiler does with each piece is a task of its own.
      await nextTask();
      controller.enqueue(chunk);
    },
    flush: nextTask,
  });
  // A response of our own has the right content type, whatever the server said.
  const counted = new Response(response.body?.pipeThrough(counter), { headers: { 'content-type': 'application/wasm' } });
  try {
    const module =
      typeof WebAssembly.compileStreaming === 'function'
        ? await WebAssembly.compileStreaming(counted)
        : await WebAssembly.compile(await counted.arrayBuffer());
    report(loaded);
    return module;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new VisavisError({
      code: 'WasmInvalid',
      message: `${url}: not the WebAssembly file that was expected (the server sent ${contentType}): ${describe(error)}`,
      cause: error,
    });
  }
}

/** The length that the server announced; 0 where it is of the compressed bytes or absent. */
function lengthOf(response: Response): number {
  if (response.headers.has('content-encoding')) return 0;
  return Number(response.headers.get('content-length') ?? 0);
}
