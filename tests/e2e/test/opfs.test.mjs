// Libraries of the page's own as files of the browser: tabs that are killed, tabs beside each other, full disks, older browsers.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient, reload, until } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const QUERY = `/samples/queries/${queries().known[0]}`;
const GALLERY = readdirSync(sample('gallery')).filter((name) => name.endsWith('.jpg')).sort();
const PHOTOS = GALLERY.map((name) => `/samples/gallery/${name}`);
const OPTIONS = { persist: { name: 'files' }, libraries: [{ name: 'mine' }] };
/** What a tab says that is killed. */
const KILLED = [/the page crashed/];

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness(KILLED));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

const open = (where = page, options = {}) => openClient(where, { ...OPTIONS, ...options });
async function persons(where = page) {
  const ids = [];
  for (let currentPage = 1; ; currentPage += 1) {
    const { data } = await call(where, 'listPersons', { searchLibName: 'mine', currentPage, pageSize: 100 });
    ids.push(...data.persons.map(({ personId }) => personId));
    if (data.persons.length < 100) return ids;
  }
}
const mediaOf = async (where = page) => (await call(where, 'searchMedia', { SearchLibName: 'mine', Size: 100 })).MediaInfoList.map(({ MediaId }) => MediaId).sort();
const warnings = (where = page) => where.evaluate(() => globalThis.warnings);
/** For each media, the widths of its cover and of the pictures of its faces, by their ids; 0 for one that is not there or cannot be decoded. */
const pictures = (where = page) =>
  where.evaluate(async () => {
    const widthOf = async (url) => (await globalThis.harness.loadedImage(url).catch(() => undefined))?.naturalWidth ?? 0;
    const { MediaInfoList } = await globalThis.client.searchMedia({ SearchLibName: 'mine', PageSize: 50 }, { faceImages: true });
    const found = {};
    for (const { MediaId, MediaBasicInfo, AiData } of MediaInfoList) {
      const faces = AiData.AiLabelInfo.filter(({ LabelType }) => LabelType === 'Face').flatMap(({ Occurrences }) => Occurrences);
      const widths = faces.map(async ({ clipId, Image }) => [clipId, await widthOf(`data:image/jpeg;base64,${Image}`)]);
      found[MediaId] = { cover: await widthOf(MediaBasicInfo.CoverURL), faces: Object.fromEntries((await Promise.all(widths)).sort()) };
    }
    return found;
  });
