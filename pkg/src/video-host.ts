/**
 * One film at a time in an engine of the pool, step by step, so that the page can pause between the steps. The pictures come from WebCodecs
 * here, or from a video element of the page.
 */

import { toImageSpec } from './decode.js';
import { VisavisError, abortedError } from './errors.js';
import type { MediaCall } from './pool-host.js';
import { within } from './signals.js';
import type { FilmSource, HostMethods, VideoStep } from './protocol.js';
import { CONTAINER_TITLES } from './video-container.js';
import type { Film, FilmFrame } from './video-decode.js';
import { openFilm } from './video-decode.js';
import { videoMalformed } from './video-errors.js';
import type { WebClient, WebVideo } from './wasm/glue.js';

/** After this time a step ends, in milliseconds: so long does a pause take to begin. */
const STEP_MS = 400;
/** A decoder that gives no picture for so long, in milliseconds, will give none: it was lost. */
const ANSWER_MS = 60_000;

/** The film in work. */
interface Work {
  video: WebVideo;
  durationS: number;
  /** What it is when the decoder does not answer. */
  silent?: () => VisavisError;
  film?: Film;
  frames?: AsyncGenerator<FilmFrame, void, void>;
}

/** The films in work, by engine. */
const works = new WeakMap<WebClient, Work>();

/** Opens a film of a file: its duration in seconds. */
export async function openVideo({ client, glue, maxPixels, signal }: MediaCall, args: HostMethods['openVideo']): Promise<{ durationS: number }> {
  const { blob, container, framesPerSecond, ...source } = args;
  await end(client);
  const name = args.name || 'the film';
  const film = await openFilm(blob, name, container, maxPixels);
  try {
    if (signal.aborted) throw abortedError();
    const { facts } = film;
    const video = begin(client, { ...source, bytes: blob.size, format: container, ...facts }, args);
    const silent = (): VisavisError => videoMalformed(name, CONTAINER_TITLES[container], `the decoder gave no picture for ${ANSWER_MS / 1000} s`);
    works.set(client, { video, film, frames: film.frames(framesPerSecond, glue.WebVideo.frameSide()), durationS: facts.durationS, silent });
    return { durationS: facts.durationS };
  } catch (error) {
    film.close();
    throw error;
  }
}

/** Looks at pictures of the film for some time. */
export async function stepVideo({ client, signal }: MediaCall): Promise<VideoStep> {
  const { video, frames, durationS, silent } = workOf(client);
  const end = performance.now() + STEP_MS;
  for (;;) {
    const { done, value } = frames === undefined || silent === undefined ? { done: true } : await within(frames.next(), ANSWER_MS, silent);
    if (signal.aborted) throw abortedError();
    if (done === true || value === undefined) return { fraction: 1, ended: true };
    const { timeS, ...image } = value;
    video.push(timeS, image);
    if (performance.now() >= end) return { fraction: Math.min(1, timeS / durationS), ended: false };
  }
}

/** Begins with a film whose pictures the page sends. Answers the long side that they are to have at most, in pixels. */
export async function openFrames({ client, glue }: MediaCall, args: HostMethods['openFrames']): Promise<{ side: number }> {
  await end(client);
  const { source } = args;
  works.set(client, { video: begin(client, source, args), durationS: source.durationS });
  return { side: glue.WebVideo.frameSide() };
}

/** Takes a picture of the page. */
export async function pushFrame({ client, maxPixels }: MediaCall, { timeS, image }: HostMethods['pushFrame']): Promise<void> {
  const { video } = workOf(client);
  const spec = await toImageSpec(image, maxPixels);
  if (!('rgba' in spec)) throw new VisavisError({ code: 'InternalError', message: 'internal error: a picture without pixels; please report it' });
  video.push(timeS, spec);
}

/** The end of the film: what a library keeps of it. */
export async function endVideo({ client }: MediaCall): Promise<object> {
  const { video } = workOf(client);
  try {
    return video.finish();
  } finally {
    await end(client);
  }
}

/** Gives the film up. */
export async function closeVideo({ client }: MediaCall): Promise<void> {
  await end(client);
}

function begin(client: WebClient, source: FilmSource, { thumbnails, framesPerSecond }: { thumbnails: boolean; framesPerSecond: number }): WebVideo {
  return client.beginVideo(source, { thumbnails, framesPerSecond });
}

function workOf(client: WebClient): Work {
  const work = works.get(client);
  if (work === undefined) throw new VisavisError({ code: 'InternalError', message: 'internal error: there is no film in work; please report it' });
  return work;
}

async function end(client: WebClient): Promise<void> {
  const work = works.get(client);
  if (work === undefined) return;
  works.delete(client);
  // A decoder that hangs must not keep the next film waiting.
  void work.frames?.return().catch(() => undefined);
  work.film?.close();
  work.video.free();
}
