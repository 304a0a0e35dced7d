/**
 * Pictures that the browser reads for the engine: bitmaps, and files of formats that only the browser knows (AVIF, HEIC, JPEG XL).
 * Runs where the engine runs, in the worker by default.
 */

import { VisavisError, describe } from './errors.js';
import { taintedError, tooLargeError } from './images.js';
import type { WireImage } from './protocol.js';
import type { ImageSpec } from './wasm/glue.js';
import { Watch } from './watch.js';

/** Files above this are not handed to the browser's decoder, which has no limit of its own. */
const FOREIGN_FILE_LIMIT_BYTES = 128 * 1024 * 1024;

/** A format is known by so many bytes of its beginning. */
const SIGNATURE_BYTES = 12;

/** What a second download may take. */
export interface ForeignLimits {
  maxPixels: number;
  /** It is given up after this long without a byte, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
  /** In place of the global one. */
  fetch?: typeof fetch | undefined;
}

/** Makes of a message's image what the engine takes. */
export async function toImageSpec(image: WireImage, maxPixels: number): Promise<ImageSpec> {
  const name = image.name === undefined ? {} : { name: image.name };
  switch (image.kind) {
    case 'url':
      return { url: image.url, ...name };
    case 'rgba':
      return { width: image.width, height: image.height, rgba: image.rgba, ...name };
    case 'bitmap':
      return { ...readPixels(image.bitmap, image.name ?? 'image'), ...name };
    case 'bytes':
      return { ...(await fromBytes(image.bytes, image.name ?? 'image', maxPixels)), ...name };
    case 'blob': {
      const bytes = await readBlob(image.blob, image.name ?? 'image');
      return { ...(await fromBytes(bytes, image.name ?? 'image', maxPixels)), ...name };
    }
  }
}

/**
 * A second try at a URL whose picture the engine could not read: the browser's decoder, where the file is one of those that it may know.
 * `undefined` where it is not, or the browser does not know it either.
 */
export async function specOfForeignUrl(url: string, limits: ForeignLimits): Promise<ImageSpec | undefined> {
  const { maxPixels, timeoutMs, signal } = limits;
  const watch = new Watch(timeoutMs, signal);
  try {
    const response = await (limits.fetch ?? fetch)(url, { signal: watch.signal, cache: 'force-cache' });
    const bytes = response.ok ? await readForeign(response, () => watch.tick()) : undefined;
    return bytes === undefined ? undefined : await decodeForeign(bytes, url.slice(0, 80), maxPixels);
  } catch (error) {
    if (error instanceof VisavisError) throw error;
    return undefined;
  } finally {
    watch.end();
  }
}

/** The bytes of an answer, unless the first ones say that no browser reads them, or they are too many. */
async function readForeign(response: Response, onBytes: () => void): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let known = false;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    onBytes();
    pieces.push(step.value);
    length += step.value.byteLength;
    if (length > FOREIGN_FILE_LIMIT_BYTES) return undefined;
    if (known || length < SIGNATURE_BYTES) continue;
    if (foreignFormat(joined(pieces, length)) === undefined) return undefined;
    known = true;
  }
  return joined(pieces, length);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/** The format by its first bytes, where it is one that browsers may read and the engine does not. */
export function foreignFormat(bytes: Uint8Array): 'iso-bmff' | 'jpeg-xl' | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (ascii(4, 8) === 'ftyp') return 'iso-bmff';
  if ((bytes[0] === 0xff && bytes[1] === 0x0a) || ascii(4, 8) === 'JXL ') return 'jpeg-xl';
  return undefined;
}

/**
 * The largest picture that an AVIF or HEIC file announces: width and height of its `ispe` boxes (ISO/IEC 23008-12, 6.5.3),
 * so that nothing is decoded that would not fit.
 */
export function announcedSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const head = bytes.subarray(0, 256 * 1024);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let largest: { width: number; height: number } | undefined;
  for (let at = 4; at + 16 <= head.byteLength; at += 1) {
    // 'ispe', then version and flags, width, height.
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (largest === undefined || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

async function fromBytes(bytes: Uint8Array, name: string, maxPixels: number): Promise<ImageSpec> {
  return (await decodeForeign(bytes, name, maxPixels)) ?? { bytes };
}

async function decodeForeign(bytes: Uint8Array, name: string, maxPixels: number): Promise<ImageSpec | undefined> {
  if (foreignFormat(bytes) === undefined || bytes.byteLength > FOREIGN_FILE_LIMIT_BYTES) return undefined;
  if (typeof createImageBitmap !== 'function') return undefined;
  const announced = announcedSize(bytes);
  if (announced !== undefined && announced.width * announced.height > maxPixels) {
    throw tooLargeError(name, announced.width, announced.height, maxPixels);
  }
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  } catch {
    return undefined;
  }
  if (bitmap.width * bitmap.height > maxPixels) {
    const { width, height } = bitmap;
    bitmap.close();
    throw tooLargeError(name, width, height, maxPixels);
  }
  return readPixels(bitmap, name);
}

/** RGBA of a bitmap, which is closed. */
function readPixels(bitmap: ImageBitmap, name: string): { width: number; height: number; rgba: Uint8ClampedArray } {
  const { width, height } = bitmap;
  try {
    const context = newCanvas(width, height).getContext('2d', { willReadFrequently: true }) as
      | OffscreenCanvasRenderingContext2D
      | CanvasRenderingContext2D
      | null;
    if (context === null) {
      throw new VisavisError({ code: 'ImageMalformed', message: `${name}: the browser gave no canvas of ${width} x ${height} pixels` });
    }
    context.drawImage(bitmap, 0, 0);
    return { width, height, rgba: context.getImageData(0, 0, width, height).data };
  } catch (error) {
    if (error instanceof VisavisError) throw error;
    if (error instanceof DOMException && error.name === 'SecurityError') throw taintedError(name);
    throw new VisavisError({ code: 'ImageMalformed', message: `${name}: the browser could not read the pixels: ${describe(error)}` });
  } finally {
    bitmap.close();
  }
}

function newCanvas(width: number, height: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas === 'function') return new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

async function readBlob(blob: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new VisavisError({
      code: 'IoError',
      message: `${name}: the file could not be read; was it moved or changed since it was chosen?`,
      cause: error,
    });
  }
}
