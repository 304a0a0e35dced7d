/**
 * Libraries of the page's own, as the client has them: changed one at a time, each change on what other clients of the same name left,
 * and taken elsewhere, brought back and deleted as a whole.
 */

import type { Calls, Prepare } from './calls.js';
import { checkCallOptions, checkNames, checkObject } from './checks.js';
import { exclusively } from './edits.js';
import { VisavisError, abortedError, clientClosedError, engineCrashedError, errorData, invalidParameter, toVisavisError } from './errors.js';
import { writeFolder, writeZip } from './export.js';
import { isA } from './images.js';
import type { LibraryFile } from './import.js';
import { tooLargeToImport } from './library-files.js';
import { readFolder, readZip } from './import.js';
import type { HostConfig, HostMethod, HostMethods } from './protocol.js';
import { anySignal } from './signals.js';
import type { State, Warn } from './state.js';
import type { DeleteMediaRequest, DeleteMediaResponse, ExportOptions, ImportOptions, ImportResult } from './transfer-types.js';
import type { CallOptions } from './types.js';

/** What another tab changed is read so much later, so that one which adds many photos is not kept waiting by each tab at each of them. */
const REFRESH_PAUSE_MS = 250;

/** What own libraries need of their client. */
export interface OwnParts {
  calls: Calls;
  state: State;
  /** Fires when the client is closed. */
  closing: AbortSignal;
  libraries: HostConfig['libraries'];
  warn: Warn;
}

/** The own libraries of one client. */
export class OwnLibraries {
  readonly #parts: OwnParts;
  #refreshing: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: OwnParts) {
    this.#parts = parts;
  }

  /** Another client of the same name changed an own library: takes it as it is in a moment. Of many changes not each is read. */
  refresh(): void {
    this.#refreshing ??= setTimeout(() => void this.#refresh(), REFRESH_PAUSE_MS);
  }

  async #refresh(): Promise<void> {
    const { calls, state, closing, warn } = this.#parts;
    const work = async (): Promise<void> => {
      // What changes from here on is another reason.
      this.#refreshing = undefined;
      calls.restore(await state.refreshOwn());
    };
    try {
      await exclusively(state.name ?? '', closing, work);
    } catch (error) {
      // Before the next change of a library it is read again anyway.
      if (!closing.aborted) warn(toVisavisError(error));
    }
  }

  /** Runs a change of an own library; where that is kept, on what other clients of the same name left, and written before the next one begins. */
  async edit<T>(options: Pick<CallOptions, 'signal'>, run: () => Promise<T>): Promise<T> {
    const { calls, state, closing } = this.#parts;
    const { name } = state;
    if (name === undefined) return run();
    checkCallOptions(options);
    if (closing.aborted) return run();
    const { signal, release } = anySignal([options.signal, closing]);
    try {
      return await new Promise<T>((resolve, reject) => {
        const work = async (): Promise<T> => {
          calls.restore(await state.refreshOwn());
          try {
            return await run();
          } catch (error) {
            // The caller is told at once; the others wait until the engine has let go of it.
            if (signal.aborted) reject(error);
            throw error;
          } finally {
            await calls.answered();
            await state.settled();
          }
        };
        exclusively(name, signal, work).then(resolve, (error: unknown) => reject(reasonOf(error, closing, options.signal)));
      });
    } finally {
      release();
    }
  }

  /** A call of the host that changes an own library. */
  change<T, M extends HostMethod>(method: M, args: HostMethods[M], options: CallOptions): Promise<T> {
    return this.edit(options, () => this.#call<T, M>(method, args, options));
  }

  /** Removes media. */
  async deleteMedia(request: DeleteMediaRequest, options: CallOptions): Promise<DeleteMediaResponse> {
    checkObject('request', request);
    checkNames(request, { MediaIds: true, SearchLibName: true });
    const { MediaIds, SearchLibName: library } = request;
    if (!Array.isArray(MediaIds) || MediaIds.length === 0 || MediaIds.some((id) => typeof id !== 'string')) {
      throw invalidParameter('MediaIds', 'a list of texts that is not empty is wanted');
    }
    checkLibrary('SearchLibName', library);
    type Removed = { mediaIds: string[]; unknownMediaIds: string[]; faceIds: string[]; entityIds: string[] };
    const removed = await this.change<Removed, 'removeMedia'>('removeMedia', { ...named(library), mediaIds: MediaIds }, options);
    const { mediaIds, unknownMediaIds, faceIds, entityIds } = removed;
    return { MediaIds: mediaIds, UnknownMediaIds: unknownMediaIds, FaceIds: faceIds, EntityIds: entityIds };
  }

  /** Writes a library into a zip or a folder. */
  async exportLibrary(options: ExportOptions): Promise<Blob | undefined> {
    const { library, to, signal, onProgress } = checked(options, { library: true, to: true });
    const isFolder = isHandle(to);
    if (to !== undefined && !isFolder && typeof (to as Partial<WritableStream>).getWriter !== 'function') throw invalidParameter('to', 'a folder or a WritableStream is wanted');
    if (!isFolder && (to as WritableStream | undefined)?.locked === true) throw invalidParameter('to', 'the stream is locked: somebody writes to it already');
    const files = await this.edit({ signal }, () => this.#files(library)).catch(async (error: unknown) => {
      // Whoever reads what is written hears of it, too.
      if (!isFolder) await (to as WritableStream | undefined)?.abort(error).catch(() => undefined);
      throw error;
    });
    const tooLarge = tooLargeToImport(files.map(({ bytes }) => bytes.byteLength));
    if (tooLarge !== undefined) this.#parts.warn(tooLarge);
    if (isFolder) return void (await writeFolder(files, to as FileSystemDirectoryHandle, { signal, onProgress }));
    return writeZip(files, to as WritableStream<Uint8Array> | undefined, { signal, onProgress });
  }

  /** Puts the library of a zip or a folder in the place of one. */
  async importLibrary(source: Blob | FileSystemDirectoryHandle, options: ImportOptions): Promise<ImportResult> {
    const { library, replace = false, signal, onProgress } = checked(options, { library: true, replace: true });
    if (typeof replace !== 'boolean') throw invalidParameter('replace', 'true or false is wanted');
    const isFolder = isHandle(source);
    if (!isFolder && !isA(source, 'Blob')) throw invalidParameter('source', 'a Blob, a File or a folder is wanted');
    // Before anything is unpacked: whether it may come in at all.
    await this.edit({ signal }, () => this.#call('checkImport', { ...named(library), replace }, signal === undefined ? {} : { signal }));
    const files = isFolder ? await readFolder(source as FileSystemDirectoryHandle, { signal, onProgress }) : await readZip(source as Blob, { signal, onProgress });
    // From here on it is not given up: the library is replaced, or it is not. What was added to the former one is in its tables first, so
    // that it is whole, too, until it is replaced.
    return this.edit({ signal }, async () => {
      if (replace) await this.#call('publishMedia', { ...named(library), discover: false }, {});
      return this.#parts.calls.call('importLibrary', {}, handedOver(files, (packed) => ({ ...named(library), files: packed, replace })));
    });
  }

  /** Deletes a library: its files and what is in memory of it; answers whether there was something. Needs no engine that can read it. */
  async deleteLibrary(name: string): Promise<boolean> {
    const { calls, state, libraries, closing } = this.#parts;
    if (typeof name !== 'string' || name === '') throw invalidParameter('name', 'the name of a library is wanted');
    if (libraries.some((library) => library.name === name && library.url !== undefined)) {
      const message = `library ${JSON.stringify(name)} is one of published files: there is nothing of it here that could be deleted`;
      throw new VisavisError({ code: 'LibraryReadOnly', message, parameter: 'name' });
    }
    if (calls.closed) throw clientClosedError();
    const drop = async (): Promise<boolean> => {
      await calls.answered();
      const { changes, wasThere } = await state.dropLibrary(name);
      calls.restore(changes);
      return wasThere;
    };
    if (state.name === undefined) return drop();
    return exclusively(state.name, closing, drop).catch((error: unknown) => {
      throw reasonOf(error, closing, undefined);
    });
  }

  /** The files of a library with all that was added to it, sorted by name. */
  async #files(library: string | undefined): Promise<LibraryFile[]> {
    const listed = await this.#call<{ name: string; bytes?: Uint8Array }[], 'ownFiles'>('ownFiles', named(library), {});
    const own = library ?? this.#parts.libraries.find(({ url }) => url === undefined)?.name ?? '';
    const pictures = this.#parts.state.filesOf(own);
    const files = listed.flatMap(({ name, bytes = pictures.get(name) }) => (bytes === undefined ? [] : [{ name, bytes }]));
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #call<T, M extends HostMethod>(method: M, args: HostMethods[M], options: CallOptions): Promise<T> {
    return this.#parts.calls.call(method, options, async () => ({ args, transfer: [] }));
  }
}

