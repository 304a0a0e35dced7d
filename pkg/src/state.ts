/**
 * The records of the engine's state (tokens, tasks, own libraries): in memory for the engine that replaces a crashed one; with `persist`
 * kept too, and told to other clients of the same name. Tokens and tasks are written to IndexedDB in the background; a change of an own
 * library is made when its files are kept (own-place.ts), and not at all where they cannot be.
 */

import { VisavisError, describe, invalidParameter } from './errors.js';
import { exclusively, pageLocks } from './edits.js';
import { openOpfs } from './opfs.js';
import { MANIFEST, OWN_PREFIX, libraryOf, notKept } from './own-place.js';
import type { OwnPlace } from './own-place.js';
import type { StateChange } from './protocol.js';
import { Shelf } from './shelf.js';
import type { ClientOptions } from './types.js';

/** The name under which `persist: true` keeps. */
const DEFAULT_NAME = 'default';
const NO_LOCKS =
  'persist: this browser or origin has no Web Locks (they need https or localhost): only one tab may use a name at a time, or own libraries ' +
  'and tasks of several can be spoiled';

/** Told of what went wrong beside the calls. */
export type Warn = (warning: VisavisError) => void;

/** Where own libraries are. */
export type OwnStorage = OwnPlace['kind'] | 'memory';

/** Where state is kept beside memory. */
interface Keeping {
  name: string;
  shelf: Shelf;
  place: OwnPlace;
  /** The own libraries of this client. */
  libraries: readonly string[];
  warn: Warn;
  /** Where clients of the same name tell each other what changed; none where the browser has no such channels. */
  channel: BroadcastChannel | undefined;
}

/** The state of one client. */
export class State {
  readonly #records = new Map<string, StateChange>();
  readonly #keeping: Keeping | undefined;
  #onRemote: ((changes: StateChange[], ownChanged: boolean) => void) | undefined;
  /** What other clients told before anybody listened here: it may be newer than what is read in the meantime. */
  readonly #held: unknown[] = [];
  /** The versions of own libraries that are in memory. */
  readonly #versions = new Map<string, string>();
  /** Where own libraries were found, which may be where an earlier version kept them. */
  readonly #places = new Map<string, OwnPlace>();
  #closed = false;
  /** Settled when the changes of own libraries that were begun are kept, or not. */
  #committing: Promise<unknown> = Promise.resolve();

