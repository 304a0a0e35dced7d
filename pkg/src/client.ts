/**
 * The client: every operation as a method. Requests are prepared here (requests.ts) and sent (calls.ts); tasks are driven (tasks.ts).
 */

import { MediaJob } from './add-media.js';
import type { AddMediaOptions } from './add-media-types.js';
import { Calls } from './calls.js';
import { Watcher } from './camera.js';
import type { WatchCallback, WatchOptions } from './camera-types.js';
import { callOptions, checkCallOptions, checkNotificationOption } from './checks.js';
import { EDITS } from './edits.js';
import { abortedError, clientClosedError, invalidParameter } from './errors.js';
import { handleRequest } from './http.js';
import { pageBaseUrl, prepareImage } from './images.js';
import type { PrepareContext, PreparedImage } from './images.js';
import { keepSources } from './keep.js';
import type { Connect, Link } from './link.js';
import type { MediaInput } from './media-files.js';
import { notify } from './notify.js';
import { OwnLibraries, reasonOf } from './own.js';
import { Pool } from './pool.js';
import type { HostConfig, OperateOptions } from './protocol.js';
import type { SideImage } from './requests.js';
import { prepareRequest } from './requests.js';
import { anySignal, untilAborted } from './signals.js';
import type { OpenedState, Warn } from './state.js';
import { State } from './state.js';
import { TaskDriver } from './tasks.js';
import type * as transfer from './transfer-types.js';
import type * as types from './types.js';
import type { CallOptions, ClientOptions, ImageInput } from './types.js';
import type * as wire from './wire.js';

/** What a client is made of. @internal */
export interface ClientParts {
  config: HostConfig;
  connect: Connect;
  onProgress?: ClientOptions['onProgress'];
  resolve?: ClientOptions['resolve'];
  onNotification?: ClientOptions['onNotification'];
  notificationUrls?: readonly string[];
  /** Default: `Date.now`. */
  now?: () => number;
  warn?: Warn;
  opened?: OpenedState;
  /** Whether `file:` URLs are images. */
  readsFiles?: boolean;
}

