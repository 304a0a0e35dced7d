/**
 * IndexedDB, as far as it is needed: one row a record of the state, one row an image of a task. Every row is written by itself, so that
 * several tabs can write beside each other. IndexedDB itself keeps the order of the writes. Where there is no origin private file system,
 * own libraries are rows too, one a file, and each change of one is one transaction.
 */

import { VisavisError, describe } from './errors.js';
import type { KeptImage } from './keep.js';
import { OWN_PREFIX, isQuotaError, newVersion } from './own-place.js';
import type { FileChanges, OwnFiles, OwnPlace } from './own-place.js';
import type { StateChange } from './protocol.js';
import type { Warn } from './state.js';

const VERSION = 1;
/** Rows are state values under [store, key]. */
const RECORDS = 'records';
/** Rows are images under [task id, index]. */
const SOURCES = 'sources';
/** The keys of own libraries lie between these two; those of [OWN_PREFIX, library] are versions. */
const OWN_BEGIN = [OWN_PREFIX];
const OWN_END = ['own;'];
/** Browsers are known to forget to answer; then nothing is kept. */
const OPEN_LIMIT_MS = 10_000;

/** What an open database held at one moment. */
export interface ShelfContents {
  records: StateChange[];
  /** Tasks of which there are images. */
  sourceTasks: Set<string>;
}

/** An open database. */
export class Shelf {
  readonly #database: IDBDatabase;
  readonly #warn: Warn;
  #pending: Promise<unknown> = Promise.resolve();
  #failed = false;
  /** What was warned of already. */
  readonly #warned = new Set<'records' | 'sources'>();
  #closed = false;

  private constructor(database: IDBDatabase, warn: Warn) {
    this.#database = database;
    this.#warn = warn;
    // Somebody wants to delete the database: let it.
    database.onversionchange = () => database.close();
  }

