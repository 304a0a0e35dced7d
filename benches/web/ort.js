/**
 * onnxruntime-web as a page would use it by hand, on one thread: models, and a pipeline from a JPEG's bytes to embeddings with our models. The browser
 * decodes, and a canvas scales and aligns.
 */
import * as ort from '/peers/onnxruntime-web/dist/ort.wasm.bundle.min.mjs';
import { withShape } from './onnx-file.js';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/peers/onnxruntime-web/dist/';
ort.env.logLevel = 'error';

/** Where the landmarks are in a crop of 112 x 112 pixels (ArcFace). */
const TEMPLATE = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];
const CROP = 112;
const SIDE = 640;
const MIN_SCORE = 0.6;
const SAME_FACE_IOU = 0.3;

/** An ONNX model; `run` takes the numbers of its one input. */
export async function loadModel(bytes, shape) {
  const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', logSeverityLevel: 3 };
  // YuNet's own file says 640 x 640.
  const isOther = shape[2] !== CROP && (shape[2] !== SIDE || shape[3] !== SIDE);
  const session = await ort.InferenceSession.create(isOther ? withShape(bytes, shape) : bytes, options);
  const [input] = session.inputNames;
  const named = async (values) => session.run({ [input]: new ort.Tensor('float32', values, shape) });
  return {
    outputNames: session.outputNames,
    named,
    run: async (values) => {
      const outputs = await named(values);
      return session.outputNames.map((name) => outputs[name].data);
    },
    free: () => session.release(),
  };
}

/**
 * Detector and embedder; `process` answers the faces of a photo from the bytes of its file. The detector sees a square, as its file says, or, with
 * `isSquare: false`, the photo's own shape in multiples of 32, by a session for each shape.
 */
export async function createPipeline({ detector, embedder }, { side = SIDE, isSquare = true } = {}) {
  const sessions = new Map();
  const detectorFor = async (width, height) => {
    const key = `${width} x ${height}`;
    if (!sessions.has(key)) sessions.set(key, { named: (await loadModel(detector, [1, 3, height, width])).named, screen: canvas(width, height) });
    return sessions.get(key);
  };
  if (isSquare) await detectorFor(side, side);
  const embed = await loadModel(embedder, [1, 3, CROP, CROP]);
  const stamp = canvas(CROP, CROP);
  async function detected(bitmap) {
    const factor = side / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width, bitmap.height].map((length) => (isSquare ? side : Math.ceil(Math.round(length * factor) / 32) * 32));
    const { named, screen } = await detectorFor(width, height);
    const { input, scale } = letterbox(bitmap, screen, [width, height]);
    return { input, found: suppress(decode(await named(input), width)).map((face) => moved(face, scale)) };
  }
  async function process(jpeg) {
    const bitmap = await createImageBitmap(new Blob([jpeg]));
    const { found } = await detected(bitmap);
    const faces = [];
    for (const face of found.sort((a, b) => b.box.w * b.box.h - a.box.w * a.box.h)) {
      const [values] = await embed.run(normalised(crop(bitmap, stamp, face.landmarks)));
      faces.push({ box: face.box, score: face.score, embedding: unit(values) });
    }
    bitmap.close();
    return faces;
  }
  /** The inputs that the two models get for a photo's largest face. */
  async function inputs(jpeg) {
    const bitmap = await createImageBitmap(new Blob([jpeg]));
    const { input, found } = await detected(bitmap);
    return { detector: input, pixels: crop(bitmap, stamp, found[0].landmarks) };
  }
  return { process, inputs };
}

function canvas(width, height) {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true, alpha: false });
  return context;
}

