// node video-figures.mjs speed FILM [RUNS]: seconds of film that are indexed in a second, by the command line and by addMedia in Chromium, in turn.
// node video-figures.mjs memory FILM MINUTES...: the peak memory of `visavis index` for films of so many minutes, made of FILM over and over.
// Each prints a table and a line of JSON.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { launch } from './lib/browser.mjs';
import { E2E, PACKAGE_DIST, ROOT, VISAVIS } from './lib/paths.mjs';
import { serve } from './lib/servers.mjs';

const WORK = join(ROOT, 'target', 'bench', 'films');
const FFMPEG = process.env.VISAVIS_FFMPEG ?? 'ffmpeg';
const FFPROBE = process.env.VISAVIS_FFPROBE ?? 'ffprobe';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The length of a film in seconds. */
function durationOf(film) {
  const text = execFileSync(FFPROBE, ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', film], { encoding: 'utf8' });
  return Number(text);
}

/** Indexes a film with the command line; seconds, and the most memory that it and its ffmpeg had, in bytes. */
async function indexNatively(film) {
  const out = join(WORK, 'library');
  rmSync(out, { recursive: true, force: true });
  const begin = performance.now();
  const child = spawn(VISAVIS, ['index', film, '--out', out, '--quiet', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  const peaks = new Map();
  const timer = setInterval(() => notePeaks(child.pid, peaks), 200);
  const code = await new Promise((done) => child.on('close', done));
  const seconds = (performance.now() - begin) / 1000;
  clearInterval(timer);
  if (code !== 0) throw new Error(`visavis index ${film} ended with ${code}: ${text}`);
  const ofChildren = [...peaks].filter(([pid]) => pid !== child.pid).map(([, bytes]) => bytes);
  return { seconds, peakBytes: peaks.get(child.pid) ?? 0, ffmpegPeakBytes: Math.max(0, ...ofChildren), summary: JSON.parse(text) };
}

/** Notes the high-water mark of a process and of its children, as Linux counts them. */
function notePeaks(pid, peaks) {
  if (!existsSync('/proc/self/status')) return;
  for (const one of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)) {
    try {
      const status = readFileSync(`/proc/${one}/status`, 'utf8');
      const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      if (one !== pid && number('PPid') !== pid) continue;
      peaks.set(one, Math.max(peaks.get(one) ?? 0, number('VmHWM') * 1024));
    } catch {
      // The process ended in between; what was seen before counts.
    }
  }
}

/** Runs in the page: adds a film to a library of its own, and says how many seconds it took. */
async function addFilm(url) {
  const blob = await (await fetch(url)).blob();
  const file = new File([blob], url.split('/').at(-1));
  const client = await globalThis.harness.createClient({ libraries: [{ name: 'mine' }] });
  // The engines that index are not the client's own: a photo starts one and loads its models before the clock runs, as in a page that is in use.
  const first = await client.addMedia([await globalThis.harness.fileOf('/samples/gallery/eileen_collins.jpg')], { library: 'mine', jobs: 1 });
  if (first.added.length !== 1) throw new Error(`the photo before the film was not indexed: ${first.failed[0]?.error}`);
  const begin = performance.now();
  const { added, failed } = await client.addMedia([file], { library: 'mine', jobs: 1 });
  const seconds = (performance.now() - begin) / 1000;
  client.close();
  if (added.length !== 1) throw new Error(`the film was not indexed: ${failed[0]?.error}`);
  return seconds;
}

async function speed(film, runs) {
  const length = durationOf(film);
  const server = await serve({ '/': join(E2E, 'web'), '/visavis/': PACKAGE_DIST, '/films/': dirname(resolve(film)), '/samples/': join(ROOT, 'samples') });
  const browser = await launch();
  const seconds = { native: [], chromium: [] };
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.origin}/harness.html`);
    await page.waitForFunction(() => globalThis.harness !== undefined);
    for (let run = 0; run < runs; run += 1) {
      seconds.native.push((await indexNatively(film)).seconds);
      seconds.chromium.push(await page.evaluate(addFilm, `/films/${basename(film)}`));
    }
  } finally {
    await browser.close();
    await server.close();
  }
  console.log(`indexing ${basename(film)}, ${length.toFixed(1)} s of film at 5 frames a second, ${runs} runs in turn`);
  const rates = {};
  for (const [where, all] of Object.entries(seconds)) {
    rates[where] = length / median(all);
    console.log(`  ${where.padEnd(9)} ${median(all).toFixed(2).padStart(7)} s  ${rates[where].toFixed(2).padStart(6)} seconds of film a second`);
  }
  console.log(JSON.stringify({ figures: 'indexing of a film', film: basename(film), filmSeconds: length, runs, seconds, filmSecondsPerSecond: rates }));
}

/** The film over and over, not encoded again. */
function longFilm(film, minutes) {
  const out = join(WORK, `${minutes}-minutes.mp4`);
  const times = Math.ceil((minutes * 60) / durationOf(film));
  execFileSync(FFMPEG, ['-v', 'error', '-y', '-stream_loop', String(times - 1), '-i', film, '-c', 'copy', '-t', String(minutes * 60), out]);
  return out;
}

async function memory(film, lengths) {
  const rows = [];
  console.log('film        frames  indexed in  film s / s  peak of visavis  peak of its ffmpeg');
  for (const minutes of lengths) {
    const long = longFilm(film, minutes);
    const { seconds, peakBytes, ffmpegPeakBytes, summary } = await indexNatively(long);
    rmSync(long);
    rows.push({ minutes, seconds, peakBytes, ffmpegPeakBytes, tracks: summary.faces });
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(
      `${`${minutes} min`.padEnd(8)}  ${String(minutes * 300).padStart(8)}  ${`${seconds.toFixed(0)} s`.padStart(10)}  ${((minutes * 60) / seconds).toFixed(2).padStart(10)}  ` +
        `${megabytes(peakBytes).padStart(15)}  ${megabytes(ffmpegPeakBytes).padStart(18)}`,
    );
  }
  console.log(JSON.stringify({ figures: 'peak memory of visavis index', film: basename(film), rows }));
}

async function main(what, film, ...rest) {
  mkdirSync(WORK, { recursive: true });
  const numbers = rest.map(Number);
  if (film !== undefined && numbers.every((number) => number > 0)) {
    if (what === 'speed') return speed(film, numbers[0] ?? 3);
    if (what === 'memory' && numbers.length > 0) return memory(film, numbers);
  }
  throw new Error('usage: node video-figures.mjs speed FILM [RUNS] | memory FILM MINUTES...');
}

try {
  await main(...process.argv.slice(2));
} catch (error) {
  console.error(`video-figures: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
