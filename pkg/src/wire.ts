/**
 * Every request and response of the operations, made from the Rust types by `src/operations/typescript.rs`; not to be edited.
 *
 * Names are those of the public service. Coordinates are pixels after EXIF orientation, origin at the upper left.
 */

/** A box: upper left corner, width and height. */
export interface Box {
  /** Left edge. */
  x: number;
  /** Upper edge. */
  y: number;
  /** Width. */
  w: number;
  /** Height. */
  h: number;
}

/** The expression of a face: a hint, not a fact. */
export interface Expression {
  /** The most likely class. */
  label: string;
  /** How likely each class is; they add up to 1. */
  scores: Record<string, number>;
}

/** A face as callers see it. */
export interface Face {
  /** The face's box; it may reach beyond the photo. */
  box: Box;
  /** Five points: eye at the picture's left, eye at its right, nose, mouth corner at the left, mouth corner at the right. */
  landmarks: [Point, Point, Point, Point, Point];
  /** The detector's score, 0 to 1. */
  score: number;
  /** Size, sharpness and pose. */
  quality: Quality;
  /** The expression, where it was asked for and the model is there. */
  expression?: Expression;
}

/** A point. */
export interface Point {
  /** To the right. */
  x: number;
  /** Down. */
  y: number;
}

/** The quality of a face. */
export interface Quality {
  /** The shorter side of the box, in source pixels. */
  size: number;
  /** Variance of the Laplacian of the aligned crop. */
  sharpness: number;
  /** Turned to the picture's left (negative) or right (positive), in degrees, roughly. */
  yaw: number;
  /** Looking up (negative) or down (positive), in degrees, roughly. */
  pitch: number;
  /** The angle of the line between the eyes, in degrees; positive is clockwise. */
  roll: number;
  /** All in one, 0 to 1. */
  score: number;
}
