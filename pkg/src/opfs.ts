/**
 * Own libraries in the origin private file system: `visavis/NAME/LIBRARY/`, with the files of a library as the command line writes them,
 * and beside that folder `LIBRARY.version`.
 *
 * Every file is written beside itself and put in its place when it is whole (`createWritable` does that); names are written so that no
 * file system takes two for one. Tables have names of their own contents; rows of media are written after their pictures, `library.json`
 * after all of them, and what is gone goes last: whoever is killed in between leaves the former library or the new one, and perhaps files
 * that nobody names, which the next reader deletes. The version is changed before anything else, so that nobody takes a half-done change
 * for nothing.
 */

import { MANIFEST, newVersion } from './own-place.js';
import type { FileChanges, OwnFiles, OwnPlace } from './own-place.js';

const ROOT = 'visavis';
/** The records of media that are not in the tables yet begin so. */
const ROWS = 'rows/';
/** Files that are read or written at the same time. */
const FILES_AT_ONCE = 8;
/** How the names of tables end. */
const TABLE_ENDING = '.arrow';
/** How the names end of files that browsers have not put in their place. */
const SWAP_ENDING = '.crswap';

/** A folder with its folders and files listed, which TypeScript's own types lack. */
type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> };

/**
 * The file system of this origin, where it can be used.
 *
 * @throws what the browser gives as a reason where it has one that fails: what is kept there must not look as if it were gone.
 */
export async function openOpfs(name: string): Promise<OwnPlace | undefined> {
  const storage = (globalThis.navigator as Navigator | undefined)?.storage;
  if (typeof storage?.getDirectory !== 'function') return undefined;
  // Safari before 26 writes from workers only.
  if (typeof (globalThis as { FileSystemFileHandle?: typeof FileSystemFileHandle }).FileSystemFileHandle?.prototype.createWritable !== 'function') return undefined;
  try {
    const root = await storage.getDirectory();
    const folder = await (await root.getDirectoryHandle(ROOT, { create: true })).getDirectoryHandle(safe(name), { create: true });
    return new Opfs(folder as Folder);
  } catch (error) {
    // Private windows of some browsers refuse.
    if (['SecurityError', 'NotSupportedError'].includes((error as Partial<DOMException> | undefined)?.name ?? '')) return undefined;
    throw error;
  }
}

