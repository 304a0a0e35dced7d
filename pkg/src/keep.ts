/**
 * The images of a task, kept until their turn comes: what the page may change or lose in between (elements, canvases, buffers, addresses
 * of blobs) is turned into files and pixels, which IndexedDB takes too.
 */

import { VisavisError, describe } from './errors.js';
import { isBuffer, prepareImage } from './images.js';
import type { PrepareContext } from './images.js';
import type { ImageInput } from './types.js';

/** An image that nobody changes any more. */
export type KeptImage = Blob | ImageData;

/**
 * Keeps an image; `undefined` for a URL that can be fetched when its turn comes.
 *
 * @throws VisavisError as `prepareImage`.
 */
export async function keepImage(input: ImageInput, context: Omit<PrepareContext, 'copy'>): Promise<KeptImage | undefined> {
  if (typeof input === 'string' || input instanceof URL) {
    return String(input).toLowerCase().startsWith('blob:') ? fetchBlob(String(input), context.parameter) : undefined;
  }
  const { image } = await prepareImage(input, { ...context, copy: false });
  switch (image.kind) {
    case 'url':
      return undefined;
    case 'blob':
      return image.blob;
    case 'bytes':
      return new Blob([image.bytes as Uint8Array<ArrayBuffer>]);
    case 'rgba':
      return structuredClone(input as ImageData);
    case 'bitmap':
      return fileOf(image.bitmap, context.parameter);
  }
}

/** A copy of a buffer, made at once; whatever else is given stays as it is. */
export function copyBuffer(input: ImageInput): ImageInput {
  try {
    if (ArrayBuffer.isView(input)) return new Blob([input as ArrayBufferView<ArrayBuffer>]);
    return isBuffer(input) ? new Blob([new Uint8Array(input)]) : input;
  } catch {
    // A detached buffer is refused when its turn comes, by its name.
    return input;
  }
}

/** Addresses of blobs end with their page, or before. */
async function fetchBlob(url: string, parameter: string): Promise<Blob> {
  try {
    return await (await fetch(url)).blob();
  } catch (error) {
    throw new VisavisError({ code: 'DownloadFailed', message: `${parameter}: ${url}: the browser no longer has it: ${describe(error)}` });
  }
}

/** A PNG of a bitmap, which is closed: lossless, and much smaller than its pixels. */
async function fileOf(bitmap: ImageBitmap, parameter: string): Promise<Blob> {
  try {
    if (typeof OffscreenCanvas === 'function') {
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      return await canvas.convertToBlob();
    }
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error('the browser gave no file')) : resolve(blob)));
    });
  } catch (error) {
    throw new VisavisError({ code: 'ImageMalformed', message: `${parameter}: the browser could not keep the pixels: ${describe(error)}` });
  } finally {
    bitmap.close();
  }
}
