/**
 * node run.mjs [PART ...] [--runs N] [--only TEXT]: compares visavis with other libraries in one headless Chromium. Parts: inference, pipeline, cold, scan, threads;
 * all of them where none is named. Prints a table and a line of JSON for each, and keeps them in target/bench/results.json.
 */
import { parseArgs } from 'node:util';
import { cold } from './lib/cold.mjs';
import { inference } from './lib/inference.mjs';
import { pipeline } from './lib/pipeline.mjs';
import { start } from './lib/host.mjs';
import { scan } from './lib/scan.mjs';
import { threads } from './lib/threads.mjs';

const PARTS = { inference, pipeline, cold, scan, threads };

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '20' }, only: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => PARTS[name] === undefined);
  if (unknown.length > 0) throw new Error(`unknown parts: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  const wanted = positionals.length > 0 ? positionals : Object.keys(PARTS);
  const failures = [];
  for (const name of wanted) {
    const host = await start();
    try {
      await PARTS[name](host, { runs: Number(values.runs), only: values.only });
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
      failures.push(name);
    } finally {
      await host.stop();
    }
  }
  if (failures.length > 0) throw new Error(`failed: ${failures.join(', ')}`);
}

try {
  await main();
} catch (error) {
  console.error(`benches: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
