/** What is used here of zip.js (`@zip.js/zip.js`, dist/zip-core-external.min.js), which lies in dist/vendor. */

/** A file or folder of a zip. */
export interface Entry {
  filename: string;
  directory: boolean;
  encrypted: boolean;
  symlink: boolean;
  compressionMethod: number;
  uncompressedSize: number;
  getData?(target: WritableStream<Uint8Array>, options: object): Promise<unknown>;
}

export class BlobReader {
  constructor(blob: Blob);
}

export class Uint8ArrayReader {
  constructor(bytes: Uint8Array);
}

export class BlobWriter {
  constructor(type: string);
}

export class ZipReader {
  constructor(reader: BlobReader, options: object);
  getEntriesGenerator(): AsyncGenerator<Entry>;
  close(): Promise<void>;
}

export class ZipWriter {
  constructor(target: BlobWriter | WritableStream<Uint8Array>, options: object);
  add(name: string, reader: Uint8ArrayReader, options: object): Promise<unknown>;
  close(): Promise<Blob | undefined>;
}

export function configure(options: object): void;
