/**
 * Where libraries of the page's own are kept: as files in the origin private file system (opfs.ts), or as rows of IndexedDB (shelf.ts)
 * where that is missing. A library is its files by their names: `library.json`, tables, `faces/1.jpg`.
 */

import { VisavisError, describe } from './errors.js';

/** The file that says which tables belong to a library: written after them, so that there is always a whole library. */
export const MANIFEST = 'library.json';
/** Before the library's name in the name of its store. */
export const OWN_PREFIX = 'own:';

/** Files by their names; `undefined` for one that is to go. */
export type FileChanges = ReadonlyMap<string, Uint8Array | undefined>;

/** The files of a library. */
export interface OwnFiles {
  /** Different after every change, also of another client. Empty for a library that is not kept. */
  version: string;
  files: Map<string, Uint8Array>;
}

/** Keeps own libraries. Whoever calls it holds the lock of its name (edits.ts). */
export interface OwnPlace {
  readonly kind: 'opfs' | 'indexeddb';
  version(library: string): Promise<string>;
  /** Whether there is anything of it. */
  has(library: string): Promise<boolean>;
  /** Reads a library. Files whose contents cannot be others than these need not be read again. */
  read(library: string, known?: ReadonlyMap<string, Uint8Array>): Promise<OwnFiles>;
  /**
   * Changes files; answers the new version when all of it is kept. Where that fails, the library is as it was. Files of `rows/` are written
   * after all others but `library.json`; those that are to go and stand before `library.json` go before it, all others after it.
   */
  write(library: string, changes: FileChanges): Promise<string>;
  /** Deletes a library: it has no version then, and its name is nowhere. */
  drop(library: string): Promise<void>;
}

/** Which own library a store of records is of; `undefined` where of none. */
export function libraryOf(store: string): string | undefined {
  return store.startsWith(OWN_PREFIX) ? store.slice(OWN_PREFIX.length) : undefined;
}

/** A text that no other version is. */
export function newVersion(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join('-');
}

/** Whether the browser had no space left for this site. */
export function isQuotaError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'QuotaExceededError';
}

/** Why a change of a library could not be kept. */
export async function notKept(library: string, error: unknown, changes: FileChanges): Promise<VisavisError> {
  const name = `library ${JSON.stringify(library)}`;
  if (!isQuotaError(error)) {
    const message = `${name}: the change could not be kept (${describe(error)}), so it was not made; what was kept before is as it was`;
    return new VisavisError({ code: 'PersistFailed', message, cause: error });
  }
  const needed = [...changes.values()].reduce((sum, bytes) => sum + (bytes?.byteLength ?? 0), 0);
  const message =
    `${name}: ${await whyFull(needed)}. The change was not made; what was kept before is as it was. Delete something, or export the library and ` +
    'go on elsewhere';
  return new VisavisError({ code: 'StorageFull', message, cause: error });
}

/** Why there is no space for so many bytes. What the browser estimates may say otherwise: it need not know how full the disk is. */
async function whyFull(needed: number): Promise<string> {
  const { usage, quota } = await estimated();
  const wanted = `the change needs ${megabytes(needed)}`;
  if (usage === undefined || quota === undefined) return `the disk space of this site is used up: ${wanted}`;
  const used = `${megabytes(usage)} of ${megabytes(quota)} are used`;
  if (usage + needed > quota) return `the disk space of this site is used up: ${wanted}, and ${used}`;
  return `the browser refused to keep it: ${wanted}; by its own estimate only ${used}, so the disk of this device is full, or nearly`;
}

async function estimated(): Promise<StorageEstimate> {
  try {
    return (await navigator.storage.estimate()) ?? {};
  } catch {
    return {};
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 3 : 0)} MB`;
}
