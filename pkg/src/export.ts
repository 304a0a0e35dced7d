/** Writes the files of a library into a zip or a folder, as the command line would. The same library gives the same bytes. */

import { VisavisError, abortedError, describe } from './errors.js';
import type { LibraryFile } from './import.js';
import { LIBRARY_FILE, shown } from './library-files.js';
import { nextTask } from './next-task.js';
import { MANIFEST } from './own-place.js';
import type { TransferProgress } from './transfer-types.js';
import { StoredZip } from './zip-write.js';

/** So long a page is not kept waiting. */
const TURN_MS = 40;

interface WriteOptions {
  signal: AbortSignal | undefined;
  onProgress: ((progress: TransferProgress) => void) | undefined;
}

/** A zip of these files: as it is, or where it is to flow. */
export async function writeZip(files: readonly LibraryFile[], to: WritableStream<Uint8Array> | undefined, options: WriteOptions): Promise<Blob | undefined> {
  const parts: BlobPart[] = [];
  const writer = to?.getWriter();
  const zip = new StoredZip(writer === undefined ? (bytes) => void parts.push(bytes as Uint8Array<ArrayBuffer>) : (bytes) => writer.write(bytes));
  try {
    await inOrder(files, options, ({ name, bytes }) => zip.add(name, bytes));
    await zip.end();
    await writer?.close();
    return writer === undefined ? new Blob(parts, { type: 'application/zip' }) : undefined;
  } catch (error) {
    await writer?.abort(error).catch(() => undefined);
    throw options.signal?.aborted ? abortedError() : error instanceof VisavisError ? error : exportFailed('the end of the zip', error);
  } finally {
    writer?.releaseLock();
  }
}

/**
 * Writes these files into a folder, `library.json` last: who is interrupted leaves no half library. Of a library that was there before,
 * what is not of this one goes then; other files stay.
 */
export async function writeFolder(files: readonly LibraryFile[], folder: FileSystemDirectoryHandle, options: WriteOptions): Promise<void> {
  const isReplaced = await folder.getFileHandle(MANIFEST).then(
    () => true,
    () => false,
  );
  const ordered = [...files.filter(({ name }) => name !== MANIFEST), ...files.filter(({ name }) => name === MANIFEST)];
  await inOrder(ordered, options, async ({ name, bytes }) => {
    const parts = name.split('/');
    let place = folder;
    for (const part of parts.slice(0, -1)) place = await place.getDirectoryHandle(part, { create: true });
    const writable = await (await place.getFileHandle(parts.at(-1) ?? name, { create: true })).createWritable();
    try {
      await writable.write(bytes as Uint8Array<ArrayBuffer>);
      await writable.close();
    } catch (error) {
      await writable.abort().catch(() => undefined);
      throw error;
    }
  });
  if (isReplaced) await removeOthers(folder, new Set(files.map(({ name }) => name)));
}

/** Removes tables and pictures that are not of this library. What cannot be removed stays. */
async function removeOthers(folder: FileSystemDirectoryHandle, names: ReadonlySet<string>, prefix = ''): Promise<void> {
  const entries = (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries();
  const others: string[] = [];
  for await (const [name, handle] of entries) {
    const isFolder = handle.kind === 'directory';
    if (isFolder && prefix === '') await removeOthers(handle as FileSystemDirectoryHandle, names, `${name}/`);
    if (!isFolder && LIBRARY_FILE.test(prefix + name) && !names.has(prefix + name)) others.push(name);
  }
  for (const name of others) await folder.removeEntry(name).catch(() => undefined);
}

async function inOrder(files: readonly LibraryFile[], { signal, onProgress }: WriteOptions, write: (file: LibraryFile) => Promise<unknown>): Promise<void> {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const progress: TransferProgress = { files: 0, totalFiles: files.length, bytes: 0, totalBytes };
  onProgress?.({ ...progress });
  let turned = performance.now();
  for (const file of files) {
    if (signal?.aborted) throw abortedError();
    await write(file).catch((error: unknown) => {
      if (signal?.aborted) throw abortedError();
      throw exportFailed(shown(file.name), error);
    });
    progress.files += 1;
    progress.bytes += file.bytes.byteLength;
    onProgress?.({ ...progress });
    if (performance.now() - turned > TURN_MS) {
      // A write that is done at once leaves the page no moment.
      await nextTask();
      turned = performance.now();
    }
  }
}

function exportFailed(where: string, error: unknown): VisavisError {
  const message = `the export stopped at ${where}: it could not be written (${describe(error)})`;
  return new VisavisError({ code: 'ExportFailed', message, cause: error });
}
