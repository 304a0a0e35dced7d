// What outlives the page with `persist`: tokens and tasks in IndexedDB, own libraries as files; over reloads, tabs, days and crashes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient, reload, taskOf, until, watchTask } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const PHOTOS = queries().known.map((name) => `/samples/queries/${name}`);
const [FIRST, SECOND, THIRD] = PHOTOS;
const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 4, 11, 12);
/** What the browser's console says of a crash that a test asked for. */
const CRASH_WORDS = [/panicForTest/, /unreachable/, /previous WASM instance/];

let bench;
let context;
let page;
let complaints;
let warnings;

before(async () => {
  bench = await startBench();
  makeLibrary('persist', sample('gallery'), '--people', sample('people'));
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness(CRASH_WORDS));
  warnings = [];
});

afterEach(async () => {
  warnings.push(...(await page.evaluate(() => globalThis.warnings ?? []).catch(() => [])));
  await context.close();
  assert.deepEqual(complaints, []);
  assert.deepEqual(warnings, []);
});

const LIBRARIES = [{ name: 'persist', url: '/libraries/persist/' }, { name: 'mine' }];
const open = (where = page, clockMs = undefined, options = {}) => openClient(where, { persist: { name: 'test' }, libraries: LIBRARIES, ...options }, clockMs);
const setClock = (ms) => page.evaluate((moment) => (globalThis.clockMs = moment), ms);
const kept = (where = page) => where.evaluate(() => globalThis.harness.kept('test'));
const search = (FaceSearchToken, rest = {}, where = page) => call(where, 'searchMediaByFace', { FaceSearchToken, ...rest }, { scores: true });
const create = (where, Sources) => call(where, 'createFacesSearchingTask', { ProjectName: 'album', DatasetName: 'persist', Sources: Sources.map((URI) => ({ URI })) });
const resultOf = async (where, TaskId) => (await call(where, 'getFacesSearchingResult', { TaskId })).SimilarFaces;
const requestsOf = (path, from = 0) => bench.own.requests.slice(from).filter((request) => request.path === path).length;

describe('over a reload', () => {
  it('a token and a finished task are there again, and no photo is asked for', async () => {
    await open();
    const before = await search('kept', { PersonImageUrl: FIRST });
    const { TaskId } = await create(page, [FIRST, SECOND]);
    const task = (await watchTask(page, TaskId)).at(-1);
    const rows = await resultOf(page, TaskId);
    await reload(page);
    const from = bench.own.requests.length;
    await open();
    const after = await search('kept');
    assert.deepEqual([after.MediaInfoList, after.Scores], [before.MediaInfoList, before.Scores]);
    const [{ MediaId }] = before.MediaInfoList;
    assert.equal((await call(page, 'searchMediaClipByFace', { FaceSearchToken: 'kept', MediaId })).Total, 1);
    const { RequestId: _, ...again } = await taskOf(page, TaskId);
    const { RequestId: __, ...former } = task;
    assert.deepEqual(again, former);
    assert.deepEqual(await resultOf(page, TaskId), rows);
    await page.waitForTimeout(300);
    for (const photo of PHOTOS) assert.equal(requestsOf(photo, from), 0, photo);
    assert.deepEqual(await page.evaluate(() => globalThis.told), [], 'nobody is told a second time');
  });

  it('a task that was interrupted goes on with its Files and buffers, and what was searched is not searched again', async () => {
    await open();
    const TaskId = await page.evaluate(
      async ([url, file, gated, bytes, picture]) => {
        const { fileOf, bytesOf, canvasOf } = globalThis.harness;
        const URIs = [url, await fileOf(file), gated, await bytesOf(bytes), await canvasOf(picture)];
        const Sources = URIs.map((URI) => ({ URI }));
        return (await globalThis.client.createFacesSearchingTask({ ProjectName: 'album', DatasetName: 'persist', Sources })).TaskId;
      },
      [FIRST, SECOND, `/gate/interrupted${THIRD}`, THIRD, FIRST],
    );
    const before = (await watchTask(page, TaskId, ({ Progress }) => Progress >= 40)).at(-1);
    assert.deepEqual([before.Status, before.Progress], ['Running', 40]);
    assert.ok((await kept()).sources.length >= 3);
    const former = await resultOf(page, TaskId);
    await reload(page);
    const from = bench.own.requests.length;
    bench.own.openGate('interrupted');
    await open();
    const task = (await watchTask(page, TaskId)).at(-1);
    assert.deepEqual([task.Status, task.Code, task.Message, task.StartTime], ['Succeeded', '', '', before.StartTime]);
    const rows = await resultOf(page, TaskId);
    assert.deepEqual(rows.slice(0, 2), former.slice(0, 2));
    assert.equal(rows.length, 5);
    for (const { SimilarFaces } of rows) assert.ok(SimilarFaces[0].Similarity > 0.5);
    assert.equal(requestsOf(FIRST, from), 0, 'the first source was searched before the reload');
    assert.equal(requestsOf(`/gate/interrupted${THIRD}`, from), 1);
    assert.equal((await call(page, 'stats')).photos, 3);
    await until(page, () => globalThis.told.length === 1);
    await until(page, async () => (await globalThis.harness.kept('test')).sources.length === 0);
  });

  it('without persist nothing is kept', async () => {
    await open(page, undefined, { persist: false, libraries: LIBRARIES });
    await search('brief', { PersonImageUrl: FIRST });
    assert.deepEqual((await page.evaluate(() => indexedDB.databases())).map(({ name }) => name), []);
    await reload(page);
    await open(page, undefined, { persist: false, libraries: LIBRARIES });
    assert.equal((await errorOf(page, 'searchMediaByFace', { FaceSearchToken: 'brief' })).code, 'MissingPersonImageUrl');
  });

  it('another name is another set', async () => {
    await open();
    await search('kept', { PersonImageUrl: FIRST });
    await page.evaluate(() => globalThis.client.close());
    await open(page, undefined, { persist: true });
    assert.equal((await errorOf(page, 'searchMediaByFace', { FaceSearchToken: 'kept' })).code, 'MissingPersonImageUrl');
    assert.deepEqual((await page.evaluate(() => indexedDB.databases())).map(({ name }) => name).sort(), ['visavis:default', 'visavis:test']);
  });
});

