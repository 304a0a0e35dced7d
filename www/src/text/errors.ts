/** Errors of the package in plain words. */

import type { Key } from './index.js';
import { t } from './index.js';

const KEYS: Record<string, Key> = {
  ImageEmpty: 'problem.empty',
  ImageFormatUnsupported: 'problem.format',
  ImageTruncated: 'problem.truncated',
  ImageMalformed: 'problem.malformed',
  ImageTooLarge: 'problem.tooLarge',
  NoFace: 'problem.noFace',
  FaceTooSmall: 'problem.faceTooSmall',
  LibraryNotFound: 'problem.noLibrary',
  LibraryMalformed: 'problem.badLibrary',
  LibraryVersionUnsupported: 'problem.badLibrary',
  FileLengthMismatch: 'problem.badLibrary',
  FileHashMismatch: 'problem.badLibrary',
  EmbedderMismatch: 'problem.badLibrary',
  LibraryReadOnly: 'problem.readOnly',
  DownloadBlocked: 'problem.blocked',
  DownloadFailed: 'problem.failed',
  DownloadTimeout: 'problem.timeout',
  EngineCrashed: 'problem.crashed',
  SimdUnsupported: 'problem.simd',
  StorageFull: 'problem.storageFull',
  PersistFailed: 'problem.persist',
  ResourceNotFound: 'problem.notFound',
  VideoEmpty: 'problem.video',
  VideoNoTrack: 'problem.video',
  VideoTruncated: 'problem.truncated',
  VideoMalformed: 'problem.video',
  VideoUnsupported: 'problem.video',
  IoError: 'problem.unreadable',
  ImportMalformed: 'problem.import',
  ImportRefused: 'problem.import',
  ImportTooLarge: 'problem.import',
};

/** The code of a package's error. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a call was ended on purpose. */
export function isAborted(error: unknown): boolean {
  return codeOf(error) === 'Aborted' || codeOf(error) === 'ClientClosed' || (error as { name?: string } | undefined)?.name === 'AbortError';
}

/** What went wrong, in a sentence. `name`: of the file or photo it is about. */
export function sentenceOf(error: unknown, name = ''): string {
  const message = error instanceof Error ? error.message : String(error);
  const key = KEYS[codeOf(error) ?? ''];
  if (key === undefined) return t('problem.unexpected', { message });
  return t(key, { name, message }).replace(/^：|^: /, '');
}
