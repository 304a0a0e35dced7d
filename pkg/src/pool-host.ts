/**
 * The part of the host that is about media: hashing and indexing in the engines of a pool, adding and removing in the engine that has
 * the library. Runs where the engine runs, in a worker by default.
 */

import { toImageSpec } from './decode.js';
import { VisavisError, abortedError } from './errors.js';
import type { HostMethods, MediaKind } from './protocol.js';
import { KIND_BYTES, videoContainer } from './video-kind.js';
import type { Glue, WebClient } from './wasm/glue.js';

/** Files are read in pieces of so many bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** What a call is given beside its arguments. */
export interface MediaCall {
  client: WebClient;
  glue: Glue;
  signal: AbortSignal;
  maxPixels: number;
}

/** The names of the calls that are about media. */
export type MediaMethod = 'examineFile' | 'indexPhoto' | 'findMedia' | 'addMedia' | 'publishMedia' | 'removeMedia';

/** The calls that are about media. */
export const MEDIA_OPERATIONS: { [M in MediaMethod]: (call: MediaCall, args: HostMethods[M]) => Promise<unknown> } = {
  examineFile: async ({ glue, signal }, { blob, name }) => {
    const head = await piece(blob, 0, KIND_BYTES, name);
    const kind: MediaKind = videoContainer(head) === undefined ? 'photo' : 'video';
    return { kind, sha256: await hash(glue, blob, name, signal) };
  },
  indexPhoto: async ({ client, maxPixels, signal }, { blob, name, sha256, thumbnails }) => {
    const spec = await toImageSpec({ kind: 'blob', blob, ...(name === '' ? {} : { name }) }, maxPixels);
    if (signal.aborted) throw abortedError();
    return client.indexPhoto({ ...spec, sha256, fileBytes: blob.size }, { thumbnails });
  },
  findMedia: async ({ client }, { library, sha256 }) => client.findMedia(library, sha256),
  addMedia: async ({ client }, { library, record, thumbnails }) => client.addMedia(library, record, thumbnails),
  publishMedia: async ({ client }, { library }) => client.publishMedia(library),
  removeMedia: async ({ client }, { library, mediaIds }) => client.removeMedia(library, mediaIds),
};

/** The SHA-256 of a file, however long it is. */
async function hash(glue: Glue, blob: Blob, name: string, signal: AbortSignal): Promise<string> {
  const stream = new glue.FileHash();
  try {
    for (let at = 0; at < blob.size; at += PIECE_BYTES) {
      stream.update(await piece(blob, at, at + PIECE_BYTES, name));
      if (signal.aborted) throw abortedError();
    }
  } catch (error) {
    stream.free();
    throw error;
  }
  return stream.finish();
}

async function piece(blob: Blob, from: number, to: number, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(from, to).arrayBuffer());
  } catch (error) {
    const message = `${name || 'the file'}: it could not be read; was it moved or changed since it was chosen?`;
    throw new VisavisError({ code: 'IoError', message, cause: error });
  }
}
