/**
 * The caller's images, made ready for the engine: on the page, before they go to the worker.
 *
 * Encoded bytes stay encoded (the engine decodes them); what only the page can read (elements, canvases, frames) becomes
 * an `ImageBitmap`. The caller's own buffers are never detached: they are copied once, and the copy is transferred.
 */

import { VisavisError, describe, invalidParameter } from './errors.js';
import type { WireImage } from './protocol.js';
import type { ImageInput } from './types.js';

/** An image ready to be sent, with what to transfer along. */
export interface PreparedImage {
  image: WireImage;
  transfer: Transferable[];
}

/** How images are prepared. */
export interface PrepareContext {
  /** The parameter that errors name. */
  parameter: string;
  /** Relative URLs are resolved against this; none on a server. */
  baseUrl: string | undefined;
  /** The bytes go to another thread, so they are copied. */
  copy: boolean;
  /** More pixels than this are refused. */
  maxPixels: number;
  /** `file:` URLs are read (in Node); in browsers only a page that is a file itself may try. */
  readsFiles?: boolean;
  /** The caller's resolver of other URL schemes. */
  resolve?: (url: string) => ImageInput | Promise<ImageInput>;
}

/** The schemes that browsers fetch themselves. */
const FETCHED_SCHEMES = /^(https?|data|blob|file):/i;
const ANY_SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/**
 * Prepares one image.
 *
 * @throws VisavisError: `InvalidParameter` for what is no image, `ImageTooLarge`, `ImageEmpty`, `DownloadBlocked` for an element whose pixels
 * the browser keeps from the page.
 */
export async function prepareImage(input: ImageInput, context: PrepareContext): Promise<PreparedImage> {
  const { parameter } = context;
  if (typeof input === 'string' || input instanceof URL) return prepareUrl(String(input), context);
  if (isA(input, 'Blob')) {
    const name = isA(input, 'File') && input.name !== '' ? input.name : undefined;
    return { image: named({ kind: 'blob', blob: input }, name), transfer: [] };
  }
  if (isBuffer(input)) return prepareBytes(viewOf(input, 0, undefined, context), context);
  if (ArrayBuffer.isView(input)) return prepareBytes(viewOf(input.buffer, input.byteOffset, input.byteLength, context), context);
  if (isA(input, 'ImageData')) {
    viewOf(input.data.buffer, 0, undefined, context);
    return prepareImageData(input, context);
  }
  if (isBitmapSource(input)) return prepareBitmap(input, context);
  throw notAnImage(input, parameter);
}

/** Whether this is something that can be an image, such as it may be. */
export function isImage(input: unknown): input is ImageInput {
  if (typeof input === 'string' || input instanceof URL || isA(input, 'Blob') || isBuffer(input)) return true;
  return ArrayBuffer.isView(input) || isA(input, 'ImageData') || isBitmapSource(input);
}

/** The refusal of what is none. */
export function notAnImage(input: unknown, parameter: string): VisavisError {
  return invalidParameter(
    parameter,
    `${kindOf(input)} is not an image; give a URL, Blob, File, ArrayBuffer, typed array, ImageData, ImageBitmap, canvas, image or video element`,
  );
}

/** The absolute form of a URL; text that is no URL stays as it is, and the engine refuses it. */
export function resolveUrl(url: string, baseUrl: string | undefined): string {
  if (url === '') return url;
  try {
    return new URL(url, baseUrl).href;
  } catch {
    return url;
  }
}

/** What relative URLs of this page are resolved against; `undefined` on a server. */
export function pageBaseUrl(): string | undefined {
  const scope = globalThis as { document?: { baseURI?: string }; location?: { href?: string } };
  return scope.document?.baseURI ?? scope.location?.href;
}

