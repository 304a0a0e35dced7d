// Real photos, real models, real libraries: searching, paging, filters, tokens; in the worker and on the calling thread.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, startBench, visavis } from '../lib/bench.mjs';
import { WORK, queries, sample } from '../lib/paths.mjs';

const { known, strangers } = queries();
const PHOTO = `/samples/queries/${known[0]}`;

let bench;

before(async () => {
  bench = await startBench();
  makeLibrary('gallery', sample('gallery'), '--people', sample('people'));
  // A second library in which other photos stand.
  const folder = join(WORK, 'second');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of strangers) cpSync(sample(`queries/${name}`), join(folder, name));
  makeLibrary('second', folder);
});

after(() => bench?.stop());

for (const build of ['relaxed', 'simd']) {
  describe(`the ${build} build`, () => {
    it('gives the embeddings of the command line: cosine at least 0.9999 for every face', async () => {
      const { context, page, complaints } = await bench.harness();
      const photos = [...known, ...strangers].map((name) => `queries/${name}`);
      const native = visavis('faces', '--embeddings', ...photos.map(sample)).trim().split('\n').map((line) => JSON.parse(line));
      const here = await page.evaluate(
        async ([wanted, names]) => {
          const { validate } = WebAssembly;
          // The probe of relaxed SIMD has 36 bytes.
          if (wanted === 'simd') WebAssembly.validate = (bytes) => bytes.length !== 36 && validate(bytes);
          const client = await globalThis.harness.createClient();
          const results = [];
          for (const name of names) {
            const { faces, embedder } = await client.embedFaces(`/samples/${name}`);
            results.push({ dim: embedder.dim, faces: faces.map((face) => Array.from(face.embedding)) });
          }
          const stats = await client.stats();
          client.close();
          return { build: stats.build, results };
        },
        [build, photos],
      );
      assert.equal(here.build, build);
      for (const [index, { dim, faces }] of here.results.entries()) {
        assert.equal(faces.length, native[index].faces.length, photos[index]);
        for (const [number, embedding] of faces.entries()) {
          assert.equal(embedding.length, dim);
          const cosine = cosineOf(embedding, native[index].faces[number].embedding);
          assert.ok(cosine >= 0.9999, `${photos[index]}, face ${number}: cosine ${cosine}`);
        }
      }
      assert.deepEqual(complaints, []);
      await context.close();
    });
  });
}

