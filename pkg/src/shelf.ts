/**
 * IndexedDB, as far as it is needed: one row a record of the state, one row an image of a task. Every row is written by itself, so that
 * several tabs can write beside each other. IndexedDB itself keeps the order of the writes.
 */

import { VisavisError, describe } from './errors.js';
import type { KeptImage } from './keep.js';
import type { StateChange } from './protocol.js';
import type { Warn } from './state.js';

const VERSION = 1;
/** Rows are state values under [store, key]. */
const RECORDS = 'records';
/** Rows are images under [task id, index]. */
const SOURCES = 'sources';
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

  /** Whether something could not be written: what is here is older than what is in memory. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Everything that is kept, at one moment. */
  async read(): Promise<ShelfContents> {
    const transaction = this.#database.transaction([RECORDS, SOURCES], 'readonly');
    const [records, sources] = [transaction.objectStore(RECORDS), transaction.objectStore(SOURCES)];
    const [keys, values, sourceKeys] = await Promise.all([
      answer(records.getAllKeys()),
      answer(records.getAll()),
      answer(sources.getAllKeys()),
    ]);
    return {
      records: (keys as [string, string][]).map(([store, key], index) => ({ store, key, value: values[index] as Uint8Array })),
      sourceTasks: new Set((sourceKeys as [string, number][]).map(([task]) => task)),
    };
  }

  /** Writes records, in the background. */
  write(changes: readonly StateChange[]): void {
    this.#write(RECORDS, (store) => {
      for (const { store: table, key, value } of changes) {
        if (value === undefined) store.delete([table, key]);
        else store.put(value, [table, key]);
      }
    });
  }

  /** Keeps an image of a task, in the background. */
  writeSource(task: string, index: number, image: KeptImage): void {
    this.#write(SOURCES, (store) => store.put(image, [task, index]));
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
    this.#write(SOURCES, (store) => store.delete(IDBKeyRange.bound([task], [task, []])));
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

  #write(table: string, work: (store: IDBObjectStore) => void): void {
    if (this.#closed) return;
    try {
      const transaction = this.#database.transaction(table, 'readwrite');
      const done = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('the write was given up'));
      }).catch((error: unknown) => this.fail(error));
      this.#pending = Promise.all([this.#pending, done]);
      work(transaction.objectStore(table));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Marks what is kept as out of date, with one warning. */
  fail(error: unknown): undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    const reason = error instanceof DOMException && error.name === 'QuotaExceededError' ? 'the disk space of this site is used up' : describe(error);
    const message = `persist: something could not be kept (${reason}); it is in memory, and lost with the page`;
    this.#warn(new VisavisError({ code: 'PersistFailed', message, cause: error }));
    return undefined;
  }
}

/** The answer of a request. */
function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database gave no reason'));
  });
}