/** Searches and compares faces. Made by `createClient`. */
export class Client {
  readonly #parts: ClientParts;
  readonly #state: State;
  readonly #calls: Calls;
  readonly #driver: TaskDriver;
  readonly #closing = new AbortController();
  readonly #own: OwnLibraries;
  #pool: Pool | undefined;
  /** Those that have not ended. */
  readonly #jobs = new Set<MediaJob>();
  #resuming: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor(parts: ClientParts) {
    this.#parts = parts;
    const state = parts.opened?.state ?? new State();
    this.#state = state;
    const { config, connect, onProgress } = parts;
    const calls = new Calls({ config, connect, state, onProgress, warn: parts.warn ?? consoleWarn });
    this.#calls = calls;
    const { libraries } = config;
    this.#own = new OwnLibraries({ calls, state, closing: this.#closing.signal, libraries, warn: parts.warn ?? consoleWarn });
    this.#driver = new TaskDriver({
      operate: (operation, request, side) => this.#operate(operation, request, {}, side, true),
      idle: (limitMs) => calls.idle(limitMs),
      notify: (notification, listener) => {
        const { onNotification, notificationUrls: urls = [], warn = consoleWarn } = parts;
        void notify(notification, { listeners: [listener, onNotification], urls, fetch: config.fetch ?? globalThis.fetch, warn });
      },
      refresh: async () => calls.restore(await state.refresh()),
      warn: parts.warn ?? consoleWarn,
      name: state.name,
      shelf: state.shelf,
    });
    state.onRemote = (changes, ownChanged) => {
      calls.restore(changes);
      if (ownChanged) this.#own.refresh();
      // Another client may have created a task: wait for its turn to be driven here, should that client go.
      this.#resuming ??= setTimeout(() => {
        this.#resuming = undefined;
        if (!this.closed) void this.#driver.resume();
      }, 100);
    };
  }

  /** True after `close`. */
  get closed(): boolean {
    return this.#calls.closed;
  }

  /** Finds the media that show the person of a photo. */
  searchMediaByFace(request: types.SearchMediaByFaceRequest, options: types.SearchOptions = {}): Promise<wire.SearchMediaByFaceResponse> {
    return this.#operate('SearchMediaByFace', request, options);
  }

  /** Where in one media the person is seen whose photo the token of a search stands for. */
  searchMediaClipByFace(
    request: wire.SearchMediaClipByFaceRequest,
    options: types.SearchClipOptions = {},
  ): Promise<wire.SearchMediaClipByFaceResponse> {
    return this.#operate('SearchMediaClipByFace', request, options);
  }

  /** Finds media by their titles, tags, times, texts and labels. */
  searchMedia(request: wire.SearchMediaRequest, options: types.SearchMediaOptions = {}): Promise<wire.SearchMediaResponse> {
    return this.#operate('SearchMedia', request, options);
  }

  /** How much all faces of a library look like the person of a photo: what searches with any threshold would find. */
  similarities(request: types.SearchMediaByFaceRequest, options: Omit<types.SearchOptions, 'scores'> = {}): Promise<wire.Similarities> {
    return this.#operate('similarities', request, options);
  }

  /** The faces of a library as points of the plane, those that are alike near to each other. */
  mapFaces(request: wire.MapFacesRequest = {}, options: CallOptions = {}): Promise<wire.FaceMap> {
    return this.#operate('mapFaces', request, options);
  }

  /** Begins to search with many photos, in the background of the page. `getTask` tells how far it is. */
  async createFacesSearchingTask(
    request: types.CreateFacesSearchingTaskRequest,
    options: types.TaskOptions = {},
  ): Promise<wire.CreateFacesSearchingTaskResponse> {
    checkCallOptions(options);
    checkNotificationOption(options);
    if (this.closed) throw clientClosedError();
    if (options.signal?.aborted === true) throw abortedError();
    const kept = await this.#untilEnded(keepSources(request, (parameter) => this.#imageContext(parameter)), options.signal);
    const answer = await this.#operate<wire.CreateFacesSearchingTaskResponse>('CreateFacesSearchingTask', kept.request, options);
    this.#driver.created(answer.TaskId, kept, options.onNotification);
    // Whoever has the answer may close the page.
    await this.#state.shelf?.settled();
    return answer;
  }

  /** How far a task is. */
  getTask(request: wire.GetTaskRequest, options: CallOptions = {}): Promise<wire.GetTaskResponse> {
    return this.#operate('GetTask', request, options);
  }

  /** The tasks of a project. */
  listTasks(request: wire.ListTasksRequest, options: CallOptions = {}): Promise<wire.ListTasksResponse> {
    return this.#operate('ListTasks', request, options);
  }

  /** What a task found so far. */
  getFacesSearchingResult(request: { TaskId: string }, options: CallOptions = {}): Promise<wire.FacesSearchingResult> {
    return this.#operate('GetFacesSearchingResult', request, options);
  }

  /** The pictures of a person's faces. */
  getPersonFacesInfo(request: types.GetPersonFacesInfoRequest, options: CallOptions = {}): Promise<wire.GetPersonFacesInfoResponse> {
    return this.#operate('GetFaces', request, options);
  }

  /** Adds a person to a library of the page's own. */
  addPerson(request: wire.AddPersonRequest, options: CallOptions = {}): Promise<wire.AddPersonResponse> {
    return this.#operate('AddPerson', request, options);
  }

  /** Changes what is known of a person. */
  setPerson(request: wire.SetPersonRequest, options: CallOptions = {}): Promise<wire.SetPersonResponse> {
    return this.#operate('SetPerson', request, options);
  }

  /** Deletes a person. */
  deletePerson(request: wire.DeletePersonRequest, options: CallOptions = {}): Promise<wire.DeletePersonResponse> {
    return this.#operate('DeletePerson', request, options);
  }

  /** What is known of a person. */
  getPerson(request: wire.GetPersonRequest, options: CallOptions = {}): Promise<wire.GetPersonResponse> {
    return this.#operate('GetPerson', request, options);
  }

  /** The persons of a group. */
  getPersons(request: wire.GetPersonsRequest, options: CallOptions = {}): Promise<wire.GetPersonsResponse> {
    return this.#operate('GetPersons', request, options);
  }

  /** All persons of a library. */
  listPersons(request: wire.ListPersonsRequest, options: CallOptions = {}): Promise<wire.ListPersonsResponse> {
    return this.#operate('ListPersons', request, options);
  }

  /** The groups of a library. */
  getGroups(request: wire.GetGroupsRequest, options: CallOptions = {}): Promise<wire.GetGroupsResponse> {
    return this.#operate('GetGroups', request, options);
  }

  /** Puts a person into groups. */
  addGroups(request: wire.AddGroupsRequest, options: CallOptions = {}): Promise<wire.AddGroupsResponse> {
    return this.#operate('AddGroups', request, options);
  }

  /** Takes a person out of groups. */
  deleteGroups(request: wire.DeleteGroupsRequest, options: CallOptions = {}): Promise<wire.DeleteGroupsResponse> {
    return this.#operate('DeleteGroups', request, options);
  }

  /** Adds faces to a person, one of each photo. */
  addFaces(request: types.AddFacesRequest, options: CallOptions = {}): Promise<wire.AddFacesResponse> {
    return this.#operate('AddFaces', request, options);
  }

  /** Makes faces that the library has already, anybody's or nobody's, those of a person. */
  assignFaces(request: types.AssignFacesRequest, options: CallOptions = {}): Promise<wire.AddFacesResponse> {
    return this.#operate('AssignFaces', request, options);
  }

  /** Deletes faces of a person. */
  deleteFaces(request: types.DeleteFacesRequest, options: CallOptions = {}): Promise<wire.DeleteFacesResponse> {
    return this.#operate('DeleteFaces', request, options);
  }

  /** Makes one person of several. */
  mergePersons(request: wire.MergePersonsRequest, options: CallOptions = {}): Promise<wire.MergePersonsResponse> {
    return this.#operate('MergePersons', request, options);
  }

  /** Undoes `mergePersons`: the others are persons again, with what they brought. */
  unmergePersons(request: wire.UnmergePersonsRequest, options: CallOptions = {}): Promise<wire.UnmergePersonsResponse> {
    return this.#operate('UnmergePersons', request, options);
  }

  /** Makes another person, without a name, of some faces of a person. */
  splitPerson(request: types.SplitPersonRequest, options: CallOptions = {}): Promise<wire.SplitPersonResponse> {
    return this.#operate('SplitPerson', request, options);
  }

  /**
   * Adds photos and films to a library of the page's own: their faces are looked for by several engines beside each other. Await the
   * job for its result; `pause`, `resume` and `cancel` are methods of it.
   */
  addMedia(files: MediaInput, options: AddMediaOptions = {}): MediaJob {
    const { config, connect } = this.#parts;
    const closing = this.#closing.signal;
    this.#pool ??= new Pool({ config, connect, here: this.#calls.crossesThreads ? undefined : this.#calls, closing });
    const job = new MediaJob(files, options, {
      pool: this.#pool,
      ask: (method, args, signal) => this.#calls.call(method, { signal }, async () => ({ args, transfer: [] })),
      change: (method, args, signal) => this.#own.change(method, args, signal === undefined ? {} : { signal }),
      closing,
      onEnd: () => this.#jobs.delete(job),
    });
    this.#jobs.add(job);
    return job;
  }

  /** Follows the faces of a camera or a film as it plays, and searches for them. The callback is told of each picture that was looked at. */
  watch(source: HTMLVideoElement | MediaStream, callback: WatchCallback, options: WatchOptions = {}): Watcher {
    if (this.closed) throw clientClosedError();
    return new Watcher(source, callback, options, {
      frame: (prepare, signal) =>
        this.#calls.call('watchFrame', { signal }, async () => {
          const args = await prepare();
          return { args, transfer: args.image.kind === 'bitmap' ? [args.image.bitmap] : [] };
        }),
      end: (watch) => this.#calls.call('endWatch', {}, async () => ({ args: { watch }, transfer: [] })),
      closing: this.#closing.signal,
    });
  }

  /** Removes photos and films from a library of the page's own, with their faces and pictures. */
  deleteMedia(request: transfer.DeleteMediaRequest, options: CallOptions = {}): Promise<transfer.DeleteMediaResponse> {
    return this.#own.deleteMedia(request, options);
  }

  /** Writes a library of the page's own into a zip, or into a folder: the files that the command line would make. */
  exportLibrary(options: transfer.ExportOptions & { to: object }): Promise<void>;
  exportLibrary(options?: transfer.ExportOptions): Promise<Blob>;
  exportLibrary(options: transfer.ExportOptions = {}): Promise<Blob | void> {
    return this.#own.exportLibrary(options);
  }

  /** Puts the library of a zip or a folder in the place of one of the page's own. Everything is checked before anything is changed. */
  importLibrary(source: Blob | FileSystemDirectoryHandle, options: transfer.ImportOptions = {}): Promise<transfer.ImportResult> {
    return this.#own.importLibrary(source, options);
  }

  /**
   * Deletes a library of the page's own, also one that cannot be read; what this client is adding to it is cancelled first. Answers
   * whether there was anything of it.
   */
  async deleteLibrary(name: string): Promise<boolean> {
    const first = this.#parts.config.libraries.find(({ url }) => url === undefined)?.name;
    const jobs = [...this.#jobs].filter(({ library = first }) => library === name);
    for (const job of jobs) job.cancel();
    await Promise.allSettled(jobs);
    return this.#own.deleteLibrary(name);
  }

  /** Forgets a face-search token and its embedding; true when it was known. */
  async forget(token: string, options: CallOptions = {}): Promise<boolean> {
    if (typeof token !== 'string') throw invalidParameter('token', `expected a text, not ${typeof token}`);
    return this.#operate('forgetToken', { token }, options);
  }

  /** The faces of a picture. */
  detectFaces(image: ImageInput, options: types.DetectOptions = {}): Promise<types.DetectResult> {
    return this.#ofPicture('detectFaces', image, options);
  }

  /** The faces of a picture with their embeddings. */
  embedFaces(image: ImageInput, options: types.DetectOptions = {}): Promise<types.EmbedResult> {
    return this.#ofPicture('embedFaces', image, options);
  }

  /** Whether the largest faces of two pictures are of the same person. */
  compareFaces(a: ImageInput, b: ImageInput, options: types.CompareOptions = {}): Promise<types.CompareResult> {
    return this.#calls.call('compareFaces', options, async (link) => {
      const sent = callOptions('compareFaces', options);
      const imageA = await this.#prepareImage(a, 'image a', link);
      const imageB = await this.#prepareImage(b, 'image b', link);
      return {
        args: { a: imageA.image, b: imageB.image, options: sent },
        transfer: [...imageA.transfer, ...imageB.transfer],
      };
    });
  }

  /** Downloads a library now, so that its first search need not; of one that is probed, all but its shards. Default: the first library. */
  openLibrary(name?: string, options: CallOptions = {}): Promise<types.LibraryStats> {
    return this.#calls.call('openLibrary', options, async () => {
      callOptions('openLibrary', options);
      if (name !== undefined && typeof name !== 'string') throw invalidParameter('name', `expected the name of a library, not ${typeof name}`);
      return { args: name === undefined ? {} : { name }, transfer: [] };
    });
  }

  /** What this client has done and holds. */
  async stats(options: CallOptions = {}): Promise<types.Stats> {
    const prepare = async (): Promise<{ args: Record<string, never>; transfer: [] }> => {
      callOptions('stats', options);
      return { args: {}, transfer: [] };
    };
    const ofEngine = await this.#calls.call<Omit<types.Stats, 'build' | 'worker' | 'restarts' | 'storage'>>('stats', options, prepare);
    const { build } = this.#parts.config;
    return { ...ofEngine, build, worker: this.#calls.crossesThreads, restarts: this.#calls.restarts, storage: this.#state.storage };
  }

  /**
   * Answers a request of the vendor's HTTP protocol, as its SDKs send them: `Action=...` in the query, the form or the header
   * `x-acs-action`, and `POST /green/sface/...`. Never rejects: errors are responses too.
   */
  handle(request: Request): Promise<Response> {
    return handleRequest(request, (operation, parameters, options) => this.operate(operation, parameters, options));
  }

  /** Ends the client and its worker. Calls in flight are rejected with code `ClientClosed`; tasks that are kept go on with the next client. */
  close(): void {
    clearTimeout(this.#resuming);
    this.#closing.abort();
    this.#pool?.close();
    this.#driver.close();
    this.#calls.close();
    this.#state.close();
  }

  /** An operation by its name on the wire. @internal */
  operate(operation: string, request: object, options: types.SearchMediaOptions = {}): Promise<unknown> {
    if (operation !== 'CreateFacesSearchingTask') return this.#operate(operation, request, options);
    return this.createFacesSearchingTask(request as types.CreateFacesSearchingTaskRequest, options);
  }

  /** Crashes the engine, as a defect would. @internal */
  panicForTest(): Promise<never> {
    return this.#calls.call('panicForTest', {}, async () => ({ args: {}, transfer: [] }));
  }

  /** Starts the engine. @internal */
  async start(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#calls.start(signal);
    } catch (error) {
      this.close();
      throw error;
    }
    void this.#driver.resume(this.#parts.opened?.sourceTasks);
  }

  #operate<T>(operation: string, request: object, options: CallOptions, side?: SideImage, background = false): Promise<T> {
    const run = (): Promise<T> => this.#send(operation, request, options, side, background);
    return EDITS.has(operation) ? this.#own.edit(options, run) : run();
  }

  /** Waits for something beside the engine, no longer than the caller's signal and `close` let it. */
  async #untilEnded<T>(promise: Promise<T>, asked: AbortSignal | undefined): Promise<T> {
    const { signal, release } = anySignal([asked, this.#closing.signal]);
    try {
      return await untilAborted(promise, signal, abortedError);
    } catch (error) {
      throw reasonOf(error, this.#closing.signal, asked);
    } finally {
      release();
    }
  }

  #send<T>(operation: string, request: object, options: CallOptions, side: SideImage | undefined, background: boolean): Promise<T> {
    return this.#calls.call(
      'operate',
      options,
      (link) => {
        const { now = Date.now } = this.#parts;
        const beside: OperateOptions = { ...callOptions(operation, options), nowMs: now() };
        return prepareRequest(operation, request, beside, (input, parameter) => this.#prepareImage(input, parameter, link), side);
      },
      background,
    );
  }

  #ofPicture<T>(method: 'detectFaces' | 'embedFaces', image: ImageInput, options: types.DetectOptions): Promise<T> {
    return this.#calls.call(method, options, async (link) => {
      const sent = callOptions(method, options);
      const prepared = await this.#prepareImage(image, 'image', link);
      return { args: { image: prepared.image, options: sent }, transfer: prepared.transfer };
    });
  }

  #prepareImage(input: ImageInput, parameter: string, link: Link): Promise<PreparedImage> {
    return prepareImage(input, { ...this.#imageContext(parameter), copy: link.crossesThreads });
  }

  #imageContext(parameter: string): Omit<PrepareContext, 'copy'> {
    const { config, resolve, readsFiles = false } = this.#parts;
    const context = { parameter, baseUrl: pageBaseUrl(), maxPixels: config.maxPixels, readsFiles };
    return resolve === undefined ? context : { ...context, resolve };
  }
}

function consoleWarn(warning: Error): void {
  console.warn(`visavis: ${warning.message}`);
}
