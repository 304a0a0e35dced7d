/**
 * The engine's module: started once per thread, and again after it crashed.
 */

import { compileEngine } from './wasm-file.js';
import type { WasmSource } from './wasm-file.js';
import { VisavisError, describe, errorData } from './errors.js';
import type { WasmBuild } from './features.js';
import { isTrap, moduleInStack } from './traps.js';
import type { Glue } from './wasm/glue.js';
import * as relaxedGlue from './wasm/visavis_relaxed.js';
import * as simdGlue from './wasm/visavis_simd.js';

/** How to get the engine. */
export interface EngineSource extends WasmSource {
  /** Compiled by somebody else; where that gives nothing, it is compiled here. */
  module?: Promise<WebAssembly.Module | undefined> | undefined;
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
export function loadEngine(source: EngineSource): Promise<Engine> {
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

async function startEngine(source: EngineSource, forget: () => void): Promise<Engine> {
  const glue: Glue = source.build === 'relaxed' ? relaxedGlue : simdGlue;
  if (used.has(source.build)) {
    await resetGlue(glue);
  } else {
    await glue.default({ module_or_path: (await source.module) ?? (await compileEngine(source)) });
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