/** The photo scaled to the longer of both sides, at the upper left of black, as B, G and R planes. */
function letterbox(bitmap, context, [columns, rows]) {
  const factor = Math.max(columns, rows) / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [Math.round(bitmap.width * factor), Math.round(bitmap.height * factor)];
  context.fillStyle = '#000';
  context.fillRect(0, 0, columns, rows);
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, columns, rows);
  const pixels = columns * rows;
  const input = new Float32Array(3 * pixels);
  for (let at = 0, from = 0; at < pixels; at += 1, from += 4) {
    input[at] = data[from + 2];
    input[at + pixels] = data[from + 1];
    input[at + 2 * pixels] = data[from];
  }
  return { input, scale: [bitmap.width / width, bitmap.height / height] };
}

/** What YuNet says of each cell, where it is sure enough of a face. */
function decode(outputs, width) {
  const found = [];
  for (const stride of [8, 16, 32]) {
    const [cls, obj, box, kps] = ['cls', 'obj', 'bbox', 'kps'].map((kind) => outputs[`${kind}_${stride}`].data);
    const columns = width / stride;
    for (let cell = 0; cell < cls.length; cell += 1) {
      const score = Math.sqrt(Math.min(Math.max(cls[cell], 0), 1) * Math.min(Math.max(obj[cell], 0), 1));
      if (!(score >= MIN_SCORE)) continue;
      const [column, row] = [cell % columns, Math.floor(cell / columns)];
      const [w, h] = [Math.exp(box[4 * cell + 2]) * stride, Math.exp(box[4 * cell + 3]) * stride];
      const x = (column + box[4 * cell]) * stride - w / 2;
      const y = (row + box[4 * cell + 1]) * stride - h / 2;
      const landmarks = Array.from({ length: 10 }, (_, at) => (kps[10 * cell + at] + (at % 2 === 0 ? column : row)) * stride);
      found.push({ score, box: { x, y, w, h }, landmarks });
    }
  }
  return found;
}

/** Non-maximum suppression. */
function suppress(found) {
  const kept = [];
  for (const face of found.sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(other.box, face.box) <= SAME_FACE_IOU)) kept.push(face);
  }
  return kept;
}

/** Intersection over union. */
export function overlap(a, b) {
  const common =
    Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));
  return common / (a.w * a.h + b.w * b.h - common);
}

function moved({ score, box: { x, y, w, h }, landmarks }, [sx, sy]) {
  return { score, box: { x: x * sx, y: y * sy, w: w * sx, h: h * sy }, landmarks: landmarks.map((value, at) => value * (at % 2 === 0 ? sx : sy)) };
}

/** The pixels of the aligned crop: the similarity that brings the landmarks nearest to the template. */
function crop(bitmap, context, landmarks) {
  let [mx, my, tx, ty] = [0, 0, 0, 0];
  for (let at = 0; at < 10; at += 2) {
    mx += landmarks[at] / 5;
    my += landmarks[at + 1] / 5;
    tx += TEMPLATE[at] / 5;
    ty += TEMPLATE[at + 1] / 5;
  }
  let [a, b, squares] = [0, 0, 0];
  for (let at = 0; at < 10; at += 2) {
    const [x, y, u, v] = [landmarks[at] - mx, landmarks[at + 1] - my, TEMPLATE[at] - tx, TEMPLATE[at + 1] - ty];
    a += x * u + y * v;
    b += x * v - y * u;
    squares += x * x + y * y;
  }
  const [c, s] = [a / squares, b / squares];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillRect(0, 0, CROP, CROP);
  context.setTransform(c, s, -s, c, tx - c * mx + s * my, ty - s * mx - c * my);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, CROP, CROP).data;
}

/** Planes B, G, R as MobileFaceNet wants them, or others. */
export function normalised(data, channels = [2, 1, 0], shift = 127.5, scale = 128) {
  const pixels = data.length / 4;
  const input = new Float32Array(3 * pixels);
  for (const [plane, channel] of channels.entries()) {
    for (let at = 0; at < pixels; at += 1) input[plane * pixels + at] = (data[4 * at + channel] - shift) / scale;
  }
  return input;
}

function unit(values) {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}
