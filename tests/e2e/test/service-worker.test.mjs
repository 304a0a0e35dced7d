// The example of the package as it is served: a page that only fetches, and a service worker that answers in the place of a server.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLibrary } from '../lib/bench.mjs';
import { launch, watchedPage } from '../lib/browser.mjs';
import { PACKAGE_DIST, ROOT, queries, requireBuilt, sample } from '../lib/paths.mjs';
import { serve } from '../lib/servers.mjs';

const EXAMPLE = '/visavis/examples/service-worker/';
const PHOTO = `/samples/queries/${queries().known[0]}`;

let browser;
let server;
let context;
let page;
let complaints;

before(async () => {
  requireBuilt();
  const library = makeLibrary('service-worker', sample('gallery'), '--people', sample('people'));
  // As it lies in the package: examples/service-worker beside dist.
  server = await serve({
    [EXAMPLE]: join(ROOT, 'pkg', 'examples', 'service-worker'),
    [`${EXAMPLE}library/`]: library,
    '/visavis/dist/': PACKAGE_DIST,
    '/samples/': sample('.'),
  });
  browser = await launch();
  context = await browser.newContext();
  ({ page, complaints } = await watchedPage(context, [/favicon\.ico/, /Failed to load resource/]));
  await page.goto(server.origin + EXAMPLE);
  await page.waitForFunction(() => document.getElementById('answer').textContent === 'ready');
});

after(async () => {
  await context?.close();
  await browser?.close();
  await server?.close();
  assert.deepEqual(complaints, []);
});

/** What the page gets for a request, and what of it reached the server. */
async function ask(path, init = {}) {
  const from = server.requests.length;
  const answer = await page.evaluate(
    async ([url, { photo, form, ...given }]) => {
      let { body } = given;
      if (form !== undefined) {
        const bytes = photo === undefined ? undefined : new Uint8Array(await (await fetch(photo)).arrayBuffer());
        const text = bytes === undefined ? undefined : btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
        body = new URLSearchParams({ ...form, ...(text === undefined ? {} : { PersonImageUrl: `data:image/jpeg;base64,${text}` }) });
      }
      const response = await fetch(url, { ...given, body });
      return { status: response.status, id: response.headers.get('x-acs-request-id'), text: await response.text() };
    },
    [path, init],
  );
  const reached = server.requests.slice(from).filter(({ method, path: asked, query }) => method !== 'GET' || query !== '' || /green/.test(asked));
  assert.deepEqual(reached, [], 'the server saw the request');
  return { ...answer, body: JSON.parse(answer.text) };
}

