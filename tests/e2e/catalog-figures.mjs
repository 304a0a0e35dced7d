// node catalog-figures.mjs LIBRARY [RUNS]: how long SearchMedia takes in Chromium on a catalog, from the call to the answer, in the worker and on
// the page's own thread. Prints a table and a line of JSON.
import { launch } from './lib/browser.mjs';
import { E2E, PACKAGE_DIST } from './lib/paths.mjs';
import { serve } from './lib/servers.mjs';
import { join } from 'node:path';

const QUERIES = {
  'everything, newest first': {},
  'contains and range': { Match: "title = 'wedding' and utcCreate = [1550000000000, 1700000000000]", SortBy: 'utcCreate:Desc' },
  'tags, sorted by title': { Match: "tagList in ('river', 'summer') and mediaType == 'image'", SortBy: 'title:Asc' },
  'custom fields, two keys': { CustomFilters: '{"intField1":{"gte":100,"lte":400},"strField1":["Oslo","train"]}', SortBy: 'cateId:Asc,utcCreate:Desc' },
  'description, page 100': { Match: "description = 'night' or title = 'night'", PageNo: 100 },
};

/** Runs in the page. */
async function measure({ queries, runs, worker }) {
  const client = await globalThis.harness.createClient({ libraries: [{ name: 'catalog', url: '/catalog/' }], worker });
  const { media } = await client.openLibrary('catalog');
  const rows = [];
  const begin = performance.now();
  await client.searchMedia({ Match: "title = 'nothing of the kind'" });
  const first = performance.now() - begin;
  for (const [name, request] of Object.entries(queries)) {
    const times = [];
    let total = 0;
    for (let run = 0; run < runs; run += 1) {
      const start = performance.now();
      total = (await client.searchMedia({ PageSize: 20, ...request })).Total;
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    rows.push({ name, total, medianMs: times[runs >> 1], worstMs: times[runs - 1] });
  }
  client.close();
  return { media, firstMs: first, rows };
}

async function main(library, runs = '21') {
  if (library === undefined) throw new Error('usage: node catalog-figures.mjs LIBRARY [RUNS]');
  const server = await serve({ '/': join(E2E, 'web'), '/visavis/': PACKAGE_DIST, '/catalog/': library });
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.origin}/harness.html`);
    await page.waitForFunction(() => globalThis.harness !== undefined);
    for (const worker of [true, false]) {
      const { media, firstMs, rows } = await page.evaluate(measure, { queries: QUERIES, runs: Number(runs), worker });
      console.log(`SearchMedia, ${media} media, ${worker ? 'in the worker' : 'on the page'}; first use ${firstMs.toFixed(0)} ms`);
      for (const { name, total, medianMs, worstMs } of rows) {
        console.log(`  ${name.padEnd(26)} ${String(total).padStart(7)} found  ${medianMs.toFixed(1).padStart(6)} ms median  ${worstMs.toFixed(1).padStart(6)} ms worst`);
      }
      console.log(JSON.stringify({ figures: 'SearchMedia in Chromium', media, worker, runs: Number(runs), firstMs, rows }));
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

try {
  await main(...process.argv.slice(2));
} catch (error) {
  console.error(`catalog-figures: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
