/**
 * What kind of video a file is, by its first bytes (what it contains decides, not what it is called), whether its end is missing, by the
 * lengths that it states, and when it was made. Nothing is decoded. The command line does the same.
 */

/** So many bytes of a file's beginning are looked at. */
const HEAD_BYTES = 4096;
/** Boxes of an MP4 file that are walked; a file of more counts as whole. */
const MAX_BOXES = 1 << 16;
/** Length of a packet of MPEG-TS. */
const TS_PACKET = 188;
/** So many packets are looked at: one byte in 256 is as that with which they begin. */
const TS_PACKETS = 5;
/** Seconds from 1904, from which QuickTime counts, to 1970. */
const SECONDS_TO_1970 = 2_082_844_800;

/** Names as in a library's `format` column. */
export type Container = 'mp4' | 'mov' | '3gp' | 'mkv' | 'webm' | 'avi' | 'mpeg' | 'mpegts';

/** Names in messages. */
export const CONTAINER_TITLES: Record<Container, string> = {
  mp4: 'MP4',
  mov: 'QuickTime',
  '3gp': '3GP',
  mkv: 'Matroska',
  webm: 'WebM',
  avi: 'AVI',
  mpeg: 'MPEG',
  mpegts: 'MPEG-TS',
};

/** What the bytes around a video's pictures say. */
export interface Surroundings {
  /** The file ends before the film does, or before the index without which it cannot be read. */
  cutOff: boolean;
  /** In milliseconds since 1970, where it is stated. */
  createdMs: number | undefined;
}

/** The container of a file; `undefined` for what is no video. */
export async function containerOf(blob: Blob): Promise<Container | undefined> {
  const head = await bytesAt(blob, 0, HEAD_BYTES);
  const ascii = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  const box = ascii(4, 8);
  if (box === 'ftyp') return containerOfBrand(ascii(8, 12));
  if (ascii(0, 4) === '\x1aE\xdf\xa3') return ascii(0, 64).includes('webm') ? 'webm' : 'mkv';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'AVI ') return 'avi';
  if (ascii(0, 4) === '\0\0\x01\xba' || ascii(0, 4) === '\0\0\x01\xb3') return 'mpeg';
  // QuickTime of before there was `ftyp`.
  if (['moov', 'mdat', 'wide', 'pnot'].includes(box)) return 'mov';
  if (ascii(0, 4) === 'GIF8' || head.length < TS_PACKET) return undefined;
  // A packet begins with G; cameras put four bytes of time before each.
  return isPackets(head, 0, TS_PACKET) || isPackets(head, 4, TS_PACKET + 4) ? 'mpegts' : undefined;
}

/** Whether packets of this length begin at `from`: all of them, as far as the head has them. */
function isPackets(head: Uint8Array, from: number, length: number): boolean {
  const places = Array.from({ length: TS_PACKETS }, (_, number) => from + number * length);
  return places.every((at) => at >= head.length || head[at] === 0x47);
}

/** Pictures (HEIC, AVIF) are in the same boxes; their brands tell them apart. */
function containerOfBrand(brand: string): Container | undefined {
  if (brand === 'qt  ') return 'mov';
  if (/^(hei[cxms]|hev[cx]|mif1|msf1|avi[fs])$/.test(brand)) return undefined;
  return brand.startsWith('3g') ? '3gp' : 'mp4';
}

/** What the bytes around the pictures of a file say. MPEG streams state nothing: a part of one is a whole one. */
export async function surroundingsOf(blob: Blob, container: Container): Promise<Surroundings> {
  const nothing: Surroundings = { cutOff: false, createdMs: undefined };
  switch (container) {
    case 'mp4':
    case 'mov':
    case '3gp':
      return ofBoxes(blob);
    case 'mkv':
    case 'webm':
      return { ...nothing, cutOff: await isSegmentCutOff(blob) };
    default:
      return nothing;
  }
}

