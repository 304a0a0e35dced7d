// Photos and films added to a library of the page's own, by engines beside each other.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { avif } from '../lib/avif.mjs';
import { makeLibrary, startBench, writeTestFile } from '../lib/bench.mjs';
import { launch, watchedPage } from '../lib/browser.mjs';
import { call, openClient, reload } from '../lib/clients.mjs';
import { ROOT, queries, sample } from '../lib/paths.mjs';

const QUERY = `/samples/queries/${queries().known[0]}`;
const GALLERY = readdirSync(sample('gallery')).filter((name) => name.endsWith('.jpg')).sort();
const url = (name) => `/samples/gallery/${name}`;
/** Films that set-up makes; some tests need them. */
const CLIPS = join(ROOT, 'target', 'clips');
const withoutClips = existsSync(join(CLIPS, 'bad', 'portrait.mp4')) ? false : 'target/clips is not there (cargo xtask makes it)';
/** A film of a second or two, with the name under which it is fetched. */
function film(name) {
  writeTestFile(name, readFileSync(join(CLIPS, 'bad', name)));
  return `/files/${name}`;
}

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
  it('takes the files of an input element that is emptied at once', async () => {
    await open();
    await page.evaluate(() => {
      const input = Object.assign(document.createElement('input'), { type: 'file', id: 'chosen', multiple: true });
      document.body.append(input);
      input.onchange = () => {
        globalThis.job = globalThis.client.addMedia(input.files, { thumbnails: false });
        input.value = '';
      };
    });
    await page.setInputFiles('#chosen', [join(sample('gallery'), GALLERY[0])]);
    const result = await page.evaluate(async () => ({ left: document.querySelector('#chosen').files.length, added: (await globalThis.job).added.length }));
    assert.deepEqual(result, { left: 0, added: 1 });
  });

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

  it('reads photos that only the browser can', async () => {
    await open();
    const { width, height, rgba } = await page.evaluate(async (address) => {
      const canvas = await globalThis.harness.canvasOf(address);
      const { width, height, data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let text = '';
      for (let at = 0; at < data.length; at += 30_000) text += String.fromCharCode(...data.subarray(at, at + 30_000));
      return { width, height, rgba: text };
    }, url('joe_biden.jpg'));
    writeTestFile('joe.avif', await avif(width, height, Buffer.from(rgba, 'latin1')));
    const { added, failed } = await add(['/files/joe.avif']);
    assert.deepEqual([failed, added.map(({ name, faces }) => [name, faces])], [[], [['joe.avif', 1]]]);
    const { MediaInfoList } = await call(page, 'searchMedia', { SearchLibName: 'mine' });
    assert.deepEqual([MediaInfoList.length, await page.evaluate(() => globalThis.warnings)], [1, []]);
  });

  it('cancelled, keeps what is done and goes on the next time', async () => {
    await open();
    const first = await page.evaluate(async (names) => {
      const files = await Promise.all(names.map((name) => globalThis.harness.fileOf(name)));
      const job = globalThis.client.addMedia(files, { jobs: 1, onProgress: ({ added }) => added === 2 && job.cancel() });
      return await job;
    }, GALLERY.map(url));
    assert.deepEqual([first.added.length, first.cancelled, first.skipped.length], [2, true, GALLERY.length - 2]);
    assert.equal((await call(page, 'searchMedia', { SearchLibName: 'mine' })).Total, 2);
    const second = await add(GALLERY.map(url));
    assert.deepEqual([second.added.length, second.duplicates.length], [GALLERY.length - 2, 2]);
  });

  it('finds the persons whom nobody named, and they keep their ids when photos are added', async () => {
    await open();
    await add([url('barack_obama_1.jpg'), url('barack_obama_2.jpg')]);
    const list = async () => (await call(page, 'listPersons', { searchLibName: 'mine' })).data.persons;
    const [person, ...more] = await list();
    assert.deepEqual([person.name, person.category, person.faceCount, more], ['', 'unknown', 2, []]);
    await add(GALLERY.map(url));
    assert.deepEqual((await list()).find(({ personId }) => personId === person.personId)?.faceCount, 2);
  });
});

/** A library as searches see it: each query's rows, without addresses. */
async function answers(SearchLibName) {
  const rows = [];
  for (const name of queries().known) {
    const found = await call(page, 'searchMediaByFace', { FaceSearchToken: `${SearchLibName}-${name}`, PersonImageUrl: `/samples/queries/${name}`, SearchLibName }, { scores: true });
    rows.push(...found.Scores);
  }
  return rows;
}

