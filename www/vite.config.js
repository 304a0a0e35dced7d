// The build of the page: sample photos from ../samples/queries, a strict content policy, and the service worker's list of files.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What the built page may do: scripts of its own host, and requests to no other. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

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

/** Writes `sw.js` with the files of the page's own shell. Engine, models and library are kept by the package. */
function serviceWorker() {
  return {
    name: 'visavis-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const shell = Object.keys(bundle).filter((name) => /\.(js|css|svg|webmanifest)$/.test(name)).sort();
      const files = ['./', ...shell, 'icon.svg'];
      const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
      const source = readFileSync(here('src/sw.js'), 'utf8')
        .replace('__VERSION__', version)
        .replace('["__FILES__"]', JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
    ],
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

export default defineConfig({
  base: './',
  define: { __QUERIES__: JSON.stringify(copyQueries()) },
  optimizeDeps: { exclude: ['visavis'] },
  server: { host: '127.0.0.1', fs: { allow: ['..'] } },
  preview: { host: '127.0.0.1' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  plugins: [serviceWorker(), withoutJournal()],
});
