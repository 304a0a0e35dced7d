/**
 * Exact search for the ten nearest of many vectors: a loop in JavaScript, edgevec (its graph, not exact), hnswlib-wasm (brute force), voy, and ours. All over the
 * same rows where they can hold them.
 */
import { createIndex, init, openLibrary } from '/ours/visavis-bench.mjs';
import { bytesOf, race } from './timing.js';

const CHUNK_ROWS = 10_000;
const K = 10;

/** Made-up unit vectors, `rows` of them, the same ones each time. */
function madeUp(rows, dim, seed) {
  const values = new Float32Array(rows * dim);
  let state = seed;
  for (let row = 0; row < rows; row += 1) {
    let squares = 0;
    for (let at = row * dim; at < (row + 1) * dim; at += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[at] = state / 2147483648;
      squares += values[at] * values[at];
    }
    const length = Math.sqrt(squares);
    for (let at = row * dim; at < (row + 1) * dim; at += 1) values[at] /= length;
  }
  return values;
}

const ours = (type) => (values, dim) => {
  const index = createIndex({ dim, type });
  for (let first = 0; first * dim < values.length; first += CHUNK_ROWS) index.add(values.subarray(first * dim, (first + CHUNK_ROWS) * dim), first);
  return { search: (query) => index.search(query, K).ids, free: index.free };
};

/** Four sums side by side, which is as fast as plain JavaScript gets. */
function plainLoop(values, dim) {
  const search = (query) => {
    const ids = new Array(K).fill(-1);
    const cosines = new Float64Array(K).fill(-2);
    for (let row = 0, from = 0; from < values.length; row += 1, from += dim) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let at = 0; at < dim; at += 4) {
        a += values[from + at] * query[at];
        b += values[from + at + 1] * query[at + 1];
        c += values[from + at + 2] * query[at + 2];
        d += values[from + at + 3] * query[at + 3];
      }
      const cosine = a + b + c + d;
      if (cosine <= cosines[K - 1]) continue;
      let place = K - 1;
      for (; place > 0 && cosines[place - 1] < cosine; place -= 1) {
        cosines[place] = cosines[place - 1];
        ids[place] = ids[place - 1];
      }
      cosines[place] = cosine;
      ids[place] = row;
    }
    return ids;
  };
  return { search, free: () => undefined };
}

/** Its exact index takes binary vectors only from JavaScript, so this is its graph (HNSW), which is not exact. */
async function edgevec(values, dim) {
  const { default: load, EdgeVec, EdgeVecConfig } = await import('/peers/edgevec/edgevec.js');
  await load();
  const config = new EdgeVecConfig(dim);
  // Of unit vectors, the nearest have the greatest cosines. Its own metric `cosine` was seen to answer the farthest.
  config.metric = 'l2';
  const index = new EdgeVec(config);
  const rows = new Map();
  for (let row = 0; row * dim < values.length; row += 1) rows.set(Number(index.insert(values.subarray(row * dim, (row + 1) * dim))), row);
  return { search: (query) => index.search(query, K).map(({ id }) => rows.get(Number(id))), free: () => index.free() };
}

async function hnswlib(values, dim) {
  const { loadHnswlib } = await import('/peers/hnswlib-wasm/dist/hnswlib.js');
  const { BruteforceSearch } = await loadHnswlib();
  const index = new BruteforceSearch('ip', dim);
  index.initIndex(values.length / dim);
  for (let row = 0; row * dim < values.length; row += 1) index.addPoint(values.subarray(row * dim, (row + 1) * dim), row);
  return { search: (query) => [...index.searchKnn(query, K, undefined).neighbors].reverse(), free: () => undefined };
}

async function voy(values, dim) {
  const glue = await import('/peers/voy-search/voy_search_bg.js');
  const imports = { './voy_search_bg.js': glue };
  const { instance } = await WebAssembly.instantiateStreaming(fetch('/peers/voy-search/voy_search_bg.wasm'), imports);
  glue.__wbg_set_wasm(instance.exports);
  const embeddings = [];
  for (let row = 0; row * dim < values.length; row += 1) {
    embeddings.push({ id: String(row), title: '', url: '', embeddings: [...values.subarray(row * dim, (row + 1) * dim)] });
  }
  const index = new glue.Voy({ embeddings });
  return { search: (query) => index.search(query, K).neighbors.map(({ id }) => Number(id)), free: () => index.free() };
}