describe('by the clock', () => {
  it('a task is kept for seven days, over reloads, and is then gone from IndexedDB too', async () => {
    await open(page, NOON_MS);
    const { TaskId } = await create(page, [FIRST]);
    const { EndTime } = (await watchTask(page, TaskId)).at(-1);
    assert.equal(EndTime, new Date(NOON_MS).toISOString());
    const records = async () => (await kept()).records.filter((key) => JSON.stringify(key).includes(TaskId)).length;
    await until(page, async (id) => JSON.stringify((await globalThis.harness.kept('test')).records).includes(id), TaskId);
    await reload(page);
    await open(page, NOON_MS + 7 * DAY_MS - 1);
    assert.equal((await taskOf(page, TaskId)).Status, 'Succeeded');
    assert.ok((await records()) > 0);
    await setClock(NOON_MS + 7 * DAY_MS + 1);
    const error = await errorOf(page, 'getTask', { ProjectName: 'album', TaskType: 'FacesSearching', TaskId });
    assert.equal(error.code, 'InvalidTaskId.NotFound');
    assert.match(error.message, /seven days/);
    assert.deepEqual((await call(page, 'listTasks', { ProjectName: 'album' })).Tasks, []);
    // What ran out is looked for once a minute.
    await setClock(NOON_MS + 7 * DAY_MS + 61_000);
    await call(page, 'listTasks', { ProjectName: 'album' });
    await until(page, async (id) => !JSON.stringify((await globalThis.harness.kept('test')).records).includes(id), TaskId);
  });

  it('a task that ran out while no page was open is gone at the next visit', async () => {
    await open(page, NOON_MS);
    const { TaskId } = await create(page, [FIRST]);
    await watchTask(page, TaskId);
    await page.evaluate(() => globalThis.client.close());
    await reload(page);
    await open(page, NOON_MS + 8 * DAY_MS);
    const error = await errorOf(page, 'getFacesSearchingResult', { TaskId });
    assert.equal(error.code, 'InvalidTaskId.NotFound');
    await until(page, async (id) => !JSON.stringify((await globalThis.harness.kept('test')).records).includes(id), TaskId);
  });

  it('a token lives for a day after its last use, or as long as it was told', async () => {
    await open(page, NOON_MS);
    await search('used', { PersonImageUrl: FIRST });
    await search('unused', { PersonImageUrl: SECOND });
    await setClock(NOON_MS + DAY_MS - 1000);
    await search('used');
    await reload(page);
    await open(page, NOON_MS + DAY_MS + 1000);
    assert.ok((await search('used')).Total >= 1);
    assert.equal((await errorOf(page, 'searchMediaByFace', { FaceSearchToken: 'unused' })).code, 'MissingPersonImageUrl');
    await until(page, async () => !JSON.stringify((await globalThis.harness.kept('test')).records).includes('unused'));
    await page.evaluate(() => globalThis.client.close());
    await open(page, NOON_MS + DAY_MS + 2000, { tokenLifetimeMs: 500 });
    assert.equal((await errorOf(page, 'searchMediaByFace', { FaceSearchToken: 'used' })).code, 'MissingPersonImageUrl');
  });
});

