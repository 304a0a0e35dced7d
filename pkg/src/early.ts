/**
 * The models, asked for while the engine itself is still on its way. The engine is given a `fetch` that hands over what was begun;
 * everything else about a download (progress, time limits, checks, the cache) stays the engine's own matter.
 */

import type { WireModel } from './protocol.js';

/** Requests that were begun before somebody asked for them. */
export class EarlyFiles {
  readonly #fetch: typeof fetch;
  readonly #begun = new Map<string, { answer: Promise<Response | undefined>; request: AbortController }>();

  /** Begins at once. `own`: in place of the global `fetch`. `cached`: files that the engine has kept are not asked for. */
  constructor(models: readonly WireModel[], cached: boolean, own: typeof fetch | undefined) {
    this.#fetch = own ?? ((input, init) => fetch(input, init));
    for (const model of models) this.#begin(model, cached);
  }

  /** As the global `fetch`. What was begun is given once, and not to those who want to get past the browser's HTTP cache. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = String(input);
    const early = init?.cache === 'reload' ? undefined : this.#begun.get(url);
    if (early === undefined) return this.#fetch(input, init);
    this.#begun.delete(url);
    const { signal } = init ?? {};
    if (signal?.aborted) early.request.abort();
    else signal?.addEventListener('abort', () => early.request.abort(), { once: true });
    return (await early.answer) ?? this.#fetch(input, init);
  };

  /** Gives up what nobody asked for. */
  end(): void {
    for (const { request } of this.#begun.values()) request.abort();
    this.#begun.clear();
  }

  #begin(model: WireModel, cached: boolean): void {
    const request = new AbortController();
    const { signal } = request;
    const begin = async (): Promise<Response | undefined> => {
      if (cached && (await isKept(model))) return undefined;
      signal.throwIfAborted();
      return this.#fetch(model.url, { signal });
    };
    const answer = begin();
    // Whoever asks for it is told; a request that nobody asks for may fail in silence.
    answer.catch(() => undefined);
    this.#begun.set(model.url, { answer, request });
  }
}

/** Whether the engine has kept this file at an earlier visit, under the key that it makes in src/web/session.rs. */
async function isKept({ url, sha256 }: WireModel): Promise<boolean> {
  if (typeof caches === 'undefined') return false;
  const key = `${url}${url.includes('?') ? '&' : '?'}visavis-sha256=${sha256}`;
  return caches.match(key).then((kept) => kept !== undefined, () => false);
}
