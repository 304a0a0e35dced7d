// node configure.mjs DIST CONFIG.json: gives a page that is built already other libraries, and the content policy that belongs to them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configured } from './page-config.mjs';

const [dist, file] = process.argv.slice(2);
if (dist === undefined || file === undefined) {
  console.error('usage: node configure.mjs DIST CONFIG.json');
  process.exit(2);
}
const page = join(dist, 'index.html');
writeFileSync(page, configured(readFileSync(page, 'utf8'), JSON.parse(readFileSync(file, 'utf8'))));
