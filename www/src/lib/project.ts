/** The two directions in which points differ most (principal components), by power iteration: enough for a picture, and the same each time. */

const ROUNDS = 40;

/** Points in the plane, each coordinate within 0 and 1, in the order of the vectors. */
export function project(vectors: readonly Float32Array[]): { x: number; y: number }[] {
  const [first] = vectors;
  if (first === undefined) return [];
  const dim = first.length;
  const mean = new Float64Array(dim);
  for (const vector of vectors) for (let i = 0; i < dim; i += 1) mean[i] = (mean[i] ?? 0) + (vector[i] ?? 0) / vectors.length;
  const centred = vectors.map((vector) => Float64Array.from(vector, (value, i) => value - (mean[i] ?? 0)));
  const axes: Float64Array[] = [];
  for (let axis = 0; axis < 2; axis += 1) axes.push(direction(centred, axes, dim));
  const [xs, ys] = axes.map((axis) => spread(centred.map((point) => dot(point, axis))));
  return vectors.map((_, index) => ({ x: xs?.[index] ?? 0.5, y: ys?.[index] ?? 0.5 }));
}

/** The direction of the greatest variance that is at right angles to those before. */
function direction(points: readonly Float64Array[], before: readonly Float64Array[], dim: number): Float64Array {
  // Any start will do that is not at right angles to the answer; a fixed one gives the same picture each time.
  let axis = Float64Array.from({ length: dim }, (_, i) => Math.sin(i + 1 + before.length));
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = new Float64Array(dim);
    for (const point of points) {
      const along = dot(point, axis);
      for (let i = 0; i < dim; i += 1) next[i] = (next[i] ?? 0) + along * (point[i] ?? 0);
    }
    for (const other of before) {
      const along = dot(next, other);
      for (let i = 0; i < dim; i += 1) next[i] = (next[i] ?? 0) - along * (other[i] ?? 0);
    }
    const length = Math.sqrt(dot(next, next));
    if (length < 1e-12) return axis;
    axis = next.map((value) => value / length);
  }
  return axis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** From 0 to 1; one value alone stands in the middle. */
function spread(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values.map((value) => (range < 1e-9 ? 0.5 : (value - low) / range));
}
