/**
 * What the JavaScript that wasm-bindgen writes (dist/wasm/visavis_*.js) offers, as far as it is used here.
 */

/** An image, as the engine takes it. */
export type ImageSpec =
  | { bytes: Uint8Array | ArrayBuffer; name?: string }
  | { width: number; height: number; rgba: Uint8Array | Uint8ClampedArray; name?: string }
  | { url: string; name?: string };

/** The engine. */
export interface WebClient {
  operate(
    operation: string,
    request: object,
    images: (ImageSpec | undefined)[],
    options: object,
    signal: AbortSignal,
  ): Promise<unknown>;
  detectFaces(image: ImageSpec, options: object, signal: AbortSignal): Promise<unknown>;
  embedFaces(image: ImageSpec, options: object, signal: AbortSignal): Promise<unknown>;
  compareFaces(a: ImageSpec, b: ImageSpec, options: object, signal: AbortSignal): Promise<unknown>;
  openLibrary(name: string | undefined, signal: AbortSignal): Promise<unknown>;
  stats(): object;
  engineInfo(): { version: string };
  /** What changed since the last call; a record without a value is gone. */
  takeChanges(): { store: string; key: string; value?: Uint8Array }[];
  /** Takes records; damaged ones are dropped. Answers how many were taken. */
  restore(changes: { store: string; key: string; value?: Uint8Array }[]): number;
  /** Finds the faces of a photo; pixels come with the `sha256`, `fileBytes` and `format` of their file. */
  indexPhoto(image: ImageSpec & { sha256: string; fileBytes: number; format: string }, options: { thumbnails: boolean }): object;
  /** Begins with a film. */
  beginVideo(source: object, options: { thumbnails: boolean; framesPerSecond: number }): WebVideo;
  findMedia(library: string | undefined, sha256: string): object;
  addMedia(library: string | undefined, record: Uint8Array, thumbnails: { name: string; jpeg: Uint8Array }[]): object;
  publishMedia(library: string | undefined, discover: boolean): object;
  removeMedia(library: string | undefined, mediaIds: string[]): object;
  /** Begins to watch live pictures; the first track gets this number. */
  beginWatch(firstTrack: number): WebWatch;
  ownFiles(library: string | undefined): { name: string; bytes?: Uint8Array }[];
  checkImport(library: string | undefined, replace: boolean): void;
  importLibrary(library: string | undefined, files: { name: string; bytes: Uint8Array }[], replace: boolean): object;
  panicForTest(): Promise<void>;
  free(): void;
}

/** A film in work. */
export interface WebVideo {
  push(timeS: number, image: { width: number; height: number; rgba: Uint8Array | Uint8ClampedArray }): void;
  finish(): object;
  free(): void;
}

/** Live pictures that are being watched. */
export interface WebWatch {
  frame(image: ImageSpec, options: object, signal: AbortSignal): Promise<unknown>;
  free(): void;
}

/** The SHA-256 of bytes that come piece by piece. `finish` frees it. */
export interface FileHash {
  update(piece: Uint8Array): void;
  finish(): string;
  free(): void;
}

/** The exports of one of the two files. */
export interface Glue {
  default(source: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  WebClient: { create(config: object, progress: (progress: never) => void, signal: AbortSignal): Promise<WebClient> };
  FileHash: new () => FileHash;
  WebVideo: { frameSide(): number };
  setPanicHandler(handler: (message: string) => void): void;
  /** Only where wasm-bindgen was told to write it: makes a new instance of the module, with fresh memory. */
  __wbg_reset_state?(): void;
}
