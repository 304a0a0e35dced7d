/**
 * The WebAssembly file: downloaded with progress while it compiles, kept in the Cache API, started once per thread.
 */

import { VisavisError, abortedError, describe, errorData } from './errors.js';
import type { WasmBuild } from './features.js';
import { PACKAGE_VERSION, WASM_FILES } from './generated.js';
import { isTrap, moduleInStack } from './traps.js';
import type { Progress } from './types.js';
import type { Glue } from './wasm/glue.js';
import * as relaxedGlue from './wasm/visavis_relaxed.js';
import * as simdGlue from './wasm/visavis_simd.js';
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

/** The engine's module on this thread, which all clients of the thread share. */
export interface Engine {
  glue: Glue;
  /** Told once, with the reason, when the engine can no longer be used. */
  onDeath: Set<(reason: string) => void>;
  /** Marks the engine as dead and tells everybody. */
  die(reason: string): void;
  /** To be called from a function that the engine called: learns what stack traces call its module. */
  learnFrames(): void;
}

/** One started engine a build. */
const engines = new Map<WasmBuild, Promise<Engine>>();
/** Builds whose glue was used before: its module has to be made anew. */
const used = new Set<WasmBuild>();

/** The started engine of this thread. A dead one is replaced by a new one with fresh memory. */
export function loadEngine(source: WasmSource): Promise<Engine> {
  const known = engines.get(source.build);
  if (known !== undefined) {
    // The client that began the download may have been given up; this one was not.
    return known.catch((error: unknown) => {
      if (errorData(error)?.code !== 'Aborted' || source.signal.aborted) throw error;
      return loadEngine(source);
    });
  }
  // A successor may have taken its place.
  const forget = (): void => {
    if (engines.get(source.build) === starting) engines.delete(source.build);
  };
  const starting: Promise<Engine> = startEngine(source, forget).catch((error: unknown) => {
    forget();
    throw error;
  });
  engines.set(source.build, starting);
  return starting;
}

async function startEngine(source: WasmSource, forget: () => void): Promise<Engine> {
  const glue: Glue = source.build === 'relaxed' ? relaxedGlue : simdGlue;
  if (used.has(source.build)) {
    await resetGlue(glue);
  } else {
    await glue.default({ module_or_path: await compile(source) });
    used.add(source.build);
  }
  let dead = false;
  let ourFrames: string | undefined;
  const engine: Engine = {
    glue,
    onDeath: new Set(),
    die(reason: string): void {
      if (dead) return;
      dead = true;
      forget();
      for (const listener of [...engine.onDeath]) listener(reason);
    },
    learnFrames(): void {
      ourFrames ??= moduleInStack(new Error().stack);
    },
  };
  glue.setPanicHandler((message) => engine.die(message));
  watchTraps(engine, (trap) => {
    const { stack } = trap as Error;
    return ourFrames === undefined ? moduleInStack(stack) !== undefined : (stack ?? '').includes(ourFrames);
  });
  return engine;
}

/**
 * Running out of memory or stack does not pass through the panic handler: such traps arrive as errors of the whole thread.
 * On a page's thread they may be of somebody else's module, and are never hidden from the page.
 */
function watchTraps(engine: Engine, isOurs: (trap: unknown) => boolean): void {
  const scope = globalThis as Partial<Pick<EventTarget, 'addEventListener'>> & { process?: Partial<NodeProcess> };
  if (scope.addEventListener === undefined) return watchNode(scope.process ?? {}, engine, isOurs);
  const onPage = typeof document !== 'undefined';
  const ended = new AbortController();
  const { signal } = ended;
  const check = (event: Event, thrown: unknown): void => {
    if (!isTrap(thrown) || (onPage && !isOurs(thrown))) return;
    if (!onPage) event.preventDefault();
    engine.die(describe(thrown));
  };
  scope.addEventListener('error', (event) => check(event, (event as ErrorEvent).error), { signal });
  scope.addEventListener('unhandledrejection', (event) => check(event, (event as PromiseRejectionEvent).reason), { signal });
  // The trap that follows a panic is reported after the panic handler ran: wait for it.
  engine.onDeath.add(() => setTimeout(() => ended.abort(), 0));
}

/** What is used of Node's `process`. */
interface NodeProcess {
  on(event: 'uncaughtExceptionMonitor', listener: (thrown: unknown) => void): void;
  off(event: 'uncaughtExceptionMonitor', listener: (thrown: unknown) => void): void;
}

/** In Node such traps are uncaught exceptions. They are looked at only: what becomes of the program is its own decision, as without us. */
function watchNode(process: Partial<NodeProcess>, engine: Engine, isOurs: (trap: unknown) => boolean): void {
  const check = (thrown: unknown): void => {
    if (isTrap(thrown) && isOurs(thrown)) engine.die(describe(thrown));
  };
  process.on?.('uncaughtExceptionMonitor', check);
  engine.onDeath.add(() => process.off?.('uncaughtExceptionMonitor', check));
}

/**
 * Gives the glue a new instance of its module, with fresh memory.
 *
 * wasm-bindgen makes it with `new WebAssembly.Instance`, which Chromium refuses on a page's thread for modules above 8 MB. So the imports
 * that the glue wants to use are taken from a first try, the instance is made in the asynchronous way, and a second try is given it.
 */
async function resetGlue(glue: Glue): Promise<void> {
  try {
    let wanted: { module: WebAssembly.Module; imports: WebAssembly.Imports | undefined } | undefined;
    tryReset(glue, (module, imports) => {
      wanted = { module, imports };
      throw new WebAssembly.LinkError('not yet');
    });
    if (wanted === undefined) throw new Error('the module cannot be made anew');
    const instance = await WebAssembly.instantiate(wanted.module, wanted.imports);
    tryReset(glue, () => instance);
  } catch (error) {
    throw new VisavisError({
      code: 'EngineCrashed',
      message: `the engine crashed and cannot be replaced on this thread (${describe(error)}); reload the page, or use the worker`,
      cause: error,
    });
  }
}

/** Runs the glue's reset with `make` in the place of `new WebAssembly.Instance`; both are synchronous, so nobody else sees it. */
function tryReset(glue: Glue, make: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance): void {
  const original = WebAssembly.Instance;
  try {
    WebAssembly.Instance = function Instance(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      return make(module, imports);
    } as unknown as typeof WebAssembly.Instance;
    glue.__wbg_reset_state?.();
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
  } finally {
    WebAssembly.Instance = original;
  }
}

/** Where the WebAssembly file of the package is. The literal form lets bundlers find it. */
function packageUrl(build: WasmBuild): string {
  return build === 'relaxed'
    ? new URL('./wasm/visavis_relaxed_bg.wasm', import.meta.url).href
    : new URL('./wasm/visavis_simd_bg.wasm', import.meta.url).href;
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
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
    await file.body?.cancel().catch(() => undefined);
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
    const copy = key === undefined || typeof caches === 'undefined' ? undefined : response.clone();
    const module = await compileResponse(response, url, source, () => watch.tick());
    if (key !== undefined && copy !== undefined) void keepFile(key, copy);
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
  onBytes: () => void = () => undefined,
): Promise<WebAssembly.Module> {
  const total = WASM_FILES[source.build]?.bytes ?? lengthOf(response);
  const contentType = response.headers.get('content-type') ?? 'no content type';
  let loaded = 0;
  const report = (totalBytes: number): void =>
    source.onProgress({ phase: 'wasm', name: source.build, loadedBytes: loaded, totalBytes });
  report(total);
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      onBytes();
      report(Math.max(total, loaded));
      controller.enqueue(chunk);
    },
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
