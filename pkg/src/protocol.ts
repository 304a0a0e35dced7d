/**
 * The messages between the page (client.ts) and the host of the engine (host.ts), in a worker or on the same thread.
 */

import type { ErrorData } from './errors.js';
import type { WasmBuild } from './features.js';
import type { Box, LibraryAccess, Progress } from './types.js';
import type { Container } from './video-container.js';

/** A model file whose URL is absolute. */
export interface WireModel {
  url: string;
  bytes: number;
  sha256: string;
}

/** Everything the host needs to start. URLs are absolute; what is absent comes from the package. */
export interface HostConfig {
  build: WasmBuild;
  wasmUrl?: string;
  models?: { folder: string } | { detector?: WireModel; embedder?: WireModel; expression?: WireModel | false };
  /** Without a URL: an own library, in memory. */
  libraries: { name: string; url?: string; publicUrl?: string; access?: LibraryAccess }[];
  baseUrl?: string;
  cache: boolean;
  timeoutMs: number;
  maxPixels: number;
  tokenLifetimeMs?: number;
  /** In place of the global one; only where the host is on this thread. */
  fetch?: typeof fetch;
}

/** One record of the engine's state (tokens, tasks, own libraries) that is new; without a value, it is gone. */
export interface StateChange {
  store: string;
  key: string;
  value?: Uint8Array;
}

/** An image on its way to the engine. `name` is what errors call it. */
export type WireImage =
  | { kind: 'url'; url: string; name?: string }
  | { kind: 'blob'; blob: Blob; name?: string }
  | { kind: 'bytes'; bytes: Uint8Array; name?: string }
  | { kind: 'rgba'; width: number; height: number; rgba: Uint8ClampedArray; name?: string }
  | { kind: 'bitmap'; bitmap: ImageBitmap; name?: string };

/** What goes to the engine beside a request. */
export interface OperateOptions {
  /** Milliseconds since 1970. */
  nowMs: number;
  scores?: boolean;
  threshold?: number;
  faceIndex?: number;
  box?: Box;
  faceImages?: boolean;
  complete?: boolean;
}

/** What was learnt of a file before it is indexed. */
export interface ExaminedFile {
  /** Absent: it is no film. */
  container?: Container;
  sha256: string;
}

/** What is known of a film before its pictures are. Sides in upright pixels. */
export interface FilmSource {
  name: string;
  sha256: string;
  bytes: number;
  width: number;
  height: number;
  format: string;
  durationS: number;
  createdMs?: number | undefined;
}

/** How far a film is. */
export interface VideoStep {
  /** 0 to 1. */
  fraction: number;
  ended: boolean;
}

/** A small picture of a library, by its name there. */
export interface Picture {
  name: string;
  jpeg: Uint8Array;
}

/** What a library keeps of a file that was indexed. */
export interface IndexedFile {
  record: Uint8Array;
  thumbnails: Picture[];
  mediaId: string;
  /** Its path in the library. */
  name: string;
  faces: number;
}

/** The arguments of each call of the host. */
export interface HostMethods {
  /** Every operation that has a request of the wire. */
  operate: {
    operation: string;
    request: Record<string, unknown>;
    /** Those that stand in the request as themselves, at the places that the operation gives them. */
    images: (WireImage | undefined)[];
    /** The URLs of the request, at the same places: the browser may read what the engine cannot. */
    urls: (string | undefined)[];
    options: OperateOptions;
  };
  detectFaces: { image: WireImage; options: Record<string, unknown> };
  embedFaces: { image: WireImage; options: Record<string, unknown> };
  compareFaces: { a: WireImage; b: WireImage; options: Record<string, unknown> };
  openLibrary: { name?: string };
  /** Whether a file is a film, by its content, and its SHA-256. Answers an `ExaminedFile`. */
  examineFile: { blob: Blob; name: string };
  /** Finds the faces of a photo. Answers an `IndexedFile`. */
  indexPhoto: { blob: Blob; name: string; sha256: string; thumbnails: boolean };
  /** Opens a film: `{ durationS }`. Then `stepVideo` until it has ended, and `endVideo`. */
  openVideo: { blob: Blob; name: string; sha256: string; container: Container; thumbnails: boolean; framesPerSecond: number };
  /** Looks at some of its pictures. Answers a `VideoStep`. */
  stepVideo: Record<string, never>;
  /** Begins with a film of which the page sends the pictures: `{ side }`, which they are to have at most. */
  openFrames: { source: FilmSource; thumbnails: boolean; framesPerSecond: number };
  pushFrame: { timeS: number; image: WireImage };
  /** The end of the film. Answers an `IndexedFile`. */
  endVideo: Record<string, never>;
  closeVideo: Record<string, never>;
  /** Whether a library of the page's own has a file: `{ mediaId, indexed }`. Without a name, here and below: the first one. */
  findMedia: { library?: string; sha256: string };
  /** Adds a file that was indexed: `{ mediaId, added }`. It is found when it was published. */
  addMedia: { library?: string; record: Uint8Array; thumbnails: Picture[] };
  /** Makes what was added found: `{ changed }`. `discover`: looks for persons too. */
  publishMedia: { library?: string; discover: boolean };
  /** `{ mediaIds, unknownMediaIds, faceIds, entityIds }`. */
  removeMedia: { library?: string; mediaIds: string[] };
  /** Looks at a live picture. Tracks are numbered from `firstTrack` on where the engine does not know the watch yet. */
  watchFrame: { watch: number; firstTrack: number; image: WireImage; options: Record<string, unknown> };
  endWatch: { watch: number };
  /** The tables and `library.json`, as they were published last: `{ name, bytes }[]`. */
  ownFiles: { library?: string };
  /** Fails where `importLibrary` would, whatever the files are. */
  checkImport: { library?: string; replace: boolean };
  /** Puts the library of these files in the place of one: `{ media, faces, persons }`. */
  importLibrary: { library?: string; files: { name: string; bytes: Uint8Array }[]; replace: boolean };
  stats: Record<string, never>;
  /** Crashes the engine on purpose. */
  panicForTest: Record<string, never>;
}

/** The name of a call. */
export type HostMethod = keyof HostMethods;

/** From the page to the host. */
export type ToHost =
  /** `compiled`: a message with the module will follow. */
  | { kind: 'start'; config: HostConfig; state: StateChange[]; compiled?: boolean }
  /** The compiled WebAssembly file; without one, the host compiles it. */
  | { kind: 'module'; module?: WebAssembly.Module | undefined }
  | { [M in HostMethod]: { kind: 'call'; id: number; method: M; args: HostMethods[M] } }[HostMethod]
  | { kind: 'abort'; id: number }
  /** Records that another client of the same name changed. */
  | { kind: 'restore'; changes: StateChange[] }
  | { kind: 'stop' };

/** From the host to the page. */
export type FromHost =
  | { kind: 'started' }
  | { kind: 'startFailed'; error: ErrorData }
  | { kind: 'result'; id: number; result: unknown; changes?: StateChange[] }
  | { kind: 'failed'; id: number; error: ErrorData; changes?: StateChange[] }
  | { kind: 'changed'; changes: StateChange[] }
  | { kind: 'progress'; progress: Progress }
  /** Of something beside the calls. */
  | { kind: 'warning'; error: ErrorData }
  | { kind: 'crashed'; reason: string };
