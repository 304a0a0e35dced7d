/**
 * What a comparison needs of visavis, by itself: models, the pipeline from a photo's bytes to embeddings, the exact scan. `cargo xtask bench --build`
 * copies this to benches/dist beside the two WebAssembly builds that it chooses from. Not part of the package. Runs where it is called, on one thread.
 */

/** A module whose one function uses `i8x16.relaxed_swizzle`, as pkg/src/features.ts has it: a few bytes are validated, nothing is downloaded. */
const RELAXED_SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
];

/** Where models are that are given by name: those of the repository. */
const MODELS = new URL('../../models/', import.meta.url);

let glue;

/** `relaxed` where the browser has relaxed SIMD, else `simd`. */
export const bestBuild = () => (WebAssembly.validate(new Uint8Array(RELAXED_SIMD_PROBE)) ? 'relaxed' : 'simd');

/** Loads the engine: the best build, or the one that is named; `wasm` is its file where that is not beside this one. Answers the build. */
export async function init({ build = bestBuild(), wasm } = {}) {
  const loaded = await import(`./visavis_bench_${build}.js`);
  await loaded.default(wasm === undefined ? undefined : { module_or_path: wasm });
  glue = loaded;
  return build;
}

/** An ONNX model for inputs `[1, 3, height, width]`. `run` answers its outputs in the order of the file, as one `Float32Array` each. */
export function loadModel(bytes, shape) {
  const model = new glue.BenchModel(bytesOf(bytes), new Uint32Array(shape));
  return { run: (input) => model.run(input), free: () => model.free() };
}

/**
 * Detector and embedder, as bytes or as names of files in models/ (then it is a promise). `process` answers the faces of a photo, from the bytes of its
 * file. As in a pipeline made by hand, the detector looks once at the whole picture; `refine` and `smallFaces` add what the package does by default:
 * more passes over each face, and over tiles of large photos.
 */
export function createPipeline({ models, refine = false, smallFaces = false }) {
  const { detector, embedder } = models;
  const make = (files) => {
    const pipeline = new glue.BenchPipeline(...files.map(bytesOf), refine, smallFaces);
    return { process: (file) => pipeline.process(bytesOf(file)), free: () => pipeline.free() };
  };
  if (typeof detector !== 'string' && typeof embedder !== 'string') return make([detector, embedder]);
  return Promise.all([detector, embedder].map(fileOf)).then(make);
}

async function fileOf(model) {
  if (typeof model !== 'string') return model;
  const response = await fetch(new URL(model, MODELS));
  if (!response.ok) throw new Error(`${model}: ${response.status}`);
  return response.arrayBuffer();
}

function bytesOf(bytes) {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How much memory the engine has, in bytes. It never shrinks. */
export const memoryBytes = () => glue.benchMemoryBytes();
/** What a client does while its models are downloaded. */
export const warmUp = () => glue.benchWarmUp();

/**
 * An index for exact searches, scanned as libraries are: `int8` stores signed bytes with a scale each, as libraries do, `float32` the numbers. Rows of
 * `add` are one after the other in a `Float32Array`; they are brought to unit length and get ids in their order from `firstId`.
 */
export function createIndex({ dim, type = 'int8' }) {
  if (type !== 'int8' && type !== 'float32') throw new Error(`there is no index of type ${type}; int8 and float32 are there`);
  const index = new glue.BenchIndex(dim, type === 'int8');
  return {
    add: (rows, firstId = 0) => index.add(rows, firstId),
    search: (query, k) => ({ ids: index.search(query, k) }),
    free: () => index.free(),
  };
}

/** A published library: the bytes of its manifest, and of its other files in the order of the manifest. */
export function openLibrary(manifest, files) {
  const library = new glue.BenchLibrary(bytesOf(manifest), files);
  return {
    faces: () => library.faces(),
    search: (query, k, { mediaType, entity } = {}) => library.search(query, k, mediaType, entity),
    free: () => library.free(),
  };
}
