// node figures.mjs URL PHOTO [RUNS]: how long the first search takes on the served page, with nothing in the browser's caches (cold) and at the
// second visit of the same profile (warm), and how many bytes are downloaded. Prints a table and a line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchWithProfile } from './lib/browser.mjs';

async function visit(profile, url, photo) {
  const context = await launchWithProfile(profile);
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await countWorkers(session, (length) => (bytes += length));
    const begin = performance.now();
    await page.goto(url);
    await page.locator('#file').setInputFiles(photo);
    await page.locator('#stage button.face').first().waitFor({ timeout: 240_000 });
    const faces = performance.now() - begin;
    await page.waitForFunction(() => document.getElementById('response').textContent !== '', undefined, { timeout: 240_000, polling: 20 });
    const answer = performance.now() - begin;
    const steps = await stepsOf(page);
    // The same photo once more: what a search costs when everything is loaded.
    const again = await searchAgain(page, photo);
    if (await page.evaluate(() => 'serviceWorker' in navigator)) await page.evaluate(() => navigator.serviceWorker.ready);
    return { faces, answer, again, bytes, ...steps };
  } finally {
    await context.close();
  }
}

/** When the engine's steps were done, in milliseconds from the page's own start: from the worker's timeline. */
async function stepsOf(page) {
  const [worker] = page.workers();
  if (worker === undefined) return {};
  const origin = await page.evaluate(() => performance.timeOrigin);
  const told = await worker.evaluate(() => ({
    origin: performance.timeOrigin,
    marks: Object.fromEntries(performance.getEntriesByType('mark').map(({ name, startTime }) => [name, startTime])),
    files: performance.getEntriesByType('resource').map(({ name, responseEnd }) => ({ name, responseEnd })),
  }));
  const from = told.origin - origin;
  const last = (ending) => from + Math.max(0, ...told.files.filter(({ name }) => name.endsWith(ending)).map(({ responseEnd }) => responseEnd));
  return {
    worker: from,
    wasm: last('.wasm'),
    engine: from + told.marks['visavis: engine'],
    onnx: last('.onnx'),
    models: from + told.marks['visavis: models'],
  };
}

/** What the steps are, in their order. */
const STEPS = { worker: 'worker begun', wasm: 'engine downloaded', engine: 'engine compiled', onnx: 'models downloaded', models: 'models built' };

/** Requests of a worker are told in a session of its own. */
async function countWorkers(session, onBytes) {
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: false });
  session.on('Target.attachedToTarget', ({ sessionId }) => {
    const send = (id, method) => session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) }).catch(() => undefined);
    void send(1, 'Network.enable');
    void send(2, 'Runtime.runIfWaitingForDebugger');
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { method, params } = JSON.parse(message);
    if (method === 'Network.loadingFinished') onBytes(params.encodedDataLength);
  });
}

async function searchAgain(page, photo) {
  await page.evaluate(() => (document.getElementById('response').textContent = ''));
  const begin = performance.now();
  await page.locator('#file').setInputFiles(photo);
  await page.waitForFunction(() => document.getElementById('response').textContent !== '', undefined, { timeout: 240_000, polling: 20 });
  return performance.now() - begin;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function main(url, photo, runs = '3') {
  if (url === undefined || photo === undefined) throw new Error('usage: node figures.mjs URL PHOTO [RUNS]');
  const rows = { cold: [], warm: [] };
  for (let run = 0; run < Number(runs); run += 1) {
    const profile = mkdtempSync(join(tmpdir(), 'visavis-figures-'));
    rows.cold.push(await visit(profile, url, photo));
    rows.warm.push(await visit(profile, url, photo));
    rmSync(profile, { recursive: true, force: true });
  }
  const result = {};
  console.log('visit  faces seen (ms)  first answer (ms)  next photo (ms)  bytes received');
  for (const [visitKind, visits] of Object.entries(rows)) {
    const figures = Object.fromEntries(['faces', 'answer', 'again', 'bytes'].map((key) => [key, Math.round(median(visits.map((row) => row[key])))]));
    result[visitKind] = { facesMs: figures.faces, firstAnswerMs: figures.answer, nextPhotoMs: figures.again, bytesReceived: figures.bytes };
    console.log(`${visitKind.padEnd(5)}  ${String(figures.faces).padStart(15)}  ${String(figures.answer).padStart(17)}  ${String(figures.again).padStart(15)}  ${String(figures.bytes).padStart(14)}`);
  }
  for (const [visitKind, visits] of Object.entries(rows)) {
    const steps = Object.keys(STEPS).map((key) => [key, Math.round(median(visits.map((row) => row[key] ?? Number.NaN)))]);
    result[visitKind].stepsMs = Object.fromEntries(steps);
    console.log(`${visitKind}, ms from the page's start: ${steps.map(([key, ms]) => `${STEPS[key]} ${ms}`).join(', ')}`);
  }
  console.log(JSON.stringify({ figures: 'first search in Chromium', runs: Number(runs), ...result }));
}

try {
  await main(...process.argv.slice(2));
} catch (error) {
  console.error(`figures: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
