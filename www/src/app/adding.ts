/** Adding photos and films to a library of the visitor: one job at a time, which goes on while other views are looked at. */

import { signal } from '@preact/signals';
import type { AddMediaProgress, AddMediaResult, MediaInput, MediaJob } from 'visavis';
import { OWN, chooseLibrary, client, currentLibrary, isOwn, revision } from './engine.js';
import { surplus } from './files.js';
import { isAborted } from '../text/errors.js';
import { t } from '../text/index.js';
import { keepHandles, keepOriginal, pick } from './originals.js';

export interface Adding {
  library: string;
  progress: AddMediaProgress | undefined;
}

export const adding = signal<Adding | undefined>(undefined);
/** What the last job came to. */
export const added = signal<AddMediaResult | undefined>(undefined);
/** Why the last job could not be begun or was ended. */
export const addProblem = signal<unknown>(undefined);

let job: MediaJob | undefined;
let ending = new AbortController();
let running: Promise<void> | undefined;

/** Adds files, or what handles lead to. */
export function addFiles(library: string, files: Files): void {
  if (adding.peek() === undefined) running = run(library, files);
  else addProblem.value = t('add.busy');
}

type Files = readonly File[] | readonly NamedFile[] | readonly FileSystemHandle[];

async function run(library: string, files: Files): Promise<void> {
  const { signal: ended } = ending;
  adding.value = { library, progress: undefined };
  added.value = undefined;
  addProblem.value = undefined;
  try {
    const engine = await client();
    job = engine.addMedia(files as MediaInput, {
      library,
      signal: ended,
      onProgress: (progress) => {
        adding.value = { library, progress };
      },
    });
    const result = await job;
    added.value = result;
    await keep(library, [...result.added, ...result.duplicates], files);
    addProblem.value = result.error;
  } catch (error) {
    if (!isAborted(error)) addProblem.value = error;
  } finally {
    job = undefined;
    adding.value = undefined;
    revision.value += 1;
  }
}

/** Adds what was more than a search takes: to the library that is shown, or else to the visitor's first one. */
export function addSurplus(): void {
  if (!isOwn(currentLibrary.peek())) chooseLibrary(OWN);
  addFiles(currentLibrary.peek().name, surplus.peek());
  // Taken, unless something else was being added.
  if (addProblem.peek() === undefined) surplus.value = [];
}

export function pauseOrResume(): void {
  if (job === undefined) return;
  if (job.progress.paused) job.resume();
  else job.pause();
  const now = adding.peek();
  if (now !== undefined) adding.value = { ...now, progress: { ...job.progress } };
}

export function cancelAdding(): void {
  job?.cancel();
}

/** Ends what is being added, and forgets what adding came to. A library: unless another one is added to. */
export async function forgetAdding(library = adding.peek()?.library): Promise<void> {
  if (adding.peek() !== undefined && adding.peek()?.library !== library) return;
  ending.abort();
  ending = new AbortController();
  await running;
  added.value = undefined;
  addProblem.value = undefined;
}

/** So that they can be shown afterwards. */
async function keep(library: string, done: readonly { name: string; mediaId: string }[], files: Files): Promise<void> {
  const handles = files.filter((file) => 'kind' in file);
  if (handles.length > 0) return keepHandles(library, done, handles);
  const named = new Map((files as readonly (File | NamedFile)[]).map((one) => ('file' in one ? [one.name, one.file] : [pathOf(one), one])));
  for (const { name, mediaId } of done) {
    const file = named.get(name);
    if (file !== undefined) keepOriginal(mediaId, file);
  }
}

/** A file by the name that it gets in the library: relative to the folder that was chosen. */
const pathOf = ({ webkitRelativePath, name }: File): string => (webkitRelativePath === '' ? name : webkitRelativePath.replace(/^[^/]*\//, ''));

interface NamedFile {
  file: File;
  name: string;
}

/** Adds what was dropped: files and folders. Must be called while the event lasts. */
export function addDropped(library: string, transfer: DataTransfer): void {
  const items: (DataTransferItem & WithHandle)[] = [...transfer.items].filter(({ kind }) => kind === 'file');
  const files = [...transfer.files];
  const given = items.every((item) => item.getAsFileSystemHandle !== undefined) ? handlesOf(items) : filesBelow(items.map((item) => item.webkitGetAsEntry()));
  // What comes from another page or program may be a file without a place on the disk.
  void given.then((found) => addFiles(library, found.length < items.length ? files : found), () => addFiles(library, files));
}

interface WithHandle {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

async function handlesOf(items: readonly WithHandle[]): Promise<FileSystemHandle[]> {
  const handles = await Promise.all(items.map((item) => item.getAsFileSystemHandle?.()));
  return handles.filter((handle) => handle !== undefined && handle !== null);
}

/** The files of folders, in browsers that have no handles; by names as the package gives them. */
async function filesBelow(entries: readonly (FileSystemEntry | null)[], path = '', isGiven = true): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const entry of entries) {
    if (entry?.isFile === true) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      // As in folders that are chosen, what is neither photo nor film by its name is passed over.
      if (isGiven || /^(image|video)\//.test(file.type)) files.push({ file, name: path + file.name });
    } else if (entry?.isDirectory === true) {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      const read = (): Promise<FileSystemEntry[]> => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      // Browsers give a hundred at a time.
      const below = isGiven && entries.length === 1 ? '' : `${path}${entry.name}/`;
      for (let some = await read(); some.length > 0; some = await read()) files.push(...(await filesBelow(some, below, false)));
    }
  }
  return files;
}

/** Opens the browser's own choice of files or of a folder where it gives handles; answers whether it does. */
export function chooseHandles(library: string, kind: 'files' | 'folder'): boolean {
  const given = pick(kind);
  given?.then(
    (handles) => addFiles(library, handles),
    (error: unknown) => {
      // Nothing was chosen, or it was not allowed.
      if (!isAborted(error)) addProblem.value = error;
    },
  );
  return given !== undefined;
}
