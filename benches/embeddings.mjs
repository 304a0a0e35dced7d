/**
 * node embeddings.mjs: writes the embeddings of the largest face of each test photo to target/bench/embeddings-512.f32, by the command line. They stay
 * there: the photos are not part of the repository, nor is anything made of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VISAVIS } from '../tests/e2e/lib/paths.mjs';
import { SHARED } from './lib/host.mjs';
import { EMBEDDINGS } from './lib/scan.mjs';

const folder = join(SHARED, 'lfw-dev', 'images');
const photos = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.jpg')).sort();
const input = photos.map((name) => join(folder, name)).join('\n');
const text = execFileSync(VISAVIS, ['faces', '--embeddings', '--files-from', '-'], { input, encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] });
const rows = text.split('\n').filter(Boolean).map((line) => JSON.parse(line).faces[0]?.embedding).filter((row) => row !== undefined);
mkdirSync(dirname(EMBEDDINGS), { recursive: true });
writeFileSync(EMBEDDINGS, new Uint8Array(Float32Array.from(rows.flat()).buffer));
console.log(`${rows.length} embeddings of ${photos.length} photos`);
