/** What a threshold makes of the similarities of a library. How often different people look so much alike is known from the pairs of LFW. */

/** How many of the counted things have at least this cosine. Bin `i` has the cosines from `-1 + i * binWidth` on. */
export function countFrom(bins: readonly number[], binWidth: number, cosine: number): number {
  return bins.slice(Math.max(0, Math.round((cosine + 1) / binWidth))).reduce((sum, count) => sum + count, 0);
}

/** The bins from a cosine on; what is below is counted in the first. */
export function barsFrom(bins: readonly number[], binWidth: number, from: number): number[] {
  const first = Math.round((from + 1) / binWidth);
  const below = bins.slice(0, first).reduce((sum, count) => sum + count, 0);
  return bins.slice(first).map((count, index) => (index === 0 ? count + below : count));
}

/** Cosines that pairs of different people of LFW reach at so many false matches a pair; README and models/README.md have the measurement. */
const KNOWN: readonly (readonly [cosine: number, rate: number])[] = [
  [0.26, 1e-3],
  [0.33, 1e-4],
  [0.39, 1e-5],
];

/** How often a face of somebody else reaches a cosine: between and beyond what was measured, a straight line in the logarithm. */
export function falseMatchRate(cosine: number): number {
  const [low, middle, high] = KNOWN as [readonly [number, number], readonly [number, number], readonly [number, number]];
  const [a, b] = cosine < middle[0] ? [low, middle] : [middle, high];
  const slope = (Math.log10(b[1]) - Math.log10(a[1])) / (b[0] - a[0]);
  return Math.min(1, 10 ** (Math.log10(a[1]) + slope * (cosine - a[0])));
}
