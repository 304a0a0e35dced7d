/**
 * The client: calls go to the host of the engine as messages, and a crashed engine is replaced.
 *
 * After a crash with one call in flight, that call is rejected. With several it is not known which of them did it, so they are
 * repeated one at a time on the new engine, and the one that crashes it again is rejected. Tokens are given to the new engine.
 */

import { checkCallOptions } from './checks.js';
import { VisavisError, abortedError, clientClosedError, describe, engineCrashedError, invalidParameter } from './errors.js';
import { pageBaseUrl, prepareImage } from './images.js';
import type { PreparedImage } from './images.js';
import type { Connect, Link } from './link.js';
import type { FromHost, HostConfig, HostMethod, HostMethods, ToHost } from './protocol.js';
import type {
  CallOptions,
  ClientOptions,
  CompareOptions,
  CompareResult,
  DetectOptions,
  DetectResult,
  EmbedResult,
  ImageInput,
  LibraryStats,
  Progress,
  SearchMediaByFaceRequest,
  SearchMediaByFaceResponse,
  SearchOptions,
  Stats,
} from './types.js';

/** The arguments of a call, made ready to be sent. */
interface Prepared<M extends HostMethod = HostMethod> {
  args: HostMethods[M];
  transfer: Transferable[];
}

/** One call that is not settled yet. */
interface Call {
  id: number;
  method: HostMethod;
  /** Makes the arguments; again after a crash, since buffers that were sent are gone. */
  prepare: (link: Link) => Promise<Prepared>;
  /** The host has it. */
  posted: boolean;
  onProgress: CallOptions['onProgress'];
  settle: (outcome: { result: unknown } | { error: VisavisError }) => void;
}

/** What a client is made of. @internal */
export interface ClientParts {
  config: HostConfig;
  connect: Connect;
  onProgress?: ((progress: Progress) => void) | undefined;
  resolve?: ClientOptions['resolve'];
}

/** Searches and compares faces. Made by `createClient`. */
export class Client {
  readonly #parts: ClientParts;
  readonly #calls = new Map<number, Call>();
  /** Calls that wait for their turn after a crash; empty otherwise. */
  #queue: Call[] = [];
  #oneAtATime = false;
  #link: Link | undefined;
  #starting: { resolve: () => void; reject: (error: VisavisError) => void } | undefined;
  #hasStarted = false;
  #tokens: Uint8Array | undefined;
  #nextId = 1;
  #restarts = 0;
  #closed = false;

  /** @internal */
  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** True after `close`. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Finds the media that show the person of a photo. */
  searchMediaByFace(request: SearchMediaByFaceRequest, options: SearchOptions = {}): Promise<SearchMediaByFaceResponse> {
    return this.#call('searchMediaByFace', options, (link) => this.#prepareSearch(request, options, link));
  }

  /** The faces of a picture. */
  detectFaces(image: ImageInput, options: DetectOptions = {}): Promise<DetectResult> {
    return this.#call('detectFaces', options, (link) => this.#prepareOne(image, options, link));
  }

  /** The faces of a picture with their embeddings. */
  embedFaces(image: ImageInput, options: DetectOptions = {}): Promise<EmbedResult> {
    return this.#call('embedFaces', options, (link) => this.#prepareOne(image, options, link));
  }