/** What ended by `close` was not aborted by its caller. */
export function reasonOf(error: unknown, closing: AbortSignal, asked: AbortSignal | undefined): unknown {
  return closing.aborted && asked?.aborted !== true && errorData(error)?.code === 'Aborted' ? clientClosedError() : error;
}

/**
 * Sends files to a worker without a copy that stays here: put together in one buffer, which is handed over. After a crash of the engine they
 * are gone, so the call is not repeated then.
 */
function handedOver(files: LibraryFile[], args: (files: LibraryFile[]) => HostMethods['importLibrary']): Prepare {
  let isGone = false;
  return async ({ crossesThreads }) => {
    if (isGone) throw engineCrashedError('perhaps another call was the cause; nothing was imported');
    if (!crossesThreads) return { args: args(files), transfer: [] };
    isGone = true;
    const all = new Uint8Array(files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
    let at = 0;
    // Each is let go of as soon as it is copied.
    const packed = files.splice(0).map(({ name, bytes }) => {
      all.set(bytes, at);
      at += bytes.byteLength;
      return { name, bytes: all.subarray(at - bytes.byteLength, at) };
    });
    return { args: args(packed), transfer: [all.buffer] };
  };
}

function named(library: string | undefined): { library?: string } {
  return library === undefined ? {} : { library };
}

function isHandle(value: unknown): boolean {
  return (value as { kind?: unknown } | undefined)?.kind === 'directory';
}

/** Options of an export or import, checked. */
function checked<O extends ExportOptions | ImportOptions>(options: O, own: object): O {
  checkCallOptions(options as CallOptions);
  checkNames(options, { ...own, signal: true, onProgress: true });
  checkLibrary('library', options.library);
  if (options.signal?.aborted) throw abortedError();
  return options;
}

function checkLibrary(parameter: string, library: unknown): void {
  if (library !== undefined && typeof library !== 'string') throw invalidParameter(parameter, 'the name of a library is wanted');
}