function cosineOf(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

for (const worker of [true, false]) {
  describe(worker ? 'in the worker' : 'on the calling thread', () => {
    let context;
    let page;
    let complaints;

    before(async () => {
      ({ context, page, complaints } = await bench.harness());
      await page.evaluate(async (inWorker) => {
        const { createClient } = globalThis.harness;
        globalThis.client = await createClient({
          worker: inWorker,
          libraries: [
            { name: 'gallery', url: '/libraries/gallery/' },
            { name: 'second', url: new URL('/libraries/second/library.json', location.href) },
          ],
        });
        globalThis.search = (request, options) => globalThis.client.searchMediaByFace(request, options);
      }, worker);
    });

    after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });

    const search = (request, options) => page.evaluate(([given, how]) => globalThis.search(given, how), [request, options]);

    it('runs where it was told to', async () => {
      const stats = await page.evaluate(() => globalThis.client.stats());
      assert.equal(stats.worker, worker);
      assert.equal(stats.build, 'relaxed');
      assert.equal(page.workers().length, worker ? 1 : 0);
    });

    for (const name of known) {
      it(`finds the person of ${name}`, async () => {
        const response = await search({ FaceSearchToken: name, PersonImageUrl: `/samples/queries/${name}` }, { scores: true });
        assert.equal(response.Success, 'true');
        assert.equal(response.Code, '200');
        assert.match(response.RequestId, /^[0-9a-f-]{36}$/i);
        assert.ok(response.Total >= 1);
        assert.equal(response.MediaInfoList.length, response.Total);
        const person = name.replace(/(_rendition)?\.\w+$/, '');
        for (const row of response.Scores) assert.match(row.path, new RegExp(person.replaceAll('_', '.')));
        assert.deepEqual(response.Scores.map((row) => row.MediaId), response.MediaInfoList.map((media) => media.MediaId));
        assert.ok(response.Scores[0].Score > 0.5 && response.Scores[0].Score <= 1);
      });
    }

    it('finds nobody for strangers', async () => {
      const photos = [...strangers.map((name) => `/samples/queries/${name}`), '/strangers/sample1.jpg', '/strangers/sample2.jpg', '/strangers/sample5.jpg'];
      for (const photo of photos) {
        const { Total, MediaInfoList } = await search({ FaceSearchToken: photo, PersonImageUrl: photo });
        assert.deepEqual([photo, Total, MediaInfoList], [photo, 0, []]);
      }
    });

    it('answers what the command line answers', async () => {
      const native = JSON.parse(visavis('search', sample(`queries/${known[0]}`), '--library', join(WORK, 'libraries', 'gallery'), '--json', '--scores'));
      const here = await search({ FaceSearchToken: 'same', PersonImageUrl: PHOTO }, { scores: true });
      assert.deepEqual(here.MediaInfoList, native.MediaInfoList);
      assert.equal(here.Total, native.Total);
      for (const [index, row] of here.Scores.entries()) assert.ok(Math.abs(row.Cosine - native.Scores[index].Cosine) < 0.01);
    });

    it('a token pages and filters without the photo', async () => {
      const [first] = known;
      await search({ FaceSearchToken: 'paging', PersonImageUrl: `/samples/queries/${first}` });
      const whole = await search({ FaceSearchToken: 'paging', PageSize: 50 }, { threshold: -1, scores: true });
      assert.ok(whole.Total >= 3, 'with threshold -1 everybody is found');
      const pages = [];
      for (let PageNo = 1; PageNo <= whole.Total; PageNo += 1) {
        const page = await search({ FaceSearchToken: 'paging', PageNo, PageSize: 1 }, { threshold: -1 });
        assert.equal(page.Total, whole.Total);
        assert.equal(page.Scores, undefined);
        pages.push(...page.MediaInfoList);
      }
      assert.deepEqual(pages, whole.MediaInfoList);
      const beyond = await search({ FaceSearchToken: 'paging', PageNo: 100 });
      assert.deepEqual(beyond.MediaInfoList, []);
      const cosines = whole.Scores.map((row) => row.Cosine);
      assert.deepEqual(cosines, [...cosines].sort((a, b) => b - a));
    });

    it('MediaType and EntityId filter', async () => {
      await search({ FaceSearchToken: 'filters', PersonImageUrl: PHOTO });
      assert.equal((await search({ FaceSearchToken: 'filters', MediaType: 'video' }, { threshold: -1 })).Total, 0);
      const everybody = await search({ FaceSearchToken: 'filters', MediaType: 'image', PageSize: 50 }, { threshold: -1, scores: true });
      const other = everybody.Scores.find((row) => row.EntityId !== undefined && row.EntityId !== everybody.Scores[0].EntityId);
      const only = await search({ FaceSearchToken: 'filters', EntityId: other.EntityId, PageSize: 50 }, { threshold: -1, scores: true });
      assert.ok(only.Total >= 1 && only.Total < everybody.Total);
      for (const row of only.Scores) assert.equal(row.LabelName, other.LabelName);
    });

    it('SearchLibName chooses the library, the first is the default', async () => {
      const [stranger] = strangers;
      const url = `/samples/queries/${stranger}`;
      assert.equal((await search({ FaceSearchToken: 'libs', PersonImageUrl: url })).Total, 0);
      const second = await search({ FaceSearchToken: 'libs', SearchLibName: 'second' }, { scores: true });
      assert.equal(second.Total, 1);
      assert.match(second.Scores[0].path, new RegExp(stranger));
    });

    it('a second search under a token replaces its query', async () => {
      await search({ FaceSearchToken: 'again', PersonImageUrl: PHOTO });
      await search({ FaceSearchToken: 'again', PersonImageUrl: `/samples/queries/${strangers[0]}` });
      assert.equal((await search({ FaceSearchToken: 'again' })).Total, 0);
    });

    it('forget forgets', async () => {
      await search({ FaceSearchToken: 'gone', PersonImageUrl: PHOTO });
      const [first, second] = await page.evaluate(async () => [await globalThis.client.forget('gone'), await globalThis.client.forget('gone')]);
      assert.deepEqual([first, second], [true, false]);
      const error = await page.evaluate(() => globalThis.harness.outcome(globalThis.search({ FaceSearchToken: 'gone' })));
      assert.equal(error.error.code, 'MissingPersonImageUrl');
    });

    it('faceIndex and box choose the face of a group', async () => {
      const result = await page.evaluate(async () => {
        const photo = '/strangers/sample2.jpg';
        const { faces } = await globalThis.client.detectFaces(photo);
        const embedded = await globalThis.client.embedFaces(photo);
        const request = (FaceSearchToken) => ({ FaceSearchToken, PersonImageUrl: photo, PageSize: 1 });
        const byIndex = await globalThis.search(request('index'), { faceIndex: 1, threshold: -1, scores: true });
        const byBox = await globalThis.search(request('box'), { box: faces[1].box, threshold: -1, scores: true });
        const largest = await globalThis.search(request('largest'), { threshold: -1, scores: true });
        const lengths = embedded.faces.map((face) => Math.hypot(...face.embedding));
        return { count: faces.length, dims: embedded.faces.map((face) => face.embedding.length), lengths, byIndex, byBox, largest };
      });
      assert.ok(result.count >= 2);
      assert.ok(result.dims.every((dim) => dim === 512));
      assert.ok(result.lengths.every((length) => Math.abs(length - 1) < 1e-3));
      assert.deepEqual(result.byIndex.Scores[0].Cosine, result.byBox.Scores[0].Cosine);
      assert.notEqual(result.byIndex.Scores[0].Cosine, result.largest.Scores[0].Cosine);
    });

    it('compareFaces tells the same person from another', async () => {
      const [same, other] = await page.evaluate(
        ([a, b, c]) => Promise.all([globalThis.client.compareFaces(a, b), globalThis.client.compareFaces(a, c)]),
        [PHOTO, `/samples/gallery/${readdirSync(sample('gallery')).find((name) => name.startsWith(known[0].split('.')[0].replace('_rendition', '')))}`, `/samples/queries/${strangers[0]}`],
      );
      assert.equal(same.same, true);
      assert.ok(same.cosine > 0.4 && same.score > 0.5);
      assert.equal(other.same, false);
      assert.ok(other.cosine < other.threshold);
      assert.ok(other.faceB.box.w > 20);
    });

    it('thumbnails of the answer are pictures', async () => {
      const { Scores } = await search({ FaceSearchToken: 'thumbs', PersonImageUrl: PHOTO }, { scores: true });
      const sizes = await page.evaluate(
        (urls) => Promise.all(urls.map(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth)),
        Scores.flatMap((row) => [row.FaceUrl, row.CoverUrl]),
      );
      assert.ok(sizes.length >= 2 && sizes.every((width) => width > 20));
    });

    it('several calls at once are each answered', async () => {
      const totals = await page.evaluate(
        (names) => Promise.all(names.map((name) => globalThis.search({ FaceSearchToken: `at once ${name}`, PersonImageUrl: `/samples/queries/${name}` }).then((answer) => answer.Total > 0))),
        [...known, ...strangers],
      );
      assert.deepEqual(totals, [...known.map(() => true), ...strangers.map(() => false)]);
    });

    it('a thousand searches need no more memory than fifty', async () => {
      const [before, after] = await page.evaluate(async (photo) => {
        const { client, search } = globalThis;
        await search({ FaceSearchToken: 'thousand', PersonImageUrl: photo });
        const { Scores } = await search({ FaceSearchToken: 'thousand' }, { scores: true });
        const filters = [{}, { MediaType: 'image' }, { EntityId: Scores[0].EntityId }, { Namespace: 'none' }];
        const ask = async (count) => {
          for (let number = 0; number < count; number += 1) {
            await search({ FaceSearchToken: 'thousand', ...filters[number % filters.length] }, { threshold: -1, scores: true });
          }
          return (await client.stats()).memoryBytes;
        };
        return [await ask(50), await ask(1000)];
      }, PHOTO);
      assert.equal(after, before);
    });

    it('stats count', async () => {
      const stats = await page.evaluate(() => globalThis.client.stats());
      assert.ok(stats.searches > 10 && stats.tokens > 3 && stats.memoryBytes > 1e6);
      const gallery = stats.libraries.find((library) => library.name === 'gallery');
      assert.ok(gallery.open && gallery.faces >= 3 && gallery.media >= 3 && gallery.entities >= 3);
      assert.equal(stats.restarts, 0);
      assert.equal(stats.cache.available, true);
    });
  });
}
