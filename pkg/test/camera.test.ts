import { afterEach, expect, test, vi } from 'vitest';
import { Watcher } from '../src/camera.js';
import type { WatchedFrame, WatcherParts } from '../src/camera.js';
import { abortedError, engineCrashedError } from '../src/errors.js';

/** A video element that shows a new picture whenever it is asked. */
function video(): HTMLVideoElement {
  let frames = 0;
  const element = {
    [Symbol.toStringTag]: 'HTMLVideoElement',
    readyState: 4,
    videoWidth: 64,
    videoHeight: 48,
    ended: false,
    error: null,
    srcObject: null,
    getVideoPlaybackQuality: () => ({ totalVideoFrames: (frames += 1) }),
  };
  return element as unknown as HTMLVideoElement;
}

/** Stands in for the browser's pictures; answers how many are open. */
function bitmaps(isTainted = false): { open: number } {
  const counted = { open: 0 };
  vi.stubGlobal('createImageBitmap', async () => {
    counted.open += 1;
    return { close: () => (counted.open -= 1) };
  });
  const getImageData = (): void => {
    if (isTainted) throw new Error('tainted');
  };
  class Canvas {
    getContext = (): object => ({ drawImage: () => undefined, getImageData });
  }
  vi.stubGlobal('OffscreenCanvas', Canvas);
  return counted;
}

function parts(frame: WatcherParts['frame']): WatcherParts {
  return { frame, end: async () => undefined, closing: new AbortController().signal };
}

const NOTHING: WatchedFrame = { width: 64, height: 48, faces: [], ended: [], searches: 0 };

afterEach(() => vi.unstubAllGlobals());

test('a watch that is stopped while the engine has a picture lost none to a crash', async () => {
  bitmaps();
  const watcher: Watcher = new Watcher(video(), () => undefined, {}, parts(async (prepare, signal) => {
    await prepare();
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(abortedError())));
    watcher.stop();
    return aborted;
  }));
  expect(await watcher.ended).toEqual({ reason: 'stopped' });
  expect(watcher.stats).toMatchObject({ frames: 0, failures: 0 });
});

test('pictures that are lost to a crash are counted, and three in a row end the watch', async () => {
  bitmaps();
  let calls = 0;
  const watcher = new Watcher(video(), () => undefined, {}, parts(async (prepare) => {
    await prepare();
    calls += 1;
    if (calls === 2) return NOTHING;
    throw engineCrashedError('a test');
  }));
  expect(await watcher.ended).toMatchObject({ reason: 'failed', error: { code: 'EngineCrashed' } });
  expect(watcher.stats).toMatchObject({ frames: 1, failures: 4 });
});

test('a picture that the page must not read is freed', async () => {
  const counted = bitmaps(true);
  const watcher = new Watcher(video(), () => undefined, {}, parts(async (prepare) => {
    await prepare();
    return NOTHING;
  }));
  expect(await watcher.ended).toMatchObject({ reason: 'failed', error: { code: 'DownloadBlocked' } });
  expect(counted.open).toBe(0);
});
