/**
 * The calls of a client: they go to the host of the engine as messages, and a crashed engine is replaced.
 *
 * After a crash with one call in flight, that call is rejected. With several it is not known which of them did it, so they are
 * repeated one at a time on the new engine, and the one that crashes it again is rejected; those of tasks, which may wait long for a
 * download, come last and keep nobody waiting. The state (tokens, tasks, own libraries)
 * is given to the new engine.
 */

import { checkCallOptions } from './checks.js';
import { VisavisError, abortedError, clientClosedError, describe, engineCrashedError, invalidParameter } from './errors.js';
import type { Connect, Link } from './link.js';
import type { FromHost, HostConfig, HostMethod, HostMethods, StateChange, ToHost } from './protocol.js';
import type { State, Warn } from './state.js';
import type { CallOptions, Progress } from './types.js';

/** The arguments of a call, made ready to be sent. */
export interface Prepared<M extends HostMethod = HostMethod> {
  args: HostMethods[M];
  transfer: Transferable[];
}

/** Makes the arguments; again after a crash, since buffers that were sent are gone. */
export type Prepare<M extends HostMethod = HostMethod> = (link: Link) => Promise<Prepared<M>>;

/** One call that is not settled yet. */
interface Call {
  id: number;
  method: HostMethod;
  prepare: Prepare;
  /** Of a task: others are not kept waiting by it. */
  background: boolean;
  /** The host has it. */
  posted: boolean;
  onProgress: CallOptions['onProgress'];
  settle: (outcome: { result: unknown } | { error: VisavisError }) => void;
}

/** What calls need. */
export interface CallsParts {
  config: HostConfig;
  connect: Connect;
  state: State;
  onProgress?: ((progress: Progress) => void) | undefined;
  warn?: Warn | undefined;
}

/** How long an engine that is closed may go on writing to the caches: the next visit would download anew what is not there. */
const LINGER_MS = 1000;

