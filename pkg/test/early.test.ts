import { afterEach, expect, test, vi } from 'vitest';
import { EarlyFiles } from '../src/early.js';

const model = { url: 'https://a.example/detector.onnx', bytes: 3, sha256: 'ab' };

/** A `fetch` that never ends by itself, and what was asked of it. */
function pending() {
  const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(
    (_, { signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  );
  return { fetch, own: fetch as unknown as typeof globalThis.fetch };
}

afterEach(() => vi.unstubAllGlobals());

test('a model is asked for at once, and the answer is given to the first who wants it', async () => {
  const answers = [new Response('first'), new Response('second')];
  const fetch = vi.fn(async () => answers.shift() as Response);
  const early = new EarlyFiles([model], false, fetch);
  expect(fetch).toHaveBeenCalledOnce();
  expect(await (await early.fetch(model.url)).text()).toBe('first');
  expect(fetch).toHaveBeenCalledOnce();
  expect(await (await early.fetch(model.url)).text()).toBe('second');
});

test('whoever wants to get past the cache of the browser, or another file, asks anew', async () => {
  const fetch = vi.fn(async () => new Response('fresh'));
  const early = new EarlyFiles([model], false, fetch);
  await early.fetch(model.url, { cache: 'reload' });
  await early.fetch('https://a.example/library.json', { cache: 'no-cache' });
  expect(fetch.mock.calls.slice(1)).toEqual([
    [model.url, { cache: 'reload' }],
    ['https://a.example/library.json', { cache: 'no-cache' }],
  ]);
});

test('a model that the engine has kept is not asked for, unless it wants it all the same', async () => {
  const match = vi.fn(async () => new Response('kept'));
  vi.stubGlobal('caches', { match });
  const fetch = vi.fn(async () => new Response('fresh'));
  const early = new EarlyFiles([model], true, fetch);
  await vi.waitFor(() => expect(match).toHaveBeenCalledWith('https://a.example/detector.onnx?visavis-sha256=ab'));
  expect(fetch).not.toHaveBeenCalled();
  expect(await (await early.fetch(model.url)).text()).toBe('fresh');
});

test('the signal of the one who wants it ends the request that was begun', async () => {
  const { own } = pending();
  const wanted = new AbortController();
  const answer = new EarlyFiles([model], false, own).fetch(model.url, { signal: wanted.signal });
  wanted.abort();
  await expect(answer).rejects.toThrow();
});

test('what nobody wanted is given up, without an error', async () => {
  const { fetch, own } = pending();
  const early = new EarlyFiles([model], false, own);
  early.end();
  expect(fetch.mock.calls[0]?.[1].signal?.aborted).toBe(true);
});
