/**
 * The messages between the page (client.ts) and the host of the engine (host.ts), in a worker or on the same thread.
 */

import type { ErrorData } from './errors.js';
import type { WasmBuild } from './features.js';
import type { Box, Progress } from './types.js';

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
  libraries: { name: string; url: string }[];
  baseUrl?: string;
  cache: boolean;
  timeoutMs: number;
  maxPixels: number;
}

/** An image on its way to the engine. `name` is what errors call it. */
export type WireImage =
  | { kind: 'url'; url: string; name?: string }
  | { kind: 'blob'; blob: Blob; name?: string }
  | { kind: 'bytes'; bytes: Uint8Array; name?: string }
  | { kind: 'rgba'; width: number; height: number; rgba: Uint8ClampedArray; name?: string }
  | { kind: 'bitmap'; bitmap: ImageBitmap; name?: string };

/** The arguments of each call of the host. */
export interface HostMethods {
  searchMediaByFace: {
    request: Record<string, unknown>;
    image?: WireImage;
    options: { threshold?: number; scores?: boolean; faceIndex?: number; box?: Box };
  };
  detectFaces: { image: WireImage; options: Record<string, unknown> };
  embedFaces: { image: WireImage; options: Record<string, unknown> };
  compareFaces: { a: WireImage; b: WireImage; options: Record<string, unknown> };
  openLibrary: { name?: string };
  forget: { token: string };
  stats: Record<string, never>;
  /** Crashes the engine on purpose. */
  panicForTest: Record<string, never>;
}

/** The name of a call. */
export type HostMethod = keyof HostMethods;

/** From the page to the host. */
export type ToHost =
  | { kind: 'start'; config: HostConfig; tokens?: Uint8Array }
  | { [M in HostMethod]: { kind: 'call'; id: number; method: M; args: HostMethods[M] } }[HostMethod]
  | { kind: 'abort'; id: number }
  | { kind: 'stop' };

/** From the host to the page. */
export type FromHost =
  | { kind: 'started' }
  | { kind: 'startFailed'; error: ErrorData }
  | { kind: 'result'; id: number; result: unknown; tokens?: Uint8Array }
  | { kind: 'failed'; id: number; error: ErrorData }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'crashed'; reason: string };
