// The engine's life: downloads, caches, crashes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { E2E, PACKAGE_DIST, queries, sample } from '../lib/paths.mjs';
import { serve } from '../lib/servers.mjs';

const [known] = queries().known;
const PHOTO = `/samples/queries/${known}`;
/** What the browser's console says of a crash that a test asked for. */
const CRASH_WORDS = [/panicForTest/, /unreachable/, /previous WASM instance/];

let bench;
before(async () => {
  bench = await startBench();
  makeLibrary('engine', sample('gallery'), '--people', sample('people'));
});
after(() => bench?.stop());

/** Runs a function in a fresh profile; complaints of the console fail the test. */
async function inHarness(run, argument, expected = []) {
  const { context, page, complaints } = await bench.harness(expected);
  try {
    const result = await page.evaluate(run, argument);
    assert.deepEqual(complaints, []);
    return result;
  } finally {
    await context.close();
  }
}

for (const worker of [true, false]) {
  describe(`a panic inside wasm, ${worker ? 'in the worker' : 'on the calling thread'}`, () => {
    it('rejects its call with EngineCrashed, and the next call works with the tokens of before', async () => {
      const result = await inHarness(
        async ([photo, inWorker]) => {
          const { createClient, outcome } = globalThis.harness;
          const client = await createClient({ worker: inWorker, libraries: [{ name: 'engine', url: '/libraries/engine/' }] });
          const first = await client.searchMediaByFace({ FaceSearchToken: 'kept', PersonImageUrl: photo });
          const crash = await outcome(client.panicForTest());
          const again = await outcome(client.searchMediaByFace({ FaceSearchToken: 'kept' }));
          const another = await outcome(client.panicForTest());
          const stats = await client.stats();
          client.close();
          return { first, crash, again, another, stats };
        },
        [PHOTO, worker],
        CRASH_WORDS,
      );
      assert.equal(result.crash.error.code, 'EngineCrashed');
      assert.match(result.crash.error.message, /panicForTest.*the next call works/);
      assert.equal(result.crash.error.isOurs, true);
      assert.equal(result.again.error, undefined);
      assert.deepEqual(result.again.value.MediaInfoList, result.first.MediaInfoList);
      assert.ok(result.first.Total >= 1);
      assert.equal(result.another.error.code, 'EngineCrashed');
      assert.equal(result.stats.restarts, 2);
      assert.equal(result.stats.tokens, 1);
    });

    it('does not harm the other calls in flight', async () => {
      const [panic, ...others] = await inHarness(
        async ([photo, inWorker]) => {
          const { createClient, outcome, bytesOf } = globalThis.harness;
          const client = await createClient({ worker: inWorker });
          const bytes = await bytesOf(photo);
          const calls = [client.detectFaces(bytes), client.detectFaces(photo), client.embedFaces(new Blob([bytes]))];
          return Promise.all([outcome(client.panicForTest()), ...calls.map(outcome)]);
        },
        [PHOTO, worker],
        CRASH_WORDS,
      );
      assert.equal(panic.error.code, 'EngineCrashed');
      for (const other of others) assert.ok(other.value?.faces.length >= 1, JSON.stringify(other.error));
    });
  });
}

describe('a trap of another module on the page', () => {
  it('is neither taken for a crash nor hidden', async () => {
    const { faces, restarts, seen } = await inHarness(
      async (photo) => {
        const client = await globalThis.harness.createClient({ worker: false });
        const seen = [];
        addEventListener('error', (event) => seen.push([event.message, event.defaultPrevented]));
        // (module (func (export "f") unreachable))
        const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
        const { instance } = await WebAssembly.instantiate(bytes);
        setTimeout(() => instance.exports.f(), 0);
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { faces } = await client.detectFaces(photo);
        const { restarts } = await client.stats();
        client.close();
        return { faces: faces.length, restarts, seen };
      },
      PHOTO,
      [/unreachable/],
    );
    assert.ok(faces >= 1);
    assert.equal(restarts, 0);
    assert.equal(seen.length, 1);
    assert.equal(seen[0][1], false, 'the error was hidden from the page');
  });
});

