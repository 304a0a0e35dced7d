/**
 * Engines that index media beside the one of the client: as many as the device has room for, each in a worker of its own. Where the
 * client's engine runs on the page's thread (Node, `worker: false`), more of them would gain nothing: it does that work too.
 */

import { Calls } from './calls.js';
import { clientClosedError } from './errors.js';
import type { Connect } from './link.js';
import type { HostConfig } from './protocol.js';
import { untilAborted } from './signals.js';
import { State } from './state.js';

/** More engines than this gain little: they share memory bandwidth, and each takes some 100 MB. */
const MAX_ENGINES = 4;
/** Devices with less memory (in GB, as browsers tell it) get one. */
const SMALL_DEVICE_GB = 4;
/** Engines that nobody needs are ended after so many milliseconds. */
const IDLE_MS = 30_000;

/** What a pool is made of. */
export interface PoolParts {
  config: HostConfig;
  connect: Connect;
  /** The client's own engine, where it runs on this thread. */
  here: Calls | undefined;
  /** Of the client. */
  closing: AbortSignal;
}

/** Somebody who waits for an engine. */
interface Waiter {
  signal: AbortSignal;
  resolve: (engine: Calls) => void;
  reject: (error: unknown) => void;
}

/** The engines of one client. */
export class Pool {
  readonly #parts: PoolParts;
  readonly #engines = new Set<Calls>();
  readonly #idle: Calls[] = [];
  #waiting: Waiter[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isHereTaken = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  /** How many engines there may be, where the caller wants so many. */
  size(jobs: number | undefined): number {
    if (this.#parts.here !== undefined) return 1;
    return jobs ?? deviceSize();
  }

  /**
   * An engine that nobody else works with; waits for one where there may be no more.
   *
   * @throws VisavisError why an engine could not be started, or `Aborted`.
   */
  async acquire(limit: number, signal: AbortSignal, aborted: () => Error): Promise<Calls> {
    clearTimeout(this.#timer);
    const { here, closing } = this.#parts;
    if (closing.aborted) throw clientClosedError();
    if (here !== undefined && !this.#isHereTaken) {
      this.#isHereTaken = true;
      return here;
    }
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (here === undefined && this.#engines.size < limit) return this.#start(signal);
    const turn = new Promise<Calls>((resolve, reject) => this.#waiting.push({ signal, resolve, reject }));
    try {
      return await untilAborted(turn, signal, aborted);
    } catch (error) {
      // Should its turn come after all.
      turn.then(
        (engine) => this.release(engine),
        () => undefined,
      );
      throw error;
    }
  }

  /** Gives an engine back. */
  release(engine: Calls): void {
    const isHere = engine === this.#parts.here;
    if (engine.closed && !isHere) return this.#lost(engine);
    const next = this.#waiting.shift();
    if (next !== undefined) return next.resolve(engine);
    if (isHere) {
      this.#isHereTaken = false;
      return;
    }
    this.#idle.push(engine);
    this.#endWhenIdle();
  }

  /** Ends all engines. */
  close(): void {
    clearTimeout(this.#timer);
    for (const engine of this.#engines) engine.close();
    this.#engines.clear();
    this.#idle.length = 0;
  }

  async #start(signal: AbortSignal): Promise<Calls> {
    const { config, connect } = this.#parts;
    const engine = new Calls({ config: { ...config, libraries: [] }, connect, state: new State() });
    this.#engines.add(engine);
    try {
      await engine.start(signal);
      return engine;
    } catch (error) {
      this.#lost(engine);
      throw error;
    }
  }

  /** An engine is gone: whoever waits next starts one in its place. */
  #lost(engine: Calls): void {
    this.#engines.delete(engine);
    const next = this.#waiting.shift();
    if (next === undefined) this.#endWhenIdle();
    else this.#start(next.signal).then(next.resolve, next.reject);
  }

  #endWhenIdle(): void {
    clearTimeout(this.#timer);
    if (this.#idle.length > 0 && this.#idle.length === this.#engines.size) this.#timer = setTimeout(() => this.close(), IDLE_MS);
  }
}

/** How many engines this device has room for: one less than it has cores, so that page and main engine go on. */
function deviceSize(): number {
  const { hardwareConcurrency = 2, deviceMemory } = (globalThis.navigator ?? {}) as { hardwareConcurrency?: number; deviceMemory?: number };
  if (deviceMemory !== undefined && deviceMemory < SMALL_DEVICE_GB) return 1;
  return Math.max(1, Math.min(hardwareConcurrency - 1, MAX_ENGINES));
}
