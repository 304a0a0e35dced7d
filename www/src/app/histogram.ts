/**
 * How much the media of a library look like the chosen face: the cosine of the best face of each, all of them, and what a threshold makes of
 * them. How often different people look so much alike is known from the pairs of LFW.
 */

import type { Client } from 'visavis';

/** The cosine of one media's best face. */
export interface Similarity {
  mediaId: string;
  cosine: number;
  name: string | undefined;
}

const PAGE_SIZE = 50;
/** More are not asked for. */
const MOST = 5000;

/** The similarities of a library to a face, best first. */
export async function similarities(client: Client, query: { photo: Blob; face: number; token: string; library: string }, signal: AbortSignal): Promise<Similarity[]> {
  const { photo, face, token, library } = query;
  const all: Similarity[] = [];
  for (let PageNo = 1, total = 1; all.length < Math.min(total, MOST); PageNo += 1) {
    const request = { FaceSearchToken: token, ...(PageNo === 1 ? { PersonImageUrl: photo } : {}), PageNo, PageSize: PAGE_SIZE, SearchLibName: library };
    // Every cosine is at least -1, so nobody is left out.
    const { Scores = [], Total } = await client.searchMediaByFace(request, { scores: true, threshold: -1, faceIndex: face, signal });
    if (Scores.length === 0) break;
    total = Total;
    all.push(...Scores.map(({ MediaId, Cosine, LabelName }) => ({ mediaId: MediaId, cosine: Cosine, name: LabelName })));
  }
  await client.forget(token);
  return all;
}

/** Bars of equal width over the cosines from `from` to 1. */
export function barsOf(values: readonly Similarity[], from: number, count: number): number[] {
  const bars = Array.from({ length: count }, () => 0);
  for (const { cosine } of values) {
    const bar = Math.min(count - 1, Math.max(0, Math.floor(((cosine - from) / (1 - from)) * count)));
    bars[bar] = (bars[bar] ?? 0) + 1;
  }
  return bars;
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
