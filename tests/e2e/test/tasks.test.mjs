// Tasks in the background of a page: progress, the page beside them, every way of being told, and what they found.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient, taskOf, until, watchTask } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const { known, strangers } = queries();
const [FIRST, SECOND, THIRD] = known.map((name) => `/samples/queries/${name}`);
const FACELESS = '/samples/gallery/coffee.jpg';

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
  makeLibrary('tasks', sample('gallery'), '--people', sample('people'));
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness());
  await open();
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

const open = (options = {}) => openClient(page, { libraries: [{ name: 'tasks', url: '/libraries/tasks/' }], ...options });
const create = (request) => call(page, 'createFacesSearchingTask', { ProjectName: 'album', DatasetName: 'tasks', ...request });
const uris = (...list) => list.map((URI) => ({ URI }));
const resultOf = async (TaskId) => (await call(page, 'getFacesSearchingResult', { TaskId })).SimilarFaces;

/** A task with a URL, a gated URL, a File, a Uint8Array and a photo without a face; its TaskId. */
function createMixed(gate) {
  return page.evaluate(
    async ([url, gated, file, bytes, faceless]) => {
      const { fileOf, bytesOf } = globalThis.harness;
      const buffer = await bytesOf(bytes);
      const URIs = [url, gated, await fileOf(file), buffer, await fileOf(faceless)];
      const promise = globalThis.client.createFacesSearchingTask(
        { ProjectName: 'album', DatasetName: 'tasks', Sources: URIs.map((URI) => ({ URI })), MaxResult: 3, UserData: 'mine', Tags: { shelf: 'a' } },
        { onNotification: (message) => (globalThis.toldByCall = message) },
      );
      // The page may use its buffer again at once.
      buffer.fill(0);
      return (await promise).TaskId;
    },
    [FIRST, `/gate/${gate}${FIRST}`, SECOND, THIRD, FACELESS],
  );
}

