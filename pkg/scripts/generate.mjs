// Writes src/generated.ts: what the TypeScript needs to know of the models (../models/models.json), of the two WebAssembly files
// (dist/wasm, where they were built already) and of the package's version. Copies the models to dist/models, the libraries of others that are loaded
// when they are needed to dist/vendor, and the licence texts of the repository.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const quote = (value) => `'${String(value).replaceAll("'", "\\'")}'`;

/**
 * Files of other packages (devDependencies) that go into dist/vendor as they are, each beside its licence, so that whoever uses this package
 * installs nothing and a plain page needs no bundler. All end with .js, which every server knows the type of.
 */
const VENDORED = [
  { package: 'mediabunny', file: 'dist/bundles/mediabunny.min.mjs', as: 'mediabunny.js', licence: 'LICENSE' },
  { package: '@zip.js/zip.js', file: 'dist/zip-core-external.min.js', as: 'zip.js', licence: 'LICENSE' },
];

const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
const models = JSON.parse(readFileSync(here('../../models/models.json'), 'utf8'));

const modelRows = ['detector', 'embedder', 'expression'].map((role) => {
  const { file, bytes, sha256 } = models[role];
  return `  ${role}: {
    file: ${quote(file)},
    url: () => new URL(${quote(`./models/${file}`)}, import.meta.url).href,
    bytes: ${bytes},
    sha256: ${quote(sha256)},
  },`;
});

const wasmRows = ['simd', 'relaxed'].flatMap((build) => {
  const file = here(`../dist/wasm/visavis_${build}_bg.wasm`);
  if (!existsSync(file)) {
    console.warn(`visavis: dist/wasm/visavis_${build}_bg.wasm is not there yet; build it (cargo xtask build) and run this again`);
    return [];
  }
  const bytes = readFileSync(file);
  return [`  ${build}: { bytes: ${bytes.length}, sha256: ${quote(createHash('sha256').update(bytes).digest('hex'))} },`];
});

writeFileSync(
  here('../src/generated.ts'),
  `/** Written by scripts/generate.mjs; not to be edited. */

/** Version of this package. */
export const PACKAGE_VERSION = ${quote(version)};

/** The models of this package. Each URL is in the literal form that bundlers look for. */
export const PACKAGE_MODELS = {
${modelRows.join('\n')}
} as const;

/** Length and SHA-256 of the WebAssembly files that were there when the package was built. */
export const WASM_FILES: { simd?: { bytes: number; sha256: string }; relaxed?: { bytes: number; sha256: string } } = {
${wasmRows.join('\n')}
};
`,
);

mkdirSync(here('../dist/models'), { recursive: true });
for (const role of ['detector', 'embedder', 'expression']) {
  const { file, bytes, sha256 } = models[role];
  const data = readFileSync(here(`../../models/${file}`));
  const found = createHash('sha256').update(data).digest('hex');
  if (data.length !== bytes || found !== sha256) {
    throw new Error(`models/${file}: ${data.length} bytes, SHA-256 ${found}; models.json says ${bytes} bytes, ${sha256}`);
  }
  writeFileSync(here(`../dist/models/${file}`), data);
}

mkdirSync(here('../dist/vendor'), { recursive: true });
for (const { package: name, file, as, licence } of VENDORED) {
  const folder = here(`../node_modules/${name}`);
  if (!existsSync(folder)) throw new Error(`${name} is not installed; run \`npm ci\` in pkg`);
  copyFileSync(join(folder, file), here(`../dist/vendor/${as}`));
  copyFileSync(join(folder, licence), here(`../dist/vendor/LICENSE-${basename(name)}`));
}

for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'NOTICE']) {
  if (existsSync(here(`../../${name}`))) copyFileSync(here(`../../${name}`), here(`../${name}`));
}
