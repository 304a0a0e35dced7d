/**
 * Options and results, and the requests in which an image may be given as itself. The other requests and the responses are in wire.ts.
 *
 * Wire names are those of the public operations; everything that is ours is camelCase.
 * Coordinates are pixels of the picture after its EXIF orientation, origin upper left.
 */

import type { VisavisError } from './errors.js';
import type { WasmBuild } from './features.js';
import type * as wire from './wire.js';
import type { Box, Face, TaskNotification } from './wire.js';

export type { Box, Face, TaskNotification };

/** What can stand wherever an image is asked for. A string is a URL, relative ones against the page's address. */
export type ImageInput =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ImageData
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame;

/** A library of faces: where its `library.json` is, and the name under which requests ask for it. */
export interface LibraryOption {
  /** The value of `SearchLibName` that means this library. */
  name: string;
  /**
   * The folder of `library.json`, or the file itself; relative URLs against the page's address.
   * Absent: a library of the page's own, empty at first, to which persons and faces can be added.
   */
  url?: string | URL;
  /**
   * Where the same files are for those who read the responses: addresses of faces and covers begin with it. Default: `url`.
   * For servers, which read a library from a folder and serve it elsewhere.
   */
  publicUrl?: string | URL;
  /** Which files of faces a search downloads, and so what the library's host learns of it. Default: `whole`. */
  access?: LibraryAccess;
}

/**
 * How the faces of a library with more than 16 files of them (shards) are downloaded; smaller libraries are always downloaded whole.
 *
 * - `whole`: all shards before the first search. Their host learns nothing of whom is searched for.
 * - `probe`: a search downloads only the shards that are nearest to the face, a quarter of all and at least 8, and misses a few faces that lie
 *   elsewhere. Their host learns which shards, so roughly what the face looks like.
 * - `decoys`: as `probe`, but each shard is always downloaded together with another one that is not alike: about half of all, and nearly all of
 *   fewer than 32. Which of the two was meant is hidden from a log, not from an analyst who knows how the shards lie.
 *
 * Calls that need every face (`similarities`, `mapFaces`, `searchMedia` unless `complete: false`) download the others too.
 */
export type LibraryAccess = 'whole' | 'probe' | 'decoys';

/** One model file. Length and SHA-256 are checked before it is used. */
export interface ModelFile {
  /** Where it is; relative URLs against the page's address. */
  url: string | URL;
  /** Exact length in bytes. */
  bytes: number;
  /** 64 hexadecimal digits. */
  sha256: string;
}

/** Models that replace those of the package. */
export interface ModelsOption {
  detector?: ModelFile;
  embedder?: ModelFile;
  /** `false`: go without, so that faces have no `expression`. */
  expression?: ModelFile | false;
}

/** Progress of one download. The first report has `loadedBytes` 0, the last `loadedBytes === totalBytes`. Bytes from the cache count too. */
export interface Progress {
  phase: 'wasm' | 'model' | 'library';
  /** `simd` or `relaxed`; `detector`, `embedder` or `expression`; the library's name. */
  name: string;
  loadedBytes: number;
  /** 0 while it is not known. */
  totalBytes: number;
}

