// Which files of faces a search downloads of a library of many, in each mode of access; and the calls that look at all faces.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { manyShards, startBench } from '../lib/bench.mjs';
import { openClient } from '../lib/clients.mjs';
import { queries } from '../lib/paths.mjs';

const { known } = queries();
const PHOTO = `/samples/queries/${known[0]}`;
const URL = '/libraries/shards/';

let bench;
/** Names of the files of faces, in the order of the manifest. */
let shards;
let faces;

before(async () => {
  bench = await startBench();
  ({ shards, faces } = manyShards('shards'));
});

after(() => bench?.stop());

/** The numbers of the shards that were asked for since `from`. */
const asked = (from) => {
  const names = bench.own.requests.slice(from).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  return shards.flatMap((name, number) => (names.includes(name) ? [number] : []));
};

const search = (page, options = {}) =>
  page.evaluate(([photo, more]) => globalThis.client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: photo, PageSize: 50 }, { scores: true, ...more }), [PHOTO, options]);

async function withClient(access, use) {
  const { context, page, complaints } = await bench.harness();
  await openClient(page, { libraries: [{ name: 'all', url: URL, access }] });
  await use(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

const statsOf = (page) => page.evaluate(async () => (await globalThis.client.stats()).libraries[0]);

describe('a search', () => {
  let whole;

  it('downloads every shard before it knows whom it is for, unless told otherwise', () =>
    withClient(undefined, async (page) => {
      const from = bench.own.requests.length;
      assert.equal((await page.evaluate(() => globalThis.client.openLibrary())).openShards, shards.length);
      assert.equal(asked(from).length, shards.length);
      const before = bench.own.requests.length;
      whole = await search(page);
      assert.deepEqual(asked(before), []);
      assert.equal((await statsOf(page)).access, 'whole');
    }));

  it('that probes downloads a quarter of them, those near to the face, and finds what a whole search finds there', () =>
    withClient('probe', async (page) => {
      const from = bench.own.requests.length;
      const opened = await page.evaluate(() => globalThis.client.openLibrary());
      assert.deepEqual([opened.openShards, opened.shards, opened.access], [0, shards.length, 'probe']);
      assert.deepEqual(asked(from), []);
      const found = await search(page);
      const some = asked(from);
      assert.equal(some.length, Math.max(8, Math.ceil(shards.length / 4)));
      assert.equal((await statsOf(page)).openShards, some.length);
      assert.ok(found.Total > 0 && found.Total <= whole.Total);
      const known = new Map(whole.Scores.map(({ FaceId, Cosine }) => [FaceId, Cosine]));
      for (const { FaceId, Cosine } of found.Scores) assert.equal(Cosine, known.get(FaceId));
      assert.deepEqual(found.Scores[0], whole.Scores[0]);
      // The same face again needs nothing more.
      const again = bench.own.requests.length;
      await search(page, { threshold: 0.5 });
      assert.deepEqual(asked(again), []);
      // Details without the faces of shards that are not there, then with all of them.
      const media = (complete) => page.evaluate((given) => globalThis.client.searchMedia({ PageSize: 50 }, { complete: given }), complete);
      const countOf = ({ MediaInfoList }) => MediaInfoList.flatMap(({ AiData }) => AiData.AiLabelInfo.flatMap(({ Occurrences }) => Occurrences)).length;
      // Persons and their faces are in a table of their own.
      const { faceCount, items } = await page.evaluate(async () => {
        const [person] = (await globalThis.client.listPersons({})).data.persons;
        const { data } = await globalThis.client.getPersonFacesInfo({ personId: person.personId });
        return { faceCount: person.faceCount, items: data.faceImageItems.length };
      });
      assert.ok(faceCount > 0 && items === faceCount);
      const partly = countOf(await media(false));
      assert.deepEqual(asked(again), []);
      assert.ok(partly > 0 && partly <= some.length);
      assert.ok(countOf(await media(undefined)) > partly);
      assert.equal((await statsOf(page)).openShards, shards.length);
      assert.equal((await search(page)).Total, whole.Total);
    }));

  it('with decoys always downloads a shard together with the same other one', () =>
    withClient('decoys', async (page) => {
      const half = Math.floor(shards.length / 2);
      const from = bench.own.requests.length;
      const found = await search(page);
      const some = asked(from);
      assert.ok(some.length >= Math.ceil(shards.length / 4));
      for (const number of some) {
        const companions = shards.map((_, other) => other).filter((other) => other % half === number % half);
        assert.ok(companions.length >= 2 && companions.every((other) => some.includes(other)), `${number} came without ${companions}`);
      }
      assert.deepEqual(found.Scores[0], whole.Scores[0]);
    }));

  it('shares what another one at the same time downloads', () =>
    withClient('probe', async (page) => {
      const from = bench.own.requests.length;
      const tokens = ['a', 'b', 'c'];
      const answers = await page.evaluate(
        ([photo, all]) => Promise.all(all.map((token) => globalThis.client.searchMediaByFace({ FaceSearchToken: token, PersonImageUrl: photo, PageSize: 50 }, { scores: true }))),
        [PHOTO, tokens],
      );
      assert.ok(answers[0].Total > 0);
      for (const { Scores } of answers) assert.deepEqual(Scores, answers[0].Scores);
      const names = bench.own.requests.slice(from).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
      const fetched = names.filter((name) => shards.includes(name));
      assert.deepEqual(fetched, [...new Set(fetched)]);
    }));

  it('keeps what is open when a shard is missing on the server', async () => {
    const { context, page } = await bench.harness([/404/]);
    await openClient(page, { libraries: [{ name: 'all', url: URL, access: 'probe' }] });
    const from = bench.own.requests.length;
    const found = await search(page);
    const open = asked(from);
    const missing = shards.find((_, number) => !open.includes(number));
    const place = `**/${missing}*`;
    await context.route(place, (route) => route.fulfill({ status: 404 }));
    const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.mapFaces()));
    assert.equal(error.code, 'DownloadFailed');
    assert.ok(error.message.includes(missing.slice(0, 20)), error.message);
    assert.equal((await statsOf(page)).openShards, open.length);
    assert.deepEqual((await search(page)).Scores, found.Scores);
    await context.unroute(place);
    assert.equal((await page.evaluate(() => globalThis.client.mapFaces())).faces.length, (await statsOf(page)).faces);
    await context.close();
  });

  it('of a probed library goes on offline with the shards that it has, and says what it cannot reach', async () => {
    const { context, page } = await bench.harness([/ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/]);
    await openClient(page, { libraries: [{ name: 'all', url: URL, access: 'probe' }] });
    const found = await search(page);
    await context.setOffline(true);
    assert.deepEqual((await search(page)).Scores, found.Scores);
    const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.mapFaces()));
    assert.equal(error.code, 'DownloadBlocked');
    await context.setOffline(false);
    assert.equal((await page.evaluate(() => globalThis.client.mapFaces())).faces.length, (await statsOf(page)).faces);
    await context.close();
  });
});