async function prepareUrl(url: string, context: PrepareContext): Promise<PreparedImage> {
  if (url === '') throw invalidParameter(context.parameter, 'the URL is empty');
  if (context.resolve !== undefined && ANY_SCHEME.test(url) && !FETCHED_SCHEMES.test(url)) {
    let resolved: ImageInput;
    try {
      resolved = await context.resolve(url);
    } catch (error) {
      throw invalidParameter(context.parameter, `${url}: the resolver failed: ${describe(error)}`);
    }
    return prepareImage(resolved, { ...context, resolve: undefined });
  }
  const absolute = resolveUrl(url, context.baseUrl);
  if (isFile(absolute) && context.readsFiles !== true && !isFile(context.baseUrl ?? '')) {
    throw invalidParameter(context.parameter, 'a web page cannot read file: URLs; give the file itself, or an http, https, blob or data URL');
  }
  return { image: { kind: 'url', url: absolute }, transfer: [] };
}

function isFile(url: string): boolean {
  return url.slice(0, 5).toLowerCase() === 'file:';
}

function viewOf(buffer: ArrayBufferLike, offset: number, length: number | undefined, { parameter }: PrepareContext): Uint8Array {
  try {
    return new Uint8Array(buffer, offset, length);
  } catch {
    throw invalidParameter(parameter, 'the ArrayBuffer is detached: it was transferred to somebody else');
  }
}

function prepareBytes(bytes: Uint8Array, context: PrepareContext): PreparedImage {
  if (!context.copy) return { image: { kind: 'bytes', bytes }, transfer: [] };
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return { image: { kind: 'bytes', bytes: copy }, transfer: [copy.buffer] };
}

function prepareImageData(input: ImageData, context: PrepareContext): Promise<PreparedImage> | PreparedImage {
  const { width, height, data } = input;
  checkPixels(width, height, context);
  // Wide-gamut and 16-bit pixels are brought to 8-bit sRGB by the browser.
  const plain = (data as unknown) instanceof Uint8ClampedArray && (input.colorSpace ?? 'srgb') === 'srgb';
  if (!plain) return prepareBitmap(input, context);
  if (!context.copy) return { image: { kind: 'rgba', width, height, rgba: data }, transfer: [] };
  const rgba = new Uint8ClampedArray(data);
  return { image: { kind: 'rgba', width, height, rgba }, transfer: [rgba.buffer] };
}

async function prepareBitmap(input: Exclude<ImageBitmapSource, Blob>, context: PrepareContext): Promise<PreparedImage> {
  // Nothing is waited for where the picture is there: it is taken as it is at this moment.
  if (isA(input, 'HTMLImageElement') && !isLoaded(input)) await input.decode().catch(() => undefined);
  const { width, height, problem } = sizeOf(input);
  const name = addressOf(input) ?? context.parameter;
  if (problem !== undefined) throw invalidParameter(context.parameter, problem);
  if (width === 0 || height === 0) {
    throw new VisavisError({ code: 'ImageEmpty', message: `${name}: the image is ${width} x ${height} pixels` });
  }
  checkPixels(width, height, context);
  try {
    const bitmap = await createImageBitmap(input);
    if (!isReadable(bitmap)) throw taintedError(name);
    return { image: named({ kind: 'bitmap', bitmap }, addressOf(input)), transfer: [bitmap] };
  } catch (error) {
    if (error instanceof VisavisError) throw error;
    if (error instanceof DOMException && error.name === 'SecurityError') throw taintedError(name);
    throw invalidParameter(context.parameter, `the browser could not read the image: ${describe(error)}`);
  }
}

/** Whether the page may read the pixels; a bitmap of another origin without CORS can be drawn, but neither read nor sent to a worker. */
export function isReadable(bitmap: ImageBitmap): boolean {
  if (typeof OffscreenCanvas !== 'function') return true;
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (context === null) return true;
  try {
    context.drawImage(bitmap, 0, 0);
    context.getImageData(0, 0, 1, 1);
    return true;
  } catch {
    return false;
  }
}

/** The pixels are there, but the browser does not let this page read them. */
export function taintedError(name: string): VisavisError {
  return new VisavisError({
    code: 'DownloadBlocked',
    message: `${name}: the browser refused to give the pixels: they come from another origin without CORS; set crossorigin on the element`,
  });
}

