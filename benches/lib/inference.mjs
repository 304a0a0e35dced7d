/** Goal 1: each model by itself against onnxruntime-web (WebAssembly, SIMD, one thread). */
import { basename } from 'node:path';
import { keep, photoUrls, sfaceFile } from './host.mjs';
import { fixed, printTable, tiny } from './table.mjs';

/** At most so much of onnxruntime-web's time is wanted. */
export const WANTED_SHARE = 0.7;
/** Outputs may differ by so much of their largest number. */
const WANTED_DIFFERENCE = 1e-4;

const DETECTOR = '/models/face_detection_yunet_2023mar.onnx';
const EMBEDDER = '/models/facex_mobilefacenet_mv_int8.onnx';

/** Runs the comparison and prints it. Fails where outputs differ. */
export async function inference(host, { runs, only }) {
  const { call, close } = await host.page('inference.js');
  const build = await call('prepare', { detector: DETECTOR, embedder: EMBEDDER, photo: photoUrls()[0] });
  const sface = sfaceFile();
  const models = [
    { name: 'YuNet 640', url: DETECTOR, side: 640 },
    { name: 'YuNet 320', url: DETECTOR, side: 320 },
    { name: 'MobileFaceNet', url: EMBEDDER, side: 112 },
    { name: 'SFace', url: sface && `/sface/${basename(sface)}`, side: 112 },
    { name: 'expression', url: '/models/face_expression.onnx', side: 112 },
  ].filter(({ name }) => only === undefined || name.includes(only));
  const rows = [];
  for (const { name, url, side } of models) {
    if (url === undefined) {
      console.log(`inference: ${name} is skipped: its file is not in the repository; VISAVIS_SFACE names it`);
      continue;
    }
    const { difference, share, times } = await call('compare', { name, url, side, runs });
    const [theirs, ours] = [times['onnxruntime-web'], times.visavis];
    rows.push({ model: name, theirs, ours, ofMedians: ours.medianMs / theirs.medianMs, ofMinima: ours.minMs / theirs.minMs, difference, share });
  }
  await close();
  printTable(
    `inference in Chromium ${host.version}, one thread, ${build} build, ${runs} runs in turn (ms; at most ${WANTED_SHARE} x wanted)`,
    ['model', 'ort min', 'ort median', 'ours min', 'ours median', 'x of minima', 'x of medians', 'difference', 'of the largest'],
    rows.map(({ model, theirs, ours, ofMedians, ofMinima, difference, share }) => [
      model,
      ...[theirs.minMs, theirs.medianMs, ours.minMs, ours.medianMs].map((value) => fixed(value, 2)),
      fixed(ofMinima, 3),
      fixed(ofMedians, 3),
      tiny(difference),
      tiny(share),
    ]),
  );
  keep('inference', { chromium: host.version, build, runs, rows });
  const wrong = rows.filter(({ share }) => !(share <= WANTED_DIFFERENCE));
  if (wrong.length > 0) throw new Error(`outputs differ by more than ${WANTED_DIFFERENCE}: ${wrong.map(({ model }) => model).join(', ')}`);
}
