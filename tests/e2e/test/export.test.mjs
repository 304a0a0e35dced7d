// Libraries of the page's own taken elsewhere and back: zips and folders, good and bad; deleting means gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient, reload, until } from '../lib/clients.mjs';
import { WORK, queries, sample } from '../lib/paths.mjs';

const QUERY = `/samples/queries/${queries().known[0]}`;
const PHOTO = '/samples/gallery/barack_obama_1.jpg';

let bench;
let context;
let page;
let complaints;
let folder;

before(async () => {
  bench = await startBench();
  folder = makeLibrary('export', sample('gallery'), '--people', sample('people'));
  zip('export.zip', folder, ['-r', '../../files/export.zip', '.']);
  zip('in-folder.zip', join(folder, '..'), ['-r', '../files/in-folder.zip', 'export']);
  writeFileSync(join(WORK, 'files', 'cut.zip'), readFileSync(join(WORK, 'files', 'export.zip')).subarray(0, 100_000));
  const spoilt = join(WORK, 'libraries', 'export-spoilt');
  rmSync(spoilt, { recursive: true, force: true });
  cpSync(folder, spoilt, { recursive: true });
  const table = readdirSync(spoilt).find((name) => name.startsWith('people-'));
  const bytes = readFileSync(join(spoilt, table));
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(spoilt, table), bytes);
  zip('spoilt-table.zip', spoilt, ['-r', '../../files/spoilt-table.zip', '.']);
  const foreign = JSON.parse(readFileSync(join(folder, 'library.json'), 'utf8'));
  foreign.embedder.sha256 = '0'.repeat(64);
  writeFileSync(join(spoilt, 'library.json'), JSON.stringify(foreign));
  zip('foreign.zip', spoilt, ['-r', '../../files/foreign.zip', '.']);
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness());
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

/** Makes a zip with the system's own program. */
function zip(name, cwd, args) {
  rmSync(join(WORK, 'files', name), { force: true });
  execFileSync('zip', ['-q', ...args], { cwd });
}

const open = (options = {}, where = page) => openClient(where, { persist: { name: 'own' }, libraries: [{ name: 'mine' }], ...options });
const importZip = (name, options = {}, where = page) =>
  where.evaluate(
    async ([url, rest]) => {
      const blob = new Blob([await globalThis.harness.bytesOf(url)]);
      return globalThis.harness.outcome(globalThis.client.importLibrary(blob, rest));
    },
    [`/files/${name}`, options],
  );
const found = async (where = page) =>
  (await call(where, 'searchMediaByFace', { FaceSearchToken: 'q', PersonImageUrl: QUERY, SearchLibName: 'mine' }, { scores: true })).Scores;
