// Prints the raw and the brotli size of each file that is named. The brotli size of a file is kept beside the build
// (target/sizes.json, by SHA-256), because compressing at the highest quality takes half a minute.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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
  return { file: basename(path), raw: bytes.length, brotli: known[sha256] };
}

const rows = await Promise.all(process.argv.slice(2).map(measure));
for (const { file, raw, brotli } of rows) {
  console.log(`${file.padEnd(26)} ${(raw / 1e6).toFixed(2).padStart(6)} MB  brotli ${(brotli / 1e6).toFixed(2).padStart(5)} MB`);
}
mkdirSync(dirname(memory), { recursive: true });
writeFileSync(memory, JSON.stringify(known));
