/** A server on 127.0.0.1 with all that is compared, one headless Chromium, and where the files are that are not always there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../../tests/e2e/lib/browser.mjs';
import { PACKAGE_DIST, ROOT, WWW_DIST } from '../../tests/e2e/lib/paths.mjs';
import { serve } from '../../tests/e2e/lib/servers.mjs';

export { ROOT };
/** This folder. */
export const BENCHES = join(ROOT, 'benches');
/** Where results are written. */
export const RESULTS = join(ROOT, 'target', 'bench', 'results.json');
/** Test data that is not part of the repository; rows that need it fall back or are skipped where it is absent. */
export const SHARED = process.env.VISAVIS_SHARED ?? join(ROOT, '..', 'shared', 'data');
/** The one page that everything runs in. */
const PAGE = 'bench.html';

/** The large embedder as it is published, where it was fetched (`cargo xtask models --accurate` keeps it below target/models) or is named. */
export function sfaceFile() {
  const name = 'face_recognition_sface_2021dec.onnx';
  const places = [process.env.VISAVIS_SFACE, join(ROOT, 'target', 'models', name), join(ROOT, 'models', name)];
  return places.find((path) => path !== undefined && existsSync(path));
}

/** The photo of one face and that of five: from the test data, else of the samples; the group comes with face-api's npm package. */
export function photos() {
  const shared = join(SHARED, 'photos', 'face_recognition', 'obama.jpg');
  const one = existsSync(shared) ? shared : join(ROOT, 'samples', 'queries', 'barack_obama.jpg');
  return [
    { name: existsSync(shared) ? 'obama.jpg' : 'barack_obama.jpg', path: one, faces: 1 },
    { name: 'sample5.jpg', path: join(BENCHES, 'node_modules', '@vladmandic', 'face-api', 'demo', 'sample5.jpg'), faces: 5 },
  ];
}

/** Starts server and browser. */
export async function start() {
  if (!existsSync(join(BENCHES, 'dist', 'visavis-bench.mjs'))) throw new Error('benches/dist is empty; run `cargo xtask bench --build`');
  if (!existsSync(join(BENCHES, 'node_modules'))) throw new Error('the npm packages are not installed; run `npm ci` in benches');
  const mounts = {
    '/': join(BENCHES, 'web'),
    '/ours/': join(BENCHES, 'dist'),
    '/peers/': join(BENCHES, 'node_modules'),
    '/models/': join(ROOT, 'models'),
    '/visavis/': PACKAGE_DIST,
    '/site/': WWW_DIST,
    '/target/': join(ROOT, 'target'),
    '/photos/one/': join(photos()[0].path, '..'),
    '/photos/five/': join(photos()[1].path, '..'),
  };
  if (sfaceFile() !== undefined) mounts['/sface/'] = join(sfaceFile(), '..');
  const server = await serve(mounts);
  const browser = await launch();
  return {
    origin: server.origin,
    server,
    /** The file behind a path of the server. */
    fileOf(path) {
      const prefix = Object.keys(mounts).sort((a, b) => b.length - a.length).find((candidate) => path.startsWith(candidate));
      return join(mounts[prefix], path.slice(prefix.length));
    },
    version: browser.version(),
    /** A fresh page, whose errors end the run. `module` is a file of web/; `call` runs one of its functions there. */
    async page(module) {
      const page = await browser.newPage();
      page.setDefaultTimeout(600_000);
      page.on('console', (message) => message.type() === 'error' && console.error(`in the page: ${message.text()}`));
      await page.goto(`${server.origin}/${PAGE}`);
      const call = (name, argument) =>
        page.evaluate(async ([file, wanted, given]) => (await import(file))[wanted](given), [`/${module}`, name, argument]);
      return { page, call, close: () => page.close() };
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

/** The addresses of the photos. */
export const photoUrls = () => photos().map(({ name }, at) => `/photos/${at === 0 ? 'one' : 'five'}/${name}`);

/** Writes a part of the results, beside those of other parts. */
export function keep(part, result) {
  mkdirSync(join(RESULTS, '..'), { recursive: true });
  const known = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
  writeFileSync(RESULTS, `${JSON.stringify({ ...known, [part]: result }, null, 1)}\n`);
  console.log(JSON.stringify({ figures: part, ...result }));
}