describe('a task of several sources', () => {
  it('goes on in the background: the page is answered in between, and its thread is free', async () => {
    await call(page, 'searchMediaByFace', { FaceSearchToken: 'warm', PersonImageUrl: FIRST });
    await page.evaluate(() => {
      globalThis.ticks = [];
      const tick = (now) => {
        globalThis.ticks.push(now);
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      globalThis.longest = 0;
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
      });
      observer.observe({ type: 'longtask' });
    });
    const { TaskId } = await create({ Sources: uris(FIRST, SECOND, THIRD, FIRST, SECOND, `/gate/busy${THIRD}`) });
    const from = await page.evaluate(() => globalThis.ticks.length);
    const begin = Date.now();
    // The last source is kept waiting, so the task cannot be done before the page was answered.
    for (const photo of known) {
      const { Total } = await call(page, 'searchMediaByFace', { FaceSearchToken: photo, PersonImageUrl: `/samples/queries/${photo}` });
      assert.ok(Total >= 1);
      assert.equal((await taskOf(page, TaskId)).Status, 'Running');
    }
    await watchTask(page, TaskId, ({ Progress }) => Progress >= 80);
    const frames = (await page.evaluate(() => globalThis.ticks.length)) - from;
    const seconds = (Date.now() - begin) / 1000;
    bench.own.openGate('busy');
    const { Status, Progress, Message } = (await watchTask(page, TaskId)).at(-1);
    assert.deepEqual([Status, Progress, Message], ['Succeeded', 100, '']);
    const longest = await page.evaluate(() => globalThis.longest);
    assert.ok(longest < 200, `the page's thread was blocked for ${longest} ms`);
    assert.ok(frames > 5 * seconds, `${frames} frames in ${seconds} s`);
  });

  it('tells its progress, answers one row a source, and one bad source fails alone', async () => {
    const TaskId = await createMixed('mixed');
    const waiting = (await watchTask(page, TaskId, ({ Progress }) => Progress >= 20)).at(-1);
    assert.deepEqual([waiting.Status, waiting.Progress, waiting.EndTime], ['Running', 20, undefined]);
    const partial = await resultOf(TaskId);
    assert.equal(partial.length, 5);
    assert.ok(partial[0].SimilarFaces.length === 3 && partial[1].SimilarFaces.length === 0);
    bench.own.openGate('mixed');
    const seen = await watchTask(page, TaskId);
    const steps = seen.map(({ Progress }) => Progress);
    assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
    const task = seen.at(-1);
    assert.deepEqual([task.Status, task.Progress, task.Code, task.UserData, task.Tags], ['Succeeded', 100, 'NoFace', 'mine', { shelf: 'a' }]);
    assert.match(task.Message, /^1 of 5 sources failed: Sources\[4\]: .*coffee\.jpg: no face/);
    assert.ok(Date.parse(task.StartTime) <= Date.parse(task.EndTime));
    const rows = await resultOf(TaskId);
    const names = [`${bench.own.origin}${FIRST}`, `${bench.own.origin}/gate/mixed${FIRST}`, `image:2/${known[1]}`, 'image:3', 'image:4/coffee.jpg'];
    assert.deepEqual(rows.map(({ URI }) => URI), names);
    const people = [known[0], known[0], known[1], known[2]].map((name) => name.replace(/(_rendition)?\.\w+$/, ''));
    for (const [index, person] of people.entries()) {
      const { FaceId, Boundary, SimilarFaces, Code } = rows[index];
      assert.match(FaceId, /^\d+$/);
      assert.ok(Boundary.Width > 20 && Boundary.Height > 20);
      assert.equal(Code, undefined);
      assert.equal(SimilarFaces.length, 3, 'MaxResult');
      assert.match(SimilarFaces[0].URI, new RegExp(person));
      const similarities = SimilarFaces.map(({ Similarity }) => Similarity);
      assert.deepEqual(similarities, [...similarities].sort((a, b) => b - a));
      assert.ok(similarities[0] > 0.5 && similarities[0] <= 1);
    }
    assert.deepEqual([rows[4].Code, rows[4].SimilarFaces], ['NoFace', []]);
  });

  it('counts only the largest face of a source', async () => {
    const { TaskId } = await create({ Sources: uris('/strangers/sample2.jpg'), MaxResult: '1' });
    await watchTask(page, TaskId);
    const [{ Boundary }] = await resultOf(TaskId);
    const { faces } = await call(page, 'detectFaces', '/strangers/sample2.jpg');
    assert.ok(faces.length >= 2);
    const { x, y, w, h } = faces[0].box;
    for (const [found, wanted] of [[Boundary.Left, x], [Boundary.Top, y], [Boundary.Width, w], [Boundary.Height, h]]) assert.ok(Math.abs(found - wanted) <= 1.5);
  });

  it('is told of by the callbacks, the event and the channel of the topic, in the documented shape', async () => {
    await page.evaluate(() => {
      globalThis.byEvent = [];
      globalThis.byChannel = [];
      addEventListener('visavis:task', (event) => globalThis.byEvent.push(event.detail));
      new BroadcastChannel('album-topic').addEventListener('message', (event) => globalThis.byChannel.push(event.data));
    });
    const other = await bench.tab(context);
    await other.page.evaluate(() => {
      globalThis.byChannel = [];
      new BroadcastChannel('album-topic').addEventListener('message', (event) => globalThis.byChannel.push(event.data));
    });
    const created = await page.evaluate(
      ([Sources, TopicName]) =>
        globalThis.client.createFacesSearchingTask(
          { ProjectName: 'album', DatasetName: 'tasks', Sources, UserData: 'é "quoted"', Notification: { MNS: { TopicName } } },
          { onNotification: (message) => (globalThis.byCall = message) },
        ),
      [uris(FIRST, FACELESS), 'album-topic'],
    );
    await until(page, () => globalThis.told.length > 0 && globalThis.byCall !== undefined && globalThis.byEvent.length > 0 && globalThis.byChannel.length > 0);
    await until(other.page, () => globalThis.byChannel.length > 0);
    const { told, byCall, byEvent, byChannel } = await page.evaluate(() => ({ told: globalThis.told, byCall: globalThis.byCall, byEvent: globalThis.byEvent, byChannel: globalThis.byChannel }));
    const elsewhere = await other.page.evaluate(() => globalThis.byChannel);
    for (const messages of [told, byEvent, byChannel, elsewhere]) assert.deepEqual(messages, [byCall]);
    const task = await taskOf(page, created.TaskId);
    const { content, ...envelope } = byCall;
    assert.deepEqual(envelope, {
      id: created.EventId,
      source: 'acs.imm',
      type: 'imm:Task:FacesSearching',
      subject: 'acs:imm:::album/imm:Task:FacesSearching',
      time: String(Date.parse(task.EndTime)),
    });
    const { SimilarFaces, ...rest } = JSON.parse(content);
    assert.deepEqual(rest, {
      ProjectName: 'album',
      DatasetName: 'tasks',
      RequestId: created.RequestId,
      StartTime: task.StartTime,
      EndTime: task.EndTime,
      UserData: 'é "quoted"',
      TaskType: 'FacesSearching',
      TaskId: created.TaskId,
      Status: 'Succeeded',
      Code: 'NoFace',
      Message: task.Message,
    });
    assert.deepEqual(SimilarFaces, await resultOf(created.TaskId));
  });

  it('is written to a URL only where the page allowed exactly that', async () => {
    const allowed = `${bench.own.origin}/sink/allowed?a=1`;
    await page.evaluate(() => globalThis.client.close());
    await open({ notificationUrls: [allowed] });
    const from = bench.own.requests.length;
    for (const ExtendedMessageURI of [allowed, `${allowed}&b=2`, `${bench.own.origin}/sink/allowed`]) {
      const { TaskId } = await create({ Sources: uris(FIRST), Notification: { ExtendedMessageURI } });
      await watchTask(page, TaskId);
    }
    await until(page, () => globalThis.told.length === 3 && globalThis.warnings.length === 2);
    const posts = bench.own.requests.slice(from).filter(({ path }) => path.startsWith('/sink/'));
    assert.deepEqual(posts.map(({ method, path, query }) => [method, path, query]), [['POST', '/sink/allowed', '?a=1']]);
    const { told, warnings } = await page.evaluate(() => ({ told: globalThis.told, warnings: globalThis.warnings }));
    assert.deepEqual(JSON.parse(posts[0].body), told[0]);
    for (const { code, message } of warnings) {
      assert.equal(code, 'NotificationNotSent');
      assert.match(message, /sink\/allowed.*notificationUrls/);
    }
  });
});

