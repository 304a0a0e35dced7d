/** The arithmetic of a map that can be moved and zoomed. Points of the map are within 0 and 1; what is on the screen is in CSS pixels. */

import type { Size } from './boxes.js';

export interface Point {
  x: number;
  y: number;
}

/** How the map is looked at: enlarged so many times, its middle so far from that of the plane. */
export interface Look {
  scale: number;
  dx: number;
  dy: number;
}

export const WHOLE: Look = { scale: 1, dx: 0, dy: 0 };
const MOST_SCALE = 60;
/** What the whole map leaves free at each side, in pixels, so that pictures at its edge are not cut off. */
const MARGIN = 38;

/** How much of a side of the plane the whole map takes. */
const used = (side: number): number => Math.max(1, side - 2 * MARGIN);

/** Where a point of the map is on the plane, from its upper left corner. */
export function placed({ x, y }: Point, { scale, dx, dy }: Look, { width, height }: Size): Point {
  return { x: width / 2 + (x - 0.5) * scale * used(width) + dx, y: height / 2 + (y - 0.5) * scale * used(height) + dy };
}

/** Moved by so many pixels, as far as the map goes. */
export function moved({ scale, dx, dy }: Look, by: Point, { width, height }: Size): Look {
  if (scale === 1) return WHOLE;
  const within = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
  return { scale, dx: within(dx + by.x, (scale * used(width)) / 2), dy: within(dy + by.y, (scale * used(height)) / 2) };
}

/** Zoomed by a factor; what is at the point `about` of the plane stays there. */
export function zoomed(look: Look, factor: number, about: Point, size: Size): Look {
  const scale = Math.min(MOST_SCALE, Math.max(1, look.scale * factor));
  const grown = scale / look.scale;
  const stay = (offset: number, at: number, side: number): number => (at - side / 2) * (1 - grown) + offset * grown;
  return moved({ scale, dx: stay(look.dx, about.x, size.width), dy: stay(look.dy, about.y, size.height) }, { x: 0, y: 0 }, size);
}

/** A square and those beside it. */
const AROUND: readonly (readonly [number, number])[] = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [1, -1], [-1, 1], [1, 1]];

/**
 * Indexes of points that are at least `apart` pixels from each other at this scale, the first points first. It does not depend on where the
 * map was moved to, so that nothing comes and goes meanwhile.
 */
export function thinned(points: readonly Point[], first: readonly number[], scale: number, { width, height }: Size, apart: number): number[] {
  /** Of squares of this side, those that were kept. */
  const cells = new Map<number, Point[]>();
  const cellOf = (column: number, row: number): number => column * 65_536 + row;
  const kept: number[] = [];
  for (const index of first) {
    const point = points[index];
    if (point === undefined) continue;
    const at = { x: point.x * scale * used(width), y: point.y * scale * used(height) };
    const [column, row] = [Math.floor(at.x / apart), Math.floor(at.y / apart)];
    const isNear = ({ x, y }: Point): boolean => Math.hypot(x - at.x, y - at.y) < apart;
    if (AROUND.some(([i, j]) => cells.get(cellOf(column + i, row + j))?.some(isNear) === true)) continue;
    const cell = cellOf(column, row);
    cells.set(cell, [...(cells.get(cell) ?? []), at]);
    kept.push(index);
  }
  return kept;
}