/** Options of `createClient`. */
export interface ClientOptions {
  /** The libraries to search; the first is the default. Each is opened at its first search, or by `openLibrary`. */
  libraries?: LibraryOption[];
  /** Where the models are: a folder with the package's files, or files of your own. Default: the package's. */
  models?: string | URL | ModelsOption;
  /** Where `visavis_simd_bg.wasm` and `visavis_relaxed_bg.wasm` are: their folder, or a URL for each build. Default: the package's. */
  wasmUrl?: string | URL | Record<WasmBuild, string | URL>;
  /** Where `worker.js` of the package is. Default: the package's. */
  workerUrl?: string | URL;
  /** `false`: run on the calling thread, which blocks it while faces are looked for. Default: a module worker. */
  worker?: boolean;
  /** `false`: keep nothing in the Cache API, so that every visit downloads everything. Default: true. */
  cache?: boolean;
  /** A download is given up when nothing of it has come for this long, in milliseconds. Default: 30000. */
  timeoutMs?: number;
  /** Images of more pixels are refused before they are decoded. Default: 100 million. */
  maxPixels?: number;
  /** Turns a URL of a scheme that browsers do not know, such as `oss://bucket/key`, into one that they do, or into the image. */
  resolve?: (url: string) => ImageInput | Promise<ImageInput>;
  /** Downloads in place of the global `fetch`; only with `worker: false`. */
  fetch?: typeof fetch;
  /**
   * Keeps face-search tokens (embeddings, not photos) and tasks with their images in IndexedDB, and own libraries in the origin private
   * file system, so that they survive a reload. `{ name }`: under a name of your own. Default false: nothing is kept.
   */
  persist?: boolean | PersistOption;
  /** A face-search token is forgotten so long after its last use, in milliseconds. Default: a day. */
  tokenLifetimeMs?: number;
  /** The clock: milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;
  /** Told of every task of this client that is done. */
  onNotification?: (message: TaskNotification) => void;
  /** The `ExtendedMessageURI`s to which notifications may be sent, to the letter. Default: none. */
  notificationUrls?: string[];
  /** Told of what went wrong beside the calls, such as a full disk. Default: `console.warn`. */
  onWarning?: (warning: VisavisError) => void;
  /** Told of every download of this client, now and later. */
  onProgress?: (progress: Progress) => void;
  /** Ends the creation of the client. */
  signal?: AbortSignal;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call with code `Aborted`. */
  signal?: AbortSignal;
  /** Told of the downloads that run while this call does. */
  onProgress?: (progress: Progress) => void;
}

/** An id of a face. Above 2^53 a JavaScript number is not exact: give a text or a bigint. */
export type FaceIdInput = string | number | bigint;

/** A request of SearchMediaByFace; the photo may be given as itself. */
export type SearchMediaByFaceRequest = Omit<wire.SearchMediaByFaceRequest, 'PersonImageUrl'> & {
  /** The photo of the person: a URL, or the image itself. Not needed where the token is known. */
  PersonImageUrl?: ImageInput;
};

/** A request of CreateFacesSearchingTask; the sources may be given as themselves. */
export type CreateFacesSearchingTaskRequest = Omit<wire.CreateFacesSearchingTaskRequest, 'Sources'> & {
  /** The photos to search with: URLs, or the images themselves, which are called `image:0`, `image:1`, ... in answers. */
  Sources?: { URI: ImageInput }[];
};

/** A request of AddFaces; the photos may be given as themselves. */
export type AddFacesRequest = Omit<wire.AddFacesRequest, 'urls'> & {
  /** The photos of the faces: URLs, or the images themselves. */
  urls: ImageInput[];
};

/** A request of GetPersonFacesInfo. */
export type GetPersonFacesInfoRequest = Omit<wire.GetPersonFacesInfoRequest, 'faceIds'> & {
  /** Which faces. Absent: all of the person. */
  faceIds?: FaceIdInput[];
};

/** A request of AssignFaces. */
export type AssignFacesRequest = Omit<wire.AssignFacesRequest, 'faceIds'> & {
  /** Which faces. */
  faceIds: FaceIdInput[];
};

/** A request of SplitPerson. */
export type SplitPersonRequest = Omit<wire.SplitPersonRequest, 'faceIds'> & {
  /** The faces of the other person. */
  faceIds: FaceIdInput[];
};

/** A request of DeleteFaces. */
export type DeleteFacesRequest = Omit<wire.DeleteFacesRequest, 'faceIds'> & {
  /** Which faces. */
  faceIds: FaceIdInput[];
};

/** Options of `searchMediaByFace` beside the request. */
export interface SearchOptions extends CallOptions {
  /** Answer `Scores` too. */
  scores?: boolean;
  /** Least cosine that counts as the same person. Default: grows with the library. */
  threshold?: number;
  /** Which face of the photo, in the order of `detectFaces`. Default: the largest. */
  faceIndex?: number;
  /** The face of the photo that overlaps this box best. */
  box?: Box;
}