/** The files that are kept of a library, by their paths, with their sizes. */
const stored = (where = page) =>
  where.evaluate(async () => {
    const files = {};
    const walk = async (place, prefix) => {
      for await (const [name, handle] of place.entries()) {
        if (handle.kind === 'file') files[prefix + name] = (await handle.getFile()).size;
        else await walk(handle, `${prefix}${name}/`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return files;
  });

/** The files of the command line's folder that make the library, as [path, base64]. */
function filesOfFolder(place = folder) {
  const list = (at) => readdirSync(join(place, at)).map((name) => (at === '' ? name : `${at}/${name}`));
  const names = [...list('').filter((name) => name === 'library.json' || name.endsWith('.arrow')), ...list('faces'), ...list('covers')];
  return names.sort().map((name) => [name, readFileSync(join(place, name)).toString('base64')]);
}

/** The files of a zip that the page made, unpacked by the system's own program. */
function unzipped(base64) {
  const path = join(WORK, 'files', 'exported.zip');
  writeFileSync(path, Buffer.from(base64, 'base64'));
  const out = join(WORK, 'libraries', 'exported');
  rmSync(out, { recursive: true, force: true });
  execFileSync('unzip', ['-q', path, '-d', out]);
  return filesOfFolder(out);
}

const exported = (where = page) =>
  where.evaluate(async () => {
    const bytes = new Uint8Array(await (await globalThis.client.exportLibrary()).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 30_000) text += String.fromCharCode(...bytes.subarray(at, at + 30_000));
    return btoa(text);
  });

describe('a library of the command line', () => {
  it('is imported as a zip, searched, and exported as the same files, byte for byte; also after a reload', async () => {
    await open();
    const { value } = await importZip('export.zip');
    const manifest = JSON.parse(readFileSync(join(folder, 'library.json'), 'utf8'));
    assert.deepEqual(value, { media: manifest.counts.media, faces: manifest.counts.faces, persons: manifest.counts.people });
    const [best] = await found();
    assert.equal(best.LabelName, 'Barack Obama');
    assert.ok(await page.evaluate(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth > 20, best.FaceUrl));
    const first = await exported();
    assert.deepEqual(unzipped(first), filesOfFolder());
    await reload(page);
    await open();
    assert.deepEqual(await found(), [best, ...(await found()).slice(1)]);
    assert.equal(await exported(), first);
  });

  it('is imported from a folder within a zip, and from a folder; exported into a folder', async () => {
    await open();
    assert.ok((await importZip('in-folder.zip')).value.faces > 0);
    const names = await page.evaluate(async () => {
      const place = await (await navigator.storage.getDirectory()).getDirectoryHandle('somewhere', { create: true });
      await globalThis.client.exportLibrary({ to: place });
      await globalThis.client.deleteLibrary('mine');
      return globalThis.client.importLibrary(place);
    });
    assert.ok(names.faces > 0);
    assert.equal((await found())[0].LabelName, 'Barack Obama');
    assert.deepEqual(unzipped(await exported()), filesOfFolder());
  });

  it('flows into a stream, with progress, and an aborted export says so', async () => {
    await open();
    await importZip('export.zip');
    const told = await page.evaluate(async () => {
      let bytes = 0;
      const seen = [];
      const to = new WritableStream({ write: (chunk) => void (bytes += chunk.byteLength) });
      await globalThis.client.exportLibrary({ to, onProgress: (progress) => seen.push(progress) });
      const aborted = await globalThis.harness.outcome(globalThis.client.exportLibrary({ signal: AbortSignal.abort() }));
      return { bytes, first: seen[0], last: seen.at(-1), code: aborted.error.code };
    });
    assert.equal(told.code, 'Aborted');
    assert.equal(told.first.files, 0);
    assert.deepEqual([told.last.files, told.last.bytes], [told.last.totalFiles, told.last.totalBytes]);
    assert.ok(told.bytes > told.last.totalBytes);
  });

  it('replaces what is there only where that was said', async () => {
    await open();
    await call(page, 'addPerson', { personId: 'ada' });
    const { error } = await importZip('export.zip');
    assert.deepEqual([error.code, error.parameter], ['InvalidParameter', 'replace']);
    assert.match(error.message, /"mine" is not empty/);
    assert.ok((await importZip('export.zip', { replace: true })).value.faces > 0);
    assert.equal((await errorOf(page, 'getPerson', { personId: 'ada', searchLibName: 'mine' })).code, 'ResourceNotFound');
  });
});

describe('an import that fails', () => {
  const bad = [
    ['cut.zip', 'ImportMalformed', /import cannot be read/],
    ['spoilt-table.zip', 'FileHashMismatch', /people-/],
    ['foreign.zip', 'EmbedderMismatch', /mine/],
  ];
  it('names what is wrong and leaves the library as it was', async () => {
    await open();
    await call(page, 'addPerson', { personId: 'ada', name: 'Ada' });
    const before = await stored();
    for (const [name, code, message] of bad) {
      const { error } = await importZip(name, { replace: true });
      assert.deepEqual([error?.code, error?.isOurs], [code, true], name);
      assert.match(error.message, message);
      if (process.env.VISAVIS_SHOW_MESSAGES !== undefined) console.log(`${error.code}: ${error.message}`);
      const now = await stored();
      delete before['visavis/own/mine.version'];
      delete now['visavis/own/mine.version'];
      assert.deepEqual(now, before, name);
    }
    const { error } = await importZip('export.zip', { library: 'none' });
    assert.equal(error.code, 'UnknownLibrary');
    await reload(page);
    await open();
    assert.equal((await call(page, 'getPerson', { personId: 'ada', searchLibName: 'mine' })).data.name, 'Ada');
  });

  it('for lack of space is StorageFull, and what was there is there, in the engine and on disk', async () => {
    await open();
    await call(page, 'addPerson', { personId: 'ada', name: 'Ada' });
    const before = await stored();
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin, quotaSize: 400_000 });
    const { error } = await importZip('export.zip', { replace: true });
    assert.equal(error.code, 'StorageFull');
    assert.match(error.message, /"mine": (the browser refused|the disk space of this site is used up).*needs \d.* MB.* \d.* MB of \d+ MB are used/);
    const { 'visavis/own/mine.version': _, ...now } = await stored();
    const { 'visavis/own/mine.version': __, ...then } = before;
    assert.deepEqual(now, then);
    assert.equal((await call(page, 'listPersons', { searchLibName: 'mine' })).data.totalCount, 1);
    const more = await errorOf(page, 'addFaces', { personId: 'ada', urls: [PHOTO] }).catch(() => undefined);
    assert.ok(more === undefined || more.code === 'StorageFull');
    await session.send('Storage.overrideQuotaForOrigin', { origin: bench.own.origin });
    assert.ok((await importZip('export.zip', { replace: true })).value.faces > 0);
    await reload(page);
    await open();
    assert.equal((await found())[0].LabelName, 'Barack Obama');
  });
});

describe('a tab that is killed', () => {
  /** Opens the library, calls this in a tab, and kills that when it is about to write or remove a file of such a name. */
  async function killedIn(action, method, pattern) {
    const tab = await bench.tab(context, [/the page crashed/]);
    let wake;
    const held = new Promise((resolve) => {
      wake = resolve;
    });
    await tab.page.exposeFunction('report', wake);
    await open({}, tab.page);
    await tab.page.evaluate(
      ([name, wanted]) => {
        const place = name === 'removeEntry' ? FileSystemDirectoryHandle.prototype : FileSystemFileHandle.prototype;
        const given = place[name];
        place[name] = function (...values) {
          const file = name === 'removeEntry' ? values[0] : this.name;
          if (!new RegExp(wanted).test(file)) return given.apply(this, values);
          // What is done beside it has time to be done.
          setTimeout(() => globalThis.report(file), 200);
          return new Promise(() => undefined);
        };
      },
      [method, pattern],
    );
    action(tab.page).then(() => wake('(it ended)'), (error) => wake(`(it failed: ${error})`));
    assert.match(await held, new RegExp(pattern));
    const session = await context.newCDPSession(tab.page);
    const crashed = new Promise((resolve) => tab.page.once('crash', resolve));
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    await tab.page.close();
    assert.deepEqual(tab.complaints, []);
    await reload(page);
    await open();
    assert.deepEqual(await page.evaluate(() => globalThis.warnings), []);
  }
  const media = async () => (await call(page, 'searchMedia', { SearchLibName: 'mine', PageSize: 50 })).MediaInfoList;
  const hasAda = async () => (await call(page, 'listPersons', { searchLibName: 'mine', pageSize: 100 })).data.persons.some(({ personId }) => personId === 'ada');
  const haveCovers = async () => {
    const urls = (await media()).map(({ MediaBasicInfo }) => MediaBasicInfo.CoverURL);
    assert.ok(await page.evaluate(async (all) => (await Promise.all(all.map((url) => globalThis.harness.loadedImage(url)))).every(({ naturalWidth }) => naturalWidth > 20), urls));
  };

  it('in an import has the former library or the imported one, whole', async () => {
    await open();
    await importZip('export.zip');
    await call(page, 'addPerson', { personId: 'ada' });
    const count = (await media()).length;
    const replaced = (tab) => importZip('export.zip', { replace: true }, tab);
    for (const [method, pattern, isThere] of [['createWritable', 'arrow$', true], ['createWritable', 'library[.]json$', true], ['removeEntry', 'arrow$', false]]) {
      await killedIn(replaced, method, pattern);
      assert.deepEqual([await hasAda(), (await media()).length], [isThere, count], `${method} ${pattern}`);
      await haveCovers();
    }
  });

  it('in a deletion has the media, or the library, or has it not', async () => {
    await open();
    await importZip('export.zip');
    const before = (await media()).map(({ MediaId }) => MediaId).sort();
    const [gone] = before;
    const removed = (tab) => call(tab, 'deleteMedia', { MediaIds: [gone] });
    for (const [method, pattern, left] of [['createWritable', 'library[.]json$', before], ['removeEntry', 'jpg$', before.slice(1)]]) {
      await killedIn(removed, method, pattern);
      assert.deepEqual((await media()).map(({ MediaId }) => MediaId).sort(), left, `${method} ${pattern}`);
      await haveCovers();
    }
    const dropped = (tab) => call(tab, 'deleteLibrary', 'mine');
    for (const [pattern, count] of [['library[.]json$', before.length - 1], ['^mine$', 0]]) {
      await killedIn(dropped, 'removeEntry', pattern);
      assert.equal((await media()).length, count, pattern);
      await haveCovers();
    }
    // The next reader removed what was left.
    assert.deepEqual(Object.keys(await stored()), []);
  });
});

describe('deleting', () => {
  it('a library leaves nothing of it, here, in other tabs, and after a reload', async () => {
    const { page: other } = await bench.tab(context, []);
    await open();
    await open({}, other);
    await importZip('export.zip');
    await until(other, async () => (await globalThis.client.listPersons({ searchLibName: 'mine' })).data.totalCount > 0);
    assert.ok(Object.keys(await stored()).length > 10);
    assert.equal(await call(page, 'deleteLibrary', 'mine'), true);
    assert.deepEqual(Object.keys(await stored()), []);
    assert.deepEqual(await found(), []);
    await until(other, async () => (await globalThis.client.listPersons({ searchLibName: 'mine' })).data.totalCount === 0);
    const traces = await page.evaluate(async () => {
      const urls = [];
      for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) urls.push(url);
      return urls.filter((url) => /\.(arrow|jpg)$|library\.json/.test(url));
    });
    assert.deepEqual(traces, []);
    assert.deepEqual((await page.evaluate(() => globalThis.harness.kept('own'))).records.filter(([store]) => store.startsWith('own:mine')), []);
    await reload(page);
    await open();
    assert.equal((await call(page, 'listPersons', { searchLibName: 'mine' })).data.totalCount, 0);
    assert.equal(await call(page, 'deleteLibrary', 'mine'), false);
    assert.ok((await importZip('export.zip')).value.faces > 0);
  });

  it('media takes their faces and pictures along, also after a reload', async () => {
    await open();
    await importZip('export.zip');
    const [{ MediaId, FaceId }] = await found();
    const before = Object.keys(await stored());
    const removed = await call(page, 'deleteMedia', { MediaIds: [MediaId, 'ab'.repeat(16)] });
    assert.deepEqual([removed.MediaIds, removed.UnknownMediaIds], [[MediaId], ['ab'.repeat(16)]]);
    assert.ok(removed.FaceIds.includes(String(FaceId)));
    const check = async () => assert.ok((await found()).every((score) => score.MediaId !== MediaId));
    await check();
    const gone = before.filter((name) => name.includes(MediaId) || removed.FaceIds.some((id) => name.endsWith(`faces/${id}.jpg`)));
    assert.ok(gone.length > 1);
    const now = new Set(Object.keys(await stored()));
    assert.deepEqual(gone.filter((name) => now.has(name)), []);
    await reload(page);
    await open();
    await check();
    assert.equal((await errorOf(page, 'deleteMedia', { MediaIds: [MediaId] })).code, 'ResourceNotFound');
  });

  it('discards a library that cannot be read', async () => {
    await open();
    await importZip('export.zip');
    await page.evaluate(async () => {
      globalThis.client.close();
      const place = await (await (await (await navigator.storage.getDirectory()).getDirectoryHandle('visavis')).getDirectoryHandle('own')).getDirectoryHandle('mine');
      const writable = await (await place.getFileHandle('library.json')).createWritable();
      await writable.write('{ this is none');
      await writable.close();
    });
    await reload(page);
    await open();
    assert.equal((await errorOf(page, 'listPersons', { searchLibName: 'mine' })).code, 'LibraryMalformed');
    assert.equal((await page.evaluate(() => globalThis.warnings))[0].code, 'PersistFailed');
    assert.equal(await call(page, 'deleteLibrary', 'mine'), true);
    assert.equal((await call(page, 'listPersons', { searchLibName: 'mine' })).data.totalCount, 0);
    await call(page, 'addPerson', { personId: 'ada' });
  });
});
