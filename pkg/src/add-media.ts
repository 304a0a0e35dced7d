/**
 * `addMedia`: files go through the engines of a pool, and what is found in each is written to the library before the next of that engine
 * begins, so that whoever closes the page loses the files in work only.
 *
 * Files are added one by one as records of their own; every few seconds, and at the end, they get into the library's tables, and are
 * found from then on.
 */

import type { AddMediaOptions, AddMediaProgress, AddMediaResult } from './add-media-types.js';
import type { Calls } from './calls.js';
import { checkAddMediaOptions } from './checks.js';
import { VisavisError, abortedError, clientClosedError, toVisavisError } from './errors.js';
import type { MediaFile, MediaInput } from './media-files.js';
import { entriesOf, listMediaFiles } from './media-files.js';
import type { Pool } from './pool.js';
import type { ExaminedFile, HostMethod, HostMethods, IndexedFile } from './protocol.js';
import { indexFilm, run } from './video.js';
import { anySignal } from './signals.js';

/** What was added gets into the tables after this time at the earliest, in milliseconds. */
const PUBLISH_PAUSE_MS = 3000;
/** Making the tables takes longer the larger a library is; no more than this part of the time is given to it. */
const PUBLISH_SHARE = 0.1;
/** What a file costs beside its bytes, in bytes, for the estimate of the time left. */
const BYTES_A_FILE = 100_000;
/** How many pictures of a second of film are looked at unless somebody says otherwise. */
const FRAMES_PER_SECOND = 5;
/** No file has this SHA-256: asking for it tells whether the library can be used. */
const NO_FILE = '0'.repeat(64);
/** Errors that are of no file: the next one would have the same. */
const FATAL = new Set(['StorageFull', 'PersistFailed', 'ClientClosed', 'LibraryReadOnly', 'UnknownLibrary', 'EmbedderMismatch', 'WorkerUnavailable']);

/** What a job needs of its client. */
export interface JobParts {
  pool: Pool;
  /** Asks the engine that has the library. */
  ask<T, M extends HostMethod>(method: M, args: HostMethods[M], signal: AbortSignal): Promise<T>;
  /** Changes the library: what it changed is kept when the promise is fulfilled. */
  change<T, M extends HostMethod>(method: M, args: HostMethods[M], signal?: AbortSignal): Promise<T>;
  /** Of the client. */
  closing: AbortSignal;
  /** Told when the job has ended. */
  onEnd: () => void;
}

/** A file of a job. */
interface Work {
  name: string;
  /** What it is called: its name, or its place in what was given. */
  title: string;
  blob: Blob;
  fraction: number;
}

/** Media on their way into a library. Await it for the result. */
export class MediaJob implements PromiseLike<AddMediaResult> {
  readonly #parts: JobParts;
  readonly #options: AddMediaOptions;
  readonly #stop = new AbortController();
  readonly #outcome: Promise<AddMediaResult>;
  readonly #result: AddMediaResult = { added: [], duplicates: [], failed: [], skipped: [], cancelled: false };
  readonly #current = new Set<Work>();
  /** Fulfilled when the file with this SHA-256 is done, or has failed. */
  readonly #inWork = new Map<string, Promise<void>>();
  #queue: MediaFile[] = [];
  #files = 0;
  #bytes = 0;
  #bytesDone = 0;
  #faces = 0;
  #go: Gate | undefined;
  /** When it began, shifted by the pauses. */
  #begun = performance.now();
  #pausedAt = 0;
  /** It ends, or has ended: there is nothing to pause any more. */
  #isEnding = false;
  #published = performance.now();
  #publishMs = 0;
  #publishing: Promise<void> | undefined;

  /** @internal */
  constructor(files: MediaInput, options: AddMediaOptions, parts: JobParts) {
    this.#parts = parts;
    this.#options = options;
    this.#outcome = this.#run(files).finally(parts.onEnd);
  }

  /** The library that it adds to, where one was named. */
  get library(): string | undefined {
    return this.#options.library;
  }

