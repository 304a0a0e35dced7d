// Photos and films added to a library of the page's own, by engines beside each other.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startBench, writeTestFile } from '../lib/bench.mjs';
import { call, openClient, reload } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const QUERY = `/samples/queries/${queries().known[0]}`;
const GALLERY = readdirSync(sample('gallery')).filter((name) => name.endsWith('.jpg')).sort();
const url = (name) => `/samples/gallery/${name}`;

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
  writeTestFile('notes.jpg', 'this is no photo');
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness());
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

const open = (options = {}) => openClient(page, { persist: { name: 'add-media' }, libraries: [{ name: 'mine' }], ...options });
const search = (FaceSearchToken, rest = {}) => call(page, 'searchMediaByFace', { FaceSearchToken, SearchLibName: 'mine', ...rest }, { scores: true });

/** Adds files of these addresses; answers the result and what was told. */
const add = (urls, options = {}) =>
  page.evaluate(
    async ([names, given]) => {
      const told = [];
      const files = await Promise.all(names.map((name) => globalThis.harness.fileOf(name)));
      const result = await globalThis.client.addMedia(files, { ...given, onProgress: (progress) => told.push(progress) });
      const failed = result.failed.map(({ name, error }) => ({ name, code: error.code, message: error.message }));
      return { ...result, failed, told };
    },
    [urls, options],
  );

describe('addMedia', () => {
  it('adds photos, which are found, with their pictures, also after a reload', async () => {
    await open();
    const { added, duplicates, failed, told, skipped, cancelled } = await add(GALLERY.map(url), { jobs: 2 });
    assert.deepEqual([duplicates, failed, skipped, cancelled], [[], [], [], false]);
    assert.deepEqual(added.map(({ name }) => name).sort(), GALLERY);
    assert.ok(added.every(({ kind, mediaId }) => kind === 'photo' && /^[0-9a-f]{32}$/.test(mediaId)));
    const faces = added.reduce((sum, file) => sum + file.faces, 0);
    assert.ok(faces >= 4, `${faces} faces`);
    const last = told.at(-1);
    assert.deepEqual([last.files, last.done, last.added, last.faces, last.fraction, last.current, last.paused], [GALLERY.length, GALLERY.length, GALLERY.length, faces, 1, [], false]);
    assert.ok(told.some(({ current }) => current.length === 2), 'two engines worked beside each other');
    const check = async (token) => {
      const { Scores } = await search(token, { PersonImageUrl: QUERY });
      assert.deepEqual(Scores.map(({ Title }) => Title).sort(), ['barack_obama_1', 'barack_obama_2']);
      for (const { CoverUrl, FaceUrl } of Scores) {
        assert.ok(await page.evaluate(async (address) => (await globalThis.harness.loadedImage(address)).naturalWidth > 20, CoverUrl));
        assert.ok(await page.evaluate(async (address) => (await globalThis.harness.loadedImage(address)).naturalWidth > 20, FaceUrl));
      }
      assert.equal((await call(page, 'searchMedia', { SearchLibName: 'mine' })).Total, GALLERY.length);
    };
    await check('first');
    await reload(page);
    await open();
    await check('second');
    const again = await add(GALLERY.map(url));
    assert.deepEqual([again.added, again.failed], [[], []]);
    assert.deepEqual(again.duplicates.map(({ mediaId }) => mediaId).sort(), added.map(({ mediaId }) => mediaId).sort());
  });

  it('works in memory, without persist, and without a worker', async () => {
    for (const options of [{ persist: false }, { persist: false, worker: false }]) {
      await open(options);
      const { added } = await add([url('barack_obama_1.jpg')]);
      assert.deepEqual(added.map(({ name, kind }) => [name, kind]), [['barack_obama_1.jpg', 'photo']]);
      assert.equal((await search('token', { PersonImageUrl: QUERY })).Total, 1);
      await page.evaluate(() => globalThis.client.close());
    }
  });

  it('lets a file that cannot be used fail alone, and knows copies', async () => {
    await open();
    const { added, duplicates, failed } = await add(['/files/notes.jpg', url('coffee.jpg'), url('coffee.jpg')]);
    assert.deepEqual(added.map(({ name, faces }) => [name, faces]), [['coffee.jpg', 0]]);
    assert.deepEqual(duplicates.map(({ name }) => name), ['coffee.jpg']);
    assert.deepEqual(failed.map(({ name, code }) => [name, code]), [['notes.jpg', 'ImageFormatUnsupported']]);
    assert.match(failed[0].message, /notes\.jpg/);
  });
});
