/**
 * visavis in Node: the same `createClient`. The engine runs on the calling thread; the WebAssembly file, models, libraries and photos may be
 * files (`file:` URLs), as those of this package are.
 *
 * @packageDocumentation
 */

import type { Client } from './client.js';
import { makeClient } from './create.js';
import { invalidParameter } from './errors.js';
import { connectHere } from './link.js';
import { fetchFiles } from './node-fetch.js';
import type { ClientOptions } from './types.js';

export type * from './public.js';
export { VisavisError } from './errors.js';

/** Starts the engine; see `createClient` of the package's main entry. `worker: false` is implied. */
export async function createClient(options: ClientOptions = {}): Promise<Client> {
  if (options?.worker === true) throw invalidParameter('worker', 'in Node the engine runs on the calling thread; leave it out');
  // What is no object is refused with the other options.
  const all = typeof options === 'object' && options !== null ? { ...options, worker: false, fetch: options.fetch ?? fetchFiles } : options;
  return makeClient(all, { connect: () => connectHere(async () => (await import('./host.js')).makeHost), readsFiles: true });
}
