// A library of the page's own: persons and faces added, found, merged and deleted; over reloads and crashes of the engine.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient, reload, until, watchTask } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const QUERY = `/samples/queries/${queries().known[0]}`;
const [FIRST, SECOND] = ['/samples/gallery/barack_obama_1.jpg', '/samples/gallery/barack_obama_2.jpg'];
const OTHER = '/samples/gallery/eileen_collins.jpg';
const FACELESS = '/samples/gallery/coffee.jpg';
/** What the browser's console says of a crash that a test asked for. */
const CRASH_WORDS = [/panicForTest/, /unreachable/, /previous WASM instance/];

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
  makeLibrary('own-library', sample('gallery'), '--people', sample('people'));
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness(CRASH_WORDS));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

const open = (options = {}) =>
  openClient(page, { persist: { name: 'own' }, libraries: [{ name: 'published', url: '/libraries/own-library/' }, { name: 'mine' }], ...options });
const search = (FaceSearchToken, rest = {}) => call(page, 'searchMediaByFace', { FaceSearchToken, SearchLibName: 'mine', ...rest }, { scores: true });
const facesOf = async (personId) => (await call(page, 'getPersonFacesInfo', { personId, searchLibName: 'mine' })).data.faceImageItems;

/** Adds a person with the faces of these photos, handed over as files. */
function addPerson(request, photos) {
  return page.evaluate(
    async ([person, names]) => {
      await globalThis.client.addPerson(person);
      const urls = await Promise.all(names.map((name) => globalThis.harness.fileOf(name)));
      return (await globalThis.client.addFaces({ personId: person.personId, urls })).data;
    },
    [request, photos],
  );
}

