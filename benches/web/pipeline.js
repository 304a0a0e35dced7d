/** From a JPEG's bytes to faces with embeddings: ours, onnxruntime-web by hand with the same models, human and face-api in turn. */
import { overlap } from './ort.js';
import { PIPELINES } from './peers.js';
import { bytesOf, race } from './timing.js';

const pipelines = {};

/** Makes all of them ready, or those that are named. */
export async function prepare(names = Object.keys(PIPELINES)) {
  for (const name of names) pipelines[name] = await PIPELINES[name]();
  return names;
}

/** Times all of them on one photo, and says what each found. */
export async function compare({ url, runs }) {
  const jpeg = await bytesOf(url);
  const found = {};
  for (const [name, process] of Object.entries(pipelines)) found[name] = await process(jpeg);
  const times = await race(Object.fromEntries(Object.entries(pipelines).map(([name, process]) => [name, () => process(jpeg)])), runs);
  const faces = Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.length]));
  const lengths = Object.values(found).flatMap((list) => list.map(({ embedding }) => embedding?.length ?? 0));
  if (lengths.some((length) => length < 100)) throw new Error('a face has no embedding');
  return { times, faces, agreement: agreement(found.visavis, found['onnxruntime-web']) };
}

/** How far our faces are from those of the pipeline by hand: the smallest overlap of boxes, and the cosines of the embeddings. */
function agreement(ours, theirs) {
  const pairs = theirs.map((face) => {
    const nearest = [...ours].sort((a, b) => overlap(b.box, face.box) - overlap(a.box, face.box))[0];
    if (nearest === undefined) return { iou: 0, cosine: -1 };
    const cosine = nearest.embedding.reduce((sum, value, at) => sum + value * face.embedding[at], 0);
    return { iou: overlap(nearest.box, face.box), cosine };
  });
  const cosines = pairs.map(({ cosine }) => cosine).sort((a, b) => a - b);
  return { worstIou: Math.min(...pairs.map(({ iou }) => iou)), worstCosine: cosines[0], medianCosine: cosines[cosines.length >> 1] };
}

/** Runs ours so often, and answers how large its memory is before and after, in bytes. */
export async function memory({ url, searches }) {
  const { memoryBytes } = await import('/ours/visavis-bench.mjs');
  const jpeg = await bytesOf(url);
  await pipelines.visavis(jpeg);
  const before = memoryBytes();
  for (let at = 0; at < searches; at += 1) await pipelines.visavis(jpeg);
  return { searches, before, after: memoryBytes() };
}