describe('tasks that come to nothing', () => {
  it('one with bad sources only is Failed and names them', async () => {
    const { TaskId } = await create({ Sources: uris('/status/404', '/samples/README.md', FACELESS) });
    const task = (await watchTask(page, TaskId)).at(-1);
    assert.deepEqual([task.Status, task.Progress, task.Code], ['Failed', 100, 'DownloadFailed']);
    assert.match(task.Message, /^3 of 3 sources failed: Sources\[0\]: .*404.*Sources\[1\]: .*not an image.*Sources\[2\]: .*no face/);
    assert.deepEqual((await resultOf(TaskId)).map(({ Code }) => Code), ['DownloadFailed', 'ImageFormatUnsupported', 'NoFace']);
    await until(page, () => globalThis.told.length === 1);
    const [{ content }] = await page.evaluate(() => globalThis.told);
    assert.equal(JSON.parse(content).Status, 'Failed');
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !/status of 404/.test(text)));
  });

  for (const [title, Sources] of [['without Sources', undefined], ['of an empty list', []]]) {
    it(`one ${title} is Failed, and told of`, async () => {
      const { TaskId } = await create(Sources === undefined ? {} : { Sources });
      const task = await taskOf(page, TaskId);
      assert.deepEqual([task.Status, task.Progress, task.Code], ['Failed', 100, 'MissingSources']);
      assert.match(task.Message, /Sources/);
      await until(page, () => globalThis.told.length === 1);
      const [{ content }] = await page.evaluate(() => globalThis.told);
      const { Status, Code, SimilarFaces } = JSON.parse(content);
      assert.deepEqual([Status, Code, SimilarFaces], ['Failed', 'MissingSources', []]);
    });
  }

  it('a client that is closed ends its tasks quietly', async () => {
    await create({ Sources: uris(FIRST, SECOND, THIRD) });
    await page.evaluate(() => globalThis.client.close());
    await page.waitForTimeout(300);
    const { told, warnings } = await page.evaluate(() => ({ told: globalThis.told, warnings: globalThis.warnings }));
    assert.deepEqual([told, warnings], [[], []]);
    assert.equal((await errorOf(page, 'listTasks', { ProjectName: 'album' })).code, 'ClientClosed');
  });
});

describe('the list of tasks', () => {
  it('is filtered, sorted and paged', async () => {
    const ids = [];
    for (const [photo, Tags] of [[FIRST, { shelf: 'a' }], [FACELESS, { shelf: 'b' }], [`/samples/queries/${strangers[0]}`, { shelf: 'a' }]]) {
      const { TaskId } = await create({ Sources: uris(photo), Tags });
      await watchTask(page, TaskId);
      ids.push(TaskId);
    }
    await create({ ProjectName: 'other project', Sources: [] });
    const list = (request) => call(page, 'listTasks', { ProjectName: 'album', ...request });
    const all = await list({ Sort: 'StartTime', Order: 'desc' });
    assert.deepEqual(all.Tasks.map(({ TaskId }) => TaskId), [...ids].reverse());
    assert.deepEqual([all.NextToken, all.MaxResults, all.ProjectName], ['', '3', 'album']);
    assert.deepEqual((await list({ Status: 'Failed' })).Tasks.map(({ TaskId }) => TaskId), [ids[1]]);
    assert.deepEqual((await list({ TagSelector: 'shelf=a', Sort: 'StartTime' })).Tasks.map(({ TaskId }) => TaskId), [ids[0], ids[2]]);
    const first = await list({ Sort: 'StartTime', MaxResults: 2, RequestDefinition: true });
    assert.deepEqual(first.Tasks.map(({ TaskId }) => TaskId), ids.slice(0, 2));
    assert.equal(JSON.parse(first.Tasks[0].TaskRequestDefinition).Sources[0].URI, `${bench.own.origin}${FIRST}`);
    const second = await list({ Sort: 'StartTime', MaxResults: 2, NextToken: first.NextToken });
    assert.deepEqual([second.Tasks.map(({ TaskId }) => TaskId), second.NextToken], [[ids[2]], '']);
  });
});