/** The paths of all files that this site keeps. */
const stored = (where = page) =>
  where.evaluate(async () => {
    const paths = [];
    const walk = async (place, prefix) => {
      for await (const [name, handle] of place.entries()) {
        if (handle.kind === 'file') paths.push(prefix + name);
        else await walk(handle, `${prefix}${name}/`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return paths.sort();
  });

/** The contents of all files that this site keeps but for the versions of libraries, which change with every attempt: SHA-256 by path. */
const contents = (where = page) =>
  where.evaluate(async () => {
    const found = {};
    const walk = async (place, prefix) => {
      for await (const [name, handle] of place.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${prefix}${name}/`);
        else if (!name.endsWith('.version')) {
          const digest = await crypto.subtle.digest('SHA-256', await (await handle.getFile()).arrayBuffer());
          found[prefix + name] = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
/** From here on the page notes which files were put in their place and which were removed, in `written` and `removed`. */
const noteWrites = (where = page) =>
  where.evaluate(() => {
    Object.assign(globalThis, { written: [], removed: [] });
    const { createWritable } = FileSystemFileHandle.prototype;
    FileSystemFileHandle.prototype.createWritable = async function (...given) {
      const writable = await createWritable.apply(this, given);
      const close = writable.close.bind(writable);
      writable.close = async () => {
        await close();
        globalThis.written.push(this.name);
      };
      return writable;
    };
    const { removeEntry } = FileSystemDirectoryHandle.prototype;
    FileSystemDirectoryHandle.prototype.removeEntry = async function (name, ...given) {
      await removeEntry.call(this, name, ...given);
      globalThis.removed.push(name);
    };
  });

/** Keeps a photo of many people in the page, as the file `crowd`. */
const makeCrowd = (where = page) =>
  where.evaluate(async (names) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 800, height: 600 });
    const drawing = canvas.getContext('2d');
    for (let place = 0; place < 12; place += 1) {
      const photo = await globalThis.harness.loadedImage(names[place % names.length]);
      const side = Math.min(photo.naturalWidth, photo.naturalHeight);
      drawing.drawImage(photo, (photo.naturalWidth - side) / 2, 0, side, side, (place % 4) * 200, Math.floor(place / 4) * 200, 200, 200);
    }
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
    globalThis.crowd = new File([blob], 'crowd.jpg');
  }, PHOTOS.filter((name) => /obama|biden|collins/.test(name)));

/** Begins to add these photos; answers what it comes to. */
const add = (where, urls, options = {}) =>
  where.evaluate(
    async ([names, given]) => {
      const files = await Promise.all(names.map((name) => globalThis.harness.fileOf(name)));
      const { added, duplicates, failed, error } = await globalThis.client.addMedia(files, {
        ...given,
        onProgress: (progress) => globalThis.report?.(progress),
      });
      return { added, duplicates, failed: failed.map(({ name, error: reason }) => [name, reason.code]), code: error?.code };
    },
    [urls, options],
  );

/** Ends the process of a tab at once: nothing of its JavaScript runs any more. */
async function kill(where) {
  const session = await where.context().newCDPSession(where);
  const crashed = new Promise((resolve) => where.once('crash', resolve));
  session.send('Page.crash').catch(() => undefined);
  await crashed;
  await where.close();
}

/** A new tab that tells here what it reports. */
async function tabThatReports(onReport) {
  const tab = await bench.tab(context, KILLED);
  await tab.page.exposeFunction('report', onReport);
  return tab;
}

describe('a library of the page', () => {
  it('is kept as the files of a library, in a folder of its own', async () => {
    await open();
    assert.equal((await call(page, 'stats')).storage, 'opfs');
    await add(page, PHOTOS.slice(0, 2));
    const [version, ...files] = await stored();
    assert.equal(version, 'visavis/files/mine.version');
    const kinds = new Set(files.map((path) => path.replace('visavis/files/mine/', '').replace(/[0-9a-f]{16,}|\d+(?=\.jpg)/, 'X')));
    assert.deepEqual([...kinds].sort(), ['covers/X.jpg', 'faces-X.arrow', 'faces/X.jpg', 'library.json', 'media-X.arrow', 'people-X.arrow']);
    assert.deepEqual((await page.evaluate(() => globalThis.harness.kept('files'))).records.filter(([store]) => store.startsWith('own:')), []);
  });
});

describe('a tab that is killed', () => {
  it('while photos are added loses no photo that was reported, nor a picture of one, and the library opens each time', async () => {
    await open(page, { persist: { name: 'undisturbed' } });
    await add(page, PHOTOS);
    const whole = await pictures();
    assert.equal(Object.keys(whole).length, PHOTOS.length);
    assert.ok(Object.values(whole).flatMap(({ cover, faces }) => [cover, ...Object.values(faces)]).every((width) => width > 20), JSON.stringify(whole));
    assert.ok(Object.values(whole).some(({ faces }) => Object.keys(faces).length > 0));
    await page.evaluate(() => globalThis.client.close());
    /** Whatever media is there has its cover and all of its faces their pictures, before anything is added again. */
    const areWhole = async (where) => {
      const found = await pictures(where);
      assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((id) => [id, whole[id]])));
    };
    const tally = [];
    let known = 0;
    for (let round = 0; round < 12 && known < PHOTOS.length; round += 1) {
      let reported = known;
      let wake;
      const enough = new Promise((resolve) => {
        wake = resolve;
      });
      const tab = await tabThatReports(({ added, done, files }) => {
        reported = Math.max(reported, known + added);
        // Some tabs live for one photo, some for three, and not all are killed between two.
        if (added >= 1 + (round % 3) || done === files) setTimeout(wake, (round * 37) % 120);
      });
      await open(tab.page);
      const media = await mediaOf(tab.page);
      assert.ok(media.length >= known, `${media.length} of the ${known} that were reported are there`);
      await areWhole(tab.page);
      known = media.length;
      reported = known;
      add(tab.page, PHOTOS, { jobs: 2 }).catch(() => undefined);
      await enough;
      tally.push([known, reported]);
      known = reported;
      await kill(tab.page);
      assert.deepEqual(tab.complaints, []);
    }
    assert.ok(tally.length >= 3, `killed ${tally.length} times: [known before, reported] ${JSON.stringify(tally)}`);
    await open();
    const media = await mediaOf();
    assert.ok(media.length >= known, `${media.length} of the ${known} that were reported are there`);
    await areWhole(page);
    const { failed } = await add(page, PHOTOS);
    assert.deepEqual(failed, []);
    assert.equal((await mediaOf()).length, PHOTOS.length);
    const { Scores } = await call(page, 'searchMediaByFace', { FaceSearchToken: 'q', PersonImageUrl: QUERY, SearchLibName: 'mine' }, { scores: true });
    assert.deepEqual(Scores.map(({ Title }) => Title).sort(), ['barack_obama_1', 'barack_obama_2']);
    assert.deepEqual(await warnings(), []);
    assert.deepEqual(await pictures(), whole);
    const files = await contents();
    // Pictures are byte for byte those of an undisturbed tab.
    const ofPictures = (name) =>
      Object.entries(files).flatMap(([path, hash]) => (path.startsWith(`visavis/${name}/`) && path.endsWith('.jpg') ? [`${path.split('/mine/')[1]} ${hash}`] : [])).sort();
    assert.deepEqual(ofPictures('files'), ofPictures('undisturbed'));
    assert.deepEqual(Object.keys(files).filter((path) => path.includes('/rows/') || path.endsWith('.crswap')), [], JSON.stringify(tally));
  });

  it('at any of the writes of a photo has all of that photo afterwards, or nothing of it', async () => {
    const photo = PHOTOS.find((name) => name.includes('obama'));
    await open(page, { persist: { name: 'undisturbed' } });
    await add(page, [photo]);
    const whole = await pictures();
    assert.deepEqual(Object.values(whole).map(({ cover, faces }) => [cover > 20, Object.values(faces).length]), [[true, 1]]);
    await page.evaluate(() => globalThis.client.close());
    // Which file is never written, and whether the photo is there all the same: its rows are written after its pictures, and before the tables.
    const held = [['version$', 0], ['jpg$', 0], ['jpg$', 1], ['[0-9a-f]{32}[.]json$', 0], ['arrow$', 0], ['library[.]json$', 0]];
    for (const [round, [pattern, before]] of held.entries()) {
      const persist = { name: `held-${round}` };
      let wake;
      const stopped = new Promise((resolve) => {
        wake = resolve;
      });
      const tab = await tabThatReports(wake);
      await open(tab.page, { persist });
      tab.page
        .evaluate(
          async ([name, wanted, others]) => {
            const { createWritable } = FileSystemFileHandle.prototype;
            let left = others;
            FileSystemFileHandle.prototype.createWritable = function (...given) {
              if (!new RegExp(wanted).test(this.name) || (left -= 1) >= 0) return createWritable.apply(this, given);
              // What is written beside it has time to get into its place.
              setTimeout(() => globalThis.report(this.name), 200);
              return new Promise(() => undefined);
            };
            await globalThis.client.addMedia(await globalThis.harness.fileOf(name));
            void globalThis.report('nothing');
          },
          [photo, pattern, before],
        )
        .catch(() => undefined);
      const name = await stopped;
      assert.match(name, new RegExp(pattern));
      await kill(tab.page);
      assert.deepEqual(tab.complaints, []);
      await open(page, { persist });
      assert.deepEqual(await pictures(), round < 4 ? {} : whole, `killed when ${name} was written`);
      assert.deepEqual(await warnings(), []);
      await page.evaluate(() => globalThis.client.close());
    }
  });

  it('while persons are changed loses no change that was answered, and the library opens each time', async () => {
    const answered = new Set();
    for (let round = 0; round < 8; round += 1) {
      let wake;
      const enough = new Promise((resolve) => {
        wake = resolve;
      });
      let count = 0;
      const tab = await tabThatReports((personId) => {
        answered.add(personId);
        count += 1;
        if (count === 2 + round) setTimeout(wake, round * 3);
      });
      await open(tab.page);
      const there = new Set(await persons(tab.page));
      for (const personId of answered) assert.ok(there.has(personId), personId);
      assert.deepEqual(await warnings(tab.page), []);
      tab.page
        .evaluate(async (prefix) => {
          for (let number = 0; ; number += 1) {
            const personId = `${prefix}-${number}`;
            await globalThis.client.addPerson({ personId });
            void globalThis.report(personId);
          }
        }, `round-${round}`)
        .catch(() => undefined);
      await enough;
      await kill(tab.page);
    }
    await open();
    const there = new Set(await persons());
    for (const personId of answered) assert.ok(there.has(personId), personId);
    assert.ok(answered.size >= 8 * 2);
    const tables = (await stored()).filter((path) => path.endsWith('.arrow'));
    assert.deepEqual(tables.map((path) => path.replace(/.*\/([a-z]+)-.*/, '$1')), ['faces', 'media', 'people']);
  });
});

describe('two tabs', () => {
  it('that add photos to one library at the same time have all of them, each once', async () => {
    const { page: other } = await bench.tab(context, []);
    await open();
    await open(other);
    const half = Math.ceil(PHOTOS.length / 2);
    const [here, there] = await Promise.all([add(page, PHOTOS.slice(0, half + 1), { jobs: 1 }), add(other, PHOTOS.slice(half - 1), { jobs: 1 })]);
    assert.deepEqual([here.failed, there.failed, here.code, there.code], [[], [], undefined, undefined]);
    const total = here.added.length + there.added.length;
    assert.equal(total, PHOTOS.length);
    for (const tab of [page, other]) {
      await until(tab, async (count) => (await globalThis.client.searchMedia({ SearchLibName: 'mine', Size: 100 })).Total === count, PHOTOS.length);
    }
    assert.deepEqual(await mediaOf(other), await mediaOf());
    await reload(page);
    await open();
    assert.equal((await mediaOf()).length, PHOTOS.length);
    assert.deepEqual([await warnings(), await warnings(other)], [[], []]);
  });
});

describe('a full disk', () => {
  it('ends addMedia with StorageFull; what was added before stays, and it goes on when there is room', async () => {
    await open();
    await add(page, PHOTOS.slice(0, 2));
    const [before, known] = [await mediaOf(), await persons()];
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin, quotaSize: 1000 });
    const full = await add(page, PHOTOS.slice(2, 4), { jobs: 1 });
    assert.deepEqual([full.added, full.code], [[], 'StorageFull']);
    assert.equal((await errorOf(page, 'addPerson', { personId: 'ada' })).code, 'StorageFull');
    assert.deepEqual([await persons(), await mediaOf()], [known, before]);
    await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin });
    await reload(page);
    await open();
    assert.deepEqual([await persons(), await mediaOf()], [known, before]);
    assert.equal((await add(page, PHOTOS.slice(2, 4))).added.length, 2);
    await call(page, 'addPerson', { personId: 'ada' });
    assert.ok((await persons()).includes('ada'));
  });

  it('that takes some of the files of a photo has none of them afterwards, and what was there before, byte for byte', async () => {
    await open();
    await add(page, PHOTOS.slice(0, 2));
    await makeCrowd();
    await noteWrites();
    const [before, media] = [await contents(), await mediaOf()];
    assert.ok(Object.keys(before).length > 5);
    const session = await context.newCDPSession(page);
    const undone = [];
    // The more room there is, the more of the photo's pictures are written before one does not fit any more.
    for (let room = 16_000; ; room *= 2) {
      const { usage } = await page.evaluate(() => navigator.storage.estimate());
      await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin, quotaSize: usage + room });
      await page.evaluate(() => Object.assign(globalThis, { written: [], removed: [] }));
      const { faces, code } = await page.evaluate(async () => {
        const { added, error } = await globalThis.client.addMedia(globalThis.crowd, { jobs: 1 });
        return { faces: added[0]?.faces, code: error?.code };
      });
      if (faces !== undefined) {
        assert.ok(faces > 6, `${faces} faces`);
        break;
      }
      assert.equal(code, 'StorageFull', `${room} bytes of room`);
      assert.deepEqual(await contents(), before, `${room} bytes of room`);
      assert.deepEqual(await mediaOf(), media);
      const { written, removed } = await page.evaluate(() => ({ written: globalThis.written, removed: globalThis.removed }));
      const inPlace = written.filter((name) => name.endsWith('.jpg'));
      for (const name of inPlace) assert.ok(removed.includes(name), name);
      undone.push(inPlace.length);
      assert.ok(room < 1_000_000, 'the photo fits at last');
    }
    assert.ok(undone.some((count) => count > 0), `pictures that were written and undone, by attempt: ${undone}`);
    await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin });
    const after = await contents();
    for (const [path, hash] of Object.entries(before)) if (path.endsWith('.jpg')) assert.equal(after[path], hash, path);
    assert.equal((await mediaOf()).length, media.length + 1);
    assert.ok(Object.values(await pictures()).every(({ cover, faces }) => [cover, ...Object.values(faces)].every((width) => width > 20)));
  });
});

describe('a browser that cannot write such files', () => {
  it('keeps libraries in IndexedDB; when it can, they are moved over', async () => {
    const { page: old } = await bench.tab(context, []);
    await old.evaluate(() => {
      delete globalThis.FileSystemFileHandle.prototype.createWritable;
    });
    await open(old);
    assert.equal((await call(old, 'stats')).storage, 'indexeddb');
    await call(old, 'addPerson', { personId: 'ada', name: 'Ada' });
    await old.evaluate(async (url) => globalThis.client.addFaces({ personId: 'ada', urls: [await globalThis.harness.fileOf(url)] }), PHOTOS.find((name) => name.includes('obama')));
    assert.deepEqual(await stored(old), []);
    await old.close();
    await open();
    assert.equal((await call(page, 'stats')).storage, 'opfs');
    const { Scores } = await call(page, 'searchMediaByFace', { FaceSearchToken: 'q', PersonImageUrl: QUERY, SearchLibName: 'mine' }, { scores: true });
    assert.deepEqual(Scores.map(({ LabelName }) => LabelName), ['Ada']);
    assert.ok((await stored()).includes('visavis/files/mine/library.json'));
    assert.deepEqual((await page.evaluate(() => globalThis.harness.kept('files'))).records.filter(([store]) => store === 'own:mine'), []);
  });
});
