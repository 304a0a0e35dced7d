/**
 * Entries of a zip, unpacked one by one with the checks of zip.js. A blob is read in blocks, since each read of its own takes a browser a
 * millisecond and more; and files that are stored as they are are taken out of these without the streams of zip.js.
 */

import { crc32 } from './crc32.js';
import { VisavisError, describe } from './errors.js';
import { importMalformed, shown } from './library-files.js';
import type { Entry, Reader } from './vendor/zip.js';

/** So much of a zip is read at once. */
const BLOCK_BYTES = 1024 ** 2;
/** So many blocks are remembered: a few files are read at the same time, which lie beside each other. */
const BLOCKS = 8;
/** The part of a file's head that has always this length; then come its name and the extra field. */
const HEAD_BYTES = 30;

/** Reads a blob; `Base` is the class of zip.js. */
export function blobReader(blob: Blob, Base: new () => Reader): Reader {
  const blocks = new Map<number, Promise<Uint8Array>>();
  const bytesAt = async (start: number, end: number): Promise<Uint8Array> => new Uint8Array(await blob.slice(start, end).arrayBuffer());
  const block = (index: number): Promise<Uint8Array> => {
    const bytes = blocks.get(index) ?? bytesAt(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES);
    // What was used last goes last.
    blocks.delete(index);
    blocks.set(index, bytes);
    for (const [oldest] of blocks) if (blocks.size > BLOCKS) blocks.delete(oldest);
    return bytes;
  };
  return new (class extends Base {
    override size = blob.size;

    override async readUint8Array(start: number, length: number): Promise<Uint8Array> {
      const end = Math.min(start + length, blob.size);
      const [first, last] = [Math.floor(start / BLOCK_BYTES), Math.floor(Math.max(start, end - 1) / BLOCK_BYTES)];
      if (last > first + 1) return bytesAt(start, end);
      const begin = first * BLOCK_BYTES;
      const one = await block(first);
      if (last === first) return one.slice(start - begin, end - begin);
      const bytes = new Uint8Array(end - start);
      bytes.set(one.subarray(start - begin));
      bytes.set((await block(last)).subarray(0, end - begin - BLOCK_BYTES), begin + BLOCK_BYTES - start);
      return bytes;
    }
  })();
}

/** How the heads of files in a zip begin, and the end of one without files. */
const BEGINNINGS = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08', 'PK00'];
/** What zip.js says of a zip whose end is not there. */
const NO_END = /end of .*central directory|file format is not recognized|central directory header not found/i;
/** What zip.js says of files, in words that tell what to do about it. */
const WORDS: [RegExp, string][] = [
  [/crc32/i, 'its checksum is wrong: the zip is damaged'],
  [/overlapping/i, 'it lies over another file of the zip'],
  [/out of bounds|local file header not found/i, 'it is not where the zip says: the zip is cut off or damaged'],
  [/compressed data|uncompressed size|data descriptor/i, 'it cannot be unpacked: the zip is damaged'],
];

/** Why the directory of a zip cannot be read. */
export async function whyNoZip(reader: Reader, error: unknown): Promise<string> {
  const head = await reader.readUint8Array(0, 4).catch(() => undefined);
  if (head === undefined) return `the file cannot be read any more (${describe(error)}); was it moved?`;
  if (!BEGINNINGS.includes(String.fromCharCode(...head))) return 'it is no zip';
  if (NO_END.test(describe(error))) return 'the zip is cut off or damaged: its end, where the list of its files is, is not there; was it copied or downloaded completely?';
  return `the zip is damaged: its list of files cannot be read (${describe(error)})`;
}

/** Why a file cannot be unpacked. */
function whyNot(error: unknown): string {
  const said = describe(error);
  return WORDS.find(([pattern]) => pattern.test(said))?.[1] ?? said;
}

/** Unpacks one file, no further than it said. */
export async function unpack(entry: Entry, reader: Reader, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return entry.compressionMethod === 0 ? await stored(entry, reader) : await inflated(entry, signal);
  } catch (error) {
    throw error instanceof VisavisError ? error : importMalformed(`${shown(entry.filename)}: ${whyNot(error)}`, error);
  }
}

async function stored(entry: Entry, reader: Reader): Promise<Uint8Array> {
  const { filename: name, offset, compressedSize, uncompressedSize: size, signature } = entry;
  // The head of the file, where it lies, and whether another file lies there too.
  await entry.getData?.(undefined, { checkOverlappingEntry: true, checkOverlappingEntryOnly: true });
  if (compressedSize !== size) throw importMalformed(`${shown(name)} has ${compressedSize} bytes, but the zip says ${size}`);
  const head = await reader.readUint8Array(offset, HEAD_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const bytes = await reader.readUint8Array(offset + HEAD_BYTES + view.getUint16(26, true) + view.getUint16(28, true), size);
  if (bytes.byteLength !== size) throw importMalformed(`${shown(name)} is cut off`);
  if (crc32(bytes) !== signature >>> 0) throw importMalformed(`${shown(name)}: its checksum is wrong: the zip is damaged`);
  return bytes;
}

async function inflated(entry: Entry, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { uncompressedSize: size, filename: name } = entry;
  const parts: Uint8Array[] = [];
  let length = 0;
  const tooMuch = (cause?: unknown): VisavisError => importMalformed(`${shown(name)} unpacks to more than the ${size} bytes that the zip says`, cause);
  const target = new WritableStream<Uint8Array>({
    write(part) {
      length += part.byteLength;
      // It would go on up to wherever the packed bytes lead.
      if (length > size) throw tooMuch();
      parts.push(part.slice());
    },
  });
  try {
    await entry.getData?.(target, { checkSignature: true, checkOverlappingEntry: true, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    throw length > size ? tooMuch(error) : error;
  }
  if (length !== size) throw importMalformed(`${shown(name)} unpacks to ${length} bytes, but the zip says ${size}`);
  return joined(parts, length);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
