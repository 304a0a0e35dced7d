/** Where faces are in pictures that are shown at any size. */

import type { Box, BoxPosition } from 'visavis';

export interface Size {
  width: number;
  height: number;
}

const percent = (value: number, whole: number): string => `${((100 * value) / (whole || 1)).toFixed(3)}%`;

/** A box in per cent of its picture, so that it follows the picture's size on the screen. */
export function placeOver({ x, y, w, h }: Box, { width, height }: Size): Record<'left' | 'top' | 'width' | 'height', string> {
  return { left: percent(x, width), top: percent(y, height), width: percent(w, width), height: percent(h, height) };
}

/** The `object-position` with which a cropped cover shows the face. */
export function focusOn({ X, Y, W, H }: BoxPosition, { width, height }: Size): string {
  const part = (from: number, size: number, whole: number): string => `${Math.min(100, Math.max(0, (100 * (from + size / 2)) / (whole || 1))).toFixed(1)}%`;
  return `${part(X, W, width)} ${part(Y, H, height)}`;
}

/** A box of the media catalog: `x1;y1;x2;y2`. */
export function parsePosition(text: string | undefined): Box | undefined {
  const [x1, y1, x2, y2] = (text ?? '').split(';').map(Number);
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined || [x1, y1, x2, y2].some(Number.isNaN)) return undefined;
  return { x: x1, y: y1, w: x2 - x1, h: y2 - y1 };
}
