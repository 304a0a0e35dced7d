/** Goal 3: from page load to the first answer, with nothing in the browser's caches and at the second visit; and how many bytes that downloads. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { launchWithProfile } from '../../tests/e2e/lib/browser.mjs';
import { keep, photoUrls } from './host.mjs';
import { fixed, printTable } from './table.mjs';

const PEERS = ['visavis', 'onnxruntime-web', 'human', 'face-api tiny', 'stages'];
/** At most so much is wanted, in milliseconds. */
const WANTED_MS = 500;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** One visit with a profile; answers what the page measured, and which files the server was asked for. */
async function visit(host, profile, peer, photo) {
  const context = await launchWithProfile(profile);
  try {
    const page = await context.newPage();
    const first = host.server.requests.length;
    await page.goto(`${host.origin}/cold.html?peer=${encodeURIComponent(peer)}&photo=${photo}`);
    await page.waitForFunction(() => globalThis.cold !== undefined, undefined, { timeout: 120_000, polling: 20 });
    const measured = await page.evaluate(() => globalThis.cold);
    // Nobody waits for the caches, so give a page time to write what the second visit is to find.
    await page.waitForTimeout(1000);
    if (measured.error !== undefined) throw new Error(`${peer}: ${measured.error}`);
    if (!(measured.found > 0)) throw new Error(`${peer}: nothing was found`);
    const paths = host.server.requests.slice(first).map(({ path }) => path);
    return { ...measured, paths: [...new Set(paths)].filter((path) => path !== photo) };
  } finally {
    await context.close();
  }
}

const known = new Map();

/** How long a file is after brotli, in bytes. Quality 11, as in docs/size.md; it takes a minute or two for all. */
function brotliBytes(file) {
  const bytes = readFileSync(file);
  const key = createHash('sha256').update(bytes).digest('hex');
  if (!known.has(key)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    known.set(key, brotliCompressSync(bytes, { params }).length);
  }
  return known.get(key);
}

/** What of these paths is the library, and all else. */
function sizes(host, paths) {
  const total = (list) => list.reduce((sum, path) => sum + brotliBytes(host.fileOf(path)), 0);
  const [library, others] = [paths.filter((path) => path.startsWith('/site/library/')), paths.filter((path) => !path.startsWith('/site/library/'))];
  return { brotliBytes: total(others), libraryBrotliBytes: total(library), files: others.length + library.length };
}

function row(host, visits) {
  const figures = (list) => ({ minMs: Math.min(...list), medianMs: median(list) });
  return {
    cold: figures(visits.cold.map(({ answerMs }) => answerMs)),
    warm: figures(visits.warm.map(({ answerMs }) => answerMs)),
    readyMs: median(visits.cold.map(({ readyMs }) => readyMs)),
    secondMs: median(visits.cold.map(({ secondMs }) => secondMs)),
    found: visits.cold[0].found,
    ...sizes(host, visits.cold[0].paths),
  };
}

/** Runs the comparison and prints it. */
export async function cold(host, { runs }) {
  const [photo] = photoUrls();
  const visits = Object.fromEntries(PEERS.map((peer) => [peer, { cold: [], warm: [] }]));
  for (let round = 0; round < runs; round += 1) {
    for (const peer of PEERS) {
      const profile = mkdtempSync(join(tmpdir(), 'visavis-cold-'));
      visits[peer].cold.push(await visit(host, profile, peer, photo));
      visits[peer].warm.push(await visit(host, profile, peer, photo));
      rmSync(profile, { recursive: true, force: true });
    }
  }
  const rows = PEERS.filter((peer) => peer !== 'stages').map((peer) => ({ peer, ...row(host, visits[peer]) }));
  const stages = Object.keys(visits.stages.cold[0].stages).map((stage) => {
    const of = (kind) => median(visits.stages[kind].map((seen) => seen.stages[stage]));
    return { stage, coldMs: of('cold'), warmMs: of('warm') };
  });
  const milliseconds = (value) => fixed(value, 0);
  const megabytes = (value) => fixed(value / 1e6, 2);
  printTable(
    `first answer after page load, Chromium ${host.version}, ${runs} fresh profiles each in turn (ms; at most ${WANTED_MS} wanted; MB after brotli)`,
    ['page', 'cold min', 'cold median', 'warm min', 'warm median', 'ready', 'next photo', 'MB', 'library MB'],
    rows.map((r) => [r.peer, ...[r.cold.minMs, r.cold.medianMs, r.warm.minMs, r.warm.medianMs, r.readyMs, r.secondMs].map(milliseconds), megabytes(r.brotliBytes), megabytes(r.libraryBrotliBytes)]),
  );
  printTable(
    'our engine step by step (median ms)',
    ['step', 'cold', 'warm'],
    stages.map(({ stage, coldMs, warmMs }) => [stage, fixed(coldMs), fixed(warmMs)]),
  );
  keep('cold', { chromium: host.version, runs, rows, stages });
}
