/** Zips as they should be, and as they should not: every field can be wrong. */

import { crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip. */
export interface ZipFile {
  name: string;
  bytes?: Uint8Array;
  /** In place of the real one. */
  declaredSize?: number;
  deflate?: boolean;
  /** Unix mode; of a link: 0o120777. */
  mode?: number;
  flags?: number;
  crc?: number;
  /** Of compression. */
  method?: number;
}

/** The bytes of a zip. */
export function makeZip(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes = new Uint8Array([1]), declaredSize = bytes.byteLength, deflate = false, mode = 0o100644, flags = 0, crc = crc32(bytes), method = deflate ? 8 : 0 } of files) {
    const packed = deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags | 0x800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.byteLength, 14);
    common.writeUInt32LE(declaredSize, 18);
    common.writeUInt16LE(path.byteLength, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]);
    const head = Buffer.alloc(46);
    head.write('PK\x01\x02', 'latin1');
    head.writeUInt16LE((3 << 8) | 20, 4);
    common.copy(head, 6);
    head.writeUInt32LE((mode << 16) >>> 0, 38);
    head.writeUInt32LE(offset, 42);
    parts.push(local);
    directory.push(head, path);
    offset += local.byteLength;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.byteLength, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, listed, end]));
}
