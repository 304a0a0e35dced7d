// The build of the app: sample photos from ../samples/queries, a strict content policy, and the service worker's list of files.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, minifySync } from 'vite';
import { headTags } from './page-config.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Copies the sample photos below public/, and answers their names. */
function copyQueries() {
  const from = here('../samples/queries');
  const to = here('public/queries');
  rmSync(to, { recursive: true, force: true });
  const names = existsSync(from) ? readdirSync(from).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort() : [];
  if (names.length > 0) mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(`${from}/${name}`, `${to}/${name}`);
  return names;
}

/** The content policy and the libraries, in the page's head. VISAVIS_SITE_CONFIG names another file than site.config.json. */
function configuration() {
  const file = process.env.VISAVIS_SITE_CONFIG ?? here('site.config.json');
  return { name: 'visavis-configuration', apply: 'build', transformIndexHtml: () => headTags(JSON.parse(readFileSync(file, 'utf8'))) };
}

const queries = copyQueries();

/** Writes `sw.js` with the files of the app's own shell and the sample photos. Engine, models and library are kept by the package. */
function serviceWorker() {
  return {
    name: 'visavis-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      // `worker-` and `host-` are for pages that start the package's own worker, or none; this one starts engine-worker.
      const needed = (name) => /\.(js|css|svg|png|webmanifest)$/.test(name) && !/\/(worker|host)-[^/]+$/.test(name);
      const shell = Object.keys(bundle).filter(needed).sort();
      const samples = queries.map((name) => `queries/${name}`);
      const files = ['./', ...shell, ...samples, 'icon.svg', 'icon-192.png', 'app.webmanifest'];
      const hash = createHash('sha256').update(JSON.stringify(files));
      for (const name of samples) hash.update(readFileSync(here(`public/${name}`)));
      const version = hash.digest('hex').slice(0, 12);
      const source = readFileSync(here('src/sw.js'), 'utf8')
        .replace('__VERSION__', version)
        .replace('["__FILES__"]', JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: minifySync('sw.js', source).code });
    },
  };
}

/** The indexer's own memory (paths, embeddings) stands inside the library's folder, and nobody else needs it. */
function withoutJournal() {
  return {
    name: 'visavis-without-journal',
    apply: 'build',
    closeBundle: () => rmSync(here('dist/library/.visavis'), { recursive: true, force: true }),
  };
}

/** The package's modules for the page in a file of their own, so that the size of the app can be told from that of the package. */
const ofPackage = (id) => /[\\/]pkg[\\/]dist[\\/]/.test(id) && !/(host|decode|early|traps|wasm|video-[a-z]+|camera-host|zip-\w+)\.js$|[\\/](wasm|vendor)[\\/]/.test(id);

export default defineConfig({
  base: './',
  define: { __QUERIES__: JSON.stringify(queries) },
  optimizeDeps: { exclude: ['visavis'] },
  server: { host: '127.0.0.1', fs: { allow: ['..'] } },
  preview: { host: '127.0.0.1' },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'visavis', test: ofPackage }, { name: 'parts', test: /[\\/]www[\\/]src[\\/]/, minShareCount: 2 }] } } },
  },
  plugins: [configuration(), serviceWorker(), withoutJournal()],
});