describe('a library of the page', () => {
  it('has the persons and faces that were added; they are found, and survive a reload', async () => {
    await open();
    const added = await addPerson({ personId: 'ada', name: 'Ada', groupIds: ['team'], note: 'a note' }, [FIRST]);
    assert.deepEqual([added.personId, added.groupIds], ['ada', ['team']]);
    assert.equal(added.faceImageItems[0].success, true);
    await addPerson({ personId: 'eve', name: 'Eve' }, [OTHER]);
    const check = async () => {
      const { Total, Scores } = await search('found', { PersonImageUrl: QUERY });
      assert.equal(Total, 1);
      assert.deepEqual([Scores[0].LabelName, Scores[0].FaceId], ['Ada', added.faceImageItems[0].faceId]);
      const [face, ...more] = await facesOf('ada');
      assert.deepEqual([face.success, face.faceId, more], [true, added.faceImageItems[0].faceId, []]);
      assert.ok(await page.evaluate(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth > 20, face.url));
      assert.ok(await page.evaluate(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth > 20, Scores[0].CoverUrl ?? Scores[0].FaceUrl));
      const { data } = await call(page, 'getPerson', { personId: 'ada' });
      assert.deepEqual([data.name, data.groupIds, data.note], ['Ada', ['team'], 'a note']);
      const { data: list } = await call(page, 'listPersons', { searchLibName: 'mine' });
      assert.deepEqual(list.persons.map(({ personId, faceCount }) => [personId, faceCount]), [['ada', 1], ['eve', 1]]);
      const media = await call(page, 'searchMedia', { SearchLibName: 'mine' });
      assert.equal(media.Total, 2);
      const { MediaClipList } = await call(page, 'searchMediaClipByFace', { FaceSearchToken: 'found', MediaId: Scores[0].MediaId, SearchLibName: 'mine' });
      assert.equal(MediaClipList[0].LabelName, 'Ada');
    };
    await check();
    await reload(page);
    await open();
    await check();
  });

  it('a photo that cannot be used is an item of its own; where none can be used it is the error', async () => {
    await open();
    const { faceImageItems: items } = await addPerson({ personId: 'ada' }, [FACELESS, FIRST]);
    assert.deepEqual(items.map(({ success, errorCode }) => [success, errorCode]), [[false, 'NoFace'], [true, undefined]]);
    assert.match(items[0].errorMsg, /coffee\.jpg.*no face/);
    const error = await errorOf(page, 'addFaces', { personId: 'ada', urls: [FACELESS] });
    assert.equal(error.code, 'NoFace');
    assert.match(error.message, /coffee\.jpg/);
  });

  it('mergePersons makes one of two, deletePerson forgets one, also after a reload', async () => {
    await open();
    await addPerson({ personId: 'a', name: 'Barack', groupIds: ['x'] }, [FIRST]);
    await addPerson({ personId: 'b', name: 'Barry', groupIds: ['y'] }, [SECOND]);
    await addPerson({ personId: 'c', name: 'Eileen' }, [OTHER]);
    const merged = await call(page, 'mergePersons', { personId: 'a', fromPersonIds: ['b'] });
    assert.deepEqual([merged.data.personId, merged.data.groupIds], ['a', ['x', 'y']]);
    assert.equal((await facesOf('a')).length, 2);
    assert.equal((await errorOf(page, 'getPerson', { personId: 'b' })).code, 'ResourceNotFound');
    await reload(page);
    await open();
    const found = await search('merged', { PersonImageUrl: QUERY });
    assert.deepEqual(found.Scores.map(({ LabelName }) => LabelName), ['Barack', 'Barack']);
    await call(page, 'deletePerson', { personId: 'a' });
    assert.equal((await search('merged')).Total, 0);
    await reload(page);
    await open();
    assert.equal((await search('merged')).Total, 0);
    const { data } = await call(page, 'listPersons', { searchLibName: 'mine' });
    assert.deepEqual(data.persons.map(({ personId }) => personId), ['c']);
    assert.equal((await errorOf(page, 'getPersonFacesInfo', { personId: 'a', searchLibName: 'mine' })).code, 'ResourceNotFound');
  });

  it('groups, names and faces can be changed', async () => {
    await open();
    const { faceImageItems: items } = await addPerson({ personId: 'a', groupIds: ['x'] }, [FIRST, SECOND]);
    await call(page, 'setPerson', { personId: 'a', name: 'Barack' });
    await call(page, 'addGroups', { personId: 'a', groupIds: ['y', 'z'] });
    await call(page, 'deleteGroups', { personId: 'a', groupIds: ['x'] });
    assert.deepEqual((await call(page, 'getGroups', { searchLibName: 'mine' })).data.groupIds, ['y', 'z']);
    const { data } = await call(page, 'getPersons', { groupId: 'y', searchLibName: 'mine' });
    assert.ok(JSON.stringify(data).includes('"a"'), JSON.stringify(data));
    const deleted = await call(page, 'deleteFaces', { personId: 'a', faceIds: [items[0].faceId] });
    assert.deepEqual([deleted.data.deleteCount, deleted.data.faceIds], [1, [String(items[0].faceId)]]);
    assert.deepEqual((await facesOf('a')).map(({ faceId }) => faceId), [items[1].faceId]);
  });

  const bad = [
    ['addPerson', { personId: 'a' }, 'InvalidParameter', /personId.*"a"/, 'personId'],
    ['addPerson', { personId: 'a', searchLibName: 'published' }, 'LibraryReadOnly', /published/],
    ['addPerson', {}, 'MissingpersonId', /personId is required/, 'personId'],
    ['addPerson', { personId: 'x'.repeat(129) }, 'InvalidParameter', /personId.*128/, 'personId'],
    ['addPerson', { personId: 'b', groupIds: 'team' }, 'InvalidParameter', /groupIds/, 'groupIds'],
    ['addFaces', { personId: 'nobody', urls: [FIRST] }, 'ResourceNotFound', /person "nobody"/],
    ['addFaces', { personId: 'a' }, 'Missingurls', /urls is required/, 'urls'],
    ['addFaces', { personId: 'a', urls: [5] }, 'InvalidParameter', /urls\[0\]: a number is not an image/, 'urls[0]'],
    ['addFaces', { personId: 'a', urls: Array(21).fill(FIRST) }, 'LimitExceededError', /20/],
    ['addFaces', { personId: 'a', urls: ['/status/404'] }, 'DownloadFailed', /404/],
    ['deleteFaces', { personId: 'a', faceIds: ['1'] }, 'ResourceNotFound', /face/i],
    ['deleteFaces', { personId: 'a', faceIds: ['one'] }, 'InvalidParameter', /faceIds.*"one"/],
    ['mergePersons', { personId: 'a', fromPersonIds: ['a'] }, 'InvalidParameter', /fromPersonIds/],
    ['mergePersons', { personId: 'a', fromPersonIds: ['nobody'] }, 'ResourceNotFound', /"nobody"/],
    ['deleteGroups', { personId: 'a', groupIds: ['none'] }, 'ResourceNotFound', /none/],
    ['listPersons', { pageSize: 101 }, 'InvalidParameter', /pageSize.*101.*1 to 100/, 'pageSize'],
    ['listPersons', { searchLibName: 'none' }, 'UnknownLibrary', /"none".*published, mine/],
  ];
  it('names what is wrong with a request, and stays as it was', async () => {
    await open();
    await call(page, 'addPerson', { personId: 'a' });
    for (const [method, request, code, message, parameter] of bad) {
      const error = await errorOf(page, method, request);
      const title = `${method}(${JSON.stringify(request).slice(0, 80)}): ${error.message}`;
      assert.deepEqual([error.code, error.isOurs], [code, true], title);
      assert.match(error.message, message, title);
      if (parameter !== undefined) assert.equal(error.parameter, parameter, title);
      if (process.env.VISAVIS_SHOW_MESSAGES !== undefined) console.log(`${error.code}: ${error.message}`);
    }
    const { data } = await call(page, 'listPersons', { searchLibName: 'mine' });
    assert.deepEqual(data.persons.map(({ personId, faceCount }) => [personId, faceCount]), [['a', 0]]);
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !/status of 404/.test(text)));
  });
});

