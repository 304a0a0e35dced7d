/** A film on its way through an engine of the pool, as the page drives it: step by step, so that it can be paused and given up. */

import type { Calls } from './calls.js';
import { VisavisError, abortedError, errorData } from './errors.js';
import type { HostMethod, HostMethods, IndexedFile, VideoStep } from './protocol.js';
import { CONTAINER_TITLES, fitted } from './video-container.js';
import type { ElementFilm } from './video-element.js';
import { openElement } from './video-element.js';
import { videoMalformed } from './video-errors.js';

/** Told after each step how far it is, 0 to 1; the next step waits for it. */
export type Advance = (fraction: number) => Promise<void>;

type FilmArgs = HostMethods['openVideo'];

/** A call of an engine of the pool. */
export function run<T, M extends HostMethod>(engine: Calls, method: M, args: HostMethods[M], signal?: AbortSignal): Promise<T> {
  return engine.call<T>(method, signal === undefined ? {} : { signal }, async () => ({ args, transfer: [] }), true);
}

/**
 * Looks at the pictures of a film: with WebCodecs beside the engine, or with a video element here.
 *
 * @throws VisavisError those of films, and `Aborted`.
 */
export async function indexFilm(engine: Calls, film: FilmArgs, signal: AbortSignal, advance: Advance): Promise<IndexedFile> {
  try {
    try {
      await run(engine, 'openVideo', film, signal);
    } catch (error) {
      if (errorData(error)?.code !== 'VideoUnsupported') throw error;
      return await indexByElement(engine, film, signal, advance, error);
    }
    for (let step: VideoStep = { fraction: 0, ended: false }; !step.ended; ) {
      step = await run<VideoStep, 'stepVideo'>(engine, 'stepVideo', {}, signal);
      await advance(step.fraction);
      if (signal.aborted) throw abortedError();
    }
    return await run<IndexedFile, 'endVideo'>(engine, 'endVideo', {}, signal);
  } catch (error) {
    void run(engine, 'closeVideo', {}).catch(() => undefined);
    throw error;
  }
}

async function indexByElement(engine: Calls, film: FilmArgs, signal: AbortSignal, advance: Advance, unsupported: unknown): Promise<IndexedFile> {
  const element = await openElement(film.blob, signal);
  if (element === undefined) throw unsupported;
  try {
    return await pushAll(engine, film, element, signal, advance);
  } finally {
    element.close();
  }
}

async function pushAll(engine: Calls, film: FilmArgs, element: ElementFilm, signal: AbortSignal, advance: Advance): Promise<IndexedFile> {
  const { blob, name, sha256, container, thumbnails, framesPerSecond } = film;
  const { durationS } = element;
  const source = { name, sha256, bytes: blob.size, width: element.width, height: element.height, format: container, durationS };
  const { side } = await run<{ side: number }, 'openFrames'>(engine, 'openFrames', { source, thumbnails, framesPerSecond }, signal);
  const { width, height } = fitted(element, side);
  const count = Math.max(1, Math.ceil(durationS * framesPerSecond));
  for (let number = 0; number < count; number += 1) {
    const timeS = number / framesPerSecond;
    // Made anew where the engine crashed: a picture that was sent is gone.
    const prepare = async (): Promise<{ args: HostMethods['pushFrame']; transfer: Transferable[] }> => {
      const bitmap = await element.picture(timeS, width, height).catch((error: unknown) => {
        throw error instanceof VisavisError ? error : videoMalformed(name || 'the film', CONTAINER_TITLES[container], error);
      });
      return { args: { timeS, image: { kind: 'bitmap', bitmap } }, transfer: [bitmap] };
    };
    await engine.call('pushFrame', { signal }, prepare, true);
    await advance(number / count);
    if (signal.aborted) throw abortedError();
  }
  return run<IndexedFile, 'endVideo'>(engine, 'endVideo', {}, signal);
}
