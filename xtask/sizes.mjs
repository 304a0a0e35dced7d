// node sizes.mjs FOLDER: what a first search downloads from the built package, a line each: name, raw bytes, bytes after brotli at its best.
// The modules of the page and of the worker are a line each, with all that they import before they run. The brotli size of a file is kept
// beside the build (target/sizes.json, by SHA-256), because compressing the engine at the highest quality takes many seconds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const memory = join(dirname(fileURLToPath(import.meta.url)), '../target/sizes.json');
const known = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
const compress = promisify(brotliCompress);

async function measure(path) {
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  known[sha256] ??= (await compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })).length;
  return { raw: bytes.length, brotli: known[sha256] };
}

/** A module and all that it imports statically, without the engine's glue, which has lines of its own. */
function modulesOf(entry, found = new Set()) {
  if (found.has(entry) || dirname(entry).endsWith('wasm')) return found;
  found.add(entry);
  const source = readFileSync(entry, 'utf8');
  for (const [, place] of source.matchAll(/(?:^|;)(?:import|export)(?:[\w$*{},\s]*?\bfrom)?\s*['"](\.[^'"]+)['"]/gm)) modulesOf(join(dirname(entry), place), found);
  return found;
}

async function together(files) {
  const sizes = await Promise.all([...files].map(measure));
  return sizes.reduce((sum, size) => ({ raw: sum.raw + size.raw, brotli: sum.brotli + size.brotli }), { raw: 0, brotli: 0 });
}

async function main(folder) {
  const lines = [];
  for (const below of ['wasm', 'models']) {
    const names = readdirSync(join(folder, below)).filter((name) => /\.(wasm|js|onnx)$/.test(name)).sort();
    for (const name of names) lines.push([`${below}/${name}`, await measure(join(folder, below, name))]);
  }
  for (const entry of ['index.js', 'worker.js']) lines.push([entry, await together(modulesOf(join(folder, entry)))]);
  for (const [name, { raw, brotli }] of lines) console.log(`${name}\t${raw}\t${brotli}`);
  mkdirSync(dirname(memory), { recursive: true });
  writeFileSync(memory, JSON.stringify(known));
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error(`usage: node ${relative('.', fileURLToPath(import.meta.url))} FOLDER`);
await main(folder);