/** The refusal of too many pixels. */
export function tooLargeError(name: string, width: number, height: number, maxPixels: number): VisavisError {
  return new VisavisError({
    code: 'ImageTooLarge',
    message: `${name}: the image is ${width} x ${height} pixels, above the limit of ${maxPixels} pixels; make it smaller or raise maxPixels`,
  });
}

function checkPixels(width: number, height: number, context: PrepareContext): void {
  if (width * height > context.maxPixels) throw tooLargeError(context.parameter, width, height, context.maxPixels);
}

function isLoaded({ complete, naturalWidth }: HTMLImageElement): boolean {
  return complete && naturalWidth > 0;
}

/** Width and height in pixels, or why the source has none yet. */
function sizeOf(input: Exclude<ImageBitmapSource, Blob>): { width: number; height: number; problem?: string } {
  if (isA(input, 'HTMLImageElement')) {
    const problem = `${addressOf(input) ?? 'the image element'} could not be loaded by the browser`;
    if (!isLoaded(input)) return { width: 0, height: 0, problem };
    return { width: input.naturalWidth, height: input.naturalHeight };
  }
  if (isA(input, 'HTMLVideoElement')) {
    if (input.readyState < 2) return { width: 0, height: 0, problem: 'the video has no frame yet; wait for its loadeddata event' };
    return { width: input.videoWidth, height: input.videoHeight };
  }
  if (isA(input, 'VideoFrame')) {
    if (input.format === null && input.codedWidth === 0) return { width: 0, height: 0, problem: 'the video frame is closed' };
    return { width: input.displayWidth, height: input.displayHeight };
  }
  const { width, height } = input as { width: number; height: number };
  return { width, height };
}

/** Where an element's picture comes from, for errors. */
function addressOf(input: unknown): string | undefined {
  const { currentSrc, src } = input as { currentSrc?: unknown; src?: unknown };
  const address = typeof currentSrc === 'string' && currentSrc !== '' ? currentSrc : src;
  return typeof address === 'string' && address !== '' ? address.slice(0, 80) : undefined;
}

function named<T extends WireImage>(image: T, name: string | undefined): T {
  return name === undefined ? image : { ...image, name };
}

/** Whether this is an `ArrayBuffer`, also one of another frame. */
export function isBuffer(input: unknown): input is ArrayBuffer {
  const tag = Object.prototype.toString.call(input);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** The DOM's image classes by name; on a server there is none of them. */
interface ImageClasses {
  Blob: Blob;
  File: File;
  ImageData: ImageData;
  ImageBitmap: ImageBitmap;
  HTMLCanvasElement: HTMLCanvasElement;
  OffscreenCanvas: OffscreenCanvas;
  HTMLImageElement: HTMLImageElement;
  HTMLVideoElement: HTMLVideoElement;
  VideoFrame: VideoFrame;
}

/** `instanceof`, also for objects of another frame, and where the class does not exist. */
export function isA<K extends keyof ImageClasses>(input: unknown, name: K): input is ImageClasses[K] {
  const known = (globalThis as unknown as Record<string, unknown>)[name];
  if (typeof known === 'function' && input instanceof known) return true;
  const tag = Object.prototype.toString.call(input).slice(8, -1);
  return tag === name || (name === 'Blob' && tag === 'File');
}

function isBitmapSource(input: unknown): input is Exclude<ImageBitmapSource, Blob | ImageData> {
  const names = ['ImageBitmap', 'HTMLCanvasElement', 'OffscreenCanvas', 'HTMLImageElement', 'HTMLVideoElement', 'VideoFrame'] as const;
  return names.some((name) => isA(input, name));
}

/** What something is, in words for errors. */
export function kindOf(input: unknown): string {
  if (input === null || input === undefined) return String(input);
  if (typeof input !== 'object') return `a ${typeof input}`;
  return `an object (${Object.prototype.toString.call(input).slice(8, -1)})`;
}
