/** A film on its way through an engine of the pool, as the page drives it: step by step, so that it can be paused and given up. */

import type { Calls } from './calls.js';
import type { HostMethod, HostMethods, IndexedFile, VideoStep } from './protocol.js';

/** Told after each step how far it is, 0 to 1; the next step waits for it. */
export type Advance = (fraction: number) => Promise<void>;

/** A call of an engine of the pool. */
export function run<T, M extends HostMethod>(engine: Calls, method: M, args: HostMethods[M], signal?: AbortSignal): Promise<T> {
  return engine.call<T>(method, signal === undefined ? {} : { signal }, async () => ({ args, transfer: [] }), true);
}

/**
 * Looks at the pictures of a film.
 *
 * @throws VisavisError those of films, and `Aborted`.
 */
export async function indexFilm(engine: Calls, film: HostMethods['openVideo'], signal: AbortSignal, advance: Advance): Promise<IndexedFile> {
  await run(engine, 'openVideo', film, signal);
  try {
    for (let step: VideoStep = { fraction: 0, ended: false }; !step.ended; ) {
      step = await run<VideoStep, 'stepVideo'>(engine, 'stepVideo', {}, signal);
      await advance(step.fraction);
    }
    return await run<IndexedFile, 'endVideo'>(engine, 'endVideo', {}, signal);
  } catch (error) {
    void run(engine, 'closeVideo', {}).catch(() => undefined);
    throw error;
  }
}
