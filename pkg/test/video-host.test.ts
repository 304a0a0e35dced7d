import { afterEach, expect, test, vi } from 'vitest';
import { MEDIA_OPERATIONS } from '../src/pool-host.js';
import type { MediaCall } from '../src/pool-host.js';
import { containerOf } from '../src/video-container.js';

const frames = vi.hoisted(() => ({ next: (): Promise<unknown> => new Promise(() => undefined), return: async () => undefined }));

vi.mock('../src/video-decode.js', () => ({
  openFilm: async () => ({ facts: { width: 1, height: 1, durationS: 1, createdMs: undefined }, frames: () => frames, close: () => undefined }),
}));

afterEach(() => vi.useRealTimers());

const call = {
  client: { beginVideo: () => ({ free: () => undefined }) },
  glue: { WebVideo: { frameSide: () => 100 } },
  signal: new AbortController().signal,
  maxPixels: 1000,
} as unknown as MediaCall;

test('a decoder that gives no picture any more is not waited for for ever', async () => {
  vi.useFakeTimers();
  const film = { blob: new Blob(), name: 'a.mp4', sha256: '', container: 'mp4', thumbnails: true, framesPerSecond: 5 } as const;
  await MEDIA_OPERATIONS.openVideo(call, film);
  const step = MEDIA_OPERATIONS.stepVideo(call, {});
  const failed = expect(step).rejects.toMatchObject({ code: 'VideoMalformed', message: 'a.mp4: the MP4 video is damaged: the decoder gave no picture for 60 s' });
  await vi.advanceTimersByTimeAsync(60_000);
  await failed;
  await MEDIA_OPERATIONS.closeVideo(call, {});
});

test('a file that is no film and too large for a photo is not read', async () => {
  const huge = { size: 6 * 2 ** 30, slice: () => new Blob([new Uint8Array(300)]) } as unknown as Blob;
  await expect(MEDIA_OPERATIONS.examineFile(call, { blob: huge, name: 'disk.img' })).rejects.toMatchObject({ code: 'ImageTooLarge', message: expect.stringMatching(/^disk\.img: .* 6144 MiB/) });
  await expect(MEDIA_OPERATIONS.examineFile(call, { blob: huge, name: 'disk.ts' })).rejects.toMatchObject({ code: 'VideoUnsupported' });
});

/** Bytes that are G at these places. */
const withG = (length: number, ...places: number[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length);
  for (const at of places) bytes[at] = 0x47;
  return bytes;
};
const gif = withG(1000, ...Array.from({ length: 1000 }, (_, at) => at));
gif.set(new TextEncoder().encode('GIF89a'));

test.each([
  ['packets', withG(1000, 0, 188, 376, 564, 752), 'mpegts'],
  ['packets with times', withG(1000, 4, 196, 388, 580, 772), 'mpegts'],
  ['three packets', withG(400, 0, 188, 376), 'mpegts'],
  ['two bytes by chance', withG(1000, 0, 188), undefined],
  ['two others by chance', withG(1000, 4, 196), undefined],
  ['a GIF', gif, undefined],
])('%s: the container', async (_, bytes, container) => {
  expect(await containerOf(new Blob([bytes]))).toBe(container);
});
