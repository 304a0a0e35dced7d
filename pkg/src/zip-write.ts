/**
 * Zips whose files are stored as they are: pictures and embeddings would hardly get smaller. Written here rather than with zip.js, whose
 * streams take a millisecond a file; a library has tens of thousands. Fields are those of APPNOTE.TXT 6.3, with zip64 where it is needed.
 */

import { crc32 } from './crc32.js';

/** Names are in UTF-8. */
const UTF8_NAMES = 0x800;
/** 1980-01-01, the first moment that zips know: the same library gives the same bytes. */
const DATE = 0x21;
/** Made on Unix. */
const UNIX = 3 << 8;
/** An ordinary file that all may read. */
const MODE = 0o100644;
/** The version of the format that is needed, without and with zip64. */
const [PLAIN, ZIP64] = [20, 45];
const [MAX_16, MAX_32] = [0xffff, 0xffffffff];

/** Takes the next bytes of a zip. */
export type Put = (bytes: Uint8Array) => void | Promise<void>;

/** A zip that is being written. No file has 4 GiB: all of them come out of memory. */
export class StoredZip {
  readonly #put: Put;
  /** The directory, which comes last. */
  readonly #directory: Uint8Array[] = [];
  #at = 0;

  constructor(put: Put) {
    this.#put = put;
  }

  /** Adds a file. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    const path = new TextEncoder().encode(name);
    const offset = this.#at;
    const isFar = offset >= MAX_32;
    const version = isFar ? ZIP64 : PLAIN;
    // What the head of the file and its entry in the directory have in common, up to the lengths of name and extra field.
    const common: Field[] = [
      [2, UTF8_NAMES],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, crc32(bytes)],
      [4, bytes.byteLength],
      [4, bytes.byteLength],
      [2, path.byteLength],
    ];
    const extra = isFar ? fields([[2, 1], [2, 8], [8, offset]]) : new Uint8Array();
    const rest: Field[] = [[2, extra.byteLength], [2, 0], [2, 0], [2, 0], [4, MODE * 0x10000], [4, Math.min(offset, MAX_32)]];
    this.#directory.push(fields([[4, 0x02014b50], [2, UNIX | version], [2, version], ...common, ...rest]), path, extra);
    await this.#write(fields([[4, 0x04034b50], [2, PLAIN], ...common, [2, 0]]));
    await this.#write(path);
    await this.#write(bytes);
  }

  /** Writes the directory. */
  async end(): Promise<void> {
    const count = this.#directory.length / 3;
    const start = this.#at;
    for (const part of joined(this.#directory)) await this.#write(part);
    const [size, end] = [this.#at - start, this.#at];
    if (count >= MAX_16 || end >= MAX_32) {
      const whole: Field[] = [[8, count], [8, count], [8, size], [8, start]];
      await this.#write(fields([[4, 0x06064b50], [8, 44], [2, UNIX | ZIP64], [2, ZIP64], [4, 0], [4, 0], ...whole]));
      await this.#write(fields([[4, 0x07064b50], [4, 0], [8, end], [4, 1]]));
    }
    const shown = Math.min(count, MAX_16);
    await this.#write(fields([[4, 0x06054b50], [2, 0], [2, 0], [2, shown], [2, shown], [4, Math.min(size, MAX_32)], [4, Math.min(start, MAX_32)], [2, 0]]));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#at += bytes.byteLength;
    if (bytes.byteLength > 0) await this.#put(bytes);
  }
}

/** A number and how many bytes it takes. */
type Field = [2 | 4 | 8, number];

function fields(all: readonly Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(all.reduce((sum, [length]) => sum + length, 0)));
  let at = 0;
  for (const [length, value] of all) {
    if (length === 2) view.setUint16(at, value, true);
    if (length === 4) view.setUint32(at, value, true);
    if (length === 8) view.setBigUint64(at, BigInt(value), true);
    at += length;
  }
  return new Uint8Array(view.buffer);
}

/** Small pieces put together, so that each write is worth it. */
function* joined(parts: readonly Uint8Array[], wanted = 1 << 20): Generator<Uint8Array> {
  for (let first = 0; first < parts.length; ) {
    let length = 0;
    let last = first;
    while (last < parts.length && length < wanted) length += parts[last++]?.byteLength ?? 0;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts.slice(first, last)) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    yield bytes;
    first = last;
  }
}