  /** Whether the largest faces of two pictures are of the same person. */
  compareFaces(a: ImageInput, b: ImageInput, options: CompareOptions = {}): Promise<CompareResult> {
    return this.#call('compareFaces', options, async (link) => {
      const imageA = await this.#prepareImage(a, 'image a', link);
      const imageB = await this.#prepareImage(b, 'image b', link);
      return {
        args: { a: imageA.image, b: imageB.image, options: plain(options) },
        transfer: [...imageA.transfer, ...imageB.transfer],
      };
    });
  }

  /** Downloads a library now, so that its first search need not. Default: the first library. */
  openLibrary(name?: string, options: CallOptions = {}): Promise<LibraryStats> {
    return this.#call('openLibrary', options, async () => ({ args: name === undefined ? {} : { name }, transfer: [] }));
  }

  /** Forgets a face-search token and its embedding; true when it was known. */
  forget(token: string, options: CallOptions = {}): Promise<boolean> {
    return this.#call('forget', options, async () => {
      if (typeof token !== 'string') throw invalidParameter('token', `expected a text, not ${typeof token}`);
      return { args: { token }, transfer: [] };
    });
  }

  /** What this client has done and holds. */
  async stats(options: CallOptions = {}): Promise<Stats> {
    const ofEngine = await this.#call<Omit<Stats, 'build' | 'worker' | 'restarts'>>('stats', options, async () => ({ args: {}, transfer: [] }));
    const worker = this.#link?.crossesThreads ?? false;
    return { ...ofEngine, build: this.#parts.config.build, worker, restarts: this.#restarts };
  }

  /** Ends the client and its worker. Calls in flight are rejected with code `ClientClosed`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endLink();
    this.#starting?.reject(clientClosedError());
    this.#settleAll(() => true, clientClosedError());
  }

  /** Crashes the engine, as a defect would. @internal */
  panicForTest(): Promise<never> {
    return this.#call('panicForTest', {}, async () => ({ args: {}, transfer: [] }));
  }

  /** Starts the engine. @internal */
  start(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#starting?.reject(abortedError());
      const end = (): void => {
        signal?.removeEventListener('abort', onAbort);
        this.#starting = undefined;
      };
      this.#starting = {
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
          this.close();
        },
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort);
      try {
        this.#ensureLink();
      } catch (error) {
        this.#starting?.reject(asError(error));
      }
    });
  }

  async #prepareSearch(request: SearchMediaByFaceRequest, options: SearchOptions, link: Link): Promise<Prepared<'searchMediaByFace'>> {
    if (typeof request !== 'object' || request === null) throw invalidParameter('request', 'expected an object');
    const { PersonImageUrl, ...rest } = request;
    const wire: Record<string, unknown> = plain(rest);
    const args: HostMethods['searchMediaByFace'] = { request: wire, options: plain(options) };
    if (PersonImageUrl === undefined || PersonImageUrl === '') {
      if (PersonImageUrl === '') wire['PersonImageUrl'] = '';
      return { args, transfer: [] };
    }
    const { image, transfer } = await this.#prepareImage(PersonImageUrl, 'PersonImageUrl', link);
    if (image.kind === 'url') wire['PersonImageUrl'] = image.url;
    else args.image = { name: 'PersonImageUrl', ...image };
    return { args, transfer };
  }

  async #prepareOne(image: ImageInput, options: DetectOptions, link: Link): Promise<Prepared<'detectFaces'>> {
    const prepared = await this.#prepareImage(image, 'image', link);
    return { args: { image: prepared.image, options: plain(options) }, transfer: prepared.transfer };
  }

  #prepareImage(input: ImageInput, parameter: string, link: Link): Promise<PreparedImage> {
    const { config, resolve } = this.#parts;
    return prepareImage(input, {
      parameter,
      baseUrl: pageBaseUrl(),
      copy: link.crossesThreads,
      maxPixels: config.maxPixels,
      ...(resolve === undefined ? {} : { resolve }),
    });
  }

  #call<T>(method: HostMethod, options: CallOptions, prepare: Call['prepare']): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(clientClosedError());
      checkCallOptions(options);
      const { signal, onProgress } = options;
      if (signal?.aborted) return reject(abortedError());
      const id = this.#nextId;
      this.#nextId += 1;
      const onAbort = (): void => {
        if (call.posted) this.#link?.post({ kind: 'abort', id }, []);
        call.settle({ error: abortedError() });
      };
      const settle: Call['settle'] = (outcome) => {
        if (!this.#calls.delete(id)) return;
        signal?.removeEventListener('abort', onAbort);
        this.#queue = this.#queue.filter((waiting) => waiting !== call);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result as T);
        this.#next();
      };
      const call: Call = { id, method, prepare, posted: false, onProgress, settle };
      this.#calls.set(id, call);
      signal?.addEventListener('abort', onAbort);
      if (this.#oneAtATime) this.#queue.push(call);
      else void this.#send(call);
    });
  }

  async #send(call: Call): Promise<void> {
    try {
      const { args, transfer } = await call.prepare(this.#ensureLink());
      const link = this.#calls.has(call.id) ? this.#ensureLink() : undefined;
      if (link === undefined) return closeAll(transfer);
      link.post({ kind: 'call', id: call.id, method: call.method, args } as ToHost, link.crossesThreads ? transfer : []);
      call.posted = true;
    } catch (error) {
      call.settle({ error: asError(error) });
    }
  }

  /** After a crash: the next of the calls that are repeated one at a time. */
  #next(): void {
    if (!this.#oneAtATime || [...this.#calls.values()].some((call) => !this.#queue.includes(call))) return;
    const call = this.#queue.shift();
    if (call === undefined) this.#oneAtATime = false;
    else void this.#send(call);
  }

  #ensureLink(): Link {
    if (this.#closed) throw clientClosedError();
    if (this.#link !== undefined) return this.#link;
    const { config, connect } = this.#parts;
    const link: Link = connect({
      onMessage: (message) => {
        if (this.#link === link) this.#receive(message);
      },
      onUnavailable: (error) => {
        if (this.#link === link) this.#startFailed(error);
      },
    });
    this.#link = link;
    this.#hasStarted = false;
    link.post({ kind: 'start', config, ...(this.#tokens === undefined ? {} : { tokens: this.#tokens }) }, []);
    return link;
  }

  #receive(message: FromHost): void {
    switch (message.kind) {
      case 'started':
        this.#hasStarted = true;
        this.#starting?.resolve();
        return;
      case 'startFailed':
        this.#startFailed(new VisavisError(message.error));
        return;
      case 'result':
        if (message.tokens !== undefined) this.#tokens = message.tokens;
        this.#calls.get(message.id)?.settle({ result: message.result });
        return;
      case 'failed':
        this.#calls.get(message.id)?.settle({ error: new VisavisError(message.error) });
        return;
      case 'progress':
        this.#tell(message.progress);
        return;
      case 'crashed':
        this.#crashed(message.reason);
        return;
    }
  }

  #startFailed(error: VisavisError): void {
    this.#endLink();
    this.#starting?.reject(error);
    this.#settleAll((call) => call.posted, error);
  }

  #crashed(reason: string): void {
    if (!this.#hasStarted) return this.#startFailed(engineCrashedError(`${reason}, while it started`));
    this.#endLink();
    this.#restarts += 1;
    const suspects = [...this.#calls.values()].filter((call) => call.posted);
    for (const call of suspects) call.posted = false;
    if (suspects.length > 1) {
      this.#oneAtATime = true;
      this.#queue.unshift(...suspects);
      this.#next();
    } else {
      suspects[0]?.settle({ error: engineCrashedError(reason) });
    }
    try {
      // The new engine starts now, so that the next call need not wait for it.
      this.#ensureLink();
    } catch {
      // The next call tries again, and tells its caller.
    }
  }

  #endLink(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.terminate();
  }

  #settleAll(which: (call: Call) => boolean, error: VisavisError): void {
    for (const call of [...this.#calls.values()].filter(which)) call.settle({ error });
  }

  #tell(progress: Progress): void {
    const listeners = [this.#parts.onProgress, ...[...this.#calls.values()].map((call) => call.onProgress)];
    for (const listener of listeners) {
      try {
        listener?.(progress);
      } catch (error) {
        // Seen in the console and by the page's own error handlers; the call goes on.
        globalThis.reportError?.(error);
      }
    }
  }
}

/** What can be sent of an options object: its data, without what stays on this side. */
function plain(options: object): Record<string, unknown> {
  const kept = Object.entries(options).filter(
    ([key, value]) => value !== undefined && !['signal', 'onProgress'].includes(key) && typeof value !== 'function',
  );
  return Object.fromEntries(kept);
}

/** Frees the pictures of a call that was aborted before they were sent. */
function closeAll(transfer: Transferable[]): void {
  for (const item of transfer) (item as { close?: () => void }).close?.();
}

/** Whatever stopped a call before it was sent. */
function asError(thrown: unknown): VisavisError {
  if (thrown instanceof VisavisError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'DataCloneError') {
    return invalidParameter('request', `it holds something that cannot be sent to the worker: ${describe(thrown)}`);
  }
  return new VisavisError({ code: 'InternalError', message: `internal error: ${describe(thrown)}; please report it`, cause: thrown });
}
