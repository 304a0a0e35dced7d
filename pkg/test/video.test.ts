import { afterEach, expect, test, vi } from 'vitest';
import type { Calls } from '../src/calls.js';
import { VisavisError } from '../src/errors.js';
import type { HostMethods } from '../src/protocol.js';
import type { ElementFilm } from '../src/video-element.js';
import { indexFilm } from '../src/video.js';

const element = vi.hoisted(() => ({ film: undefined as ElementFilm | undefined }));
vi.mock('../src/video-element.js', () => ({ openElement: async () => element.film }));

const FILM: HostMethods['openVideo'] = {
  blob: new Blob(['film']),
  name: 'a.mp4',
  sha256: '0'.repeat(64),
  container: 'mp4',
  thumbnails: true,
  framesPerSecond: 5,
};

afterEach(() => (element.film = undefined));

test('a picture that is sent again after a crash is taken again: the one before went with the engine', async () => {
  const taken: number[] = [];
  const picture = async (timeS: number): Promise<ImageBitmap> => {
    taken.push(timeS);
    return { number: taken.length } as unknown as ImageBitmap;
  };
  element.film = { width: 640, height: 480, durationS: 0.4, picture, close: () => undefined };
  const sent: unknown[] = [];
  const call: Calls['call'] = async (method, _, prepare) => {
    if (method === 'openVideo') throw new VisavisError({ code: 'VideoUnsupported', message: 'a.mp4: no decoder' });
    if (method === 'openFrames') return { side: 1280 } as never;
    if (method !== 'pushFrame') return { rows: method } as never;
    for (let attempt = 0; attempt < 2; attempt += 1) sent.push(...(await prepare({} as never)).transfer);
    return undefined as never;
  };
  await indexFilm({ call } as unknown as Calls, FILM, new AbortController().signal, async () => undefined);
  expect(new Set(sent).size).toBe(4);
  expect(taken).toEqual([0, 0, 0.2, 0.2]);
});
