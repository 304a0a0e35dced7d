/** The aligned crop of a face: the similarity transform from its five landmarks to the template of the embedder (Umeyama 1991). */

import type { Point } from 'visavis';

/** Where the landmarks are in a crop of 112 x 112 pixels (ArcFace). */
const TEMPLATE: readonly (readonly [number, number])[] = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];
const SIDE = 112;

/** `x' = a x - b y + tx`, `y' = b x + a y + ty`. */
interface Similarity {
  a: number;
  b: number;
  tx: number;
  ty: number;
}

/** The similarity, without mirroring, that takes the landmarks nearest to the template; in the plane it is a linear least-squares problem. */
function toTemplate(landmarks: readonly Point[]): Similarity {
  const count = TEMPLATE.length;
  const mean = { x: 0, y: 0, u: 0, v: 0 };
  for (const [index, [u, v]] of TEMPLATE.entries()) {
    const { x, y } = landmarks[index] ?? { x: 0, y: 0 };
    mean.x += x / count;
    mean.y += y / count;
    mean.u += u / count;
    mean.v += v / count;
  }
  let along = 0;
  let across = 0;
  let spread = 0;
  for (const [index, [u, v]] of TEMPLATE.entries()) {
    const { x, y } = landmarks[index] ?? { x: 0, y: 0 };
    const [dx, dy, du, dv] = [x - mean.x, y - mean.y, u - mean.u, v - mean.v];
    along += dx * du + dy * dv;
    across += dx * dv - dy * du;
    spread += dx * dx + dy * dy;
  }
  const a = along / (spread || 1);
  const b = across / (spread || 1);
  return { a, b, tx: mean.u - a * mean.x + b * mean.y, ty: mean.v - b * mean.x - a * mean.y };
}

/** Draws the aligned crop of a face of `picture`, whose pixels the landmarks count, into a canvas. */
export function drawAligned(canvas: HTMLCanvasElement, picture: CanvasImageSource, landmarks: readonly Point[], side = 224): void {
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const scale = side / SIDE;
  const { a, b, tx, ty } = toTemplate(landmarks);
  context.imageSmoothingQuality = 'high';
  context.setTransform(a * scale, b * scale, -b * scale, a * scale, tx * scale, ty * scale);
  context.drawImage(picture, 0, 0);
  context.resetTransform();
}
