/**
 * The pictures of a film, by WebCodecs and mediabunny, which knows the containers. It is loaded when the first film is added, so that pages
 * without films do not pay for it. Runs in the workers of the pool.
 *
 * Time 0 is the first picture. A picture is taken for t = 0, 1/fps, 2/fps, ...: the one that is shown then.
 */

import type * as Mediabunny from './vendor/mediabunny.js';
import { VisavisError, describe } from './errors.js';
import { CONTAINER_TITLES, fitted, surroundingsOf } from './video-container.js';
import type { Container } from './video-container.js';
import { videoEmpty, videoMalformed, videoNoTrack, videoTruncated, videoUnsupported } from './video-errors.js';

/** Times are sums of rounded numbers: this much later is the same moment. */
const SAME_MOMENT_S = 1e-6;

/** What is known of a film before its pictures are. */
export interface FilmFacts {
  /** In upright pixels, as shown. */
  width: number;
  height: number;
  durationS: number;
  createdMs: number | undefined;
}

/** One picture of a film. */
export interface FilmFrame {
  timeS: number;
  width: number;
  height: number;
  rgba: Uint8ClampedArray;
}

/** A film whose pictures can be had one after the other. */
export interface Film {
  readonly facts: FilmFacts;
  frames(framesPerSecond: number, sidePx: number): AsyncGenerator<FilmFrame, void, void>;
  close(): void;
}

/**
 * Opens a film.
 *
 * @throws VisavisError `VideoEmpty`, `VideoNoTrack`, `VideoTruncated`, `VideoMalformed`; `VideoUnsupported` where this browser has no decoder
 * for it that works here; a video element may have one.
 */
export async function openFilm(blob: Blob, name: string, container: Container, maxPixels: number): Promise<Film> {
  const title = CONTAINER_TITLES[container];
  const { cutOff, createdMs } = await surroundingsOf(blob, container);
  if (cutOff) throw videoTruncated(name, title);
  if (container === 'avi' || container === 'mpeg') throw videoUnsupported(name, `browsers do not read ${title} files`);
  const { Input, BlobSource, MP4, QTFF, MATROSKA, WEBM, MPEG_TS, EncodedPacketSink, VideoSampleSink } = await loadMediabunny(name);
  // No playlists: they name other files.
  const input = new Input({ source: new BlobSource(blob), formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS] });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) {
      const kinds = [...new Set((await input.getTracks()).map(({ type }) => type as string))].sort();
      throw videoNoTrack(name, title, kinds.length === 0 ? 'nothing that can be shown or heard' : `${kinds.join(', ')} only`);
    }
    const codec = (await track.getCodec()) ?? 'one that is not known';
    // Recordings that begin in the middle of a group of pictures have packets before it that nobody can decode.
    const first = (await new EncodedPacketSink(track).getFirstKeyPacket())?.timestamp ?? (await track.getFirstTimestamp());
    const end = await track.computeDuration();
    if (!(end > first)) throw videoEmpty(name);
    if (typeof VideoDecoder === 'undefined') throw videoUnsupported(name, `there is no WebCodecs here (its codec is ${codec}, in ${title})`);
    if (!(await track.canDecode())) throw videoUnsupported(name, `its codec is ${codec} (in ${title}), for which this browser has no decoder`);
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    if (width * height > maxPixels) throw videoUnsupported(name, `${width} x ${height} pixels, above the limit of ${maxPixels} pixels`);
    const facts = { width, height, durationS: end - first, createdMs };
    const failed = (cause: unknown): VisavisError => (cause instanceof VisavisError ? cause : videoMalformed(name, title, cause));
    return {
      facts,
      frames: (framesPerSecond, sidePx) => framesOf(new VideoSampleSink(track), { facts, first, framesPerSecond, sidePx, failed, cut: () => videoTruncated(name, title) }),
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error instanceof VisavisError ? error : videoMalformed(name, title, error);
  }
}

interface FramesWanted {
  facts: FilmFacts;
  first: number;
  framesPerSecond: number;
  sidePx: number;
  failed: (cause: unknown) => VisavisError;
  cut: () => VisavisError;
}

async function* framesOf(sink: Mediabunny.VideoSampleSink, wanted: FramesWanted): AsyncGenerator<FilmFrame, void, void> {
  const { facts, first, framesPerSecond, failed, cut } = wanted;
  const { width, height } = fitted(facts, wanted.sidePx);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw failed(`the browser gave no canvas of ${width} x ${height} pixels`);
  const count = Math.max(1, Math.ceil((facts.durationS - SAME_MOMENT_S) * framesPerSecond));
  const moments = function* (): Generator<number> {
    for (let number = 0; number < count; number += 1) yield first + number / framesPerSecond + SAME_MOMENT_S;
  };
  let number = 0;
  try {
    for await (const sample of sink.samplesAtTimestamps(moments())) {
      // The container promised a picture here.
      if (sample === null) throw cut();
      try {
        sample.draw(context, 0, 0, width, height);
      } finally {
        sample.close();
      }
      yield { timeS: number / framesPerSecond, width, height, rgba: context.getImageData(0, 0, width, height).data };
      number += 1;
    }
  } catch (error) {
    throw failed(error);
  }
}

let loading: Promise<typeof Mediabunny> | undefined;

/** The library that knows the containers. */
async function loadMediabunny(name: string): Promise<typeof Mediabunny> {
  // The literal form lets bundlers find the file, which they copy as it is.
  const url = new URL('./vendor/mediabunny.js', import.meta.url).href;
  loading ??= import(/* @vite-ignore */ /* webpackIgnore: true */ url) as Promise<typeof Mediabunny>;
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw videoUnsupported(name, `the part of this package that opens films could not be loaded from ${url}: ${describe(error)}`);
  }
}
