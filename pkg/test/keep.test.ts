import { afterEach, expect, test, vi } from 'vitest';
import { keepImage } from '../src/keep.js';
import type { ImageInput } from '../src/types.js';

const context = { parameter: 'Sources[0].URI', baseUrl: undefined, maxPixels: 100 };

afterEach(() => vi.unstubAllGlobals());

test('a URL that can be fetched later is not kept', async () => {
  for (const url of ['https://a.example/1.jpg', new URL('oss://k'), 'data:image/png;base64,AA']) expect(await keepImage(url, context)).toBeUndefined();
});

test('the blob behind an address is, since the address ends with the page', async () => {
  const url = URL.createObjectURL(new Blob(['abc']));
  const kept = await keepImage(url, context);
  URL.revokeObjectURL(url);
  expect(await (kept as Blob).text()).toBe('abc');
  await expect(keepImage(url, context)).rejects.toMatchObject({ code: 'DownloadFailed', message: expect.stringContaining('Sources[0].URI: blob:') });
});

test('buffers are copied at once, and only their own part', async () => {
  const whole = new Uint8Array([9, 1, 2, 9]);
  const copies = [keepImage(whole.subarray(1, 3), context), keepImage(whole.buffer, context)];
  whole.fill(0);
  const read = async (blob: ImageInput | undefined): Promise<number[]> => [...new Uint8Array(await (blob as Blob).arrayBuffer())];
  expect(await Promise.all((await Promise.all(copies)).map(read))).toEqual([[1, 2], [9, 1, 2, 9]]);
});

test('a canvas becomes a lossless file, and its bitmap is closed', async () => {
  class HTMLCanvasElement {
    width = 2;
    height = 3;
  }
  const close = vi.fn();
  vi.stubGlobal('HTMLCanvasElement', HTMLCanvasElement);
  vi.stubGlobal('createImageBitmap', async () => ({ width: 2, height: 3, close }));
  const drawing = { drawImage: () => undefined, getImageData: () => ({}) };
  vi.stubGlobal('OffscreenCanvas', class {
    getContext = () => drawing;
    convertToBlob = async () => new Blob(['png']);
  });
  const kept = await keepImage(new HTMLCanvasElement() as never, context);
  expect(await (kept as Blob).text()).toBe('png');
  expect(close).toHaveBeenCalled();
});

test('what is no image is refused with its place', async () => {
  await expect(keepImage({} as never, context)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'Sources[0].URI' });
});
