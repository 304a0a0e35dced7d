/** Adding photos and films to a library of the visitor: one job at a time, which goes on while other views are looked at. */

import { signal } from '@preact/signals';
import type { AddMediaProgress, AddMediaResult, MediaInput, MediaJob } from 'visavis';
import { client, revision } from './engine.js';
import { keepOriginal } from './media.js';

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

/** Adds files. `named` are files by their names in the library, so that they can be shown afterwards. */
export async function addFiles(library: string, files: MediaInput, named: ReadonlyMap<string, File> = new Map()): Promise<void> {
  if (adding.peek() !== undefined) return;
  adding.value = { library, progress: undefined };
  added.value = undefined;
  addProblem.value = undefined;
  try {
    const engine = await client();
    job = engine.addMedia(files, {
      library,
      onProgress: (progress) => {
        adding.value = { library, progress };
      },
    });
    const result = await job;
    added.value = result;
    for (const { name, mediaId } of [...result.added, ...result.duplicates]) {
      const file = named.get(name);
      if (file !== undefined) keepOriginal(mediaId, file);
    }
    addProblem.value = result.error;
  } catch (error) {
    addProblem.value = error;
  } finally {
    job = undefined;
    adding.value = undefined;
    revision.value += 1;
  }
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

/** Adds what was dropped: files, and folders where the browser gives them. Must be called while the event lasts. */
export function addDropped(library: string, transfer: DataTransfer): void {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const files = [...transfer.files];
  type WithHandles = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };
  const handles = items.map((item: WithHandles) => item.getAsFileSystemHandle?.());
  void Promise.all(handles).then((given) => {
    const folders = given.filter((handle) => handle?.kind === 'directory');
    // Files are taken as files, so that they can be shown afterwards.
    if (folders.length === 0) return addFiles(library, files, byName(files));
    return addFiles(library, given.filter((handle) => handle !== undefined && handle !== null) as unknown as MediaInput);
  });
}

/** Files by the names that they get in the library: relative to the folder that was chosen. */
export function byName(files: readonly File[]): Map<string, File> {
  return new Map(files.map((file) => [file.webkitRelativePath === '' ? file.name : file.webkitRelativePath.replace(/^[^/]*\//, ''), file]));
}