/** Options of `searchMediaClipByFace` beside the request. */
export interface SearchClipOptions extends CallOptions {
  /** Least cosine that counts as the same person. Default: grows with the library. */
  threshold?: number;
}

/** Options of `searchMedia` beside the request. */
export interface SearchMediaOptions extends CallOptions {
  /** Answer a small picture of each face, base64, in `AiLabelInfo[].Occurrences[].Image`. Each is downloaded. Default false. */
  faceImages?: boolean;
  /** `false`: of a library that is probed, only the faces of those shards that are there; no others are downloaded. Default: true. */
  complete?: boolean;
}

/** Options of `createFacesSearchingTask` beside the request. */
export interface TaskOptions extends CallOptions {
  /** Told when the task is done, unless the page was left before. */
  onNotification?: (message: TaskNotification) => void;
}

/** Where a client keeps what must outlive the page. */
export interface PersistOption {
  /** Clients of the same name share what they keep. */
  name: string;
}

/** Options of `detectFaces` and `embedFaces`. */
export interface DetectOptions extends CallOptions {
  /** Default 0.6. */
  scoreThreshold?: number;
  /** Overlap above which two boxes are one face. Default 0.3. */
  nmsIou?: number;
  /** Look at each face a second time for better landmarks. Default true. */
  refine?: boolean;
  /** Look for small faces in large photos. Default true. */
  smallFaces?: boolean;
  /** Default: true where the model is there. */
  expression?: boolean;
}

/** The faces of a picture, the largest first; none is not an error here. */
export interface DetectResult {
  /** Of the picture, in pixels. */
  width: number;
  height: number;
  faces: Face[];
}

/** Names the model that made an embedding; those of different models cannot be compared. */
export interface Embedder {
  id: string;
  sha256: string;
  /** Numbers in an embedding. */
  dim: number;
}

/** The faces of a picture with their embeddings, each of unit length and `embedder.dim` numbers. */
export interface EmbedResult {
  width: number;
  height: number;
  embedder: Embedder;
  faces: (Face & { embedding: Float32Array })[];
}

/** Options of `compareFaces`. */
export interface CompareOptions extends CallOptions {
  /** Least cosine that counts as the same person. */
  threshold?: number;
}

/** The largest faces of two pictures, compared. */
export interface CompareResult {
  /** -1 to 1. */
  cosine: number;
  /** How sure it is that this is the same person, 0 to 1. */
  score: number;
  same: boolean;
  threshold: number;
  faceA: Face;
  faceB: Face;
}

/** What is known of a library; numbers are 0 while it is not open. */
export interface LibraryStats {
  name: string;
  /** Empty for a library of the page's own. */
  url: string;
  open: boolean;
  faces: number;
  media: number;
  entities: number;
  /** Files of faces. */
  shards: number;
  /** How many of them were downloaded. */
  openShards: number;
  access: LibraryAccess;
  /** Of all files, also those that were not downloaded. */
  bytes: number;
}

/** What a client has done and holds. */
export interface Stats {
  /** Version of the engine. */
  version: string;
  /** Which of the two WebAssembly files runs. */
  build: WasmBuild;
  /** False: on the calling thread. */
  worker: boolean;
  /** How many times the engine crashed and was replaced. */
  restarts: number;
  /** Where libraries of the page's own are: the origin private file system, IndexedDB where that is missing, or nowhere but in memory. */
  storage: 'opfs' | 'indexeddb' | 'memory';
  embedder: Embedder;
  libraries: LibraryStats[];
  /** How many face-search tokens are known. */
  tokens: number;
  /** Size of the WebAssembly memory. */
  memoryBytes: number;
  searches: number;
  /** Photos looked at. */
  photos: number;
  /** Files of models and libraries in the Cache API; `dropped` are copies that failed verification. */
  cache: { available: boolean; hits: number; misses: number; writes: number; dropped: number };
}
