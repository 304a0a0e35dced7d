// What the test files share: libraries made by the command line, two servers, a browser, and a page with the package.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, watchedPage } from './browser.mjs';
import { CLIPS, E2E, PACKAGE_DIST, ROOT, VISAVIS, WORK, WWW_DIST, requireBuilt, sample, stranger } from './paths.mjs';
import { serve } from './servers.mjs';

/** Where the strangers' photos are served from: the installed npm package. */
const STRANGERS = join(E2E, 'node_modules', '@vladmandic', 'face-api', 'demo');

/** Runs the command line and answers its output. */
export function visavis(...args) {
  return execFileSync(VISAVIS, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Makes a library of `folder` below target/e2e, fresh each time, and answers where it is. */
export function makeLibrary(name, folder, ...options) {
  const out = join(WORK, 'libraries', name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  visavis('index', folder, '--out', out, ...options);
  return out;
}

/** The library of a folder with one face in each of its files of faces, so that a small one has as many shards as a large one. */
function makeShards(name, from) {
  const out = join(WORK, 'libraries', name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  execFileSync('cargo', ['run', '--quiet', '--release', '--example', 'reshard', '--', from, out, '1'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  return out;
}

/** A library of all samples and of groups of strangers with so many shards that it can be probed: its folder, the names of its shards in order, its faces. */
export function manyShards(name) {
  const photos = join(WORK, `${name}-photos`);
  rmSync(photos, { recursive: true, force: true });
  mkdirSync(photos, { recursive: true });
  for (const part of ['gallery', 'people', 'queries']) cpSync(sample(part), join(photos, part), { recursive: true });
  for (const number of [1, 2, 3, 4, 5, 6]) cpSync(stranger(number), join(photos, `group${number}.jpg`));
  const folder = makeShards(name, makeLibrary(`${name}-whole`, photos, '--people', sample('people')));
  const { files, counts } = JSON.parse(readFileSync(join(folder, 'library.json'), 'utf8'));
  const shards = files.filter(({ role }) => role === 'faces').map((file) => file.name);
  if (shards.length <= 32) throw new Error(`${shards.length} shards are too few for tests of probing`);
  return { folder, shards, faces: counts.faces };
}

/** A copy of a library that `change` spoils; it is given the folder and the parsed manifest, and may answer another text for it. */
export function spoiledLibrary(from, name, change) {
  const out = join(WORK, 'libraries', name);
  rmSync(out, { recursive: true, force: true });
  cpSync(from, out, { recursive: true });
  const path = join(out, 'library.json');
  const text = change(out, JSON.parse(readFileSync(path, 'utf8')));
  if (text !== undefined) writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
  return out;
}

/** Writes a file for tests to fetch at /files/NAME. */
export function writeTestFile(name, bytes) {
  const folder = join(WORK, 'files');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
}

/** Starts everything. The page's own server has the package at /visavis/; `other` is another origin with CORS, `closed` one without. */
export async function startBench(browserArguments = []) {
  requireBuilt();
  if (!existsSync(STRANGERS)) throw new Error('the npm packages of tests/e2e are not installed; run `npm ci` in tests/e2e');
  mkdirSync(join(WORK, 'files'), { recursive: true });
  mkdirSync(join(WORK, 'libraries'), { recursive: true });
  const mounts = {
    '/': join(E2E, 'web'),
    '/visavis/': PACKAGE_DIST,
    '/samples/': sample('.'),
    '/clips/': CLIPS,
    '/strangers/': STRANGERS,
    '/files/': join(WORK, 'files'),
    '/libraries/': join(WORK, 'libraries'),
    '/site/': WWW_DIST,
  };
  const own = await serve(mounts);
  const other = await serve(mounts, { cors: true });
  const closed = await serve(mounts);
  const browser = await launch(browserArguments);
  return {
    own,
    other,
    closed,
    browser,
    async stop() {
      await browser.close();
      await Promise.all([own.close(), other.close(), closed.close()]);
    },
    /** A fresh profile with the harness page open. */
    async harness(expected = []) {
      const context = await browser.newContext();
      return { context, ...(await this.tab(context, expected)) };
    },
    /** As `harness`, with a policy that allows the page no WebAssembly. */
    async strict(expected = []) {
      const context = await browser.newContext();
      return { context, ...(await this.tab(context, expected, '/strict.html')) };
    },
    /** The harness page in one more tab of a profile. */
    async tab(context, expected = [], path = '/harness.html') {
      const { page, complaints } = await watchedPage(context, expected);
      await page.goto(`${own.origin}${path}`);
      await page.waitForFunction(() => globalThis.harness !== undefined);
      return { page, complaints };
    },
  };
}
