/**
 * visavis: face search that runs in the visitor's browser. The photo never leaves the device.
 *
 * Importing this has no side effects and works on a server; a browser is needed from `createClient` on.
 *
 * @packageDocumentation
 */

import { checkClientOptions } from './checks.js';
import { Client } from './client.js';
import { connectHere, connectWorker } from './link.js';
import { absoluteUrl, hostConfig } from './options.js';
import type { ClientOptions } from './types.js';

export type { Client } from './client.js';
export { VisavisError } from './errors.js';
export type { BrowserErrorCode } from './errors.js';
export type { WasmBuild } from './features.js';
export type * from './types.js';

/**
 * Starts the engine: downloads the WebAssembly file and the models, or takes them from the cache of an earlier visit.
 * Libraries are downloaded when they are first searched.
 *
 * @throws VisavisError; among its codes: `SimdUnsupported`, `DownloadFailed`, `DownloadBlocked`, `DownloadTimeout`, `FileHashMismatch`,
 * `WorkerUnavailable`, `InvalidParameter`, `Aborted`.
 */
export async function createClient(options: ClientOptions = {}): Promise<Client> {
  checkClientOptions(options);
  const config = hostConfig(options);
  const workerUrl = options.workerUrl === undefined ? undefined : absoluteUrl('workerUrl', options.workerUrl);
  const useWorker = options.worker ?? typeof Worker === 'function';
  const connect = useWorker ? connectWorker(workerUrl) : connectHere();
  const { onProgress, resolve, signal } = options;
  const client = new Client({ config, connect, onProgress, resolve });
  await client.start(signal);
  return client;
}