const MAKERS = {
  'visavis int8': ours('int8'),
  'visavis float32': ours('float32'),
  'plain JavaScript': plainLoop,
  'edgevec (graph)': edgevec,
  'hnswlib-wasm': hnswlib,
  voy,
};

/** Some of these throw objects that are no errors. */
const readable = (name, error) => new Error(`${name}: ${error?.message ?? JSON.stringify(error)}`);

/** Prepares our engine; answers which build runs. */
export const prepare = () => init();

/** Times searches of these indexes over `rows` made-up vectors, and says how many of the true ten nearest each finds. */
export async function compare({ names, rows, dim, runs }) {
  const values = madeUp(rows, dim, 12345);
  const queries = Array.from({ length: 16 }, (_, at) => madeUp(1, dim, 777 + at));
  const indexes = {};
  for (const name of names) {
    indexes[name] = await Promise.resolve(MAKERS[name](values, dim)).catch((error) => Promise.reject(readable(name, error)));
  }
  const truth = plainLoop(values, dim);
  const wanted = queries.map((query) => truth.search(query));
  const recall = (index) => share(queries.map((query) => index.search(query)), wanted);
  const recalls = {};
  for (const [name, index] of Object.entries(indexes)) {
    try {
      recalls[name] = recall(index);
    } catch (error) {
      throw readable(name, error);
    }
  }
  let asked = 0;
  const next = () => queries[(asked += 1) % queries.length];
  const times = await race(Object.fromEntries(Object.entries(indexes).map(([name, { search }]) => [name, () => search(next())])), runs);
  for (const { free } of Object.values(indexes)) free();
  return { recalls, times };
}

/** How many of the wanted are found, as a share. */
function share(found, wanted) {
  const counts = wanted.map((list, at) => list.filter((id) => [...found[at]].includes(id)).length / list.length);
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

/** Recall of real embeddings stored as bytes, against the same as they are. `url` is a file of float32 rows; every row that is asked for is left out. */
export async function recall({ url, dim, queries }) {
  const values = new Float32Array((await bytesOf(url)).buffer);
  const [bytes, numbers] = ['int8', 'float32'].map((type) => ours(type)(values, dim));
  const step = Math.max(1, Math.floor(values.length / dim / queries));
  const asked = Array.from({ length: queries }, (_, at) => values.subarray(at * step * dim, (at * step + 1) * dim));
  const [found, wanted] = [bytes, numbers].map(({ search }) => asked.map((query) => [...search(query)]));
  bytes.free();
  numbers.free();
  return { rows: values.length / dim, queries, recall: share(found, wanted) };
}

/** Times searches of a library as it is published, without a filter and with each kind. */
export async function filters({ folder, dim, person, runs }) {
  const manifest = await bytesOf(`${folder}/library.json`);
  const names = JSON.parse(new TextDecoder().decode(manifest)).files.map(({ name }) => name);
  const files = [];
  for (const name of names) files.push(await bytesOf(`${folder}/${name}`));
  const library = openLibrary(manifest, files);
  files.length = 0;
  const queries = Array.from({ length: 16 }, (_, at) => madeUp(1, dim, 777 + at));
  let asked = 0;
  const next = () => queries[(asked += 1) % queries.length];
  const find = (filter) => () => library.search(next(), K, filter);
  const contenders = { none: find({}), image: find({ mediaType: 'image' }), video: find({ mediaType: 'video' }), person: find({ entity: person }) };
  for (const [name, search] of Object.entries(contenders)) {
    const { length } = search();
    if (length !== K) throw new Error(`a search with the filter ${name} answers ${length} faces`);
  }
  const times = await race(contenders, runs);
  const faces = library.faces();
  library.free();
  return { faces, times };
}
