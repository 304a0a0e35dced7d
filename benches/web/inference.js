/** Each model by itself: onnxruntime-web and ours on the same inputs, which are those of a real face. */
import { init, loadModel } from '/ours/visavis-bench.mjs';
import * as ort from './ort.js';
import { bytesOf, race } from './timing.js';

/** Prepares what all models share; answers which of our builds runs. */
export async function prepare({ detector, embedder, photo }) {
  const [files, jpeg] = [await Promise.all([detector, embedder].map(bytesOf)), await bytesOf(photo)];
  const pipeline = await ort.createPipeline({ detector: files[0], embedder: files[1] });
  const small = await ort.createPipeline({ detector: files[0], embedder: files[1] }, { side: 320 });
  const { pixels, detector: large } = await pipeline.inputs(jpeg);
  globalThis.inputs = {
    'YuNet 640': large,
    'YuNet 320': (await small.inputs(jpeg)).detector,
    MobileFaceNet: ort.normalised(pixels),
    SFace: ort.normalised(pixels, [0, 1, 2], 0, 1),
    expression: ort.normalised(pixels, [0, 1, 2], 0, 1),
  };
  return init();
}

/** One row of the table. */
export async function compare({ name, url, side, runs }) {
  const bytes = await bytesOf(url);
  const shape = [1, 3, side, side];
  const input = globalThis.inputs[name];
  const [theirs, ours] = [await ort.loadModel(bytes, shape), loadModel(bytes, shape)];
  const difference = { difference: 0, share: 0 };
  for (const given of [input, mirrored(input), faint(input)]) {
    const found = largestDifference(await theirs.run(given), ours.run(given), theirs.outputNames);
    for (const key of Object.keys(found)) difference[key] = Math.max(difference[key], found[key]);
  }
  const times = await race({ 'onnxruntime-web': () => theirs.run(input), visavis: () => ours.run(input) }, runs);
  ours.free();
  await theirs.free();
  return { ...difference, times };
}

/** The same numbers in the other direction: a picture upside down with its colours exchanged. */
const mirrored = (input) => input.slice().reverse();

/** The picture with less contrast and some noise, so that outputs that were at their limits are not. */
function faint(input) {
  let state = 1;
  return input.map((value) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return value * 0.1 + (state / 0x7fffffff) * 0.02 * value;
  });
}

/** The largest difference of two numbers, by itself and as a share of the largest number of its output, where that is above 1. Fails where the outputs are not of one form. */
function largestDifference(wanted, given, names) {
  if (wanted.length !== given.length) throw new Error(`${given.length} outputs instead of ${wanted.length}`);
  let [difference, share] = [0, 0];
  for (const [at, name] of names.entries()) {
    const [a, b] = [wanted[at], given[at]];
    if (a.length !== b.length) throw new Error(`output ${name} has ${b.length} numbers instead of ${a.length}`);
    let [largest, off] = [0, 0];
    for (let index = 0; index < a.length; index += 1) {
      largest = Math.max(largest, Math.abs(a[index]));
      off = Math.max(off, Math.abs(a[index] - b[index]));
      if (!Number.isFinite(b[index])) throw new Error(`output ${name} has a number that is not finite`);
    }
    difference = Math.max(difference, off);
    share = Math.max(share, off / Math.max(largest, 1));
  }
  return { difference, share };
}
