/**
 * Runs the engine and answers messages: in a worker (worker.ts), or on the page's own thread.
 *
 * A panic is fatal for WebAssembly, and the promise of the call that panicked never settles. So the host says `crashed`, once, and is
 * silent from then on; the page (client.ts) replaces it.
 */

import { WATCH_OPERATIONS } from './camera-host.js';
import { specOfForeignUrl, toImageSpec } from './decode.js';
import { EarlyFiles } from './early.js';
import { EDITS } from './edits.js';
import type { ErrorData } from './errors.js';
import { VisavisError, abortedError, describe, errorData, toVisavisError } from './errors.js';
import { PACKAGE_MODELS } from './generated.js';
import { libraryOf } from './own-place.js';
import { MEDIA_OPERATIONS } from './pool-host.js';
import type { MediaMethod } from './pool-host.js';
import type { FromHost, HostConfig, HostMethod, HostMethods, StateChange, ToHost, WireImage, WireModel } from './protocol.js';
import { isTrap } from './traps.js';
import type { Progress } from './types.js';
import type { Engine } from './wasm.js';
import { loadEngine } from './wasm.js';
import type { ImageSpec, WebClient } from './wasm/glue.js';

/** Sends a message to the page. */
export type Post = (message: FromHost) => void;

/** What a started host works with. */
interface Running {
  engine: Engine;
  client: WebClient;
}

/** The engine of one client. */
export class Host {
  readonly #post: Post;
  readonly #calls = new Map<number, AbortController>();
  readonly #starting = new AbortController();
  #config: HostConfig | undefined;
  #running: Promise<Running> | undefined;
  /** The compiled engine that the page sends, where it does. */
  #module: Promise<WebAssembly.Module | undefined> | undefined;
  #takeModule: ((module: WebAssembly.Module | undefined) => void) | undefined;
  /** What a call changed of an own library that has not ended yet, while another one ended. */
  #held: StateChange[] = [];
  /** How many calls that may change an own library are in work. */
  #edits = 0;
  #silent = false;
  #dead = false;
  #stopped = false;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Takes a message of the page. */
  receive(message: ToHost): void {
    switch (message.kind) {
      case 'start':
        if (message.compiled === true) this.#module = new Promise((resolve) => (this.#takeModule = resolve));
        void this.#start(message.config, message.state);
        return;
      case 'module':
        this.#takeModule?.(message.module);
        return;
      case 'call':
        void this.#call(message);
        return;
      case 'restore':
        void this.#restore(message.changes);
        return;
      case 'abort':
        this.#calls.get(message.id)?.abort();
        return;
      case 'stop':
        this.#stop();
        return;
    }
  }

