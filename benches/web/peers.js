/**
 * The pipelines that are compared, each `{ name, process }` over the bytes of a JPEG, with as many faces as it finds. All on one thread, all with
 * WebAssembly. Each is loaded by itself, so that a page can also measure how long the first answer takes.
 */
import { bytesOf } from './timing.js';

const DETECTOR = '/models/face_detection_yunet_2023mar.onnx';
const EMBEDDER = '/models/facex_mobilefacenet_mv_int8.onnx';
const TFJS_WASM = '/peers/@tensorflow/tfjs-backend-wasm/dist/';

const pairOfModels = async () => {
  const [detector, embedder] = await Promise.all([DETECTOR, EMBEDDER].map(bytesOf));
  return { detector, embedder };
};

const bitmapOf = (jpeg) => createImageBitmap(new Blob([jpeg]));

/** Ours; `more` are options of `createPipeline`. */
async function visavis(more = {}) {
  const loading = pairOfModels();
  const { createPipeline, init } = await import('/ours/visavis-bench.mjs');
  const [models] = await Promise.all([loading, init()]);
  const pipeline = createPipeline({ models, ...more });
  return async (jpeg) => pipeline.process(jpeg);
}

/** Our models by hand. */
async function onnxruntime(more = {}) {
  const loading = pairOfModels();
  const { createPipeline } = await import('./ort.js');
  const pipeline = await createPipeline(await loading, more);
  return (jpeg) => pipeline.process(jpeg);
}

/** human with its face detector and description only, which are what a search needs. */
async function human() {
  const { Human } = await import('/peers/@vladmandic/human/dist/human.esm.js');
  const off = { enabled: false };
  const engine = new Human({
    backend: 'wasm',
    wasmPath: TFJS_WASM,
    modelBasePath: '/peers/@vladmandic/human/models/',
    debug: false,
    cacheSensitivity: 0,
    filter: off,
    face: {
      enabled: true,
      detector: { enabled: true, maxDetected: 10, rotation: false, minConfidence: 0.5 },
      description: { enabled: true },
      mesh: off,
      attention: off,
      iris: off,
      emotion: off,
      antispoof: off,
      liveness: off,
    },
    body: off,
    hand: off,
    object: off,
    gesture: off,
    segmentation: off,
  });
  await engine.load();
  return async (jpeg) => {
    const bitmap = await bitmapOf(jpeg);
    const { face, error } = await engine.detect(bitmap);
    bitmap.close();
    if (error) throw new Error(`human: ${error}`);
    return face.map(({ box: [x, y, w, h], score, embedding }) => ({ box: { x, y, w, h }, score, embedding }));
  };
}

/** face-api with one of its two detectors, its landmarks and its description. */
async function faceApi(kind) {
  const faceapi = await import('/peers/@vladmandic/face-api/dist/face-api.esm.js');
  faceapi.tf.setWasmPaths(TFJS_WASM);
  await faceapi.tf.setBackend('wasm');
  await faceapi.tf.ready();
  const isTiny = kind === 'tiny';
  const folder = '/peers/@vladmandic/face-api/model/';
  const { nets } = faceapi;
  const parts = isTiny ? [nets.tinyFaceDetector, nets.faceLandmark68TinyNet] : [nets.ssdMobilenetv1, nets.faceLandmark68Net];
  await Promise.all([...parts, nets.faceRecognitionNet].map((net) => net.loadFromUri(folder)));
  const options = isTiny ? new faceapi.TinyFaceDetectorOptions({ inputSize: 416 }) : new faceapi.SsdMobilenetv1Options({ maxResults: 10 });
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (jpeg) => {
    const bitmap = await bitmapOf(jpeg);
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const found = await faceapi.detectAllFaces(canvas, options).withFaceLandmarks(isTiny).withFaceDescriptors();
    return found.map(({ detection: { box, score }, descriptor }) => ({ box: { x: box.x, y: box.y, w: box.width, h: box.height }, score, embedding: descriptor }));
  };
}

/** How each is made ready. */
export const PIPELINES = {
  visavis: () => visavis(),
  'visavis, as shipped': () => visavis({ refine: true, smallFaces: true }),
  'onnxruntime-web': () => onnxruntime(),
  'onnxruntime-web, same input': () => onnxruntime({ isSquare: false }),
  human,
  'face-api tiny': () => faceApi('tiny'),
  'face-api ssd': () => faceApi('ssd'),
};
