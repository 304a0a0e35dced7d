/** The faces of a library as points in the plane; the engine places them. */

import type { FaceMap, MappedFace } from 'visavis';
import { client } from './engine.js';

export type PlacedFace = MappedFace;

/** Of more faces, so many are shown, taken evenly from all over the library. */
const MOST_FACES = 3000;

export async function placeFaces(library: string, signal: AbortSignal): Promise<FaceMap> {
  return (await client()).mapFaces({ SearchLibName: library, limit: MOST_FACES }, { signal });
}