describe('downloads of the engine', () => {
  it('are told with bytes, from 0 to the whole', async () => {
    const reports = await inHarness(async () => {
      const seen = [];
      const client = await globalThis.harness.createClient({ libraries: [{ name: 'engine', url: '/libraries/engine/' }], onProgress: (report) => seen.push(report) });
      await client.openLibrary();
      client.close();
      return seen;
    });
    const keys = [...new Set(reports.map(({ phase, name }) => `${phase} ${name}`))].sort();
    assert.deepEqual(keys, ['library engine', 'model detector', 'model embedder', 'model expression', 'wasm relaxed']);
    for (const key of keys) {
      const rows = reports.filter(({ phase, name }) => `${phase} ${name}` === key);
      assert.equal(rows[0].loadedBytes, 0);
      assert.equal(rows.at(-1).loadedBytes, rows.at(-1).totalBytes);
      assert.ok(rows.at(-1).totalBytes > 1000, key);
      for (const [index, row] of rows.entries()) assert.ok(index === 0 || row.loadedBytes >= rows[index - 1].loadedBytes);
    }
    assert.ok(reports.filter(({ phase }) => phase === 'wasm').length > 3, 'the download of the WebAssembly file is told in steps');
  });

  it('are kept: a second client downloads nothing but the manifest', async () => {
    const { context, page, complaints } = await bench.harness();
    const search = (photo) => page.evaluate(async (url) => {
      const client = await globalThis.harness.createClient({ libraries: [{ name: 'engine', url: '/libraries/engine/' }] });
      const bytes = await globalThis.harness.bytesOf(url);
      const answer = await client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: bytes });
      const stats = await client.stats();
      client.close();
      return { answer, stats };
    }, photo);
    const first = await search(PHOTO);
    await page.reload();
    await page.waitForFunction(() => globalThis.harness !== undefined);
    const before = bench.own.requests.length;
    const second = await search(PHOTO);
    const asked = bench.own.requests.slice(before).map(({ path }) => path).filter((path) => /\.(wasm|onnx|arrow|json)$/.test(path));
    assert.deepEqual(asked, ['/libraries/engine/library.json']);
    assert.deepEqual(second.answer.MediaInfoList, first.answer.MediaInfoList);
    assert.ok(second.stats.cache.hits >= 4 && second.stats.cache.misses <= first.stats.cache.misses);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('caches of older versions are deleted, others are left alone', async () => {
    const names = await inHarness(async () => {
      await caches.open('visavis-wasm-0.0.1');
      await caches.open('somebody-elses');
      (await globalThis.harness.createClient()).close();
      // Nobody waits for the caches, so a closed client may still be at it.
      const isDone = (keys) => !keys.includes('visavis-wasm-0.0.1') && keys.some((key) => key.startsWith('visavis-wasm-'));
      for (let turn = 0; turn < 200 && !isDone(await caches.keys()); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      return caches.keys();
    });
    assert.ok(!names.includes('visavis-wasm-0.0.1'));
    assert.ok(names.includes('somebody-elses'));
    assert.equal(names.filter((name) => name.startsWith('visavis-wasm-')).length, 1);
  });

  it('with cache: false nothing is kept', async () => {
    const names = await inHarness(async () => {
      const client = await globalThis.harness.createClient({ cache: false, libraries: [{ name: 'engine', url: '/libraries/engine/' }] });
      await client.openLibrary();
      const { cache } = await client.stats();
      client.close();
      return { names: await caches.keys(), available: cache.available };
    });
    assert.deepEqual(names, { names: [], available: false });
  });

  it('a damaged copy of the WebAssembly file is fetched anew', async () => {
    const faces = await inHarness(async (photo) => {
      (await globalThis.harness.createClient()).close();
      let [cache, key] = [];
      // The file is kept while the client goes on, or is closed.
      for (let turn = 0; turn < 200 && key === undefined; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const [name] = (await caches.keys()).filter((name) => name.startsWith('visavis-wasm-'));
        cache = name && (await caches.open(name));
        [key] = (await cache?.keys()) ?? [];
      }
      await cache.put(key, new Response('damaged'));
      const client = await globalThis.harness.createClient();
      const found = await client.detectFaces(photo);
      let kept = 0;
      for (let turn = 0; turn < 200 && kept < 100_000; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        kept = (await (await cache.match(key))?.arrayBuffer())?.byteLength ?? 0;
      }
      client.close();
      return [found.faces.length, kept];
    }, PHOTO);
    assert.ok(faces[0] >= 1 && faces[1] > 100_000);
  });

  it('a page whose policy allows no WebAssembly leaves it to the worker', async () => {
    const { context, page, complaints } = await bench.strict([/Content Security Policy/]);
    const found = await page.evaluate(async (photo) => (await (await globalThis.harness.createClient()).detectFaces(photo)).faces.length, PHOTO);
    assert.ok(found >= 1);
    await assert.rejects(page.evaluate(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))), /Content Security Policy/);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('is downloaded and compiled once for all workers of a client', async () => {
    const from = bench.own.requests.length;
    await inHarness(async (photo) => {
      const client = await globalThis.harness.createClient({ cache: false, libraries: [{ name: 'own' }] });
      await client.addMedia([new File([await (await fetch(photo)).blob()], 'a.jpg')], { jobs: 2 });
      await client.panicForTest().catch(() => undefined);
      const { faces } = await client.detectFaces(photo);
      if (faces.length === 0) throw new Error('nobody was found after the crash');
      client.close();
    }, PHOTO, [/panicForTest/, /unreachable/]);
    const files = bench.own.requests.slice(from).filter(({ path }) => path.endsWith('.wasm'));
    assert.equal(files.length, 1);
  });

  it('a wrong content type does not matter', async () => {
    const plain = await serve({ '/': `${E2E}/web`, '/visavis/': PACKAGE_DIST, '/samples/': sample('.') }, { wasmType: 'text/plain' });
    const context = await bench.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${plain.origin}/harness.html`);
    await page.waitForFunction(() => globalThis.harness !== undefined);
    const faces = await page.evaluate(async (photo) => (await (await globalThis.harness.createClient()).detectFaces(photo)).faces.length, PHOTO);
    assert.ok(faces >= 1);
    await context.close();
    await plain.close();
  });
});

describe('an engine that cannot start', () => {
  const cases = [
    ['a WebAssembly file that is not there: DownloadFailed', { wasmUrl: '/none/' }, 'DownloadFailed', /none\/visavis_relaxed_bg\.wasm.*404/],
    ['a page in its place: WasmInvalid', { wasmUrl: { relaxed: '/harness.html', simd: '/harness.html' } }, 'WasmInvalid', /harness\.html.*text\/html/],
    ['a server that does not answer: DownloadTimeout', { wasmUrl: '/never/', timeoutMs: 1000 }, 'DownloadTimeout', /never.*1 s/],
    ['a model that is not there: DownloadFailed', { models: '/files/none/' }, 'DownloadFailed', /none\/\w+\.onnx.*404/],
    ['another file in the place of a model: FileHashMismatch', { models: { detector: { url: '/harness.html', bytes: 1000, sha256: '00'.repeat(32) } } }, 'FileHashMismatch', /detector/],
    ['a worker that is not there: WorkerUnavailable', { workerUrl: '/none/worker.js' }, 'WorkerUnavailable', /none\/worker\.js.*workerUrl/],
  ];
  for (const [title, options, code, message] of cases) {
    it(title, async () => {
      const { error } = await inHarness(
        (given) => globalThis.harness.outcome(globalThis.harness.createClient(given)),
        options,
        [/Failed to load resource/, /net::ERR/],
      );
      assert.equal(error?.code, code);
      assert.match(error.message, message);
      assert.equal(error.isOurs, true);
    });
  }

  it('a signal ends the start: Aborted', async () => {
    const { error } = await inHarness(() => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      return globalThis.harness.outcome(globalThis.harness.createClient({ wasmUrl: '/never/', signal: controller.signal }));
    });
    assert.equal(error.code, 'Aborted');
  });

  it('a browser without SIMD: SimdUnsupported', async () => {
    const { error } = await inHarness(() => {
      WebAssembly.validate = () => false;
      return globalThis.harness.outcome(globalThis.harness.createClient());
    });
    assert.equal(error.code, 'SimdUnsupported');
    assert.match(error.message, /Safari 16\.4/);
  });

  it('a browser without relaxed SIMD runs the other build', async () => {
    const [build, faces] = await inHarness(async (photo) => {
      const { validate } = WebAssembly;
      WebAssembly.validate = (bytes) => bytes.length !== 36 && validate(bytes);
      const client = await globalThis.harness.createClient();
      const found = await client.detectFaces(photo);
      const stats = await client.stats();
      client.close();
      return [stats.build, found.faces.length];
    }, PHOTO);
    assert.equal(build, 'simd');
    assert.ok(faces >= 1);
  });
});

describe('the package of another origin', () => {
  it('runs its worker, as from a CDN', async () => {
    const faces = await inHarness(
      async ([origin, photo]) => {
        const { createClient } = await import(`${origin}/visavis/index.js`);
        const client = await createClient();
        const found = await client.detectFaces(photo);
        const { worker } = await client.stats();
        client.close();
        return [found.faces.length, worker];
      },
      [bench.other.origin, PHOTO],
    );
    assert.ok(faces[0] >= 1);
    assert.equal(faces[1], true);
  });
});

describe('closing', () => {
  it('ends the worker and rejects what is in flight', async () => {
    const { context, page, complaints } = await bench.harness();
    const { error } = await page.evaluate(async () => {
      const { createClient, outcome } = globalThis.harness;
      const client = await createClient();
      const inFlight = outcome(client.detectFaces('/never/c.jpg'));
      setTimeout(() => client.close(), 100);
      return inFlight;
    });
    assert.equal(error.code, 'ClientClosed');
    // A second later: until then it may write what it keeps.
    await page.waitForTimeout(1500);
    assert.equal(page.workers().length, 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('on the calling thread, with a call in flight, rejects it and leaves the other clients alone', async () => {
    const { closed, other } = await inHarness(async (photo) => {
      const { createClient, outcome } = globalThis.harness;
      const client = await createClient({ worker: false });
      const neighbour = await createClient({ worker: false });
      const inFlight = outcome(client.detectFaces('/never/d.jpg'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      client.close();
      const closed = await inFlight;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { closed, other: await outcome(neighbour.detectFaces(photo)) };
    }, PHOTO);
    assert.equal(closed.error.code, 'ClientClosed');
    assert.ok(other.value?.faces.length >= 1, JSON.stringify(other.error));
  });
});