  constructor(keeping?: Keeping) {
    this.#keeping = keeping;
    keeping?.channel?.addEventListener('message', (event: MessageEvent<StateChange[]>) => this.#receive(event.data));
  }

  /**
   * Told of records that another client of the same name changed. They are in memory already; of own libraries it is only told that
   * they changed. To be set when what is kept was read.
   */
  set onRemote(listener: (changes: StateChange[], ownChanged: boolean) => void) {
    this.#onRemote = listener;
    for (const changes of this.#held.splice(0)) this.#receive(changes);
  }

  /** The name of what is kept; `undefined` where nothing is. */
  get name(): string | undefined {
    return this.#keeping?.name;
  }

  get shelf(): Shelf | undefined {
    return this.#keeping?.shelf;
  }

  /** Where own libraries are. */
  get storage(): OwnStorage {
    return this.#keeping?.place.kind ?? 'memory';
  }

  /** Every record. */
  all(): StateChange[] {
    return [...this.#records.values()];
  }

  /** The records of an own library. */
  filesOf(library: string): Map<string, Uint8Array> {
    const own = this.all().filter(({ store }) => libraryOf(store) === library);
    return new Map(own.map(({ key, value }) => [key, value as Uint8Array]));
  }

  /**
   * Takes what the engine changed. Where own libraries are kept and one of them is changed, answers what is fulfilled when that is kept and
   * only then in memory; it is rejected with code `StorageFull` or `PersistFailed` where that cannot be, and nothing of it is changed.
   */
  commit(changes: StateChange[]): Promise<void> | undefined {
    const own = changes.filter(isOwn);
    const others = changes.filter((change) => !isOwn(change));
    this.take(others);
    if (this.#keeping === undefined) return void this.take(own);
    if (others.length > 0) {
      this.#keeping.shelf.write(others);
      this.#tell(others);
    }
    if (own.length === 0) return undefined;
    const committed = this.#committing.then(() => this.#commitOwn(own));
    this.#committing = committed.catch(() => undefined);
    return committed;
  }

  /** Deletes an own library, here and where it is kept; answers what is to be given to the engine, and whether there was anything. */
  async dropLibrary(library: string): Promise<{ changes: StateChange[]; wasThere: boolean }> {
    await this.#committing;
    const { place, shelf } = this.#keeping ?? {};
    const store = OWN_PREFIX + library;
    const inMemory = [...this.filesOf(library).keys()];
    let wasThere = inMemory.length > 0;
    if (place !== undefined && shelf !== undefined) {
      // An earlier version may have left it in IndexedDB.
      const places = place.kind === 'opfs' ? [shelf.ownPlace(), place] : [place];
      try {
        for (const one of places) wasThere = (await one.has(library)) || wasThere;
        for (const one of places) await one.drop(library);
        this.#versions.set(library, '');
      } catch (error) {
        const message = `library ${JSON.stringify(library)}: it could not be deleted (${describe(error)})`;
        throw new VisavisError({ code: 'PersistFailed', message, cause: error });
      }
      this.#tell([{ store, key: MANIFEST }]);
    }
    const changes = [...new Set([...inMemory, MANIFEST])].map((key) => ({ store, key }));
    this.take(changes);
    return { changes, wasThere };
  }

  /** What undoes changes that could not be kept, for an engine that made them. */
  former(changes: readonly StateChange[]): StateChange[] {
    return changes.filter(isOwn).map(({ store, key }) => this.#records.get(recordKey(store, key)) ?? { store, key });
  }

  /** Takes records into memory only. */
  take(changes: StateChange[]): void {
    for (const change of changes) {
      const key = recordKey(change.store, change.key);
      if (change.value === undefined) this.#records.delete(key);
      else this.#records.set(key, change);
    }
  }

  /** Reads again the tokens and tasks in IndexedDB, where that is in order; answers what is to be given to the engine. */
  async refresh(): Promise<StateChange[]> {
    const { shelf } = this;
    if (shelf === undefined || shelf.failed) return [];
    await shelf.settled();
    const records = await shelf.records().catch((error: unknown) => shelf.fail(error));
    this.take(records ?? []);
    return records ?? [];
  }

  /**
   * Reads again the own libraries that are not as they were here; answers what is to be given to the engine. To be called with the lock
   * of the name (edits.ts).
   *
   * @throws VisavisError `PersistFailed` where one cannot be read.
   */
  async refreshOwn(): Promise<StateChange[]> {
    await this.#committing;
    const changes: StateChange[][] = [];
    for (const library of this.#keeping?.libraries ?? []) changes.push(await this.#refreshLibrary(library));
    return changes.flat();
  }

  /** Reads the own libraries of a client that begins. One that cannot be read is read again before it is changed. */
  async readOwn(): Promise<void> {
    const { libraries = [], warn } = this.#keeping ?? {};
    for (const library of libraries) {
      try {
        await this.#refreshLibrary(library);
      } catch (error) {
        warn?.(error as VisavisError);
      }
    }
  }

  /** Waits until everything is written that can be. */
  async settled(): Promise<void> {
    await this.#committing;
    await this.shelf?.settled();
  }

  close(): void {
    this.#closed = true;
    this.#keeping?.channel?.close();
    this.#keeping?.shelf.close();
  }

  async #refreshLibrary(library: string): Promise<StateChange[]> {
    if (this.#keeping === undefined) return [];
    try {
      const place = await this.#placeOf(library, this.#keeping);
      const known = this.#versions.get(library);
      if (known !== undefined && (await place.version(library)) === known) return [];
      const { version, files } = await place.read(library, this.filesOf(library));
      const store = OWN_PREFIX + library;
      const changes = this.#replaceStore(store, [...files].map(([key, value]) => ({ store, key, value })));
      this.#versions.set(library, version);
      return changes;
    } catch (error) {
      const message = `library ${JSON.stringify(library)}: what is kept of it cannot be read (${describe(error)})`;
      throw new VisavisError({ code: 'PersistFailed', message, cause: error });
    }
  }

  /**
   * Where a library is. One that an earlier version kept in IndexedDB is moved over; where that fails, for lack of space most likely, it
   * stays where it is. Whoever comes next may have moved it, so this is asked before every change.
   */
  async #placeOf(library: string, { place, shelf, warn }: Keeping): Promise<OwnPlace> {
    if (place.kind !== 'opfs' || this.#places.get(library) === place) return place;
    const former = shelf.ownPlace();
    let found = place;
    if (await former.has(library)) {
      if (this.#places.has(library)) return former;
      try {
        await moveOver(library, former, place, warn);
      } catch (error) {
        const message = `library ${JSON.stringify(library)}: it stays in IndexedDB, since it could not be moved to the file system (${describe(error)})`;
        warn(new VisavisError({ code: 'PersistFailed', message, cause: error }));
        found = former;
      }
    }
    this.#places.set(library, found);
    return found;
  }

  /** Tells other clients; one that is closed tells nobody. */
  #tell(changes: StateChange[]): void {
    if (!this.#closed) this.#keeping?.channel?.postMessage(changes);
  }

  /** Puts these records in the place of a store's; answers what is different. */
  #replaceStore(store: string, records: StateChange[]): StateChange[] {
    const former = new Map(this.all().flatMap((record) => (record.store === store ? [[record.key, record.value]] : [])));
    const wanted = new Set(records.map(({ key }) => key));
    const gone = [...former.keys()].filter((key) => !wanted.has(key)).map((key) => ({ store, key }));
    const changes = [...gone, ...records.filter(({ key, value }) => !isSame(value, former.get(key)))];
    this.take(changes);
    return changes;
  }

  async #commitOwn(own: StateChange[]): Promise<void> {
    const keeping = this.#keeping as Keeping;
    for (const store of new Set(own.map((change) => change.store))) {
      const library = store.slice(OWN_PREFIX.length);
      const changes = own.filter((change) => change.store === store);
      const files = new Map(changes.map(({ key, value }) => [key, value]));
      if (!this.#versions.get(library)) void askToStay();
      const place = this.#places.get(library) ?? keeping.place;
      try {
        this.#versions.set(library, await place.write(library, files));
      } catch (error) {
        this.#versions.delete(library);
        throw await notKept(library, error, files);
      } finally {
        this.#tell([{ store, key: MANIFEST }]);
      }
      this.take(changes);
    }
  }

  #receive(changes: unknown): void {
    if (this.#onRemote === undefined) return void this.#held.push(changes);
    if (!Array.isArray(changes)) return;
    const others = (changes as StateChange[]).filter((change) => !isOwn(change));
    this.take(others);
    this.#onRemote(others, others.length < changes.length);
  }
}

function recordKey(store: string, key: string): string {
  return JSON.stringify([store, key]);
}

/** Whether a record is of a library of the page's own: those belong together. */
function isOwn({ store }: StateChange): boolean {
  return libraryOf(store) !== undefined;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined || a.byteLength !== b.byteLength) return false;
  for (let index = 0; index < a.byteLength; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/**
 * Moves a library that an earlier version kept in IndexedDB. One that is there already is left by somebody who was killed in between; where
 * it is another one, both are kept.
 */
async function moveOver(library: string, from: OwnPlace, to: OwnPlace, warn: Warn): Promise<void> {
  const { files } = await from.read(library);
  const there = (await to.read(library)).files;
  if (!there.has(MANIFEST)) await to.write(library, files);
  else if (![...files].every(([name, bytes]) => isSame(bytes, there.get(name)))) {
    const message =
      `library ${JSON.stringify(library)}: there is another one of this name in IndexedDB, which an earlier version kept; the one in the file ` +
      'system is used. deleteLibrary deletes both';
    return warn(new VisavisError({ code: 'PersistFailed', message }));
  }
  await from.drop(library);
}

/** Asks the browser not to delete what this site keeps when space is short. It decides itself, or asks its user. */
async function askToStay(): Promise<void> {
  try {
    const { storage } = navigator;
    if (!(await storage.persisted())) await storage.persist();
  } catch {
    // Then it is kept as everything else of this site.
  }
}

/** What `openState` found. */
export interface OpenedState {
  state: State;
  /** Tasks of which images are kept. */
  sourceTasks: Set<string>;
}

/**
 * The state as the `persist` option wants it, with what is there already; `libraries` are the own libraries. Where IndexedDB or the
 * file system of the origin fails, the state is in memory only, with a warning.
 *
 * @throws VisavisError `InvalidParameter` where there is no IndexedDB at all.
 */
export async function openState(
  persist: ClientOptions['persist'],
  warn: Warn,
  libraries: readonly string[] = [],
  signal?: AbortSignal,
): Promise<OpenedState> {
  const inMemory = (): OpenedState => ({ state: new State(), sourceTasks: new Set() });
  if (persist === undefined || persist === false) return inMemory();
  if (typeof indexedDB === 'undefined') {
    throw invalidParameter('persist', 'there is no IndexedDB here (Node has none); leave it out, and everything is kept in memory');
  }
  const name = persist === true ? DEFAULT_NAME : persist.name;
  let shelf: Shelf | undefined;
  let channel: BroadcastChannel | undefined;
  try {
    shelf = await Shelf.open(name, warn);
    const place = (await openOpfs(name)) ?? shelf.ownPlace();
    // Before anything is read: what changes meanwhile is told.
    channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(`visavis:persist:${name}`) : undefined;
    const state = new State({ name, shelf, place, libraries, warn, channel });
    const { records, sourceTasks } = await shelf.read();
    state.take(records);
    if (libraries.length > 0) await exclusively(name, signal, () => state.readOwn());
    if (pageLocks() === undefined) warn(new VisavisError({ code: 'PersistFailed', message: NO_LOCKS }));
    return { state, sourceTasks };
  } catch (error) {
    channel?.close();
    shelf?.close();
    if (signal?.aborted === true) throw error;
    const message = `persist: the storage of the browser cannot be used (${describe(error)}); everything is kept in memory and lost with the page`;
    warn(new VisavisError({ code: 'PersistFailed', message, cause: error }));
    return inMemory();
  }
}
