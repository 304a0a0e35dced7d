/**
 * The pictures of a film by a video element, on the page: where there is no WebCodecs (pages of plain http, older browsers), or no decoder of
 * it for the codec. Slower, since every picture is sought by itself.
 */

import { abortedError } from './errors.js';
import { untilAborted } from './signals.js';

/** A browser that does not answer for so long, in milliseconds, does not read the film. */
const ANSWER_MS = 20_000;
/** Rounding of the browser's clock: so much later is the same picture. */
const SAME_PICTURE_S = 0.001;
/** Longer than any film: the place to seek for the end of one that does not say how long it is. */
const PAST_THE_END_S = 1e7;

/** A film in a video element. */
export interface ElementFilm {
  width: number;
  height: number;
  durationS: number;
  /** The picture that is shown so long after the first, shrunk to these sides. */
  picture(timeS: number, width: number, height: number): Promise<ImageBitmap>;
  close(): void;
}

/** Opens a film; `undefined` where there is no page, or its browser does not read the film either. */
export async function openElement(blob: Blob, signal: AbortSignal): Promise<ElementFilm | undefined> {
  if (typeof document === 'undefined' || typeof createImageBitmap !== 'function') return undefined;
  const video = document.createElement('video');
  const address = URL.createObjectURL(blob);
  const close = (): void => {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(address);
  };
  try {
    video.muted = true;
    video.preload = 'auto';
    const loaded = told(video, 'loadeddata', signal);
    video.src = address;
    await loaded;
    const first = await firstTime(video, signal);
    const durationS = (await lengthOf(video, signal)) - first;
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0 || height === 0 || !(durationS > 0)) throw new Error('there is nothing to be seen');
    const picture = async (timeS: number, resizeWidth: number, resizeHeight: number): Promise<ImageBitmap> => {
      await seek(video, first + timeS + SAME_PICTURE_S, signal);
      return createImageBitmap(video, { resizeWidth, resizeHeight, resizeQuality: 'medium' });
    };
    return { width, height, durationS, picture, close };
  } catch {
    close();
    if (signal.aborted) throw abortedError();
    return undefined;
  }
}

/** When the first picture is shown, by the element's clock: sound may begin before it. */
async function firstTime(video: HTMLVideoElement, signal: AbortSignal): Promise<number> {
  if (typeof video.requestVideoFrameCallback !== 'function') return 0;
  const shown = new Promise<number>((resolve) => {
    video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
    // Some browsers show the first picture before they are asked.
    setTimeout(() => resolve(0), 1000);
  });
  await seek(video, 0, signal);
  return untilAborted(shown, signal, abortedError);
}

/** Recordings that were never finished do not say how long they are, until somebody looks for the end. */
async function lengthOf(video: HTMLVideoElement, signal: AbortSignal): Promise<number> {
  if (Number.isFinite(video.duration)) return video.duration;
  await seek(video, PAST_THE_END_S, signal);
  return Number.isFinite(video.duration) ? video.duration : video.currentTime;
}

async function seek(video: HTMLVideoElement, timeS: number, signal: AbortSignal): Promise<void> {
  const sought = told(video, 'seeked', signal);
  video.currentTime = timeS;
  await sought;
}

/** Waits for an event; fails with the element's error, or when nothing comes. */
async function told(video: HTMLVideoElement, event: string, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new AbortController();
  const happened = new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(video.error?.message || 'the browser cannot play it'));
    video.addEventListener(event, () => resolve(), { signal: ended.signal });
    video.addEventListener('error', fail, { signal: ended.signal });
    timer = setTimeout(fail, ANSWER_MS);
  });
  try {
    await untilAborted(happened, signal, abortedError);
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}
