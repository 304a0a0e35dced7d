/** What is used here of zip.js (`@zip.js/zip.js`, dist/zip-core-external.min.js), which lies in dist/vendor. */

/** A file or folder of a zip. */
export interface Entry {
  filename: string;
  directory: boolean;
  encrypted: boolean;
  symlink: boolean;
  compressionMethod: number;
  compressedSize: number;
  uncompressedSize: number;
  /** CRC-32. */
  signature: number;
  /** Where its head is. */
  offset: number;
  getData?(target: WritableStream<Uint8Array> | undefined, options: object): Promise<unknown>;
}

/** What a zip is read from. */
export class Reader {
  size: number;
  readUint8Array(start: number, length: number): Promise<Uint8Array>;
}

export class ZipReader {
  constructor(reader: Reader, options: object);
  getEntriesGenerator(): AsyncGenerator<Entry>;
  close(): Promise<void>;
}

export function configure(options: object): void;