describe('all faces of a library', () => {
  it('are counted by their similarity to a face', () =>
    withClient('probe', async (page) => {
      const { similarities, first } = await page.evaluate(
        async ([photo]) => {
          const request = { FaceSearchToken: 't', PersonImageUrl: photo };
          const all = await globalThis.client.similarities(request);
          const { Total, Scores } = await globalThis.client.searchMediaByFace({ ...request, PageSize: 50 }, { scores: true });
          return { similarities: all, first: { Total, Scores } };
        },
        [PHOTO],
      );
      const { byFace, byMedia, binWidth, threshold } = similarities;
      const sum = (values) => values.reduce((total, value) => total + value, 0);
      assert.deepEqual([sum(byFace), similarities.faces, sum(byMedia)], [faces, faces, similarities.media]);
      const above = sum(byMedia.slice(Math.ceil((threshold + 1) / binWidth)));
      const at = first.Scores.filter(({ Cosine }) => Cosine >= Math.ceil(threshold / binWidth) * binWidth).length;
      assert.equal(above, at);
      assert.ok(first.Total >= above && above > 0);
    }));

  it('are points, those of one person beside each other', () =>
    withClient('whole', async (page) => {
      const { total, faces: points } = await page.evaluate(() => globalThis.client.mapFaces({ SearchLibName: 'all' }));
      assert.deepEqual([total, points.length], [faces, faces]);
      const known = points.filter(({ name }) => name !== undefined);
      assert.ok(known.length >= 6);
      const away = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
      const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;
      const pairs = (same) => known.flatMap((a) => known.filter((b) => a !== b && (a.entityId === b.entityId) === same).map((b) => away(a, b)));
      assert.ok(mean(pairs(true)) < 0.5 * mean(pairs(false)), `${mean(pairs(true))} and ${mean(pairs(false))}`);
      const picture = await page.evaluate(async (url) => (await fetch(url)).headers.get('content-type'), points[0].picture);
      assert.equal(picture, 'image/jpeg');
      assert.equal((await page.evaluate(() => globalThis.client.mapFaces({ limit: 5 }))).faces.length, 5);
      const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.mapFaces({ limit: 0 })));
      assert.deepEqual([error.code, error.parameter], ['InvalidParameter', 'limit']);
    }));
});
