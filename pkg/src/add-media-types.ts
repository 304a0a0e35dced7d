/** Options, progress and result of `addMedia`. */

import type { VisavisError } from './errors.js';

/** Options of `addMedia`. */
export interface AddMediaOptions {
  /** Default: the first library of the page's own. */
  library?: string;
  /** Told whenever something is done. */
  onProgress?: (progress: AddMediaProgress) => void;
  /** Ends the job with code `Aborted`; files that are done stay. */
  signal?: AbortSignal;
  /** Whether covers and pictures of faces are made and kept. Default true. */
  thumbnails?: boolean;
  /** How many frames of a second of film are looked at, 0.1 to 60. Default 5. */
  framesPerSecond?: number;
  /** How many engines work beside each other, 1 to 16. Default: as the device has cores, at most 4. */
  jobs?: number;
}

/** How far `addMedia` is. */
export interface AddMediaProgress {
  /** Files that were given; 0 while folders are listed. */
  files: number;
  /** Files that are done: added, known before, or failed. */
  done: number;
  added: number;
  duplicates: number;
  failed: number;
  /** Faces that were added, and persons' appearances in films. */
  faces: number;
  /** How much is done of all bytes, 0 to 1. */
  fraction: number;
  /** Seconds that the rest will take, as far as can be told; pauses are left out. */
  secondsLeft: number | undefined;
  /** The files in work, and how far each is, 0 to 1. */
  current: { name: string; fraction: number }[];
  paused: boolean;
}

/** A file that is in the library now. */
export interface AddedFile {
  /** Its path in the library. */
  name: string;
  mediaId: string;
  kind: 'photo' | 'video';
  /** Its faces, or appearances of faces in a film. */
  faces: number;
}

/** What `addMedia` came to. A file without a name is called by its place in what was given, `files[3]`; once added, by its contents. */
export interface AddMediaResult {
  added: AddedFile[];
  /** Files that the library had already, or that are copies of others of this job. */
  duplicates: { name: string; mediaId: string }[];
  /** Files that could not be used, and why. */
  failed: { name: string; error: VisavisError }[];
  /** Files that were not looked at, since the job was ended before. */
  skipped: string[];
  /** Whether `cancel` ended it. */
  cancelled: boolean;
  /** Why it was ended before all files were done, where it was not `cancel`: the disk is full, for example. */
  error?: VisavisError;
}