class Opfs implements OwnPlace {
  readonly kind = 'opfs';
  readonly #folder: Folder;
  /** The names of each library's files as this client last saw them. */
  readonly #known = new Map<string, Set<string>>();

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  async version(library: string): Promise<string> {
    const bytes = await ifThere(readFile(this.#folder, versionName(library)));
    return bytes === undefined ? '' : new TextDecoder().decode(bytes);
  }

  async has(library: string): Promise<boolean> {
    const folder = (await ifThere(this.#folder.getDirectoryHandle(safe(library)))) as Folder | undefined;
    return folder !== undefined && (await filesOf(folder)).length > 0;
  }

  async read(library: string, known: ReadonlyMap<string, Uint8Array> = new Map()): Promise<OwnFiles> {
    const version = await this.version(library);
    const folder = (await ifThere(this.#folder.getDirectoryHandle(safe(library)))) as Folder | undefined;
    const files = new Map<string, Uint8Array>();
    const found = folder === undefined ? [] : await filesOf(folder);
    await inParallel(found, async ({ path, handle }) => {
      if (!path.endsWith(SWAP_ENDING)) files.set(path, (isWrittenOnce(path) ? known.get(path) : undefined) ?? (await bytesOf(handle)));
    });
    // A new file is empty until it is put in its place, and no file of a library is.
    for (const [path, bytes] of files) if (bytes.byteLength === 0) files.delete(path);
    if (folder !== undefined) await this.#tidy(folder, found.map(({ path }) => path), files);
    this.#known.set(library, new Set(files.keys()));
    return { version, files };
  }

  async write(library: string, changes: FileChanges): Promise<string> {
    const version = newVersion();
    await writeFile(this.#folder, versionName(library), new TextEncoder().encode(version));
    const known = this.#known.get(library) ?? new Set();
    const folder = (await this.#folder.getDirectoryHandle(safe(library), { create: true })) as Folder;
    const begun: string[] = [];
    const put = async ([path, bytes]: [string, Uint8Array]): Promise<void> => {
      begun.push(path);
      await writeFile(await placeOf(folder, path, { create: true }), lastPart(path), bytes);
    };
    const wanted = [...changes].filter((change): change is [string, Uint8Array] => change[1] !== undefined);
    const gone = [...changes].flatMap(([path, bytes]) => (bytes === undefined ? [path] : []));
    const former: [string, Uint8Array][] = [];
    try {
      await inParallel(wanted.filter(([path]) => isWrittenOnce(path)), put);
      await inParallel(wanted.filter(([path]) => path.startsWith(ROWS)), put);
      for (const path of rowsToGoFirst(changes)) {
        const place = await ifThere(placeOf(folder, path));
        const bytes = place && (await ifThere(readFile(place, lastPart(path))));
        if (bytes === undefined) continue;
        former.push([path, bytes]);
        await place?.removeEntry(lastPart(path));
      }
      for (const change of wanted.filter(([path]) => path === MANIFEST)) await put(change);
    } catch (error) {
      await inParallel(begun.filter((path) => !known.has(path)), (path) => remove(folder, path));
      // There is room again for what was there.
      for (const change of former) await put(change).catch(() => undefined);
      throw error;
    }
    await inParallel(gone, (path) => remove(folder, path));
    for (const [path] of wanted) known.add(path);
    for (const path of gone) known.delete(path);
    this.#known.set(library, known);
    return version;
  }

  async drop(library: string): Promise<void> {
    // No version is another one, too. Then in such an order that whoever is killed leaves a library, or what the next reader deletes.
    await ifThere(this.#folder.removeEntry(versionName(library)));
    this.#known.delete(library);
    const folder = await ifThere(this.#folder.getDirectoryHandle(safe(library)));
    if (folder === undefined) return;
    await ifThere(folder.removeEntry(ROWS.slice(0, -1), { recursive: true }));
    await ifThere(folder.removeEntry(MANIFEST));
    await ifThere(this.#folder.removeEntry(safe(library), { recursive: true }));
  }

  /**
   * Deletes what somebody left who was killed: files that were not put in their place, tables that `library.json` does not name, and all
   * where there are neither that nor rows.
   */
  async #tidy(folder: Folder, found: string[], files: Map<string, Uint8Array>): Promise<void> {
    const named = tablesOf(files.get(MANIFEST));
    const isNone = !files.has(MANIFEST) && ![...files.keys()].some((path) => path.startsWith(ROWS));
    const isLeft = (path: string): boolean => isNone || !files.has(path) || (path.endsWith(TABLE_ENDING) && named?.has(path) === false);
    await inParallel(found.filter(isLeft), async (path) => {
      files.delete(path);
      await remove(folder, path);
    });
  }
}

/** Whether a file of this name does not change: tables are named by their contents, pictures by what they show. */
function isWrittenOnce(path: string): boolean {
  return path !== MANIFEST && !path.startsWith(ROWS);
}

/** Rows of media that are removed: beside a library without their media they would bring them back. */
function rowsToGoFirst(changes: FileChanges): string[] {
  const paths = [...changes.keys()];
  return paths.slice(0, Math.max(0, paths.indexOf(MANIFEST))).filter((path) => path.startsWith(ROWS) && changes.get(path) === undefined);
}

/** The tables that a manifest names; none without a manifest, and `undefined` for one that cannot be read: then nothing is touched. */
function tablesOf(manifest: Uint8Array | undefined): Set<string> | undefined {
  if (manifest === undefined) return new Set();
  try {
    const { files } = JSON.parse(new TextDecoder().decode(manifest)) as { files: { name: string }[] };
    return new Set(files.map(({ name }) => name));
  } catch {
    return undefined;
  }
}

/** A name as that of one file or folder: what file systems do not take, or not tell apart, is written as `%` with its number. */
function safe(name: string): string {
  return name.replace(/[^a-z0-9_-]/gu, (character) => `%${character.codePointAt(0)?.toString(16)};`);
}

/** No library's folder is called so: dots of names are written otherwise. */
function versionName(library: string): string {
  return `${safe(library)}.version`;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder in which a file is, or is to be. */
async function placeOf(folder: FileSystemDirectoryHandle, path: string, options: { create?: boolean } = {}): Promise<FileSystemDirectoryHandle> {
  let place = folder;
  for (const part of path.split('/').slice(0, -1)) place = await place.getDirectoryHandle(part, options);
  return place;
}

interface FoundFile {
  path: string;
  handle: FileSystemFileHandle;
}

/** All files of a folder and of the folders in it, by their paths. */
async function filesOf(folder: Folder, prefix = '', files: FoundFile[] = []): Promise<FoundFile[]> {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === 'file') files.push({ path: prefix + name, handle: handle as FileSystemFileHandle });
    else await filesOf(handle as Folder, `${prefix}${name}/`, files);
  }
  return files;
}

async function bytesOf(handle: FileSystemFileHandle): Promise<Uint8Array> {
  return new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array> {
  return bytesOf(await folder.getFileHandle(name));
}

/** Writes a whole file, or leaves it as it was. */
async function writeFile(folder: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await writable.write(bytes as Uint8Array<ArrayBuffer>);
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
}

/** Deletes a file. One that cannot be deleted is named by nobody any more, and tried again by the next reader. */
async function remove(folder: Folder, path: string): Promise<void> {
  try {
    await (await placeOf(folder, path)).removeEntry(lastPart(path));
  } catch {
    // It is gone, or stays for now.
  }
}

/** What was looked for, where it is there. */
async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Does something with each, some at the same time. The first failure is thrown when nothing of it runs any more. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      await work(item).catch((error: unknown) => (failure ??= { error }));
      if (failure !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}