describe('the service worker of the example', () => {
  let found;

  it('answers GET /?Action=SearchMediaByFace', async () => {
    const { status, id, body } = await ask(`/?${new URLSearchParams({ Action: 'SearchMediaByFace', FaceSearchToken: 'sw', PersonImageUrl: PHOTO })}`);
    assert.deepEqual([status, body.Success, body.Code, body.RequestId], [200, 'true', '200', id]);
    assert.ok(body.Total >= 2);
    found = body;
  });

  it('answers a form with a photo in it', async () => {
    const { status, body } = await ask('./?Action=SearchMediaByFace', { method: 'POST', form: { FaceSearchToken: 'form' }, photo: PHOTO });
    assert.equal(status, 200);
    assert.deepEqual(body.MediaInfoList, found.MediaInfoList);
  });

  it('answers what comes after by the token: clips, media, persons', async () => {
    const [{ MediaId }] = found.MediaInfoList;
    const clips = await ask('/', { method: 'POST', headers: { 'x-acs-action': 'SearchMediaClipByFace' }, form: { FaceSearchToken: 'sw', MediaId } });
    assert.equal(clips.body.Total, 1);
    const [{ EntityId }] = clips.body.MediaClipList;
    const media = await ask(`/?${new URLSearchParams({ Action: 'SearchMedia', Match: `mediaId == '${MediaId}'` })}`);
    const { CoverURL } = media.body.MediaInfoList[0].MediaBasicInfo;
    assert.ok(CoverURL.startsWith(`${server.origin}${EXAMPLE}library/covers/`), CoverURL);
    const faces = await ask('/green/sface/faces', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ personId: EntityId }) });
    const { faceImageItems: items } = faces.body.data;
    assert.deepEqual([faces.status, faces.body.code], [200, 200]);
    assert.ok(items.length >= 2 && items.every(({ success, url }) => success && url.startsWith(server.origin)));
  });

  it('drives a task to its end', async () => {
    const form = { Action: 'CreateFacesSearchingTask', ProjectName: 'album', DatasetName: 'library', Sources: JSON.stringify([{ URI: PHOTO }, { URI: '/status/404' }]) };
    const { body } = await ask('/?Action=CreateFacesSearchingTask', { method: 'POST', form });
    const query = new URLSearchParams({ Action: 'GetTask', ProjectName: 'album', TaskType: 'FacesSearching', TaskId: body.TaskId });
    let task;
    for (const end = Date.now() + 30_000; Date.now() < end && (task === undefined || task.Status === 'Running'); ) {
      ({ body: task } = await ask(`/?${query}`));
      await page.waitForTimeout(50);
    }
    assert.deepEqual([task.Status, task.Code], ['Succeeded', 'DownloadFailed']);
  });

  it('answers errors in the documented shape, with their status', async () => {
    const { host } = new URL(server.origin);
    for (const [path, init, status, code, more] of [
      ['/?Action=SearchMediaByFace', {}, 400, 'MissingFaceSearchToken', []],
      ['/?Action=SearchCats', {}, 404, 'InvalidAction.NotFound', []],
      ['/?Action=SearchMedia&PageSize=51', {}, 400, 'InvalidParameter', []],
      ['/?Action=GetTask&ProjectName=p&TaskType=FacesSearching&TaskId=x', {}, 404, 'InvalidTaskId.NotFound', []],
      ['/?Action=SearchMedia', { method: 'PUT' }, 405, 'UnsupportedHTTPMethod', []],
      ['/green/sface/faces', { method: 'POST', body: '{"personId":"nobody"}' }, 404, 'ResourceNotFound', ['code', 'msg', 'requestId']],
      ['/green/sface/faces', {}, 405, 'UnsupportedHTTPMethod', ['code', 'msg', 'requestId']],
    ]) {
      const { status: found, id, body } = await ask(path, init);
      assert.deepEqual([found, body.Code, body.HostId, body.RequestId], [status, code, host, id], path);
      assert.deepEqual(Object.keys(body).sort(), ['Code', 'HostId', 'Message', 'RequestId', ...more].sort(), path);
      assert.ok(body.Message.length > 5);
    }
  });

  it('leaves every other request to the server', async () => {
    const from = server.requests.length;
    const type = await page.evaluate(async (url) => (await fetch(url)).headers.get('content-type'), PHOTO);
    assert.equal(type, 'image/jpeg');
    assert.ok(server.requests.slice(from).some(({ path }) => path === PHOTO));
  });

  it('has its tokens and tasks again when the browser has ended and started it', async () => {
    const session = await context.newCDPSession(page);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    const { status, body } = await ask('/?Action=SearchMediaByFace&FaceSearchToken=sw');
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.MediaInfoList, found.MediaInfoList);
    const list = await ask('/?Action=ListTasks&ProjectName=album');
    assert.equal(list.body.Tasks.length, 1);
  });
});

describe('the page of the example', () => {
  it('searches with a file that is chosen, and shows the answer', async () => {
    await page.setInputFiles('input[name=photo]', sample(`queries/${queries().known[0]}`));
    await page.click('button');
    await page.waitForFunction(() => document.getElementById('answer').textContent.startsWith('{'));
    const answer = JSON.parse(await page.textContent('#answer'));
    assert.ok(answer.Total >= 2, JSON.stringify(answer));
  });
});
