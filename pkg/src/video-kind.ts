/** Whether a file is a video, by its first bytes: what it contains decides, not what it is called. */

/** So many bytes of a file's beginning are looked at. */
export const KIND_BYTES = 512;

/** ISO base media files with these brands are pictures (AVIF, HEIC). */
const PICTURE_BRANDS = /^(avif|avis|mif1|msf1|heic|heix|hevc|hevx|heim|heis|hevm|hevs|jxl )$/;
/** Boxes with which QuickTime files without `ftyp` begin. */
const QUICKTIME_BOXES = /^(moov|mdat|wide|free|skip|pnot)$/;

/** The container of a video by its first bytes; `undefined` for anything else. */
export function videoContainer(head: Uint8Array): 'mp4' | 'matroska' | 'avi' | 'mpeg' | 'ogg' | 'flv' | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  const box = ascii(4, 8);
  if (box === 'ftyp') return PICTURE_BRANDS.test(ascii(8, 12)) ? undefined : 'mp4';
  if (QUICKTIME_BOXES.test(box)) return 'mp4';
  if (head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3) return 'matroska';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'AVI ') return 'avi';
  if (ascii(0, 4) === 'OggS') return 'ogg';
  if (ascii(0, 3) === 'FLV') return 'flv';
  // Program streams begin with a pack header; transport streams have packets of 188 bytes that begin with 0x47.
  if (head[0] === 0 && head[1] === 0 && head[2] === 1 && (head[3] === 0xba || head[3] === 0xb3)) return 'mpeg';
  if (head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47) return 'mpeg';
  return undefined;
}
