/**
 * Reads the files of a library out of a zip or a folder. Nothing is believed: names, sizes and checksums are checked here, and what the
 * files say by the engine, which knows the hashes of the tables.
 */

import { VisavisError, abortedError, describe } from './errors.js';
import type { TransferProgress } from './transfer-types.js';
import { IMPORT_LIMIT_BYTES, IMPORT_LIMIT_ENTRIES, checkName, checkSizes, chooseLibraryFiles, importMalformed, importRefused, importTooLarge, shown } from './library-files.js';
import { loadZip } from './zip-load.js';
import { blobReader, unpack, whyNoZip } from './zip-read.js';
import type { Entry } from './vendor/zip.js';

/** Files that are read at the same time. */
const FILES_AT_ONCE = 4;

/** A file of a library. */
export interface LibraryFile {
  name: string;
  bytes: Uint8Array;
}

interface ReadOptions {
  signal: AbortSignal | undefined;
  onProgress: ((progress: TransferProgress) => void) | undefined;
}

/** A file that can be read. */
interface Source {
  path: string;
  size: number;
  read(): Promise<Uint8Array>;
}

/** The files of the library in a zip. */
export async function readZip(blob: Blob, options: ReadOptions): Promise<LibraryFile[]> {
  if (blob.size === 0) throw importMalformed('it is empty (0 bytes)');
  const { Reader, ZipReader } = await loadZip();
  const source = blobReader(blob, Reader);
  const reader = new ZipReader(source, { strictness: 'balanced', checkLocalFilename: true, filenameValidation: 'tolerant' });
  try {
    const entries: Source[] = [];
    const names = new Set<string>();
    for await (const entry of reader.getEntriesGenerator()) {
      if (options.signal?.aborted) throw abortedError();
      if (names.size >= IMPORT_LIMIT_ENTRIES) throw importTooLarge('it has more files');
      checkEntry(entry, names);
      if (!entry.directory) entries.push({ path: entry.filename, size: entry.uncompressedSize, read: () => unpack(entry, source, options.signal) });
    }
    return await readAll(entries, options);
  } catch (error) {
    if (options.signal?.aborted) throw abortedError();
    throw error instanceof VisavisError ? error : importMalformed(await whyNoZip(source, error), error);
  } finally {
    await reader.close().catch(() => undefined);
  }
}

/** The files of the library in a folder. */
export async function readFolder(folder: FileSystemDirectoryHandle, options: ReadOptions): Promise<LibraryFile[]> {
  try {
    return await readAll(await listFolder(folder, options.signal), options);
  } catch (error) {
    if (options.signal?.aborted) throw abortedError();
    throw error instanceof VisavisError ? error : importMalformed(`folder ${shown(folder.name)}: ${describe(error)}`, error);
  }
}

function checkEntry(entry: Entry, names: Set<string>): void {
  const { filename: name } = entry;
  checkName(name);
  if (entry.symlink) throw importRefused(`${shown(name)} is a link`);
  if (entry.encrypted) throw importRefused(`${shown(name)} is encrypted`);
  // Stored or deflated.
  if (![0, 8].includes(entry.compressionMethod)) throw importRefused(`${shown(name)} is compressed in another way than zips usually are (deflate)`);
  if (names.has(name)) throw importRefused(`${shown(name)} is in it twice`);
  names.add(name);
}

/** Files of a folder, no deeper than libraries are: a folder of libraries is not walked through. */
async function listFolder(folder: FileSystemDirectoryHandle, signal: AbortSignal | undefined, prefix = '', depth = 0, files: Source[] = []): Promise<Source[]> {
  const entries = (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries();
  for await (const [name, handle] of entries) {
    if (signal?.aborted) throw abortedError();
    const path = prefix + name;
    if (handle.kind === 'directory') {
      if (depth < 2) await listFolder(handle as FileSystemDirectoryHandle, signal, `${path}/`, depth + 1, files);
      continue;
    }
    const file = await (handle as FileSystemFileHandle).getFile();
    files.push({ path, size: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) });
    if (files.length > IMPORT_LIMIT_ENTRIES) throw importTooLarge('it has more files');
  }
  return files;
}

async function readAll(sources: readonly Source[], { signal, onProgress }: ReadOptions): Promise<LibraryFile[]> {
  // In the order in which they lie there, which is read fastest.
  const chosen = [...chooseLibraryFiles(sources)];
  const totalBytes = checkSizes(chosen.map(([, { size }]) => size));
  const progress: TransferProgress = { files: 0, totalFiles: chosen.length, bytes: 0, totalBytes };
  onProgress?.({ ...progress });
  const files: LibraryFile[] = [];
  const waiting = [...chosen].reverse();
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (signal?.aborted) throw abortedError();
      const [name, source] = next;
      const bytes = await source.read();
      files.push({ name, bytes });
      progress.files += 1;
      progress.bytes += bytes.byteLength;
      // Files of a folder may have grown since they were listed.
      if (progress.bytes > IMPORT_LIMIT_BYTES) throw importTooLarge('it grew while it was read');
      onProgress?.({ ...progress });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, () => worker().catch((error: unknown) => {
    waiting.splice(0);
    throw error;
  })));
  for (const outcome of workers) if (outcome.status === 'rejected') throw outcome.reason;
  return files;
}
