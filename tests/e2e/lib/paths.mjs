// Where things are, and what has to be built before the tests can run.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The top of the repository. */
export const ROOT = join(here, '..', '..', '..');
/** This folder of tests. */
export const E2E = join(ROOT, 'tests', 'e2e');
/** The built package. */
export const PACKAGE_DIST = join(ROOT, 'pkg', 'dist');
/** The built page. */
export const WWW_DIST = join(ROOT, 'www', 'dist');
/** Where tests write. */
export const WORK = join(ROOT, 'target', 'e2e');
/** Where pictures of the page go. */
export const SCREENSHOTS = join(ROOT, 'target', 'screenshots');
/** Films whose truth is known; `cargo run --release --example make_clips` makes them. */
export const CLIPS = join(ROOT, 'target', 'clips');
/** The command line. */
export const VISAVIS = join(ROOT, 'target', 'release', process.platform === 'win32' ? 'visavis.exe' : 'visavis');

/** A photo of the samples. */
export const sample = (name) => join(ROOT, 'samples', name);
/** A photo of private persons, read from the npm package that carries it; never copied into the repository. */
export const stranger = (number) => join(E2E, 'node_modules', '@vladmandic', 'face-api', 'demo', `sample${number}.jpg`);

/** The query photos, and whether the person is in the gallery. */
export function queries() {
  const names = readdirSync(sample('queries')).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  return {
    known: names.filter((name) => !name.startsWith('stranger')),
    strangers: names.filter((name) => name.startsWith('stranger')),
  };
}

/** Fails with what to run where something is not built. */
export function requireBuilt() {
  const needed = [
    [join(PACKAGE_DIST, 'index.js'), 'cargo xtask build'],
    [join(PACKAGE_DIST, 'wasm', 'visavis_simd_bg.wasm'), 'cargo xtask build'],
    [VISAVIS, 'cargo xtask build'],
    [join(WWW_DIST, 'index.html'), 'cargo xtask demo --check'],
    [join(WWW_DIST, 'library', 'library.json'), 'cargo xtask demo --check'],
  ];
  for (const [path, command] of needed) {
    if (!existsSync(path)) throw new Error(`${path} is not there; run \`${command}\` first`);
  }
}