/** The calls of one client. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #calls = new Map<number, Call>();
  /** Calls that wait for their turn after a crash; empty otherwise. */
  #queue: Call[] = [];
  #oneAtATime = false;
  #link: Link | undefined;
  #starting: { resolve: () => void; reject: (error: VisavisError) => void } | undefined;
  #hasStarted = false;
  #nextId = 1;
  #restarts = 0;
  #closed = false;
  readonly #warned = new Set<string>();
  /** Calls that were aborted while the engine had them, and that it has not answered yet. */
  readonly #abandoned = new Set<number>();
  /** Those who wait until there are none. */
  #answerees: (() => void)[] = [];
  /** Those who wait until no call of the page is left. */
  #idlers: (() => void)[] = [];

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many times the engine was replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Whether the engine runs on another thread. */
  get crossesThreads(): boolean {
    return this.#link?.crossesThreads ?? false;
  }

  /** Makes a call. */
  call<T>(method: HostMethod, options: CallOptions, prepare: Prepare, background = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(clientClosedError());
      checkCallOptions(options);
      const { signal, onProgress } = options;
      if (signal?.aborted) return reject(abortedError());
      const id = this.#nextId;
      this.#nextId += 1;
      const onAbort = (): void => {
        if (call.posted) {
          this.#link?.post({ kind: 'abort', id }, []);
          this.#abandoned.add(id);
        }
        call.settle({ error: abortedError() });
      };
      const settle: Call['settle'] = (outcome) => {
        if (!this.#calls.delete(id)) return;
        signal?.removeEventListener('abort', onAbort);
        this.#queue = this.#queue.filter((waiting) => waiting !== call);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result as T);
        this.#next();
        if (this.#isIdle()) for (const idler of this.#idlers.splice(0)) idler();
      };
      const call: Call = { id, method, prepare, background, posted: false, onProgress, settle };
      this.#calls.set(id, call);
      signal?.addEventListener('abort', onAbort);
      if (this.#oneAtATime) {
        this.#queue.push(call);
        this.#next();
      } else {
        void this.#send(call);
      }
    });
  }

  /** Waits until no call of the page is in flight, but no longer than this. */
  async idle(limitMs: number): Promise<void> {
    if (this.#isIdle()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#idlers.push(resolve);
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }

  /** Waits until the engine has answered the calls that were aborted: it may have changed something before it heard of that. */
  async answered(): Promise<void> {
    if (this.#abandoned.size > 0) await new Promise<void>((resolve) => this.#answerees.push(resolve));
  }

  /** Gives records to the running engine that it does not have from this client; one that starts later gets them anyway. */
  restore(changes: StateChange[]): void {
    if (changes.length > 0) this.#link?.post({ kind: 'restore', changes }, []);
  }

  /** Starts the engine. */
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

  /** Ends the engine. Calls in flight are rejected with code `ClientClosed`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endLink(LINGER_MS);
    this.#starting?.reject(clientClosedError());
    this.#settleAll(() => true, clientClosedError());
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

  /** After a crash: the next of the calls that are repeated one at a time. One of the page does not wait for one of a task. */
  #next(): void {
    if (!this.#oneAtATime) return;
    const running = [...this.#calls.values()].filter((call) => !this.#queue.includes(call));
    if (running.some((call) => !call.background)) return;
    const isAlone = running.length === 0;
    const call = this.#queue.find(({ background }) => !background) ?? (isAlone ? this.#queue[0] : undefined);
    if (call !== undefined) {
      this.#queue = this.#queue.filter((waiting) => waiting !== call);
      void this.#send(call);
    } else if (isAlone) {
      this.#oneAtATime = false;
    }
  }

  #isIdle(): boolean {
    return [...this.#calls.values()].every((call) => call.background);
  }

  #ensureLink(): Link {
    if (this.#closed) throw clientClosedError();
    if (this.#link !== undefined) return this.#link;
    const { config, connect, state } = this.#parts;
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
    link.post({ kind: 'start', config, state: state.all() }, []);
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
        this.#commit(message.changes, message.id, { result: message.result });
        return;
      case 'failed':
        this.#commit(message.changes, message.id, { error: new VisavisError(message.error) });
        return;
      case 'changed':
        this.#commit(message.changes);
        return;
      case 'progress':
        this.#tell(message.progress);
        return;
      case 'warning':
        this.#warn(new VisavisError(message.error));
        return;
      case 'crashed':
        this.#crashed(message.reason);
        return;
    }
  }

  /** Takes what the engine changed; the call that did it is settled when that is kept, and fails where it cannot be. */
  #commit(changes: StateChange[] = [], id?: number, outcome?: Parameters<Call['settle']>[0]): void {
    const link = this.#link;
    const settle = (final: typeof outcome): void => {
      if (id === undefined || final === undefined) return;
      this.#answer(id);
      this.#calls.get(id)?.settle(final);
    };
    const committed = this.#parts.state.commit(changes);
    if (committed === undefined) return settle(outcome);
    // The engine is done with it: a crash of the engine is not this call's.
    const call = id === undefined ? undefined : this.#calls.get(id);
    if (call !== undefined) call.posted = false;
    committed.then(
      () => {
        // An engine that started meanwhile does not have it.
        if (this.#link !== link) this.restore(changes);
        settle(outcome);
      },
      (error: unknown) => {
        if (this.#link === link) this.restore(this.#parts.state.former(changes));
        if (id === undefined) this.#warn(asError(error));
        settle({ error: asError(error) });
      },
    );
  }

  #answer(id: number): void {
    if (this.#abandoned.delete(id) && this.#abandoned.size === 0) for (const tell of this.#answerees.splice(0)) tell();
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

  #endLink(lingerMs?: number): void {
    const link = this.#link;
    this.#link = undefined;
    link?.terminate(lingerMs);
    // It answers no more.
    for (const id of [...this.#abandoned]) this.#answer(id);
  }

  #settleAll(which: (call: Call) => boolean, error: VisavisError): void {
    for (const call of [...this.#calls.values()].filter(which)) call.settle({ error });
  }

  /** Each new engine may say it again. */
  #warn(warning: VisavisError): void {
    if (this.#warned.has(warning.message)) return;
    this.#warned.add(warning.message);
    this.#parts.warn?.(warning);
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

/** Frees the pictures of a call that was aborted before they were sent. */
function closeAll(transfer: Transferable[]): void {
  for (const item of transfer) (item as { close?: () => void }).close?.();
}

/** Whatever stopped a call before it was sent. */
function asError(thrown: unknown): VisavisError {
  if (thrown instanceof VisavisError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'DataCloneError') {
    return invalidParameter('request', `it or its options hold something that cannot be sent to the worker: ${describe(thrown)}`);
  }
  return new VisavisError({ code: 'InternalError', message: `internal error: ${describe(thrown)}; please report it`, cause: thrown });
}