  /** Opens the database of this name, or makes it. */
  static async open(name: string, warn: Warn): Promise<Shelf> {
    const request = indexedDB.open(`visavis:${name}`, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS);
      request.result.createObjectStore(SOURCES);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it did not open in 10 s')), OPEN_LIMIT_MS);
    });
    try {
      return new Shelf(await Promise.race([answer(request), late]), warn);
    } catch (error) {
      // Should it open after all.
      request.onsuccess = () => request.result.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether a record that is not of an own library could not be written: what is here is older than what is in memory. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The records of the state but for own libraries. */
  async records(): Promise<StateChange[]> {
    return recordsOf(this.#database.transaction(RECORDS, 'readonly').objectStore(RECORDS));
  }

  /** The same with the tasks of which there are images, at one moment. */
  async read(): Promise<ShelfContents> {
    const transaction = this.#database.transaction([RECORDS, SOURCES], 'readonly');
    const [records, sourceKeys] = await Promise.all([
      recordsOf(transaction.objectStore(RECORDS)),
      answer(transaction.objectStore(SOURCES).getAllKeys()),
    ]);
    return { records, sourceTasks: new Set((sourceKeys as [string, number][]).map(([task]) => task)) };
  }

  /** Writes records that are not of own libraries, in the background. */
  write(changes: readonly StateChange[]): void {
    const work = (table: IDBObjectStore): void => {
      for (const { store, key, value } of changes) {
        if (value === undefined) table.delete([store, key]);
        else table.put(value, [store, key]);
      }
    };
    this.#write(RECORDS, work, (error) => {
      if (error === undefined) return;
      this.#failed = true;
      this.#tell('records', error);
    });
  }

  /** Own libraries, as rows. */
  ownPlace(): OwnPlace {
    const versionKey = (library: string): [string, string] => [OWN_PREFIX, library];
    const range = (library: string): IDBKeyRange => IDBKeyRange.bound([OWN_PREFIX + library], [OWN_PREFIX + library, []]);
    const table = (mode: IDBTransactionMode): IDBObjectStore => this.#database.transaction(RECORDS, mode).objectStore(RECORDS);
    const change = async (library: string, work: (rows: IDBObjectStore) => void): Promise<string> => {
      const version = newVersion();
      const rows = table('readwrite');
      try {
        rows.put(version, versionKey(library));
        work(rows);
      } catch (error) {
        // Half of it would be worse than nothing.
        abort(rows.transaction);
        throw error;
      }
      await end(rows.transaction);
      return version;
    };
    return {
      kind: 'indexeddb',
      version: async (library) => ((await answer(table('readonly').get(versionKey(library)))) as string | undefined) ?? '',
      has: async (library) => (await answer(table('readonly').count(range(library)))) > 0,
      read: async (library): Promise<OwnFiles> => {
        const rows = table('readonly');
        const asked = [answer(rows.get(versionKey(library))), answer(rows.getAllKeys(range(library))), answer(rows.getAll(range(library)))];
        const [version, keys, values] = (await Promise.all(asked)) as [string | undefined, [string, string][], Uint8Array[]];
        return { version: version ?? '', files: new Map(toRecords(keys, values).map(({ key, value }) => [key, value as Uint8Array])) };
      },
      write: (library, changes: FileChanges) =>
        change(library, (rows) => {
          for (const [path, bytes] of changes) {
            if (bytes === undefined) rows.delete([OWN_PREFIX + library, path]);
            else rows.put(bytes, [OWN_PREFIX + library, path]);
          }
        }),
      drop: async (library) => {
        const rows = table('readwrite');
        rows.delete(versionKey(library));
        rows.delete(range(library));
        await end(rows.transaction);
      },
    };
  }

  /** Keeps an image of a task, in the background. */
  writeSource(task: string, index: number, image: KeptImage): void {
    this.#write(SOURCES, (store) => store.put(image, [task, index]), this.#sourcesDone);
  }

  /** The image of a task, where it is kept. */
  async source(task: string, index: number): Promise<KeptImage | undefined> {
    await this.settled();
    try {
      const store = this.#database.transaction(SOURCES, 'readonly').objectStore(SOURCES);
      return (await answer(store.get([task, index]))) as KeptImage | undefined;
    } catch {
      return undefined;
    }
  }

  /** Forgets the images of a task, in the background. */
  dropSources(task: string): void {
    this.#write(SOURCES, (store) => store.delete(IDBKeyRange.bound([task], [task, []])), this.#sourcesDone);
  }

  /** Waits until everything is written that can be. */
  async settled(): Promise<void> {
    await this.#pending;
  }

  /** Closes the database when what was begun is written. */
  close(): void {
    this.#closed = true;
    this.#database.close();
  }

  /** Writes, and tells what became of it: an error, or none. */
  #write(table: string, work: (store: IDBObjectStore) => void, done: (error?: unknown) => void): void {
    if (this.#closed) return;
    let transaction: IDBTransaction | undefined;
    try {
      transaction = this.#database.transaction(table, 'readwrite');
      work(transaction.objectStore(table));
      const ended = end(transaction).then(() => done(), done);
      this.#pending = Promise.all([this.#pending, ended]);
    } catch (error) {
      // Half of it would be worse than nothing.
      abort(transaction);
      done(error);
    }
  }

  readonly #sourcesDone = (error?: unknown): void => {
    if (error !== undefined) this.#tell('sources', error);
  };

  /** Marks what is kept as out of date, with one warning. */
  fail(error: unknown): undefined {
    if (!this.#closed) this.#failed = true;
    this.#tell('records', error);
    return undefined;
  }

  #tell(what: 'records' | 'sources', error: unknown): void {
    // Who closes the client need not hear that nothing can be written any more.
    if (this.#closed || this.#warned.has(what)) return;
    this.#warned.add(what);
    const reason = isQuotaError(error) ? 'the disk space of this site is used up' : describe(error);
    const thing = what === 'sources' ? 'an image of a task' : 'something';
    const message = `persist: ${thing} could not be kept (${reason}); it is in memory, and lost with the page`;
    this.#warn(new VisavisError({ code: 'PersistFailed', message, cause: error }));
  }
}

/** The answer of a request. */
function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database gave no reason'));
  });
}

/** Waits until a transaction is over. */
function end(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the write was given up'));
  });
}

function abort(transaction: IDBTransaction | undefined): void {
  try {
    transaction?.abort();
  } catch {
    // It is over already.
  }
}

/** The records of the state but for own libraries. */
async function recordsOf(rows: IDBObjectStore): Promise<StateChange[]> {
  const ranges = [IDBKeyRange.upperBound(OWN_BEGIN, true), IDBKeyRange.lowerBound(OWN_END)];
  const parts = await Promise.all(ranges.map((range) => Promise.all([answer(rows.getAllKeys(range)), answer(rows.getAll(range))])));
  return parts.flatMap(([keys, values]) => toRecords(keys, values));
}

function toRecords(keys: IDBValidKey[], values: unknown[]): StateChange[] {
  return (keys as [string, string][]).map(([store, key], index) => ({ store, key, value: values[index] as Uint8Array }));
}