for (const [title, options] of [['kept', {}], ['kept nowhere', { persist: false }]]) {
  describe(`a crash of the engine, ${title}`, () => {
    it('loses no token, no task and no own library, and a task that runs goes on', async () => {
      await open(options);
      await addPerson({ personId: 'ada', name: 'Ada' }, [FIRST]);
      await search('before', { PersonImageUrl: QUERY });
      const create = (...list) =>
        call(page, 'createFacesSearchingTask', { ProjectName: 'album', DatasetName: 'mine', Sources: list.map((URI) => ({ URI })) });
      const done = await create(QUERY);
      await watchTask(page, done.TaskId);
      const gate = `crash-${Object.keys(options).length}`;
      const running = await create(QUERY, `/gate/${gate}${OTHER}`, SECOND);
      await watchTask(page, running.TaskId, ({ Progress }) => Progress >= 33);
      const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.panicForTest()));
      assert.equal(error.code, 'EngineCrashed');
      assert.equal((await search('before')).Scores[0].LabelName, 'Ada');
      const rowOf = async ({ TaskId }) => (await call(page, 'getFacesSearchingResult', { TaskId })).SimilarFaces;
      assert.ok((await rowOf(done))[0].SimilarFaces[0].Similarity > 0.5);
      bench.own.openGate(gate);
      const task = (await watchTask(page, running.TaskId)).at(-1);
      assert.deepEqual([task.Status, task.Message], ['Succeeded', '']);
      await until(page, () => globalThis.told.length === 2);
      assert.equal((await facesOf('ada')).length, 1);
      await call(page, 'addPerson', { personId: 'eve' });
      assert.equal((await call(page, 'listPersons', { searchLibName: 'mine' })).data.totalCount, 2);
      // Two calls were in flight, so both were tried again, and one of them crashed the engine again.
      assert.deepEqual([(await call(page, 'stats')).restarts, await page.evaluate(() => globalThis.warnings)], [2, []]);
    });
  });
}
