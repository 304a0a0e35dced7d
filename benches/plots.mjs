/**
 * node plots.mjs: draws the results of `cargo xtask bench` (target/bench/results.json) as SVG files under docs/, one for each part that is there. They
 * follow the reader's choice of light or dark, and have a white or dark ground of their own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS, ROOT } from './lib/host.mjs';
import { bars } from './lib/svg.mjs';

const results = JSON.parse(readFileSync(RESULTS, 'utf8'));
const short = (value) => value.toPrecision(value < 10 ? 2 : 3);

const facesText = (count) => (count === 1 ? '1 face' : `${count} faces`);

function write(name, picture) {
  writeFileSync(join(ROOT, 'docs', name), picture);
  console.log(`docs/${name}`);
}

function inference({ rows, chromium, runs }) {
  const groups = rows.map(({ model, theirs, ours, ofMedians }) => ({
    name: model,
    note: `${ofMedians.toFixed(2)} x`,
    bars: [
      { series: 'visavis', value: ours.medianMs },
      { series: 'onnxruntime-web', value: theirs.medianMs },
    ],
  }));
  return bars({
    title: 'One model, milliseconds (less is better)',
    subtitle: `Chromium ${chromium}, WebAssembly, one thread, median of ${runs} runs in turn; the factor is visavis by onnxruntime-web`,
    groups,
    format: (value) => value.toFixed(1),
  });
}

/** What each row of the pipeline's table is called in the picture. */
const PIPELINES = {
  visavis: 'visavis, one look',
  'onnxruntime-web, same input': 'onnxruntime-web',
  human: 'human',
  'face-api tiny': 'face-api tiny',
  'face-api ssd': 'face-api ssd',
  'visavis, as shipped': 'visavis by default',
};

function pipeline({ photos, chromium, runs }) {
  const groups = photos.map(({ photo, rows }) => ({
    name: `${photo}, ${facesText(rows.find(({ peer }) => peer === 'visavis').faces)}`,
    bars: Object.entries(PIPELINES).flatMap(([wanted, series]) => rows.filter(({ peer }) => peer === wanted).map(({ medianMs }) => ({ series, value: medianMs }))),
  }));
  return bars({
    title: 'From a JPEG to faces with embeddings, milliseconds (less is better)',
    subtitle: `Chromium ${chromium}, one thread, median of ${runs} runs; onnxruntime-web by hand: our models, same input`,
    groups,
    format: (value) => value.toFixed(0),
  });
}

function scan({ rows, chromium, runs }) {
  const groups = [512, 128].map((dim) => {
    const most = new Map();
    for (const { index, millionsPerSecond } of rows.filter((row) => row.dim === dim)) most.set(index, millionsPerSecond);
    return { name: `${dim} numbers each`, bars: [...most].map(([series, value]) => ({ series, value })) };
  });
  return bars({
    title: 'Exact search for the 10 nearest, million vectors a second (more is better)',
    subtitle: `Chromium ${chromium}, one thread, median of ${runs} runs in turn; edgevec's graph is not exact`,
    groups,
    format: short,
  });
}

function cold({ rows, chromium, runs }) {
  const groups = [
    ['first visit', 'cold'],
    ['second visit', 'warm'],
  ].map(([name, key]) => ({ name, bars: rows.map((row) => ({ series: row.peer, value: row[key].medianMs })) }));
  return bars({
    title: 'From page load to the first answer, milliseconds (less is better)',
    subtitle: `Chromium ${chromium}, files from this machine, median of ${runs} fresh profiles`,
    groups,
    format: (value) => value.toFixed(0),
  });
}

const DRAWN = { inference, pipeline, scan, cold };
for (const [part, draw] of Object.entries(DRAWN)) {
  if (results[part] === undefined) console.log(`${part}: there are no results`);
  else write(`bench-${part}.svg`, draw(results[part]));
}
