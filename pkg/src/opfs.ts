/**
 * Own libraries in the origin private file system: `visavis/NAME/LIBRARY/`, with the files of a library as the command line writes them,
 * and beside that folder `LIBRARY.version`.
 *
 * Every file is written beside itself and put in its place when it is whole (`createWritable` does that); names are written so that no
 * file system takes two for one. Tables have names of their own
 * contents and `library.json` is written after them, what is gone goes last: whoever is killed in between leaves the former library or the
 * new one, and perhaps files that nobody names, which the next reader deletes. The version is changed before anything else, so that
 * nobody takes a half-done change for nothing.
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

/** The file system of this origin, where it can be used. */
export async function openOpfs(name: string): Promise<OwnPlace | undefined> {
  const storage = (globalThis.navigator as Navigator | undefined)?.storage;
  if (typeof storage?.getDirectory !== 'function') return undefined;
  // Safari before 26 writes from workers only.
  if (typeof (globalThis as { FileSystemFileHandle?: typeof FileSystemFileHandle }).FileSystemFileHandle?.prototype.createWritable !== 'function') return undefined;
  try {
    const root = await storage.getDirectory();
    const folder = await (await root.getDirectoryHandle(ROOT, { create: true })).getDirectoryHandle(safe(name), { create: true });
    return new Opfs(folder as Folder);
  } catch {
    // Private windows of some browsers refuse.
    return undefined;
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

  async read(library: string): Promise<OwnFiles> {
    const version = await this.version(library);
    const folder = (await ifThere(this.#folder.getDirectoryHandle(safe(library)))) as Folder | undefined;
    const files = new Map<string, Uint8Array>();
    const found = folder === undefined ? [] : await filesOf(folder);
    await inParallel(found, async ({ path, handle }) => {
      if (!path.endsWith(SWAP_ENDING)) files.set(path, await bytesOf(handle));
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
      await writeFile(await folderOf(folder, path), lastPart(path), bytes);
    };
    const wanted = [...changes].filter((change): change is [string, Uint8Array] => change[1] !== undefined);
    const gone = [...changes].flatMap(([path, bytes]) => (bytes === undefined ? [path] : []));
    const former: [string, Uint8Array][] = [];
    try {
      await inParallel(wanted.filter(([path]) => path !== MANIFEST), put);
      for (const path of rowsToGoFirst(changes)) {
        const bytes = await ifThere(folderOf(folder, path).then((place) => readFile(place, lastPart(path))));
        if (bytes !== undefined) former.push([path, bytes]);
        await remove(folder, path);
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

  async drop(library: string): Promise<string> {
    const version = newVersion();
    const name = versionName(library);
    let kept = version;
    await writeFile(this.#folder, name, new TextEncoder().encode(version)).catch(async () => {
      // On a full disk: no version is another one, too.
      await ifThere(this.#folder.removeEntry(name));
      kept = '';
    });
    this.#known.delete(library);
    await ifThere(this.#folder.removeEntry(safe(library), { recursive: true }));
    return kept;
  }

  /** Deletes what somebody left who was killed: files that were not put in their place, and tables that `library.json` does not name. */
  async #tidy(folder: Folder, found: string[], files: Map<string, Uint8Array>): Promise<void> {
    const named = tablesOf(files.get(MANIFEST));
    const isLeft = (path: string): boolean => !files.has(path) || (path.endsWith(TABLE_ENDING) && named?.has(path) === false);
    await inParallel(found.filter(isLeft), async (path) => {
      files.delete(path);
      await remove(folder, path);
    });
  }
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

/** The folder in which a file is to be; it is made where it is missing. */
async function folderOf(folder: FileSystemDirectoryHandle, path: string): Promise<FileSystemDirectoryHandle> {
  let place = folder;
  for (const part of path.split('/').slice(0, -1)) place = await place.getDirectoryHandle(part, { create: true });
  return place;
}

/** All files of a folder and of the folders in it, by their paths. */
async function filesOf(folder: Folder, prefix = ''): Promise<{ path: string; handle: FileSystemFileHandle }[]> {
  const files: { path: string; handle: FileSystemFileHandle }[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === 'file') files.push({ path: prefix + name, handle: handle as FileSystemFileHandle });
    else files.push(...(await filesOf(handle as Folder, `${prefix}${name}/`)));
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
    await (await folderOf(folder, path)).removeEntry(lastPart(path));
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
  const waiting = [...items];
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && failure === undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => (failure ??= { error }));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  if (failure !== undefined) throw (failure as { error: unknown }).error;
}
