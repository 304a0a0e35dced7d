/**
 * The files of photos and films in libraries of the visitor: libraries keep previews only. What was given in this visit is at hand; of what was
 * dropped or chosen where the browser has file handles, the handle is kept in IndexedDB, and opens the file again in a later visit.
 */

import { signal } from '@preact/signals';

/** Where a file is: its own handle or that of a folder above it, and its path in the library. Folders of one name may be several. */
interface Kept {
  handles: readonly FileSystemHandle[];
  path: string;
}

/** A file of an earlier visit that can be opened when the visitor allows it. */
export interface Closed {
  name: string;
  /** Asks for leave and opens it; must be called in answer to a press. Undefined where it was refused, moved, deleted, or is another file now. */
  open: () => Promise<string | undefined>;
}

type WithPermission = FileSystemHandle & {
  queryPermission?: (how: { mode: 'read' }) => Promise<PermissionState>;
  requestPermission?: (how: { mode: 'read' }) => Promise<PermissionState>;
};

export const ORIGINALS_DATABASE = 'visavis-www';
const STORE = 'originals';

/** Media to the `blob:` addresses of their files. */
const atHand = signal<ReadonlyMap<string, string>>(new Map());

/** The address of a file that is at hand. */
export const originalOf = (mediaId: string): string | undefined => atHand.value.get(mediaId);

/** Has the file of a media at hand as long as the page lives. */
export function keepOriginal(mediaId: string, file: Blob): string {
  const known = atHand.peek().get(mediaId);
  if (known !== undefined) return known;
  const url = URL.createObjectURL(file);
  atHand.value = new Map(atHand.peek()).set(mediaId, url);
  return url;
}

/** Keeps where the files of media are. Where there is no IndexedDB, nothing is kept, and the files must be chosen again. */
export async function keepHandles(library: string, files: readonly { name: string; mediaId: string }[], handles: readonly FileSystemHandle[]): Promise<void> {
  const folders = handles.filter(({ kind }) => kind === 'directory');
  const own = new Map<string, FileSystemHandle[]>();
  for (const handle of handles) if (handle.kind === 'file') own.set(handle.name, [...(own.get(handle.name) ?? []), handle]);
  await within('readwrite', (store) => {
    for (const { name, mediaId } of files) store.put({ handles: [...(own.get(name) ?? []), ...folders], path: name } satisfies Kept, [library, mediaId]);
  }).catch(() => undefined);
}

/** What the choice of files shows. */
const FILMS = { 'video/*': ['.mkv', '.mov', '.ts'] };
const PHOTOS = { 'image/*': ['.tif', '.tiff', '.heic', '.avif'] };

/** The browser's own choice of files, of a folder, or of a film, where it gives handles; rejects with an `AbortError` where nothing is chosen. */
export function pick(kind: 'files' | 'folder' | 'film'): Promise<FileSystemHandle[]> | undefined {
  const pickers = window as Window & {
    showOpenFilePicker?: (how: object) => Promise<FileSystemHandle[]>;
    showDirectoryPicker?: () => Promise<FileSystemHandle>;
  };
  if (kind === 'folder') return pickers.showDirectoryPicker?.().then((folder) => [folder]);
  return pickers.showOpenFilePicker?.({ multiple: kind === 'files', types: [{ accept: kind === 'film' ? FILMS : { ...PHOTOS, ...FILMS } }] });
}

/** Has a file of an earlier visit at hand where the browser still allows it; else answers how it can be opened. */
export async function findOriginal(library: string, mediaId: string, bytes: number): Promise<Closed | undefined> {
  if (atHand.peek().has(mediaId)) return undefined;
  const kept = await within<Kept | undefined>('readonly', (store) => store.get([library, mediaId])).catch(() => undefined);
  if (kept === undefined) return undefined;
  const open = async (ask: boolean): Promise<string | undefined> => {
    for (const handle of kept.handles) {
      const file = await read(handle, kept.path, ask).catch(() => undefined);
      if (file !== undefined && (bytes === 0 || file.size === bytes)) return keepOriginal(mediaId, file);
    }
    return undefined;
  };
  return (await open(false)) === undefined ? { name: kept.path, open: () => open(true) } : undefined;
}

/** Forgets the handles of a library, or of some of its media. */
export async function forgetHandles(library: string, mediaIds?: readonly string[]): Promise<void> {
  await within('readwrite', (store) => {
    if (mediaIds === undefined) store.delete(IDBKeyRange.bound([library], [library, []]));
    else for (const mediaId of mediaIds) store.delete([library, mediaId]);
  }).catch(() => undefined);
}

/** Forgets the files that are at hand. */
export function forgetOriginals(): void {
  for (const url of atHand.peek().values()) URL.revokeObjectURL(url);
  atHand.value = new Map();
}

/** The file of a handle, where the page may read it. */
async function read(handle: WithPermission, path: string, ask: boolean): Promise<File | undefined> {
  const state = ask ? await handle.requestPermission?.({ mode: 'read' }) : await handle.queryPermission?.({ mode: 'read' });
  if (state !== undefined && state !== 'granted') return undefined;
  if (handle.kind === 'file') return (handle as FileSystemFileHandle).getFile();
  const steps = path.split('/');
  // Where several things were given, the folder's own name stands before the path.
  const from = steps[0] === handle.name ? [steps.slice(1), steps] : [steps];
  for (const way of from) {
    const file = await follow(handle as FileSystemDirectoryHandle, way).catch(() => undefined);
    if (file !== undefined) return file;
  }
  return undefined;
}

async function follow(folder: FileSystemDirectoryHandle, way: readonly string[]): Promise<File> {
  let at = folder;
  for (const step of way.slice(0, -1)) at = await at.getDirectoryHandle(step);
  return (await at.getFileHandle(way.at(-1) ?? '')).getFile();
}

/** Does something with the store, and answers what it asked for. The database is closed behind it, so that it can be deleted. */
async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T> | void): Promise<T> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(ORIGINALS_DATABASE);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('it could not be opened'));
  });
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result as T);
      transaction.onabort = () => reject(transaction.error ?? new Error('it could not be kept'));
    });
  } finally {
    database.close();
  }
}
