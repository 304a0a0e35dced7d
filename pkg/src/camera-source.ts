/**
 * Live pictures: of a video element, or of a camera's stream by way of an element of our own. Only the newest is ever taken.
 */

import { VisavisError, describe, invalidParameter } from './errors.js';
import { isA, isReadable, taintedError } from './images.js';

/** The long side of the pictures that are sent to the engine, in pixels; larger ones are shrunk by the browser. */
const SIDE_PX = 1280;
/** How often it is looked whether there is a new picture, where the browser does not tell, and whether the source has ended. */
const POLL_MS = 40;
/** From this state on a video element has a picture. */
const HAS_PICTURE = 2;

/** One picture, and how large it was before it was shrunk. */
export interface LivePicture {
  bitmap: ImageBitmap;
  width: number;
  height: number;
  timeMs: number;
}

/** Whether something can be watched. */
export function isSource(source: unknown): source is HTMLVideoElement | MediaStream {
  return isA(source, 'HTMLVideoElement') || isStream(source);
}

function isStream(source: unknown): source is MediaStream {
  return Object.prototype.toString.call(source) === '[object MediaStream]';
}

/** Pictures of one source. */
export class LiveSource {
  readonly #video: HTMLVideoElement;
  /** Made here for a stream. */
  readonly #isOurs: boolean;
  #shown = -1;
  #isChecked = false;
  /** Pictures that nobody took. */
  skipped = 0;

  private constructor(video: HTMLVideoElement, isOurs: boolean) {
    this.#video = video;
    this.#isOurs = isOurs;
  }

  /**
   * Begins.
   *
   * @throws VisavisError `InvalidParameter` for a stream without pictures.
   */
  static async open(source: HTMLVideoElement | MediaStream): Promise<LiveSource> {
    if (!isStream(source)) return new LiveSource(source, false);
    if (source.getVideoTracks().length === 0) throw invalidParameter('source', 'the stream has no video track');
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = source;
    const live = new LiveSource(video, true);
    // A stream that has ended already never plays; `next` finds that out.
    void video.play().catch(() => undefined);
    return live;
  }

  /** Waits for a picture that is newer than the last; false at the end of the source. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<boolean> {
    const video = this.#video;
    for (;;) {
      signal.throwIfAborted();
      const shown = this.#count();
      if (video.readyState >= HAS_PICTURE && video.videoWidth > 0 && shown !== this.#shown) {
        if (this.#shown >= 0) this.skipped += Math.max(0, Math.round(shown - this.#shown) - 1);
        this.#shown = shown;
        return true;
      }
      if (this.#hasEnded()) return false;
      if (video.error !== null) throw new VisavisError({ code: 'VideoUnsupported', message: `source: the browser cannot play it: ${video.error.message}` });
      await this.#wait(signal);
    }
  }

  /**
   * Takes the picture that is shown now.
   *
   * @throws VisavisError `DownloadBlocked` where the browser keeps the pixels from the page.
   */
  async grab(): Promise<LivePicture> {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const scale = Math.min(1, SIDE_PX / Math.max(width, height, 1));
    const size = { resizeWidth: Math.max(1, Math.round(width * scale)), resizeHeight: Math.max(1, Math.round(height * scale)) };
    const timeMs = performance.now();
    try {
      const bitmap = await (scale < 1 ? createImageBitmap(this.#video, { ...size, resizeQuality: 'medium' }) : createImageBitmap(this.#video));
      if (!this.#isChecked && !isReadable(bitmap)) {
        bitmap.close();
        throw taintedError('source');
      }
      this.#isChecked = true;
      return { bitmap, width, height, timeMs };
    } catch (error) {
      if (error instanceof VisavisError) throw error;
      if (error instanceof DOMException && error.name === 'SecurityError') throw taintedError('source');
      throw new VisavisError({ code: 'VideoUnsupported', message: `source: the browser gave no picture: ${describe(error)}`, cause: error });
    }
  }

  /** Lets go of the source. The camera stays on: it is the caller's. */
  close(): void {
    if (!this.#isOurs) return;
    this.#video.pause();
    this.#video.srcObject = null;
  }

  /** Changes with every picture that is shown. */
  #count(): number {
    const { totalVideoFrames: frames = 0 } = this.#video.getVideoPlaybackQuality?.() ?? {};
    return frames > 0 ? frames : this.#video.currentTime * 1000;
  }

  #hasEnded(): boolean {
    const stream = this.#video.srcObject;
    if (isStream(stream)) return stream.getVideoTracks().every((track) => track.readyState === 'ended');
    return this.#video.ended;
  }

  /** Waits for the browser to show a picture, but not for long: it says nothing of the end, nor of pictures that nobody sees. */
  #wait(signal: AbortSignal): Promise<void> {
    const video = this.#video;
    return new Promise((resolve) => {
      let handle = 0;
      const go = (): void => {
        clearTimeout(timer);
        video.cancelVideoFrameCallback?.(handle);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const timer = setTimeout(go, POLL_MS);
      signal.addEventListener('abort', go);
      handle = video.requestVideoFrameCallback?.(go) ?? 0;
    });
  }
}
