/** Goal 7: how much two threads could give at most: what two engines do at once, each in a worker of its own, against one alone. */
import { keep } from './host.mjs';
import { fixed, printTable } from './table.mjs';

/** Threads are worth a build of their own above this. */
const WORTHWHILE = 1.5;
const MODELS = [
  { name: 'YuNet 640', url: '/models/face_detection_yunet_2023mar.onnx', side: 640 },
  { name: 'MobileFaceNet', url: '/models/facex_mobilefacenet_mv_int8.onnx', side: 112 },
];

/** Runs the comparison and prints it. */
export async function threads(host, { runs }) {
  const { call, close } = await host.page('threads.js');
  const rows = [];
  for (const { name, url, side } of MODELS) rows.push({ model: name, ...(await call('compare', { url, side, runs })) });
  await close();
  printTable(
    `two engines at once in Chromium ${host.version}, ${runs} runs in turn (runs a second; threads are worthwhile above ${WORTHWHILE} x)`,
    ['model', 'one, best', 'one, median', 'two, best', 'two, median', 'x of bests', 'x of medians'],
    rows.map(({ model, one, two }) => [
      model,
      ...[one.best, one.median, two.best, two.median].map((value) => fixed(value)),
      fixed(two.best / one.best, 2),
      fixed(two.median / one.median, 2),
    ]),
  );
  keep('threads', { chromium: host.version, runs, rows });
}
