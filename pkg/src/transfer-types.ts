/** Options and results of taking libraries of the page's own elsewhere and back. */

/** How far an export or import is. */
export interface TransferProgress {
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
}

/** Options of `exportLibrary`. */
export interface ExportOptions {
  /** Its name; default: the first library of the page's own. */
  library?: string;
  /** A folder that the user chose, or where the zip is to flow; default: the zip is the result. */
  to?: FileSystemDirectoryHandle | WritableStream<Uint8Array>;
  /** Ends it with code `Aborted`. */
  signal?: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
}

/** Options of `importLibrary`. */
export interface ImportOptions {
  /** Where it goes: the name of a library of the page's own; default: the first one. */
  library?: string;
  /** Whether a library that is not empty may be replaced. Default: false. */
  replace?: boolean;
  /** Ends it with code `Aborted`; not any more when the engine has begun to check it. */
  signal?: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
}

/** What an import brought. */
export interface ImportResult {
  media: number;
  faces: number;
  persons: number;
}

/** A request of `deleteMedia`. */
export interface DeleteMediaRequest {
  MediaIds: string[];
  /** Default: the first library of the page's own. */
  SearchLibName?: string;
}

/** What `deleteMedia` did. */
export interface DeleteMediaResponse {
  MediaIds: string[];
  /** Those that were not there. */
  UnknownMediaIds: string[];
  FaceIds: string[];
  /** Persons whom nobody had named and who have no face left: they are gone too. */
  EntityIds: string[];
}
