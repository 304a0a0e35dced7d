/** Which files make a library, in a zip or a folder, and how large an import may be. */

import { VisavisError } from './errors.js';
import { MANIFEST } from './own-place.js';

/** An import may unpack to so many bytes: it is in memory several times over when it is checked, and the engine has 4 GiB at most. */
export const IMPORT_LIMIT_BYTES = 256 * 1024 ** 2;
/** A zip or folder may have so many entries, its pictures and whatever else is in it. */
export const IMPORT_LIMIT_ENTRIES = 500_000;
const LIMITS = `${IMPORT_LIMIT_BYTES / 1024 ** 2} MiB in ${IMPORT_LIMIT_ENTRIES} files`;
/** Tables, and the pictures of media and faces. */
export const LIBRARY_FILE = /^(?:[^/]+\.arrow|(?:faces|covers)\/[^/]+\.jpg)$/u;

/** Names of files in an archive are shown so long. */
const SHOWN_CHARACTERS = 80;

/** Refuses a name that would lead out of a folder, or that systems read differently. */
export function checkName(name: string): void {
  const reason = whyUnsafe(name);
  if (reason !== undefined) throw importRefused(`${shown(name)}: ${reason}`);
}

function whyUnsafe(name: string): string | undefined {
  if (name === '' || name.includes('\0')) return 'this is no name of a file';
  if (name.includes('\\')) return 'a backslash is a separator on some systems and a letter on others';
  if (name.startsWith('/') || /^[a-z]:/iu.test(name)) return 'the path is absolute';
  if (name.split('/').includes('..')) return 'the path leads out of its folder (..)';
  return undefined;
}

/**
 * The files of a library among these, by their paths within the library: it may be in a folder of its own, as `zip -r` makes it. What
 * else is there (a journal, a readme, what systems add) is left out.
 */
export function chooseLibraryFiles<F extends { path: string }>(files: readonly F[]): Map<string, F> {
  const parts = files.map((file) => ({ file, parts: file.path.split('/').filter((part) => part !== '.' && part !== '') }));
  const manifests = parts.filter(({ parts: all }) => all.length <= 2 && all.at(-1) === MANIFEST);
  const [manifest] = manifests;
  if (manifest === undefined) throw importRefused(`there is no ${MANIFEST} in it, so it is no library`);
  if (manifests.length > 1) throw importRefused(`there are several libraries in it: ${manifests.map(({ file }) => shown(file.path)).join(', ')}`);
  const root = manifest.parts.slice(0, -1);
  const chosen = new Map<string, F>();
  for (const { file, parts: all } of parts) {
    if (!root.every((part, index) => all[index] === part)) continue;
    const path = all.slice(root.length).join('/');
    if (path !== MANIFEST && !LIBRARY_FILE.test(path)) continue;
    if (chosen.has(path)) throw importRefused(`${shown(file.path)} is in it twice`);
    chosen.set(path, file);
  }
  return chosen;
}

/** Adds up what files say of their sizes, and refuses what is too much. */
export function checkSizes(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  if (total > IMPORT_LIMIT_BYTES) throw importTooLarge(`it unpacks to ${Math.round(total / 1024 ** 2)} MiB`);
  return total;
}

/** What is to be known of an export with files of these sizes that `importLibrary` would not take. */
export function tooLargeToImport(sizes: readonly number[]): VisavisError | undefined {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= IMPORT_LIMIT_BYTES && sizes.length <= IMPORT_LIMIT_ENTRIES) return undefined;
  const message =
    `the export has ${Math.ceil(total / 1024 ** 2)} MiB in ${sizes.length} files, and importLibrary takes at most ${LIMITS}: it cannot be brought back ` +
    'into a browser; the command line reads it, and pages can use it as published files';
  return new VisavisError({ code: 'ImportTooLarge', message });
}

/** A name as it is shown. */
export function shown(name: string): string {
  return JSON.stringify(name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}…` : name);
}

/** It may be a zip, but not one that is unpacked here. */
export function importRefused(reason: string): VisavisError {
  return new VisavisError({ code: 'ImportRefused', message: `the import was refused: ${reason}` });
}

/** It cannot be read. */
export function importMalformed(reason: string, cause?: unknown): VisavisError {
  return new VisavisError({ code: 'ImportMalformed', message: `the import cannot be read: ${reason}`, cause });
}

/** More than fits. */
export function importTooLarge(reason: string): VisavisError {
  const message = `the import is too large: ${reason}; at most ${LIMITS} are taken`;
  return new VisavisError({ code: 'ImportTooLarge', message });
}
