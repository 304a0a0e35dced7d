/**
 * The way from the page to the host of the engine: a module worker, or the same thread.
 */

import { VisavisError, describe, toVisavisError } from './errors.js';
import type { FromHost, ToHost } from './protocol.js';
import { SharedModule } from './shared-module.js';
import type { Progress } from './types.js';

/** A connection to one host. */
export interface Link {
  /** Whether buffers that are sent leave this thread. */
  readonly crossesThreads: boolean;
  post(message: ToHost, transfer: Transferable[]): void;
  /** Ends the host; nothing is received from then on. `lingerMs`: for how long it may finish writing what it keeps for the next visit. */
  terminate(lingerMs?: number): void;
}

/** What a link tells. */
export interface LinkListener {
  onMessage(message: FromHost): void;
  /** The host can never be reached: the script is not there, or does not run. */
  onUnavailable(error: VisavisError): void;
}

/** Makes a link; a new one after every crash. */
export type Connect = (listener: LinkListener) => Link;

/** Runs the host in a module worker. `workerUrl`: absolute, in place of the package's own script. */
export function connectWorker(workerUrl: string | undefined): Connect {
  const shared = new SharedModule();
  return (listener) => {
    const worker = startWorker(workerUrl);
    let ended = false;
    let started = false;
    const start = (message: Extract<ToHost, { kind: 'start' }>): void => {
      // A worker from elsewhere knows its own file, which need not be where this module's would be.
      if (workerUrl !== undefined && message.config.wasmUrl === undefined) return worker.postMessage(message);
      started = true;
      worker.postMessage({ ...message, compiled: true } satisfies ToHost);
      const onProgress = (progress: Progress): void => void (ended || listener.onMessage({ kind: 'progress', progress }));
      shared.acquire(message.config, onProgress).then(
        (module) => ended || worker.postMessage({ kind: 'module', module } satisfies ToHost),
        (error: unknown) => ended || listener.onUnavailable(toVisavisError(error)),
      );
    };
    worker.addEventListener('message', (event: MessageEvent<FromHost>) => ended || listener.onMessage(event.data));
    worker.addEventListener('messageerror', () => {
      if (!ended) listener.onMessage({ kind: 'crashed', reason: 'a message of the worker could not be read' });
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (ended) return;
      // A script that could not be loaded gives an event without a message; one that threw has the error's words.
      if (event.message) listener.onMessage({ kind: 'crashed', reason: event.message });
      else listener.onUnavailable(workerUnavailable(workerUrl, 'the script could not be loaded'));
    });
    return {
      crossesThreads: true,
      post: (message, transfer) => (message.kind === 'start' ? start(message) : worker.postMessage(message, transfer)),
      terminate: (lingerMs = 0) => {
        if (!ended && started) shared.release();
        ended = true;
        if (lingerMs === 0) return worker.terminate();
        worker.postMessage({ kind: 'stop' } satisfies ToHost);
        setTimeout(() => worker.terminate(), lingerMs);
      },
    };
  };
}

/** Makes a host. */
export type MakeHost = (post: (message: FromHost) => void) => { receive(message: ToHost): void };

/** Runs the host on this thread; `load` gets its script. */
export function connectHere(load: () => Promise<MakeHost>): Connect {
  return (listener) => {
    let ended = false;
    const host = load().then((make) => make((message) => ended || listener.onMessage(message)));
    host.catch((error: unknown) => {
      if (ended) return;
      const message = `the engine's script could not be loaded: ${describe(error)}`;
      listener.onUnavailable(new VisavisError({ code: 'WorkerUnavailable', message, cause: error }));
    });
    const receive = (message: ToHost): void => void host.then((loaded) => loaded.receive(message)).catch(() => undefined);
    return {
      crossesThreads: false,
      post: receive,
      terminate: () => {
        ended = true;
        receive({ kind: 'stop' });
      },
    };
  };
}

function startWorker(workerUrl: string | undefined): Worker {
  const name = 'visavis';
  try {
    if (workerUrl !== undefined) return startForeignWorker(workerUrl);
    try {
      // The literal form lets bundlers find the worker.
      return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name });
    } catch (error) {
      // A package that is loaded from another origin (a CDN): browsers start a worker of this page's own origin only.
      if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
      const folder = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);
      return startForeignWorker(`${folder}worker.js`);
    }
  } catch (error) {
    throw workerUnavailable(workerUrl, describe(error));
  }
}

/** Starts a worker whose script may be of another origin, by way of a script of this one that imports it. */
function startForeignWorker(url: string): Worker {
  const options: WorkerOptions = { type: 'module', name: 'visavis' };
  if (new URL(url).origin === globalThis.location?.origin) return new Worker(url, options);
  const script = new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' });
  const address = URL.createObjectURL(script);
  try {
    return new Worker(address, options);
  } finally {
    // The worker has begun to fetch the address; let it finish.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}

function workerUnavailable(workerUrl: string | undefined, reason: string): VisavisError {
  const place = workerUrl ?? 'worker.js of the package';
  return new VisavisError({
    code: 'WorkerUnavailable',
    message: `${place}: the worker could not be started: ${reason}; set workerUrl to where the script is, or worker: false`,
  });
}
