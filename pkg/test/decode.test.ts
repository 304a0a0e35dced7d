import { afterEach, describe, expect, it, vi } from 'vitest';
import { specOfForeignUrl } from '../src/decode.js';

/** A `fetch` whose answer comes piece by piece; `undefined` stands for a piece that never comes. */
function serve(pieces: readonly (Uint8Array | undefined)[]): { pulled: () => number; ended: () => boolean } {
  let pulled = 0;
  let signal: AbortSignal | null | undefined;
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    signal = init.signal;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pulled === pieces.length) return controller.close();
          const piece = pieces[pulled];
          pulled += 1;
          if (piece !== undefined) return controller.enqueue(piece);
          return new Promise((resolve) => {
            signal?.addEventListener('abort', () => {
              controller.error(signal?.reason);
              resolve();
            });
          });
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body);
  });
  return { pulled: () => pulled, ended: () => signal?.aborted === true };
}

const limits = (timeoutMs = 5000) => ({ maxPixels: 1000, timeoutMs, signal: new AbortController().signal });
const text = (length: number) => new Uint8Array(length).fill(65);
const avif = () => new Uint8Array([0, 0, 0, 32, ...new TextEncoder().encode('ftypavif'), 0, 0, 0, 0]);

afterEach(() => vi.unstubAllGlobals());

describe('a second try at a URL', () => {
  it('ends with the first bytes of a format that no browser reads', async () => {
    const server = serve([text(8), text(8), text(8), text(8)]);
    expect(await specOfForeignUrl('http://x/a.txt', limits())).toBeUndefined();
    expect(server.pulled()).toBe(2);
    expect(server.ended()).toBe(true);
  });

  it('ends when nothing more comes', async () => {
    const server = serve([avif(), undefined]);
    expect(await specOfForeignUrl('http://x/a.avif', limits(50))).toBeUndefined();
    expect(server.ended()).toBe(true);
  });

  it('ends at a file that is too large', async () => {
    const piece = text(16 << 20);
    const server = serve([avif(), ...Array.from({ length: 20 }, () => piece)]);
    expect(await specOfForeignUrl('http://x/a.avif', limits())).toBeUndefined();
    expect(server.pulled()).toBe(9);
  });
});
