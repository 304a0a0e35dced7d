// Pictures that are wrong in one way each.
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

/** The first part of a file. */
export function truncated(path, share = 0.5) {
  const bytes = readFileSync(path);
  return bytes.subarray(0, Math.floor(bytes.length * share));
}

/** A PNG whose header claims a size that its few bytes of pixels do not have. */
export function png(width, height, { pixels = Buffer.alloc(16) } = {}) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

/** A PNG of noise, large enough that half of it is half of a picture. */
export function noisePng(side) {
  const pixels = Buffer.alloc(side * (3 * side + 1));
  let state = 1;
  for (let index = 0; index < pixels.length; index += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    // The first byte of each row names its filter: none.
    pixels[index] = index % (3 * side + 1) === 0 ? 0 : state >> 16;
  }
  return png(side, side, { pixels });
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** CRC-32 of a PNG chunk (ISO/IEC 15948, annex D). */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
