/**
 * The images of a task, kept until their turn comes: what the page may change or lose in between (elements, canvases, buffers, addresses
 * of blobs) is turned into files and pixels, which IndexedDB takes too.
 */

import { VisavisError, describe, invalidParameter, toVisavisError } from './errors.js';
import { isA, isBuffer, isImage, notAnImage, pageBaseUrl, prepareImage, resolveUrl } from './images.js';
import type { PrepareContext } from './images.js';
import { imageUri, listOf } from './requests.js';
import type { ImageInput } from './types.js';

/** An image that nobody changes any more. */
export type KeptImage = Blob | ImageData;

/** The sources of a new task. */
export interface KeptSources {
  /** The request, in which images are named instead. */
  request: object;
  images: ReadonlyMap<number, KeptImage>;
  /** Why others could not be kept: those sources fail when their turn comes, and no other. */
  failures: ReadonlyMap<number, VisavisError>;
}

/** More sources are refused, by the engine too. */
const MAX_SOURCES = 10_000;

/**
 * Keeps the images of a task as they are at this moment: all of them are captured before anything is waited for.
 *
 * @throws VisavisError at once, if there are too many, or if one is nothing that could be an image.
 */
export async function keepSources(request: object, contextOf: (parameter: string) => ImageContext): Promise<KeptSources> {
  const [images, failures] = [new Map<number, KeptImage>(), new Map<number, VisavisError>()];
  const list = typeof request === 'object' && request !== null ? listOf((request as { Sources?: unknown }).Sources) : undefined;
  if (list === undefined) return { request, images, failures };
  if (list.length > MAX_SOURCES) {
    throw new VisavisError({ code: 'LimitExceededError', message: `Sources: at most ${MAX_SOURCES} are allowed`, parameter: 'Sources' });
  }
  const inputs = list.map((source) => {
    const { URI } = (source ?? {}) as { URI?: ImageInput };
    return URI === undefined || URI === null || URI === '' ? undefined : URI;
  });
  for (const [index, input] of inputs.entries()) {
    if (input !== undefined && !isImage(input)) throw notAnImage(input, parameterOf(index));
  }
  const Sources = await Promise.all(
    inputs.map(async (input, index) => {
      if (input === undefined) return list[index];
      try {
        const kept = await keepImage(input, contextOf(parameterOf(index)));
        if (kept === undefined) return { URI: resolveUrl(String(input), pageBaseUrl()) };
        images.set(index, kept);
      } catch (error) {
        failures.set(index, toVisavisError(error));
      }
      return { URI: imageUri(index, input) };
    }),
  );
  return { request: { ...request, Sources }, images, failures };
}

function parameterOf(index: number): string {
  return `Sources[${index}].URI`;
}

type ImageContext = Omit<PrepareContext, 'copy'>;

/**
 * Keeps an image, captured before anything is waited for; `undefined` for a URL that can be fetched when its turn comes.
 *
 * @throws VisavisError as `prepareImage`.
 */
export async function keepImage(input: ImageInput, context: ImageContext): Promise<KeptImage | undefined> {
  if (typeof input === 'string' || input instanceof URL) {
    return String(input).toLowerCase().startsWith('blob:') ? fetchBlob(String(input), context.parameter) : undefined;
  }
  const { image } = await prepareImage(copyOf(input, context.parameter), { ...context, copy: false });
  switch (image.kind) {
    case 'url':
      return undefined;
    case 'blob':
      return image.blob;
    case 'bytes':
      return new Blob([image.bytes as Uint8Array<ArrayBuffer>]);
    case 'rgba':
      return new ImageData(image.rgba as Uint8ClampedArray<ArrayBuffer>, image.width, image.height);
    case 'bitmap':
      return fileOf(image.bitmap, context.parameter);
  }
}

/** A copy of a buffer, or of pixels, made at once; whatever else is given stays as it is. */
function copyOf(input: ImageInput, parameter: string): ImageInput {
  try {
    if (isA(input, 'ImageData')) return structuredClone(input);
    if (ArrayBuffer.isView(input)) return new Blob([input as ArrayBufferView<ArrayBuffer>]);
    return isBuffer(input) ? new Blob([new Uint8Array(input)]) : input;
  } catch (error) {
    throw invalidParameter(parameter, `the image cannot be read, perhaps because its buffer was transferred to somebody else: ${describe(error)}`);
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