/** ISO 14496-12: boxes one after the other, each with its length (32 bits, or 1 and then 64 bits; 0 means to the end). */
async function ofBoxes(blob: Blob): Promise<Surroundings> {
  let [index, data, createdMs]: [boolean, boolean, number | undefined] = [false, false, undefined];
  let place = 0;
  for (let count = 0; count < MAX_BOXES && place + 8 <= blob.size; count += 1) {
    const header = await headerAt(blob, place);
    const size = header.size === 0 ? blob.size - place : header.size;
    if (size < 8) break;
    index ||= header.kind === 'moov';
    data ||= header.kind === 'mdat';
    if (header.kind === 'moov') createdMs ??= await createdIn(blob, place + header.length, place + size);
    place += size;
    // What follows the film may be anything; only parts of the film itself are missed.
    if (place > blob.size) return { cutOff: ['moov', 'mdat', 'moof'].includes(header.kind), createdMs };
  }
  return { cutOff: data && !index, createdMs };
}

async function headerAt(blob: Blob, place: number): Promise<{ kind: string; size: number; length: number }> {
  const bytes = await bytesAt(blob, place, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = String.fromCharCode(...bytes.subarray(4, 8));
  const size = view.getUint32(0);
  if (size !== 1 || bytes.byteLength < 16) return { kind, size, length: 8 };
  return { kind, size: Number(view.getBigUint64(8)), length: 16 };
}

/** When a film was made, from the `mvhd` box of its index. */
async function createdIn(blob: Blob, from: number, to: number): Promise<number | undefined> {
  let place = from;
  for (let count = 0; count < 16 && place + 8 <= to; count += 1) {
    const { kind, size, length } = await headerAt(blob, place);
    if (kind === 'mvhd') {
      const bytes = await bytesAt(blob, place + length, 12);
      if (bytes.byteLength < 12) return undefined;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const seconds = bytes[0] === 1 ? Number(view.getBigUint64(4)) : view.getUint32(4);
      return seconds === 0 ? undefined : (seconds - SECONDS_TO_1970) * 1000;
    }
    if (size < 8) return undefined;
    place += size;
  }
  return undefined;
}

/** RFC 8794 and 9559: the header's element, then the segment with its length, of which all ones mean that it is not known. */
async function isSegmentCutOff(blob: Blob): Promise<boolean> {
  const head = await bytesAt(blob, 0, HEAD_BYTES);
  const header = lengthAt(head, 4);
  if (header?.value === undefined) return false;
  const place = 4 + header.bytes + header.value;
  if (place + 12 > blob.size) return true;
  const bytes = await bytesAt(blob, place, 12);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\x18S\x80g') return false;
  const segment = lengthAt(bytes, 4);
  return segment?.value !== undefined && place + 4 + segment.bytes + segment.value > blob.size;
}

/** A length of EBML: as many bytes as the first has leading zeros, and one more. No value where all of its bits are ones. */
function lengthAt(bytes: Uint8Array, at: number): { value: number | undefined; bytes: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const more = Math.clz32(first) - 24;
  const mask = (1 << (7 - more)) - 1;
  let value = first & mask;
  let isUnknown = value === mask;
  for (let offset = 1; offset <= more; offset += 1) {
    const next = bytes[at + offset];
    if (next === undefined) return undefined;
    isUnknown &&= next === 0xff;
    value = value * 256 + next;
  }
  return { value: isUnknown ? undefined : value, bytes: more + 1 };
}

async function bytesAt(blob: Blob, from: number, length: number): Promise<Uint8Array> {
  return new Uint8Array(await blob.slice(from, from + length).arrayBuffer());
}

/** The size with a long side of at most `side`, in the same proportions. */
export function fitted({ width, height }: { width: number; height: number }, side: number): { width: number; height: number } {
  const long = Math.max(width, height);
  if (long <= side) return { width, height };
  const scale = (length: number): number => Math.max(1, Math.round((length * side) / long));
  return { width: scale(width), height: scale(height) };
}
