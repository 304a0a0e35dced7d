/**
 * visavis: face search that runs in the visitor's browser. The photo never leaves the device.
 *
 * Importing this has no side effects and works on a server; a browser is needed from `createClient` on. In Node, and in service workers,
 * there are entries of their own with the same functions (node.ts, service-worker.ts).
 *
 * @packageDocumentation
 */

import type { Client } from './client.js';
import { makeClient } from './create.js';
import { connectHere, connectWorker } from './link.js';
import { absoluteUrl } from './options.js';
import type { ClientOptions } from './types.js';

export type * from './public.js';
export { VisavisError } from './errors.js';

/**
 * Starts the engine: downloads the WebAssembly file and the models, or takes them from the cache of an earlier visit.
 * Libraries are downloaded when they are first searched.
 *
 * @throws VisavisError; among its codes: `SimdUnsupported`, `DownloadFailed`, `DownloadBlocked`, `DownloadTimeout`, `FileHashMismatch`,
 * `WorkerUnavailable`, `InvalidParameter`, `Aborted`.
 */
export function createClient(options: ClientOptions = {}): Promise<Client> {
  return makeClient(options, {
    connect: ({ workerUrl, worker = typeof Worker === 'function' }) => {
      const url = workerUrl === undefined ? undefined : absoluteUrl('workerUrl', workerUrl);
      return worker ? connectWorker(url) : connectHere(async () => (await import('./host.js')).makeHost);
    },
  });
}