  /** How far it is. */
  get progress(): AddMediaProgress {
    const { added, duplicates, failed } = this.#result;
    const inWork = [...this.#current].reduce((sum, work) => sum + weightOf(work.blob) * work.fraction, 0);
    const fraction = this.#bytes === 0 ? 0 : Math.min(1, (this.#bytesDone + inWork) / this.#bytes);
    const seconds = ((this.#go === undefined ? performance.now() : this.#pausedAt) - this.#begun) / 1000;
    return {
      files: this.#files,
      done: added.length + duplicates.length + failed.length,
      added: added.length,
      duplicates: duplicates.length,
      failed: failed.length,
      faces: this.#faces,
      fraction,
      secondsLeft: fraction > 0 ? (seconds * (1 - fraction)) / fraction : undefined,
      current: [...this.#current].map(({ title: name, fraction: part }) => ({ name, fraction: part })),
      paused: this.#go !== undefined,
    };
  }

  /** Begins no new file, and looks at no more frames of films, until `resume`. */
  pause(): void {
    if (this.#go !== undefined || this.#isEnding) return;
    this.#go = gate();
    this.#pausedAt = performance.now();
    this.#tell();
  }

  /** Goes on after `pause`. */
  resume(): void {
    if (this.#go === undefined) return;
    this.#begun += performance.now() - this.#pausedAt;
    this.#go.open();
    this.#go = undefined;
    this.#tell();
  }

  /** Ends the job: files that are done stay, those in work are given up. The result says `cancelled`. */
  cancel(): void {
    if (this.#stop.signal.aborted) return;
    this.#result.cancelled = true;
    this.#stop.abort();
  }

  /** The result; rejected where the job could not begin, or its signal or `close` ended it. */
  then<T = AddMediaResult, E = never>(
    onFulfilled?: ((result: AddMediaResult) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return this.#outcome.then(onFulfilled, onRejected);
  }

  /** As of any promise. */
  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<AddMediaResult | E> {
    return this.#outcome.catch(onRejected);
  }

  /** As of any promise. */
  finally(onSettled?: (() => void) | null): Promise<AddMediaResult> {
    return this.#outcome.finally(onSettled);
  }

  async #run(input: MediaInput): Promise<AddMediaResult> {
    const { closing, pool } = this.#parts;
    checkAddMediaOptions(this.#options);
    // At once: a page may empty the list of its input element as soon as this returns.
    const entries = entriesOf(input);
    const { signal, release } = anySignal([this.#options.signal, closing, this.#stop.signal]);
    // Whoever is paused would not see that it ends.
    const end = (): void => {
      this.#isEnding = true;
      this.resume();
    };
    signal.addEventListener('abort', end);
    try {
      // First of all, so that a job that is ended at once can say what it did not do.
      this.#queue = await listMediaFiles(entries);
      this.#files = this.#queue.length;
      this.#bytes = this.#queue.reduce((sum, { blob }) => sum + weightOf(blob), 0);
      if (signal.aborted) throw this.#reason();
      await this.#parts.ask('findMedia', { ...this.#library(), sha256: NO_FILE }, signal);
      this.#begun = performance.now();
      this.#tell();
      const size = pool.size(this.#options.jobs);
      const ended = await Promise.allSettled(Array.from({ length: Math.min(size, this.#files) }, () => this.#work(size, signal)));
      // An engine that did not start leaves its part to the others; where none did, nobody has done it.
      const failure = ended.find((outcome) => outcome.status === 'rejected');
      if (failure !== undefined && (signal.aborted || (this.#queue.length > 0 && this.#result.error === undefined))) throw failure.reason;
    } catch (error) {
      // What `cancel` ended is a result.
      if (!this.#result.cancelled || this.#options.signal?.aborted || closing.aborted) throw this.#asReason(error);
    } finally {
      release();
      end();
    }
    return this.#end();
  }

  /** One engine's part of the files. */
  async #work(limit: number, signal: AbortSignal): Promise<void> {
    const { pool } = this.#parts;
    const engine = await pool.acquire(limit, signal, abortedError);
    try {
      while (!signal.aborted && this.#result.error === undefined) {
        await this.#go?.promise;
        const file = signal.aborted ? undefined : this.#queue.shift();
        if (file === undefined) return;
        await this.#addOne(engine, file, signal);
      }
    } finally {
      pool.release(engine);
    }
  }

  async #addOne(engine: Calls, file: MediaFile, signal: AbortSignal): Promise<void> {
    const work: Work = { name: file.name, title: titleOf(file), blob: file.blob, fraction: 0 };
    this.#current.add(work);
    this.#tell();
    try {
      if (file.error !== undefined) throw file.error;
      await this.#examine(engine, work, signal);
    } catch (error) {
      if (signal.aborted) return this.#skip(file);
      this.#fail(file, toVisavisError(error));
    } finally {
      this.#current.delete(work);
      if (!signal.aborted) this.#bytesDone += weightOf(file.blob);
      this.#tell();
    }
    await this.#publishNowAndThen();
  }

  async #examine(engine: Calls, work: Work, signal: AbortSignal): Promise<void> {
    const { name, blob } = work;
    const examined = await run<ExaminedFile, 'examineFile'>(engine, 'examineFile', { blob, name }, signal);
    const { sha256 } = examined;
    // A copy waits for the file that is in work: where that one fails, it is tried by itself.
    while (this.#inWork.has(sha256)) await this.#inWork.get(sha256);
    if (signal.aborted) throw abortedError();
    const { promise, open } = gate();
    this.#inWork.set(sha256, promise);
    try {
      await this.#index(engine, work, examined, signal);
    } finally {
      this.#inWork.delete(sha256);
      open();
    }
  }

  async #index(engine: Calls, work: Work, { container, sha256 }: ExaminedFile, signal: AbortSignal): Promise<void> {
    const { name, title, blob } = work;
    const { mediaId, indexed } = await this.#parts.ask<{ mediaId: string; indexed: boolean }, 'findMedia'>('findMedia', { ...this.#library(), sha256 }, signal);
    if (indexed) return void this.#result.duplicates.push({ name: title, mediaId });
    const { thumbnails = true, framesPerSecond = FRAMES_PER_SECOND } = this.#options;
    const found =
      container === undefined
        ? await run<IndexedFile, 'indexPhoto'>(engine, 'indexPhoto', { blob, name, sha256, thumbnails }, signal)
        : await indexFilm(engine, { blob, name, sha256, container, thumbnails, framesPerSecond }, signal, (fraction) => this.#advance(work, fraction));
    const { record, thumbnails: pictures, faces, name: path } = found;
    // From here on it is not given up: the library has it, or it has not.
    const { added } = await this.#parts.change<{ added: boolean }, 'addMedia'>('addMedia', { ...this.#library(), record, thumbnails: pictures });
    if (!added) return void this.#result.duplicates.push({ name: title, mediaId });
    this.#faces += faces;
    this.#result.added.push({ name: path, mediaId, kind: container === undefined ? 'photo' : 'video', faces });
  }

  /** A film is so far; pauses where that is wanted. */
  async #advance(work: Work, fraction: number): Promise<void> {
    work.fraction = fraction;
    this.#tell();
    await this.#go?.promise;
  }

  #fail(file: MediaFile, thrown: VisavisError): void {
    if (thrown.code === 'ClientClosed') return;
    const error = file.name === '' ? placed(thrown, file.place) : thrown;
    this.#result.failed.push({ name: titleOf(file), error });
    if (FATAL.has(error.code)) this.#result.error ??= error;
  }

  #skip(file: MediaFile): void {
    this.#result.skipped.push(titleOf(file));
  }

  /** Puts what was added into the tables, unless that was done a moment ago. */
  async #publishNowAndThen(): Promise<void> {
    const pause = Math.max(PUBLISH_PAUSE_MS, this.#publishMs / PUBLISH_SHARE);
    if (performance.now() - this.#published < pause || this.#queue.length === 0) return;
    this.#publishing ??= this.#publish().finally(() => {
      this.#publishing = undefined;
    });
    await this.#publishing.catch((error: unknown) => {
      this.#result.error ??= toVisavisError(error);
    });
  }

  async #publish(): Promise<void> {
    const begun = performance.now();
    await this.#parts.change('publishMedia', { ...this.#library(), discover: false });
    this.#published = performance.now();
    this.#publishMs = this.#published - begun;
  }

  async #end(): Promise<AddMediaResult> {
    for (const file of this.#queue.splice(0)) this.#skip(file);
    try {
      await this.#parts.change('publishMedia', { ...this.#library(), discover: true });
    } catch (error) {
      if (this.#parts.closing.aborted) throw clientClosedError();
      // What was added is kept; it gets into the tables with the next change.
      this.#result.error ??= toVisavisError(error);
    }
    if (this.#options.signal?.aborted) throw abortedError();
    return this.#result;
  }

  /** Why it ends, other than by `cancel`. */
  #reason(): VisavisError {
    return this.#parts.closing.aborted ? clientClosedError() : abortedError();
  }

  #asReason(error: unknown): VisavisError {
    const known = toVisavisError(error);
    return known.code === 'Aborted' ? this.#reason() : known;
  }

  #library(): { library?: string } {
    const { library } = this.#options;
    return library === undefined ? {} : { library };
  }

  #tell(): void {
    try {
      this.#options.onProgress?.(this.progress);
    } catch (error) {
      // Seen in the console and by the page's own error handlers; the job goes on.
      globalThis.reportError?.(error);
    }
  }
}

/** What is waited for until somebody opens it. */
interface Gate {
  promise: Promise<void>;
  open: () => void;
}

function gate(): Gate {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

function titleOf({ name, place }: MediaFile): string {
  return name || place;
}

/** The error of a file without a name, which the engine called by its contents. */
function placed(error: VisavisError, place: string): VisavisError {
  if (!/^(Image|Video|Io)/.test(error.code)) return error;
  return new VisavisError({ ...error.toJSON(), message: error.message.replace(/^[^:]*/, place), cause: error });
}

function weightOf(blob: Blob): number {
  return blob.size + BYTES_A_FILE;
}