describe('a library made in the browser', () => {
  it('is the one that the command line makes of the same photos', async () => {
    const folder = makeLibrary('add-media', sample('gallery'));
    const tables = (names, role) => names.filter((name) => name.startsWith(`${role}-`));
    const byCommandLine = readdirSync(folder);
    await open({ persist: false, libraries: [{ name: 'mine' }, { name: 'published', url: '/libraries/add-media/' }] });
    await add(GALLERY.map(url));
    const inBrowser = await page.evaluate(async () => {
      const place = await (await navigator.storage.getDirectory()).getDirectoryHandle('exported', { create: true });
      await globalThis.client.exportLibrary({ library: 'mine', to: place });
      const names = [];
      for await (const [name] of place.entries()) names.push(name);
      return names;
    });
    for (const role of ['media', 'people']) {
      assert.deepEqual(tables(inBrowser, role), tables(byCommandLine, role), `the table of ${role}, whose name is its hash`);
      assert.equal(tables(inBrowser, role).length, 1);
    }
    // The kernels of the two engines differ in the last bits, so the faces are compared as numbers.
    const [mine, theirs] = [await answers('mine'), await answers('published')];
    assert.ok(mine.length >= 3);
    const keys = ({ MediaId, FaceId, EntityId }) => [MediaId, FaceId, EntityId];
    assert.deepEqual(mine.map(keys), theirs.map(keys));
    for (const [index, row] of mine.entries()) {
      const other = theirs[index];
      assert.ok(Math.abs(row.Cosine - other.Cosine) < 0.005, `${row.Cosine} and ${other.Cosine}`);
      for (const side of ['X', 'Y', 'W', 'H']) assert.ok(Math.abs(row.Box[side] - other.Box[side]) <= 1, JSON.stringify([row.Box, other.Box]));
    }
  });
});

describe('films', { skip: withoutClips }, () => {
  it('are added, upright, with their covers', async () => {
    await open();
    const { added, failed } = await add([film('portrait.mp4')]);
    assert.deepEqual([failed, added.map(({ name, kind }) => [name, kind])], [[], [['portrait.mp4', 'video']]]);
    const { MediaInfoList } = await call(page, 'searchMedia', { SearchLibName: 'mine' });
    const text = JSON.stringify(MediaInfoList[0]);
    assert.match(text, /360/);
    assert.match(text, /"video"/i);
  });

  it('are read by a video element where there is no WebCodecs, as on pages of plain http', async () => {
    const browser = await launch(['--host-resolver-rules=MAP plain.test 127.0.0.1']);
    try {
      const insecure = await watchedPage(await browser.newContext());
      await insecure.page.goto(`${bench.own.origin.replace('127.0.0.1', 'plain.test')}/harness.html`);
      await insecure.page.waitForFunction(() => globalThis.harness !== undefined);
      assert.equal(await insecure.page.evaluate(() => globalThis.isSecureContext), false);
      const result = await insecure.page.evaluate(async (names) => {
        globalThis.client = await globalThis.harness.createClient({ libraries: [{ name: 'mine' }] });
        const files = await Promise.all(names.map((name) => globalThis.harness.fileOf(name)));
        const { added, failed } = await globalThis.client.addMedia(files);
        return { added, failed: failed.map(({ name, error }) => [name, error.code, error.message]) };
      }, [film('one-frame.mp4'), film('audio-only.mp4'), film('text.mp4')]);
      assert.deepEqual(result.added.map(({ name, kind }) => [name, kind]), [['one-frame.mp4', 'video']]);
      assert.deepEqual(result.failed.map(([name, code]) => [name, code]), [['audio-only.mp4', 'VideoNoTrack'], ['text.mp4', 'VideoUnsupported']]);
      assert.deepEqual(insecure.complaints, []);
    } finally {
      await browser.close();
    }
  });

  it('that begin in the middle of a group of pictures are looked at from the first that can be decoded', async () => {
    await open();
    writeTestFile('joined-late.ts', readFileSync(join(CLIPS, 'clip.ts')).subarray(188 * 100));
    const { added, failed } = await add(['/files/joined-late.ts'], { framesPerSecond: 1, thumbnails: false });
    assert.deepEqual([failed, added.map(({ name, kind }) => [name, kind])], [[], [['joined-late.ts', 'video']]]);
  });

  it('of containers that no browser reads are unsupported, by name', async () => {
    await open();
    writeTestFile('clip.avi', readFileSync(join(CLIPS, 'clip.avi')));
    const { failed } = await add(['/files/clip.avi']);
    assert.deepEqual(failed.map(({ code }) => code), ['VideoUnsupported']);
    assert.match(failed[0].message, /^clip\.avi: .*AVI/);
  });
});