  async #start(config: HostConfig, state: StateChange[]): Promise<void> {
    this.#config = config;
    this.#running = this.#open(config, state);
    try {
      await this.#running;
      this.#send({ kind: 'started' });
    } catch (error) {
      if (isTrap(error)) this.#crash(describe(error));
      else this.#send({ kind: 'startFailed', error: dataOf(error) });
    }
  }

  async #open(config: HostConfig, state: StateChange[]): Promise<Running> {
    const onProgress = (progress: Progress): void => this.#send({ kind: 'progress', progress });
    const signal = this.#starting.signal;
    const { build, wasmUrl: url, cache, timeoutMs, fetch } = config;
    const loading = loadEngine({ build, url, cache, timeoutMs, onProgress, signal, fetch, module: this.#module });
    const early = new EarlyFiles(Object.values(engineModels(config.models)), cache, fetch);
    try {
      const engine = await loading;
      performance.mark('visavis: engine');
      if (signal.aborted) throw abortedError();
      engine.onDeath.add(this.#crash);
      const onEngineProgress = (progress: Progress): void => {
        engine.learnFrames();
        onProgress(progress);
      };
      const client = await engine.glue.WebClient.create(engineConfig(config, early.fetch), onEngineProgress, signal);
      performance.mark('visavis: models');
      if (state.length > 0) this.#give(client, state);
      return { engine, client };
    } finally {
      early.end();
    }
  }

  /** Gives records to the engine. They are no news, and what is of a library of this client must be of use. */
  #give(client: WebClient, changes: StateChange[]): void {
    const stores = new Set((this.#config?.libraries ?? []).flatMap(({ name, url }) => (url === undefined ? [`own:${name}`] : [])));
    const others = changes.filter(({ store }) => !stores.has(store));
    if (others.length > 0) client.restore(others);
    for (const store of stores) {
      const own = changes.filter((change) => change.store === store);
      if (own.length > 0 && client.restore(own) < own.length) this.#send({ kind: 'warning', error: dataOf(unusable(store)) });
    }
    client.takeChanges();
  }

  /** Records that another client of the same name changed. What this engine changed before is told first, and they are no news. */
  async #restore(changes: StateChange[]): Promise<void> {
    try {
      const { client } = (await this.#running) ?? {};
      if (client === undefined || this.#silent) return;
      const told = this.#told([...this.#held.splice(0), ...client.takeChanges()], false).changes;
      if (told !== undefined) this.#send({ kind: 'changed', changes: told });
      this.#give(client, changes);
    } catch (error) {
      if (isTrap(error)) this.#crash(describe(error));
    }
  }

  async #call(call: Extract<ToHost, { kind: 'call' }>): Promise<void> {
    const { id, method, args } = call;
    const controller = new AbortController();
    this.#calls.set(id, controller);
    const ofEdit = isEdit(call);
    if (ofEdit) this.#edits += 1;
    let running: Running | undefined;
    try {
      if (this.#running === undefined || this.#config === undefined) throw new Error('the host was not started');
      running = await this.#running;
      const run = OPERATIONS[method] as Operation<HostMethod>;
      const { maxPixels, timeoutMs, fetch } = this.#config;
      const result = await run(running, args, { signal: controller.signal, maxPixels, timeoutMs, fetch });
      this.#send({ kind: 'result', id, result, ...this.#changes(running, ofEdit) });
    } catch (error) {
      // A call that fails may have changed something before.
      if (isTrap(error)) this.#crash(describe(error));
      else this.#send({ kind: 'failed', id, error: dataOf(error), ...this.#changes(running, ofEdit) });
    } finally {
      this.#calls.delete(id);
      if (ofEdit) this.#edits -= 1;
      if (this.#stopped) this.#free();
    }
  }

  /**
   * What the engine changed since it was asked last. Of own libraries it is told with the call that did it, of which there is one at a
   * time where they are kept: that one fails where it cannot be kept, and no other.
   */
  #changes(running: Running | undefined, ofEdit: boolean): { changes?: StateChange[] } {
    if (this.#silent || running === undefined) return {};
    const all = [...this.#held.splice(0), ...running.client.takeChanges()];
    return this.#told(all, ofEdit);
  }

  /** Changes that are told now; those of own libraries are held back for an edit that is in work. */
  #told(all: StateChange[], ofEdit: boolean): { changes?: StateChange[] } {
    const isHeld = !ofEdit && this.#edits > 0;
    const changes = all.filter(({ store }) => !isHeld || libraryOf(store) === undefined);
    if (isHeld) this.#held = all.filter(({ store }) => libraryOf(store) !== undefined);
    return changes.length === 0 ? {} : { changes };
  }

  #stop(): void {
    this.#silent = true;
    if (this.#dead) return;
    this.#stopped = true;
    this.#starting.abort();
    for (const controller of this.#calls.values()) controller.abort();
    this.#free();
  }

  /** Frees the client when no call borrows it any more: the aborted ones end in a moment. */
  #free(): void {
    if (this.#calls.size > 0) return;
    const running = this.#running;
    this.#running = undefined;
    void running?.then(
      ({ engine, client }) => {
        engine.onDeath.delete(this.#crash);
        try {
          if (!this.#dead) client.free();
        } catch {
          // Still borrowed, against all expectation: its memory goes with the engine.
        }
      },
      () => undefined,
    );
  }

  /** The instance is dead, perhaps in the middle of a panic: nothing of it may be called any more, so signals stay as they are. */
  readonly #crash = (reason: string): void => {
    this.#send({ kind: 'crashed', reason });
    this.#silent = true;
    this.#dead = true;
  };

  #send(message: FromHost): void {
    if (!this.#silent) this.#post(message);
  }
}

/** Makes a host. */
export function makeHost(post: Post): Host {
  return new Host(post);
}

/** What an operation is given beside its arguments. */
interface CallContext {
  signal: AbortSignal;
  maxPixels: number;
  timeoutMs: number;
  fetch: typeof fetch | undefined;
}

type Operation<M extends HostMethod> = (running: Running, args: HostMethods[M], context: CallContext) => Promise<unknown>;

const OPERATIONS: { [M in HostMethod]: Operation<M> } = {
  operate: async ({ client }, { operation, request, images, urls, options }, context) => {
    const { signal, maxPixels } = context;
    const specs: (ImageSpec | undefined)[] = [];
    for (const image of images) specs.push(image === undefined ? undefined : await toImageSpec(image, maxPixels));
    if (signal.aborted) throw abortedError();
    try {
      return await client.operate(operation, request, specs, options, signal);
    } catch (error) {
      nameImage(error, operation, urls);
      // The addresses stay in the request, so that a token is of its address and the next page fetches nothing.
      const found = await tryAgain(error, urls, specs, context);
      if (!found && (operation !== 'AddFaces' || !isUnreadable(error))) throw error;
      // Of several photos, those that the browser cannot read either fail alone: an address that is handed over is not asked for again.
      if (operation === 'AddFaces') urls.forEach((url, index) => (specs[index] ??= url === undefined ? undefined : { url }));
      return client.operate(operation, request, specs, options, signal);
    }
  },
  detectFaces: ({ client }, { image, options }, context) =>
    withImages([image], context, ([spec]) => client.detectFaces(spec, options, context.signal)),
  embedFaces: ({ client }, { image, options }, context) =>
    withImages([image], context, ([spec]) => client.embedFaces(spec, options, context.signal)),
  compareFaces: ({ client }, { a, b, options }, context) =>
    withImages([a, b], context, ([specA, specB]) => client.compareFaces(specA, specB, options, context.signal)),
  openLibrary: ({ client }, { name }, { signal }) => client.openLibrary(name, signal),
  ...mediaOperations(),
  watchFrame: ({ client }, args, { signal, maxPixels }) => WATCH_OPERATIONS.watchFrame({ client, signal, maxPixels }, args),
  endWatch: ({ client }, args, { signal, maxPixels }) => WATCH_OPERATIONS.endWatch({ client, signal, maxPixels }, args),
  ownFiles: async ({ client }, { library }) => client.ownFiles(library),
  checkImport: async ({ client }, { library, replace }) => client.checkImport(library, replace),
  importLibrary: async ({ client }, { library, files, replace }) => client.importLibrary(library, files, replace),
  stats: async ({ client }) => ({ ...client.stats(), version: client.engineInfo().version }),
  panicForTest: ({ client }) => client.panicForTest(),
};

/** Whether a call may change an own library. */
function isEdit(call: Extract<ToHost, { kind: 'call' }>): boolean {
  return call.method === 'operate' ? EDITS.has(call.args.operation) : ['addMedia', 'publishMedia', 'removeMedia', 'importLibrary'].includes(call.method);
}

/** The calls that are about media (pool-host.ts). */
function mediaOperations(): { [M in MediaMethod]: Operation<M> } {
  const wrap = <M extends MediaMethod>(method: M): [M, Operation<M>] => [
    method,
    ({ client, engine }, args, { signal, maxPixels }) => MEDIA_OPERATIONS[method]({ client, glue: engine.glue, signal, maxPixels }, args),
  ];
  return Object.fromEntries((Object.keys(MEDIA_OPERATIONS) as MediaMethod[]).map(wrap)) as { [M in MediaMethod]: Operation<M> };
}

/** Runs a call with its images; where one of a URL cannot be read by the engine but by the browser, runs it again with the pixels. */
async function withImages<const I extends readonly WireImage[]>(
  images: I,
  context: CallContext,
  run: (specs: { [K in keyof I]: ImageSpec }) => Promise<unknown>,
): Promise<unknown> {
  const specs: ImageSpec[] = [];
  for (const image of images) specs.push(await toImageSpec(image, context.maxPixels));
  if (context.signal.aborted) throw abortedError();
  try {
    return await run(specs as { [K in keyof I]: ImageSpec });
  } catch (error) {
    const urls = images.map((image) => (image.kind === 'url' ? image.url : undefined));
    if (!(await tryAgain(error, urls, specs, context))) throw error;
    return run(specs as { [K in keyof I]: ImageSpec });
  }
}

/** Tells of a failed download which image it was of, where it was of one; the engine tells the address only. */
function nameImage(error: unknown, operation: string, urls: readonly (string | undefined)[]): void {
  const { code = '', message = '', parameter } = errorData(error) ?? {};
  if (!code.startsWith('Download') || parameter !== undefined) return;
  const shown = (url: string): string => (url.length > SHOWN_CHARACTERS ? url.slice(0, SHOWN_CHARACTERS) : `${url}: `);
  const index = urls.findIndex((url) => url !== undefined && message.startsWith(shown(url)));
  if (index >= 0) (error as { parameter?: string }).parameter = operation === 'AddFaces' ? `urls[${index}]` : 'PersonImageUrl';
}

/** So many characters of an address stand in the engine's messages. */
const SHOWN_CHARACTERS = 80;

/** Puts the browser's pixels in the place of URLs where the engine could not read a picture; answers whether there were any. */
async function tryAgain(
  error: unknown,
  urls: readonly (string | undefined)[],
  specs: (ImageSpec | undefined)[],
  context: CallContext,
): Promise<boolean> {
  let changed = false;
  for (const [index, url] of urls.entries()) {
    const spec = url === undefined ? undefined : await secondTry(error, url, context);
    if (spec === undefined) continue;
    specs[index] = spec;
    changed = true;
  }
  return changed;
}

/** The browser's pixels of a URL that the engine refused as `ImageFormatUnsupported`. */
async function secondTry(error: unknown, url: string, context: CallContext): Promise<ImageSpec | undefined> {
  return isUnreadable(error) ? specOfForeignUrl(url, context) : undefined;
}

/** The engine does not know the format of a picture. */
function isUnreadable(error: unknown): boolean {
  return errorData(error)?.code === 'ImageFormatUnsupported';
}

function engineConfig(config: HostConfig, fetch: typeof globalThis.fetch): object {
  const { libraries, baseUrl, timeoutMs, maxPixels, tokenLifetimeMs } = config;
  return {
    models: engineModels(config.models),
    libraries,
    timeoutMs,
    maxPixels,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(tokenLifetimeMs === undefined ? {} : { tokenLifetimeMs }),
    fetch,
    ...(config.cache ? {} : { cacheName: null }),
  };
}

function engineModels(models: HostConfig['models']): Record<string, WireModel> {
  const detector = ofPackage('detector', models);
  const embedder = ofPackage('embedder', models);
  const expression = ofPackage('expression', models);
  if (models === undefined || 'folder' in models) return { detector, embedder, expression };
  return {
    detector: models.detector ?? detector,
    embedder: models.embedder ?? embedder,
    ...(models.expression === false ? {} : { expression: models.expression ?? expression }),
  };
}

function ofPackage(role: keyof typeof PACKAGE_MODELS, models: HostConfig['models']): WireModel {
  const { file, url, bytes, sha256 } = PACKAGE_MODELS[role];
  const place = models !== undefined && 'folder' in models ? new URL(file, models.folder).href : url();
  return { url: place, bytes, sha256 };
}

function unusable(store: string): VisavisError {
  const library = JSON.stringify(store.slice('own:'.length));
  const message = `library ${library}: some of what was kept of it could not be used; the next call that needs it says why`;
  return new VisavisError({ code: 'PersistFailed', message });
}

function dataOf(thrown: unknown): ErrorData {
  const known = errorData(thrown);
  if (known !== undefined) return known;
  const { code, message, requestId } = toVisavisError(thrown);
  return { code, message, requestId };
}
