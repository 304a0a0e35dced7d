/**
 * A page that answers one question as soon as it can: `cold.html?peer=NAME&photo=URL`. What it took is in `globalThis.cold` then, in milliseconds since
 * the navigation began. `visavis` is the package with a library, searched by the photo's face; `stages` is our engine step by step; others answer the
 * photo's faces with embeddings.
 */
const given = new URLSearchParams(location.search);
const peer = given.get('peer');
const loading = fetch(given.get('photo')).then((response) => response.arrayBuffer());

/** The package as a page uses it. */
async function search() {
  const { createClient } = await import('/visavis/index.js');
  const client = await createClient({ libraries: [{ name: 'gallery', url: '/site/library/' }] });
  let asked = 0;
  return async (jpeg) => {
    asked += 1;
    const request = { FaceSearchToken: `bench-${asked}`, PersonImageUrl: new Blob([jpeg], { type: 'image/jpeg' }) };
    const response = await client.searchMediaByFace(request);
    return response.MediaInfoList;
  };
}

async function ready() {
  if (peer === 'visavis') return search();
  const { PIPELINES } = await import('./peers.js');
  return PIPELINES[peer]();
}

/** Our engine alone, one step after the other: what each of them takes when none hides behind another. */
async function stages() {
  const marks = [['start', performance.now()]];
  const mark = (name) => marks.push([name, performance.now()]);
  const { bestBuild, createPipeline, init, warmUp } = await import('/ours/visavis-bench.mjs');
  const paths = ['/models/face_detection_yunet_2023mar.onnx', '/models/facex_mobilefacenet_mv_int8.onnx', `/ours/visavis_bench_${bestBuild()}_bg.wasm`];
  const [detector, embedder, wasm] = await Promise.all(paths.map(async (path) => (await fetch(path)).arrayBuffer()));
  const jpeg = new Uint8Array(await loading);
  mark('download');
  const module = await WebAssembly.compile(wasm);
  mark('compile');
  await init({ wasm: module });
  mark('instantiate');
  warmUp();
  mark('warm up');
  const pipeline = createPipeline({ models: { detector, embedder } });
  mark('model build');
  const faces = pipeline.process(jpeg);
  mark('first photo');
  pipeline.process(jpeg);
  mark('second photo');
  const steps = marks.slice(1).map(([name, time], at) => [name, time - marks[at][1]]);
  return { found: faces.length, stages: Object.fromEntries(steps) };
}

async function answer() {
  if (peer === 'stages') return stages();
  const process = await ready();
  const readyMs = performance.now();
  const bytes = new Uint8Array(await loading);
  const found = await process(bytes);
  const answerMs = performance.now();
  await process(bytes);
  return { found: found.length, readyMs, answerMs, secondMs: performance.now() - answerMs };
}

try {
  globalThis.cold = await answer();
} catch (error) {
  globalThis.cold = { error: String(error) };
}
