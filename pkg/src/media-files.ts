/**
 * What is given to `addMedia`, as a list of files with names: files, folders that the user chose, and what holds them.
 */

import { VisavisError, describe, invalidParameter } from './errors.js';
import { isA, kindOf } from './images.js';

/** One file, or a blob with the name that it is to have in the library. */
export type MediaFileInput = File | Blob | { file: Blob; name: string } | FileSystemFileHandle | FileSystemDirectoryHandle;

/** What `addMedia` takes: one, several, or the files of an input element. */
export type MediaInput = MediaFileInput | Iterable<MediaFileInput> | ArrayLike<MediaFileInput>;

/** A file that is to be indexed. */
export interface MediaFile {
  /** Its path in the library, with forward slashes; empty where it has none. */
  name: string;
  /** What a file without a name is called in the outcome and in errors: its place in what was given, such as `files[3]`. */
  place: string;
  blob: Blob;
  /** Why it cannot be read. */
  error?: VisavisError;
}

/** Files in folders are taken when they end so; those that are given themselves always are. */
const ENDINGS = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|hei[cf]|avif|jxl|mp4|m4v|mov|mkv|webm|avi|mpe?g|3gp|ts)$/i;

/** As many files as this in one folder or job are a mistake, or too much for a tab. */
const MAX_FILES = 200_000;

/**
 * Lists the files.
 *
 * @throws VisavisError `InvalidParameter` that names the entry that is none.
 */
export async function listMediaFiles(input: MediaInput): Promise<MediaFile[]> {
  const entries = entriesOf(input);
  const files: MediaFile[] = [];
  for (const [index, entry] of entries.entries()) {
    const parameter = entries.length === 1 ? 'files' : `files[${index}]`;
    if (isHandle(entry, 'directory')) {
      // As the command line does: relative to the folder where it is the only thing that was given.
      const prefix = entries.length === 1 ? '' : `${entry.name}/`;
      await walk(entry, prefix, parameter, files);
    } else {
      files.push({ ...(await fileOf(entry, parameter)), place: `files[${index}]` });
    }
    if (files.length > MAX_FILES) throw invalidParameter('files', `more than ${MAX_FILES} files`);
  }
  return withoutCommonFolder(files);
}

/**
 * What was given, as a list of its own.
 *
 * @throws VisavisError `InvalidParameter`.
 */
export function entriesOf(input: MediaInput): MediaFileInput[] {
  if (isSingle(input)) return [input];
  if (typeof input === 'object' && input !== null) {
    if (Symbol.iterator in input) return [...(input as Iterable<MediaFileInput>)];
    if (typeof (input as ArrayLike<MediaFileInput>).length === 'number') return Array.from(input as ArrayLike<MediaFileInput>);
  }
  throw invalidParameter('files', `${kindOf(input)} is no file; give a File, Blob, { file, name }, FileList, a handle of a file or folder, or a list of these`);
}

function isSingle(input: unknown): input is MediaFileInput {
  return isA(input, 'Blob') || isNamed(input) || isHandle(input, 'file') || isHandle(input, 'directory');
}

function isNamed(input: unknown): input is { file: Blob; name: string } {
  return typeof input === 'object' && input !== null && 'file' in input && isA(input.file, 'Blob');
}

function isHandle(input: unknown, kind: 'file'): input is FileSystemFileHandle;
function isHandle(input: unknown, kind: 'directory'): input is FileSystemDirectoryHandle;
function isHandle(input: unknown, kind: 'file' | 'directory'): boolean {
  if (typeof input !== 'object' || input === null) return false;
  const { kind: found, getFile, getFileHandle } = input as Partial<FileSystemFileHandle & FileSystemDirectoryHandle>;
  return found === kind && typeof (kind === 'file' ? getFile : getFileHandle) === 'function';
}

async function fileOf(entry: unknown, parameter: string): Promise<Omit<MediaFile, 'place'>> {
  if (isNamed(entry)) {
    if (typeof entry.name !== 'string') throw invalidParameter(`${parameter}.name`, 'expected a text');
    return { name: cleanName(entry.name), blob: entry.file };
  }
  if (isHandle(entry, 'file')) return open(entry, cleanName(entry.name));
  if (isA(entry, 'Blob')) {
    const { webkitRelativePath: path, name } = entry as Partial<File>;
    return { name: cleanName(path || name || ''), blob: entry };
  }
  throw invalidParameter(parameter, `${kindOf(entry)} is no file; give a File, Blob, { file, name } or a handle of a file or folder`);
}

async function walk(folder: FileSystemDirectoryHandle, prefix: string, parameter: string, files: MediaFile[]): Promise<void> {
  const found: FileSystemHandle[] = [];
  try {
    // Not in every version of TypeScript's library.
    for await (const entry of (folder as unknown as { values(): AsyncIterable<FileSystemHandle> }).values()) found.push(entry);
  } catch (error) {
    throw invalidParameter(parameter, `the folder ${prefix || folder.name} could not be read: ${describe(error)}`);
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of found) {
    if (entry.name.startsWith('.')) continue;
    if (isHandle(entry, 'directory')) await walk(entry, `${prefix}${entry.name}/`, parameter, files);
    else if (isHandle(entry, 'file') && ENDINGS.test(entry.name)) files.push({ ...(await open(entry, prefix + entry.name)), place: parameter });
    if (files.length > MAX_FILES) throw invalidParameter('files', `more than ${MAX_FILES} files`);
  }
}

/** A file that cannot be opened fails alone, when its turn comes. */
async function open(handle: FileSystemFileHandle, name: string): Promise<Omit<MediaFile, 'place'>> {
  try {
    return { name, blob: await handle.getFile() };
  } catch (cause) {
    const message = `${name}: it could not be opened: ${describe(cause)}`;
    return { name, blob: new Blob(), error: new VisavisError({ code: 'IoError', message, cause }) };
  }
}

/** A name with forward slashes and without what has no place in a path. */
function cleanName(name: string): string {
  return name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
}

/** A folder that was chosen with an input element stands before the names of all its files: they are relative to it. */
function withoutCommonFolder(files: MediaFile[]): MediaFile[] {
  const chosen = (files[0]?.blob as Partial<File> | undefined)?.webkitRelativePath?.split('/')[0];
  if (chosen === undefined || chosen === '') return files;
  const start = `${chosen}/`;
  if (!files.every(({ blob, name }) => (blob as Partial<File>).webkitRelativePath?.startsWith(start) === true && name.startsWith(start))) return files;
  return files.map((file) => ({ ...file, name: file.name.slice(start.length) })).filter(({ name }) => ENDINGS.test(name) && !/(^|\/)\./.test(name));
}
