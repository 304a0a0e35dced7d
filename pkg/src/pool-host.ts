/**
 * The part of the host that is about media: hashing and indexing in the engines of a pool, adding and removing in the engine that has
 * the library. Runs where the engine runs, in a worker by default.
 */

import { foreignFormat, toImageSpec } from './decode.js';
import { VisavisError, abortedError, errorData } from './errors.js';
import type { HostMethods } from './protocol.js';
import { containerOf } from './video-container.js';
import { videoEmpty, videoUnsupported } from './video-errors.js';
import { closeVideo, endVideo, openFrames, openVideo, pushFrame, stepVideo } from './video-host.js';
import type { Glue, WebClient } from './wasm/glue.js';

/** Files are read in pieces of so many bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Files above this are no photos: none is read into memory as a whole. */
const PHOTO_LIMIT_MB = 512;
/** Names of films. */
const VIDEO_ENDINGS = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|3gp|ts)$/i;

/** Why a film is none. */
const NO_VIDEO = 'its first bytes are those of no video';

/** What a call is given beside its arguments. */
export interface MediaCall {
  client: WebClient;
  glue: Glue;
  signal: AbortSignal;
  maxPixels: number;
}

/** The names of the calls that are about media. */
export type MediaMethod =
  | 'examineFile'
  | 'indexPhoto'
  | 'openVideo'
  | 'stepVideo'
  | 'openFrames'
  | 'pushFrame'
  | 'endVideo'
  | 'closeVideo'
  | 'findMedia'
  | 'addMedia'
  | 'publishMedia'
  | 'removeMedia';

/** The calls that are about media. */
export const MEDIA_OPERATIONS: { [M in MediaMethod]: (call: MediaCall, args: HostMethods[M]) => Promise<unknown> } = {
  examineFile: async ({ glue, signal }, { blob, name }) => {
    const container = await readable(name, () => containerOf(blob));
    if (blob.size === 0 && VIDEO_ENDINGS.test(name)) throw videoEmpty(name);
    if (container === undefined && blob.size > PHOTO_LIMIT_MB * 2 ** 20) throw noPhoto(name, blob.size);
    return { container, sha256: await hash(glue, blob, name, signal) };
  },
  indexPhoto: async (call, { blob, name, sha256, thumbnails }) => {
    try {
      return await indexPhoto(call, blob, name, sha256, thumbnails);
    } catch (error) {
      if (errorData(error)?.code !== 'ImageFormatUnsupported' || !VIDEO_ENDINGS.test(name)) throw error;
      throw videoUnsupported(name, NO_VIDEO);
    }
  },
  openVideo,
  stepVideo,
  openFrames,
  pushFrame,
  endVideo,
  closeVideo,
  findMedia: async ({ client }, { library, sha256 }) => client.findMedia(library, sha256),
  addMedia: async ({ client }, { library, record, thumbnails }) => client.addMedia(library, record, thumbnails),
  publishMedia: async ({ client }, { library, discover }) => client.publishMedia(library, discover),
  removeMedia: async ({ client }, { library, mediaIds }) => client.removeMedia(library, mediaIds),
};

function noPhoto(name: string, bytes: number): VisavisError {
  if (VIDEO_ENDINGS.test(name)) return videoUnsupported(name, NO_VIDEO);
  const message = `${name || 'the file'}: the file is no video and has ${Math.ceil(bytes / 2 ** 20)} MiB, above the limit of ${PHOTO_LIMIT_MB} MiB for a photo`;
  return new VisavisError({ code: 'ImageTooLarge', message });
}

async function indexPhoto({ client, maxPixels, signal }: MediaCall, blob: Blob, name: string, sha256: string, thumbnails: boolean): Promise<object> {
  const spec = await toImageSpec({ kind: 'blob', blob, ...(name === '' ? {} : { name }) }, maxPixels);
  if (signal.aborted) throw abortedError();
  // The engine knows the format of what it reads itself.
  const format = 'rgba' in spec ? await foreignName(blob) : '';
  return client.indexPhoto({ ...spec, sha256, fileBytes: blob.size, format }, { thumbnails });
}

/** The name of a picture's format that only the browser reads. */
async function foreignName(blob: Blob): Promise<string> {
  const head = new Uint8Array(await blob.slice(0, 12).arrayBuffer());
  if (foreignFormat(head) === 'jpeg-xl') return 'jxl';
  return String.fromCharCode(...head.subarray(8, 11)) === 'avi' ? 'avif' : 'heic';
}

/** The SHA-256 of a file, however long it is. */
async function hash(glue: Glue, blob: Blob, name: string, signal: AbortSignal): Promise<string> {
  const stream = new glue.FileHash();
  try {
    for (let at = 0; at < blob.size; at += PIECE_BYTES) {
      stream.update(new Uint8Array(await readable(name, () => blob.slice(at, at + PIECE_BYTES).arrayBuffer())));
      if (signal.aborted) throw abortedError();
    }
  } catch (error) {
    stream.free();
    throw error;
  }
  return stream.finish();
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const message = `${name || 'the file'}: it could not be read; was it moved or changed since it was chosen?`;
    throw new VisavisError({ code: 'IoError', message, cause: error });
  }
}
