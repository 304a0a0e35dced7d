/** Goal 5: exact search for the ten nearest, in Chromium on one thread. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, keep } from './host.mjs';
import { fixed, printTable } from './table.mjs';

/** Wanted, in millions of vectors a second. */
const WANTED = { 512: 12, 128: 45 };
/** With a filter, a search may take so much longer. */
const WANTED_FILTER = 1.1;
const WANTED_RECALL = 0.99;
/** Each finds the ten nearest, or its row is not of an exact search. Made-up vectors are nearly all as far from a query, so bytes exchange some of them. */
const EXACT_RECALL = 0.999;
const BYTES_RECALL = 0.95;

const PEERS = ['visavis int8', 'visavis float32', 'plain JavaScript', 'hnswlib-wasm'];
/** Not an exact search, so nothing is asked of its recall. */
const APPROXIMATE = 'edgevec (graph)';
/** Rows that all hold, rows that only ours holds, and few for those that take long to make an index. */
const ROWS = { 512: { all: 100_000, ours: 500_000, few: 4_000 }, 128: { all: 200_000, ours: 1_000_000, few: 10_000 } };
/** The made-up library of `cargo run --example make_faces`. */
export const LIBRARY = join(ROOT, 'target', 'bench', 'faces');
/** Real embeddings, rows of float32, which `benches/embeddings.mjs` makes where there are photos. */
export const EMBEDDINGS = join(ROOT, 'target', 'bench', 'embeddings-512.f32');

async function ofLength(host, dim, runs) {
  const { call, close } = await host.page('scan.js');
  await call('prepare');
  const rows = [];
  const add = async (names, count) => {
    const { recalls, times } = await call('compare', { names, rows: count, dim, runs });
    for (const name of names) {
      const perSecond = (ms) => count / ms / 1000;
      rows.push({ dim, index: name, rows: count, ...times[name], millionsPerSecond: perSecond(times[name].medianMs), best: perSecond(times[name].minMs), recall: recalls[name] });
    }
  };
  await add(PEERS, ROWS[dim].all);
  await add([APPROXIMATE, 'voy'], ROWS[dim].few);
  await add(['visavis int8'], ROWS[dim].ours);
  await close();
  return rows;
}

/** The id of a person, as `EntityId::of_person` makes it. */
const personId = (name) => createHash('sha256').update(`person\0${name}`).digest('hex').slice(0, 32);

async function filters(host, runs) {
  if (!existsSync(join(LIBRARY, 'library.json'))) {
    console.log('scan: filters are skipped: there is no target/bench/faces; `cargo run --release --example make_faces -- target/bench/faces 200000` makes it');
    return undefined;
  }
  const { call, close } = await host.page('scan.js');
  await call('prepare');
  const result = await call('filters', { folder: '/target/bench/faces', dim: 512, person: personId('0'), runs });
  await close();
  return result;
}

async function recall(host) {
  if (!existsSync(EMBEDDINGS)) {
    console.log('scan: recall over real embeddings is skipped: there is no target/bench/embeddings-512.f32; `node benches/embeddings.mjs` makes it of the test photos');
    return undefined;
  }
  const { call, close } = await host.page('scan.js');
  await call('prepare');
  const result = await call('recall', { url: '/target/bench/embeddings-512.f32', dim: 512, queries: 500 });
  await close();
  return result;
}

/** Runs the comparison and prints it. Fails where ours does not find the nearest. */
export async function scan(host, { runs }) {
  const rows = [...(await ofLength(host, 512, runs)), ...(await ofLength(host, 128, runs))];
  printTable(
    `exact search for the 10 nearest, Chromium ${host.version}, one thread, ${runs} runs in turn (wanted: ${WANTED[512]} million of 512 numbers a second, ${WANTED[128]} of 128)`,
    ['index', 'numbers', 'vectors', 'min ms', 'median ms', 'million/s', 'best', 'recall@10'],
    rows.map((r) => [r.index, r.dim, r.rows, fixed(r.minMs, 2), fixed(r.medianMs, 2), fixed(r.millionsPerSecond, 2), fixed(r.best, 2), fixed(r.recall, 3)]),
  );
  const filtered = await filters(host, runs);
  if (filtered !== undefined) {
    printTable(
      `a published library of ${filtered.faces} faces, 512 numbers (with a filter at most ${WANTED_FILTER} x the time)`,
      ['filter', 'min ms', 'median ms', 'x of none'],
      Object.entries(filtered.times).map(([name, t]) => [name, fixed(t.minMs, 2), fixed(t.medianMs, 2), fixed(t.medianMs / filtered.times.none.medianMs, 2)]),
    );
  }
  const real = await recall(host);
  if (real !== undefined) console.log(`recall@10 of int8 against float32, ${real.queries} of ${real.rows} real embeddings: ${fixed(real.recall, 4)}`);
  keep('scan', { chromium: host.version, runs, rows, filters: filtered, recall: real });
  const problems = rows.filter(({ index, recall: found }) => index !== APPROXIMATE && !(found >= (index.endsWith('int8') ? BYTES_RECALL : EXACT_RECALL))).map(({ index, dim, recall: found }) => `${index}, ${dim}: recall ${found}`);
  if (real !== undefined && real.recall < WANTED_RECALL) problems.push(`recall of real embeddings is ${real.recall}`);
  if (problems.length > 0) throw new Error(problems.join('; '));
}
