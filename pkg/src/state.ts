/**
 * The records of the engine's state (tokens, tasks, own libraries): in memory for the engine that replaces a crashed one; with `persist`
 * in IndexedDB too, and told to other clients of the same name.
 */

import { VisavisError, describe, invalidParameter } from './errors.js';
import { pageLocks } from './edits.js';
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

/** Where state is kept beside memory. */
interface Keeping {
  name: string;
  shelf: Shelf;
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

  /** Every record. */
  all(): StateChange[] {
    return [...this.#records.values()];
  }

  /** Takes what the engine changed. */
  apply(changes: StateChange[]): void {
    if (changes.length === 0) return;
    this.take(changes);
    this.#keeping?.shelf.write(changes, (store) => this.all().filter((record) => record.store === store));
    this.#keeping?.channel?.postMessage(changes);
  }

  /** Takes records into memory only. */
  take(changes: StateChange[]): void {
    for (const change of changes) {
      const key = JSON.stringify([change.store, change.key]);
      if (change.value === undefined) this.#records.delete(key);
      else this.#records.set(key, change);
    }
  }

  /**
   * Reads again what is in IndexedDB, where that is in order: own libraries, or everything else. Answers what is to be given to the engine:
   * of own libraries only those that are not as they were here, each whole.
   */
  async refresh(what: 'own libraries' | 'all else'): Promise<StateChange[]> {
    const { shelf } = this;
    if (shelf === undefined || shelf.failed) return [];
    await shelf.settled();
    const records = await shelf.records(what).catch((error: unknown) => shelf.fail(error));
    if (records === undefined) return [];
    if (what === 'all else') {
      this.take(records);
      return records;
    }
    const stores = new Set([...records, ...this.all().filter(isOwn)].map(({ store }) => store));
    // What could not be written is newer here than there.
    const current = [...stores].filter((store) => !shelf.isBehind(store));
    return current.flatMap((store) => this.#replaceStore(store, records.filter((record) => record.store === store)));
  }

  /** Puts these records in the place of a store's; answers all of them, and none where nothing is different. */
  #replaceStore(store: string, records: StateChange[]): StateChange[] {
    const former = new Map(this.all().flatMap((record) => (record.store === store ? [[record.key, record.value]] : [])));
    if (records.length === former.size && records.every(({ key, value }) => isSame(value, former.get(key)))) return [];
    const gone = [...former.keys()].map((key) => ({ store, key }));
    this.take([...gone, ...records]);
    const kept = new Set(records.map(({ key }) => key));
    return [...gone.filter(({ key }) => !kept.has(key)), ...records];
  }

  close(): void {
    this.#keeping?.channel?.close();
    this.#keeping?.shelf.close();
  }

  #receive(changes: unknown): void {
    if (this.#onRemote === undefined) return void this.#held.push(changes);
    if (!Array.isArray(changes)) return;
    const others = (changes as StateChange[]).filter((change) => !isOwn(change));
    this.take(others);
    this.#onRemote(others, others.length < changes.length);
  }
}

/** Whether a record is of a library of the page's own: those belong together, and are only read as they are in IndexedDB. */
function isOwn({ store }: StateChange): boolean {
  return store.startsWith('own:');
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}

/** What `openState` found. */
export interface OpenedState {
  state: State;
  /** Tasks of which images are kept. */
  sourceTasks: Set<string>;
}

/**
 * The state as the `persist` option wants it, with what is there already. Where IndexedDB fails, the state is in memory only, with a warning.
 *
 * @throws VisavisError `InvalidParameter` where there is no IndexedDB at all.
 */
export async function openState(persist: ClientOptions['persist'], warn: Warn): Promise<OpenedState> {
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
    // Before anything is read: what changes meanwhile is told.
    channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(`visavis:persist:${name}`) : undefined;
    const state = new State({ name, shelf, channel });
    const { records, sourceTasks } = await shelf.read();
    state.take(records);
    if (pageLocks() === undefined) warn(new VisavisError({ code: 'PersistFailed', message: NO_LOCKS }));
    return { state, sourceTasks };
  } catch (error) {
    channel?.close();
    shelf?.close();
    const message = `persist: IndexedDB cannot be used (${describe(error)}); everything is kept in memory and lost with the page`;
    warn(new VisavisError({ code: 'PersistFailed', message, cause: error }));
    return inMemory();
  }
}
