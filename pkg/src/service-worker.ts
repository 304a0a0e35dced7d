/**
 * visavis in a service worker: the same `createClient`. The engine runs on the service worker's own thread, and its script is imported
 * with this one, since service workers may import nothing later.
 *
 * @packageDocumentation
 */

import type { Client } from './client.js';
import { makeClient } from './create.js';
import { makeHost } from './host.js';
import { connectHere } from './link.js';
import type { ClientOptions } from './types.js';

export type * from './public.js';
export { VisavisError } from './errors.js';

/** Starts the engine; see `createClient` of the package's main entry. `worker: false` is implied. */
export function createClient(options: Omit<ClientOptions, 'worker' | 'workerUrl'> = {}): Promise<Client> {
  // What is no object is refused with the other options.
  const all = typeof options === 'object' && options !== null ? { ...options, worker: false } : options;
  return makeClient(all, { connect: () => connectHere(async () => makeHost) });
}
