/**
 * Makes a client of its options; the entries of the package (index.ts, node.ts, service-worker.ts) say how the engine is reached.
 */

import { checkClientOptions } from './checks.js';
import { Client } from './client.js';
import { abortedError, VisavisError } from './errors.js';
import type { Connect } from './link.js';
import { hostConfig } from './options.js';
import { openState } from './state.js';
import type { ClientOptions } from './types.js';

/** What an entry adds to the options. */
export interface Place {
  /** How the engine is reached; called when the options are known to be right. */
  connect: (options: ClientOptions) => Connect;
  /** Whether `file:` URLs are images (in Node). */
  readsFiles?: boolean;
}

/** A started client. */
export async function makeClient(options: ClientOptions, place: Place): Promise<Client> {
  checkClientOptions(options);
  const config = hostConfig(options);
  const connect = place.connect(options);
  const warn = (warning: VisavisError): void => {
    if (options.onWarning === undefined) return console.warn(`visavis: ${warning.message}`);
    try {
      options.onWarning(warning);
    } catch (error) {
      globalThis.reportError?.(error);
    }
  };
  const own = config.libraries.flatMap(({ name, url }) => (url === undefined ? [name] : []));
  const opened = await openState(options.persist, warn, own, options.signal);
  const { onProgress, resolve, onNotification, notificationUrls = [], now = Date.now, signal } = options;
  const { readsFiles = false } = place;
  const client = new Client({ config, connect, onProgress, resolve, onNotification, notificationUrls, now, warn, opened, readsFiles });
  if (signal?.aborted) {
    client.close();
    throw abortedError();
  }
  await client.start(signal);
  return client;
}