describe('two tabs of the same name', () => {
  let other;

  beforeEach(async () => {
    const tab = await bench.tab(context, CRASH_WORDS);
    other = tab.page;
    await open();
    await open(other);
  });

  afterEach(async () => {
    if (!other.isClosed()) warnings.push(...(await other.evaluate(() => globalThis.warnings)));
  });

  it('a task is driven by one of them: each source is searched once, and both see it', async () => {
    const from = bench.own.requests.length;
    const sources = ['a', 'b', 'c', 'd'].map((name, index) => `/gate/twins-${name}${PHOTOS[index % 3]}`);
    const { TaskId } = await create(page, sources);
    await until(other, async (id) => (await globalThis.client.listTasks({ ProjectName: 'album' })).Tasks.some((task) => task.TaskId === id), TaskId);
    for (const name of ['a', 'b', 'c', 'd']) {
      bench.own.openGate(`twins-${name}`);
      await page.waitForTimeout(150);
    }
    const [here, there] = await Promise.all([watchTask(page, TaskId), watchTask(other, TaskId)]);
    for (const field of ['Status', 'Progress', 'EndTime', 'Message']) assert.equal(there.at(-1)[field], here.at(-1)[field], field);
    assert.equal(here.at(-1).Status, 'Succeeded');
    assert.deepEqual(await resultOf(other, TaskId), await resultOf(page, TaskId));
    await page.waitForTimeout(500);
    for (const source of sources) assert.equal(requestsOf(source, from), 1, source);
    const photos = await Promise.all([page, other].map(async (tab) => (await call(tab, 'stats')).photos));
    assert.equal(photos[0] + photos[1], 4);
    const told = await Promise.all([page, other].map((tab) => tab.evaluate(() => globalThis.told.length)));
    assert.equal(told[0] + told[1], 1, 'it is told of once');
  });

  it('where the tab that drives a task is closed, the other takes over', async () => {
    const TaskId = await other.evaluate(
      async ([url, gated, file]) => {
        const Sources = [url, gated, await globalThis.harness.fileOf(file)].map((URI) => ({ URI }));
        return (await globalThis.client.createFacesSearchingTask({ ProjectName: 'album', DatasetName: 'persist', Sources })).TaskId;
      },
      [FIRST, `/gate/heir${SECOND}`, THIRD],
    );
    await watchTask(other, TaskId, ({ Progress }) => Progress >= 33);
    const from = bench.own.requests.length;
    await other.close();
    bench.own.openGate('heir');
    const task = (await watchTask(page, TaskId)).at(-1);
    assert.deepEqual([task.Status, task.Message], ['Succeeded', '']);
    assert.equal(requestsOf(FIRST, from), 0);
    for (const { SimilarFaces } of await resultOf(page, TaskId)) assert.ok(SimilarFaces[0].Similarity > 0.5);
    await until(page, () => globalThis.told.length === 1);
  });

  it('opened at the same time, they finish what was left, each source once', async () => {
    const sources = ['a', 'b', 'c'].map((name, index) => `/gate/left-${name}${PHOTOS[index]}`);
    bench.own.openGate('left-a');
    const { TaskId } = await create(page, sources);
    await watchTask(page, TaskId, ({ Progress }) => Progress >= 33);
    await until(other, async (id) => (await globalThis.client.listTasks({ ProjectName: 'album' })).Tasks.some((task) => task.TaskId === id), TaskId);
    await Promise.all([reload(page), reload(other)]);
    const from = bench.own.requests.length;
    await Promise.all([open(), open(other)]);
    for (const name of ['b', 'c']) bench.own.openGate(`left-${name}`);
    const tasks = await Promise.all([page, other].map(async (tab) => (await watchTask(tab, TaskId)).at(-1)));
    assert.deepEqual(tasks.map(({ Status, Message }) => [Status, Message]), [['Succeeded', ''], ['Succeeded', '']]);
    assert.deepEqual(sources.map((source) => requestsOf(source, from)), [0, 1, 1]);
  });

  it('a person added in one is found in the other', async () => {
    await page.evaluate(async (photo) => {
      await globalThis.client.addPerson({ personId: 'ada', name: 'Ada' });
      await globalThis.client.addFaces({ personId: 'ada', urls: [await globalThis.harness.fileOf(photo)] });
    }, '/samples/gallery/barack_obama_1.jpg');
    await until(
      other,
      async (photo) => (await globalThis.client.searchMediaByFace({ FaceSearchToken: 'q', PersonImageUrl: photo, SearchLibName: 'mine' })).Total === 1,
      FIRST,
    );
  });

  it('a token of one is known to the other, and forgotten by both', async () => {
    await search('shared', { PersonImageUrl: FIRST });
    await until(other, () => globalThis.client.searchMediaByFace({ FaceSearchToken: 'shared' }).then(({ Total }) => Total > 0, () => false));
    await call(other, 'forget', 'shared');
    await until(page, () => globalThis.client.searchMediaByFace({ FaceSearchToken: 'shared' }).then(() => false, ({ code }) => code === 'MissingPersonImageUrl'));
  });

  it('changes of an own library at the same time all hold', async () => {
    const add = (tab, prefix) =>
      tab.evaluate((name) => Promise.all([1, 2, 3].map((number) => globalThis.client.addPerson({ personId: `${name}-${number}`, name: `${name} ${number}` }))), prefix);
    await Promise.all([add(page, 'here'), add(other, 'there')]);
    const wanted = ['here-1', 'here-2', 'here-3', 'there-1', 'there-2', 'there-3'];
    for (const tab of [page, other]) {
      await until(tab, async () => (await globalThis.client.listPersons({ searchLibName: 'mine' })).data.persons.length === 6);
      const { data } = await call(tab, 'listPersons', { searchLibName: 'mine' });
      assert.deepEqual(data.persons.map(({ personId }) => personId).sort(), wanted);
    }
  });
});
