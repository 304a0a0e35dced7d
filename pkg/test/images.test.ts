import { expect, test } from 'vitest';
import { announcedSize, foreignFormat, toImageSpec } from '../src/decode.js';
import { prepareImage, resolveUrl } from '../src/images.js';
import type { PrepareContext } from '../src/images.js';

const context: PrepareContext = { parameter: 'PersonImageUrl', baseUrl: 'https://a.example/app/page.html', copy: true, maxPixels: 1000 };

test('a relative URL is resolved against the page', async () => {
  const { image } = await prepareImage('photos/a.jpg', context);
  expect(image).toEqual({ kind: 'url', url: 'https://a.example/app/photos/a.jpg' });
});

test('text that is no URL goes to the engine as it is', () => {
  expect(resolveUrl('http://', 'https://a.example/')).toBe('http://');
  expect(resolveUrl('', 'https://a.example/')).toBe('');
  expect(resolveUrl('a.jpg', undefined)).toBe('a.jpg');
});

test('a URL object is taken', async () => {
  const { image } = await prepareImage(new URL('https://b.example/x.png'), context);
  expect(image).toEqual({ kind: 'url', url: 'https://b.example/x.png' });
});

test('a typed array is copied, only its own part, and the caller keeps it', async () => {
  const whole = new Uint8Array([9, 1, 2, 3, 9]);
  const { image, transfer } = await prepareImage(whole.subarray(1, 4), context);
  expect(image).toEqual({ kind: 'bytes', bytes: new Uint8Array([1, 2, 3]) });
  expect(transfer).toHaveLength(1);
  expect((transfer[0] as ArrayBuffer).byteLength).toBe(3);
  expect(whole.byteLength).toBe(5);
});

test('on the same thread nothing is copied', async () => {
  const bytes = new Uint8Array([1, 2]);
  const { image, transfer } = await prepareImage(bytes, { ...context, copy: false });
  expect(image.kind === 'bytes' && image.bytes.buffer === bytes.buffer).toBe(true);
  expect(transfer).toEqual([]);
});

test('an ArrayBuffer and a DataView are taken as encoded bytes', async () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  expect((await prepareImage(buffer, context)).image).toEqual({ kind: 'bytes', bytes: new Uint8Array([1, 2, 3, 4]) });
  expect((await prepareImage(new DataView(buffer, 2), context)).image).toEqual({ kind: 'bytes', bytes: new Uint8Array([3, 4]) });
});

test('a Blob goes by reference, a File with its name', async () => {
  const blob = new Blob(['abc']);
  expect((await prepareImage(blob, context)).image).toEqual({ kind: 'blob', blob });
  const file = new File(['abc'], 'holiday.jpg');
  expect((await prepareImage(file, context)).image).toEqual({ kind: 'blob', blob: file, name: 'holiday.jpg' });
});

test.each([[5], [null], [undefined], [{}], [[1, 2]], [true]])('%j is refused with the name of the parameter', async (input) => {
  await expect(prepareImage(input as never, context)).rejects.toMatchObject({
    code: 'InvalidParameter',
    parameter: 'PersonImageUrl',
    message: expect.stringContaining('is not an image'),
  });
});

test('a URL of another scheme goes through the resolver of the page, once', async () => {
  const asked: string[] = [];
  const resolve = (url: string): string => {
    asked.push(url);
    return 'https://cdn.example/k.jpg';
  };
  const { image } = await prepareImage('oss://bucket/k.jpg', { ...context, resolve });
  expect(image).toEqual({ kind: 'url', url: 'https://cdn.example/k.jpg' });
  await prepareImage('https://b.example/x.jpg', { ...context, resolve });
  expect(asked).toEqual(['oss://bucket/k.jpg']);
});

test('a resolver that fails is named with the URL', async () => {
  const resolve = (): never => {
    throw new Error('no rights');
  };
  await expect(prepareImage('oss://b/k', { ...context, resolve })).rejects.toMatchObject({
    code: 'InvalidParameter',
    message: 'PersonImageUrl: oss://b/k: the resolver failed: no rights',
  });
});

test('the host reads a Blob and keeps its name', async () => {
  const spec = await toImageSpec({ kind: 'blob', blob: new Blob([new Uint8Array([7, 8])]), name: 'a.jpg' }, 1000);
  expect(spec).toEqual({ bytes: new Uint8Array([7, 8]), name: 'a.jpg' });
});

test('only formats that the engine does not read are left to the browser', () => {
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(foreignFormat(ascii('\0\0\0\x1cftypavif'))).toBe('iso-bmff');
  expect(foreignFormat(new Uint8Array([0xff, 0x0a, 0]))).toBe('jpeg-xl');
  expect(foreignFormat(new Uint8Array([0xff, 0xd8, 0xff]))).toBeUndefined();
  expect(foreignFormat(ascii('<svg xmlns='))).toBeUndefined();
  expect(foreignFormat(new Uint8Array())).toBeUndefined();
});

test('the size that an AVIF announces is the largest of its ispe boxes', () => {
  const box = (width: number, height: number): number[] => {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 20);
    bytes.set(new TextEncoder().encode('ispe'), 4);
    view.setUint32(12, width);
    view.setUint32(16, height);
    return [...bytes];
  };
  expect(announcedSize(new Uint8Array([1, 2, 3, ...box(160, 120), ...box(60000, 50000)]))).toEqual({ width: 60000, height: 50000 });
  expect(announcedSize(new Uint8Array(64))).toBeUndefined();
});

test('an AVIF that announces too many pixels is refused before the browser decodes it', async () => {
  (globalThis as { createImageBitmap?: unknown }).createImageBitmap = () => {
    throw new Error('must not be called');
  };
  try {
    const bytes = new Uint8Array(60);
    bytes.set(new TextEncoder().encode('ftypavif'), 4);
    bytes.set(new TextEncoder().encode('ispe'), 24);
    new DataView(bytes.buffer).setUint32(32, 60000);
    new DataView(bytes.buffer).setUint32(36, 60000);
    await expect(toImageSpec({ kind: 'bytes', bytes, name: 'big.avif' }, 100_000_000)).rejects.toMatchObject({
      code: 'ImageTooLarge',
      message: expect.stringContaining('big.avif: the image is 60000 x 60000 pixels'),
    });
  } finally {
    delete (globalThis as { createImageBitmap?: unknown }).createImageBitmap;
  }
});
