/**
 * `watch`: the faces of live pictures, followed and searched for. One picture is with the engine at a time, and the next one is the newest
 * there is, so that a slow device shows fewer pictures and not older ones.
 */

import { LiveSource, isSource } from './camera-source.js';
import type { LivePicture } from './camera-source.js';
import type { WatchCallback, WatchEnd, WatchOptions, WatchStats, WatchUpdate, WatchedFace } from './camera-types.js';
import { checkWatchOptions } from './checks.js';
import { errorData, invalidParameter, toVisavisError } from './errors.js';
import type { HostMethods } from './protocol.js';
import { anySignal, untilAborted } from './signals.js';

/** After so many crashes of the engine in a row a watch is given up. */
const MAX_CRASHES = 3;

/** Numbers the watches of this page. */
let lastWatch = 0;

/** What a watch needs. @internal */
export interface WatcherParts {
  /** `prepare` takes a picture; again where the call is repeated because the engine crashed. */
  frame(prepare: () => Promise<HostMethods['watchFrame']>, signal: AbortSignal): Promise<WatchedFrame>;
  end(watch: number): Promise<unknown>;
  /** Fires when the client is closed. */
  closing: AbortSignal;
}

/** What the engine answers. @internal */
export interface WatchedFrame {
  width: number;
  height: number;
  faces: WatchedFace[];
  ended: number[];
  searches: number;
}

/** Watches a camera or a film. Made by `client.watch`. */
export class Watcher {
  /** Resolves when the watch has ended, and says why; never rejects. */
  readonly ended: Promise<WatchEnd>;
  readonly #callback: WatchCallback;
  readonly #options: WatchOptions;
  readonly #parts: WatcherParts;
  readonly #stopping = new AbortController();
  readonly #watch: number;
  readonly #stats: WatchStats = { frames: 0, skipped: 0, searches: 0, failures: 0, lastFrameMs: 0 };
  #nextTrack = 0;

  /** @internal */
  constructor(source: HTMLVideoElement | MediaStream, callback: WatchCallback, options: WatchOptions, parts: WatcherParts) {
    if (!isSource(source)) throw invalidParameter('source', 'expected a video element or a MediaStream');
    if (typeof callback !== 'function') throw invalidParameter('callback', `expected a function, not ${typeof callback}`);
    checkWatchOptions(options);
    lastWatch += 1;
    this.#watch = lastWatch;
    this.#callback = callback;
    this.#options = options;
    this.#parts = parts;
    this.ended = this.#run(source);
  }

  /** How it goes. */
  get stats(): WatchStats {
    return { ...this.#stats };
  }

  /** Ends the watch: the callback is not called any more. The camera stays on. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(source: HTMLVideoElement | MediaStream): Promise<WatchEnd> {
    const { signal, release } = anySignal([this.#stopping.signal, this.#options.signal, this.#parts.closing]);
    let live: LiveSource | undefined;
    try {
      live = await LiveSource.open(source);
      while (await live.next(signal)) {
        this.#stats.skipped = live.skipped;
        await this.#look(live, signal);
      }
      return { reason: 'sourceEnded' };
    } catch (error) {
      if (this.#stopping.signal.aborted) return { reason: 'stopped' };
      if (this.#options.signal?.aborted === true) return { reason: 'aborted' };
      if (this.#parts.closing.aborted) return { reason: 'closed' };
      return { reason: 'failed', error: toVisavisError(error) };
    } finally {
      release();
      live?.close();
      void this.#parts.end(this.#watch).catch(() => undefined);
    }
  }

  #crashes = 0;

  /** Looks at the newest picture and tells of it. */
  async #look(live: LiveSource, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    let picture: LivePicture | undefined;
    let frame: WatchedFrame;
    try {
      frame = await this.#parts.frame(async () => this.#args((picture = await live.grab())), signal);
      this.#crashes = 0;
    } catch (error) {
      if (errorData(error)?.code !== 'EngineCrashed') throw error;
      this.#stats.failures += 1;
      this.#crashes += 1;
      // The engine was replaced; its picture is lost, and the next one may do.
      if (this.#crashes >= MAX_CRASHES) throw error;
      return;
    }
    if (picture === undefined) return;
    this.#stats.frames += 1;
    this.#stats.searches += frame.searches;
    this.#stats.lastFrameMs = performance.now() - begun;
    for (const { trackId } of frame.faces) this.#nextTrack = Math.max(this.#nextTrack, trackId + 1);
    await untilAborted(this.#tell(updateOf(frame, picture)), signal, () => new Error('stopped'));
    const rest = (this.#options.minIntervalMs ?? 0) - (performance.now() - begun);
    if (rest > 0) await untilAborted(new Promise((resolve) => setTimeout(resolve, rest)), signal, () => new Error('stopped'));
  }

  #args({ bitmap, timeMs }: LivePicture): HostMethods['watchFrame'] {
    const { library, search, threshold } = this.#options;
    const given = Object.entries({ library, search, threshold }).filter(([, value]) => value !== undefined);
    const options = { timeS: timeMs / 1000, ...Object.fromEntries(given) };
    return { watch: this.#watch, firstTrack: this.#nextTrack, image: { kind: 'bitmap', bitmap, name: 'source' }, options };
  }

  /** A callback that fails does not end the watch: the page's own error handlers see it. */
  async #tell(update: WatchUpdate): Promise<void> {
    try {
      await this.#callback(update);
    } catch (error) {
      if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
      else console.error(error);
    }
  }
}

/** The answer in the pixels of the picture before it was shrunk. */
function updateOf({ width, height, faces, ended }: WatchedFrame, picture: LivePicture): WatchUpdate {
  const [x, y] = [picture.width / width, picture.height / height];
  const scaled = (face: WatchedFace): WatchedFace => ({
    ...face,
    box: { x: face.box.x * x, y: face.box.y * y, w: face.box.w * x, h: face.box.h * y },
    landmarks: face.landmarks.map((point) => ({ x: point.x * x, y: point.y * y })) as WatchedFace['landmarks'],
  });
  return { width: picture.width, height: picture.height, timeMs: picture.timeMs, faces: faces.map(scaled), endedTrackIds: ended };
}
