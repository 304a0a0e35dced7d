// Makes dist of build (what tsc wrote): the entries and the modules that they share, in few files, so that a page that imports the package without a
// bundler of its own does not load dozens, one after the other. Names stay readable, and so do the `new URL('...', import.meta.url)` that bundlers
// look for: all files stay in one folder. The engine's glue (dist/wasm) and other people's libraries (dist/vendor) stay files of their own.
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [from, to] = ['../build', '../dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** What package.json exports, the worker, the host for pages without one, and what tests of servers need. */
const ENTRIES = ['index', 'worker', 'host', 'node', 'node-fetch', 'service-worker'];

for (const name of readdirSync(to).filter((name) => /\.(js|d\.ts)$/.test(name))) rmSync(join(to, name));
await build({
  absWorkingDir: from,
  entryPoints: ENTRIES.map((name) => `./${name}.js`),
  outdir: to,
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  minifyWhitespace: true,
  external: ['./wasm/*', './vendor/*', 'node:*'],
  logLevel: 'warning',
});
for (const name of readdirSync(from).filter((name) => name.endsWith('.d.ts'))) copyFileSync(join(from, name), join(to, name));
// Or it would still have the types of a module that is gone.
rmSync(from, { recursive: true });
