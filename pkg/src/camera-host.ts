/** The part of the host that looks at live pictures. Runs where the engine runs, in a worker by default. */

import { toImageSpec } from './decode.js';
import { abortedError } from './errors.js';
import type { HostMethods } from './protocol.js';
import type { WebClient, WebWatch } from './wasm/glue.js';

/** What a call is given beside its arguments. */
export interface WatchCall {
  client: WebClient;
  signal: AbortSignal;
  maxPixels: number;
}

/** The names of the calls that are about live pictures. */
export type WatchMethod = 'watchFrame' | 'endWatch';

/** What is being watched, by engine: a new engine begins anew. */
const watches = new WeakMap<WebClient, Map<number, WebWatch>>();

/** The calls that are about live pictures. */
export const WATCH_OPERATIONS: { [M in WatchMethod]: (call: WatchCall, args: HostMethods[M]) => Promise<unknown> } = {
  watchFrame: async ({ client, signal, maxPixels }, { watch, firstTrack, image, options }) => {
    const spec = await toImageSpec(image, maxPixels);
    if (signal.aborted) throw abortedError();
    const all = watches.get(client) ?? new Map<number, WebWatch>();
    watches.set(client, all);
    const known = all.get(watch) ?? client.beginWatch(firstTrack);
    all.set(watch, known);
    return known.frame(spec, options, signal);
  },
  endWatch: async ({ client }, { watch }) => {
    const all = watches.get(client);
    all?.get(watch)?.free();
    all?.delete(watch);
  },
};
