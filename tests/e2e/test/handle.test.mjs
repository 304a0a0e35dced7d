// The vendor's HTTP protocol in a browser: `client.handle` on the page, request by request; and what it refuses.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, openClient, watchTask } from '../lib/clients.mjs';
import { queries, sample } from '../lib/paths.mjs';

const PHOTO = `/samples/queries/${queries().known[0]}`;
const FORM = 'application/x-www-form-urlencoded';
const BYTES_8_MB = 8 * 1024 * 1024;
const BYTES_1_MB = 1024 * 1024;

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
  makeLibrary('handle', sample('gallery'), '--people', sample('people'));
  ({ context, page, complaints } = await bench.harness());
  await openClient(page, { libraries: [{ name: 'handle', url: '/libraries/handle/' }, { name: 'mine' }], timeoutMs: 2000 });
});

after(async () => {
  await context?.close();
  await bench?.stop();
  assert.deepEqual(complaints, []);
});

/** Hands a request to the client. `parts: [[text, times], ...]` makes a long body in the page. Answers status, headers and parsed body. */
function handle(path, init = {}) {
  return page.evaluate(
    async ([url, { parts, ...given }]) => {
      const body = parts === undefined ? given.body : parts.map(([text, times]) => text.repeat(times)).join('');
      const response = await globalThis.client.handle(new Request(url, { ...given, body }));
      const text = await response.text();
      return { status: response.status, type: response.headers.get('content-type'), id: response.headers.get('x-acs-request-id'), allow: response.headers.get('allow'), text, body: JSON.parse(text) };
    },
    [path, init],
  );
}

const form = (parameters) => ({ method: 'POST', headers: { 'content-type': FORM }, body: new URLSearchParams(parameters).toString() });
const json = (body, headers = {}) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const query = (parameters) => `/?${new URLSearchParams(parameters)}`;

describe('what the protocol allows', () => {
  const request = { FaceSearchToken: 'rpc', PersonImageUrl: PHOTO, PageSize: '5' };
  let wanted;

  before(async () => {
    wanted = await call(page, 'searchMediaByFace', { ...request, PageSize: 5 });
  });

  const forms = [
    ['GET with everything in the query', query({ Action: 'SearchMediaByFace', ...request }), {}],
    ['POST with everything in the query', query({ Action: 'SearchMediaByFace', ...request }), { method: 'POST' }],
    ['POST of a form', '/', form({ Action: 'SearchMediaByFace', Version: '2020-11-09', Signature: 'any', ...request })],
    ['POST with the action in the query and a form', '/any/path?Action=SearchMediaByFace', form(request)],
    ['the action in a header', query(request), { method: 'POST', headers: { 'x-acs-action': 'SearchMediaByFace', 'x-acs-version': '2020-11-09' } }],
    ['JSON', '/', json({ Action: 'SearchMediaByFace', ...request })],
  ];
  for (const [title, path, init] of forms) {
    it(title, async () => {
      const { status, type, id, body } = await handle(path, init);
      assert.deepEqual([status, type], [200, 'application/json; charset=utf-8']);
      const { RequestId, ...rest } = body;
      assert.equal(RequestId, id);
      const { RequestId: _, ...same } = wanted;
      assert.deepEqual(rest, same);
    });
  }

  it('a task by nested JSON text is driven to its end', async () => {
    const Sources = JSON.stringify([{ URI: PHOTO }, { URI: `data:image/jpeg;base64,${Buffer.from('no picture').toString('base64')}` }]);
    const { body } = await handle('/', form({ Action: 'CreateFacesSearchingTask', ProjectName: 'album', DatasetName: 'handle', MaxResult: '2', Sources }));
    const task = (await watchTask(page, body.TaskId)).at(-1);
    assert.deepEqual([task.Status, task.Code], ['Succeeded', 'ImageFormatUnsupported']);
    assert.ok(task.Message.length < 400, task.Message);
    const result = await handle(query({ Action: 'GetFacesSearchingResult', TaskId: body.TaskId }));
    assert.equal(result.body.SimilarFaces[0].SimilarFaces.length, 2);
  });

  it('persons and faces by their paths, and large ids digit by digit', async () => {
    const added = await handle('/green/sface/person/add', json({ personId: 'ada', name: 'Ada', groupIds: ['team'] }));
    assert.deepEqual([added.status, added.body.code, added.body.data.personId], [200, 200, 'ada']);
    const faces = await handle('/green/sface/face/add', json({ personId: 'ada', urls: ['/samples/gallery/barack_obama_1.jpg'] }));
    assert.equal(faces.body.data.faceImageItems[0].success, true);
    const { text, body } = await handle('/green/sface/faces?clientInfo=%7B%7D', { method: 'POST', body: '{"personId":"ada","faceIds":[23088737259260929]}' });
    assert.deepEqual([body.code, body.data.faceImageItems.length, body.data.faceImageItems[0].success], [200, 1, false]);
    assert.match(text, /"faceId":23088737259260929\b/);
    const found = await handle(query({ Action: 'SearchMediaByFace', FaceSearchToken: 'rest', PersonImageUrl: PHOTO, SearchLibName: 'mine' }));
    assert.equal(found.body.Total, 1);
    assert.equal((await handle('/green/sface/person/delete', json({ personId: 'ada' }))).status, 200);
  });

  it('SearchMedia with pictures, and a Match of exactly 1 MB in a form', async () => {
    const pictures = await handle(query({ Action: 'SearchMedia', PageSize: '50' }));
    const faces = pictures.body.MediaInfoList.flatMap(({ AiData }) => AiData.AiLabelInfo).filter(({ LabelType }) => LabelType === 'Face');
    assert.ok(faces.length >= 4 && faces.every(({ Occurrences }) => Occurrences.every(({ Image }) => Image?.startsWith('/9j/'))));
    // The list has to fill 1 MB to the byte: what is left over is spaces.
    const [begin, item, end] = ["mediaType in ('image'", ",'a word of 26 letters ...'", ')'];
    const times = Math.floor((BYTES_1_MB - begin.length - end.length) / item.length);
    const spaces = ' '.repeat(BYTES_1_MB - begin.length - times * item.length - end.length);
    const encoded = (text) => encodeURIComponent(text);
    const parts = (more) => [[`Action=SearchMedia&PageSize=1&Match=${encoded(begin)}`, 1], [encoded(item), times], [encoded(spaces + end + more), 1]];
    const post = (more) => handle('/', { method: 'POST', headers: { 'content-type': FORM }, parts: parts(more) });
    const fits = await post('');
    assert.deepEqual([fits.status, fits.body.Total], [200, pictures.body.Total]);
    const { status, body } = await post(' ');
    assert.deepEqual([status, body.Code], [400, 'InvalidParameter']);
    assert.match(body.Message, /^Match: /);
    assert.ok(body.Message.length < 300, body.Message);
  });
});

describe('what it refuses', () => {
  const search = (parameters) => query({ Action: 'SearchMediaByFace', FaceSearchToken: 't', ...parameters });
  const nested = `${'('.repeat(5000)}title = 'x'${')'.repeat(5000)}`;
  const bad = [
    ['no action', '/', {}, 400, 'MissingAction', /Action is required.*SearchMediaByFace/],
    ['an unknown action', '/?Action=SearchCats', {}, 404, 'InvalidAction.NotFound', /"SearchCats".*SearchMediaByFace/],
    ['an action of the engine alone', '/?Action=forgetToken&token=x', {}, 404, 'InvalidAction.NotFound', /forgetToken/],
    ['an action that every object has', '/?Action=constructor', {}, 404, 'InvalidAction.NotFound', /constructor/],
    ['a wrong method', '/?Action=SearchMedia', { method: 'DELETE' }, 405, 'UnsupportedHTTPMethod', /DELETE.*GET or POST/],
    ['a missing token', '/?Action=SearchMediaByFace', {}, 400, 'MissingFaceSearchToken', /FaceSearchToken is required/],
    ['a missing photo', search({}), {}, 400, 'MissingPersonImageUrl', /PersonImageUrl/],
    ['a wrong type', search({ PersonImageUrl: PHOTO, PageSize: 'ten' }), {}, 400, 'InvalidParameter', /PageSize.*"ten"/],
    ['a value out of range', search({ PersonImageUrl: PHOTO, PageSize: '51' }), {}, 400, 'InvalidParameter', /PageSize.*51.*1 to 50/],
    ['a photo that is not there', search({ PersonImageUrl: '/status/404' }), {}, 400, 'DownloadFailed', /404/],
    ['a photo that never comes', search({ PersonImageUrl: '/never/x.jpg' }), {}, 400, 'DownloadTimeout', /never\/x\.jpg.*2 s/],
    ['a photo that is no URL', search({ PersonImageUrl: 'http://' }), {}, 400, 'InvalidParameter', /PersonImageUrl/],
    ['a photo of a scheme that nobody knows', search({ PersonImageUrl: 'oss://a/b.jpg' }), {}, 400, 'InvalidParameter', /PersonImageUrl.*oss/],
    ['a file of this machine', search({ PersonImageUrl: 'file:///etc/hostname' }), {}, 400, 'InvalidParameter', /file:/],
    ['a data URL that is no picture', search({ PersonImageUrl: 'data:,hello' }), {}, 400, 'ImageFormatUnsupported', /JPEG .*, PNG/],
    ['a photo without a face', search({ PersonImageUrl: '/samples/gallery/coffee.jpg' }), {}, 400, 'NoFace', /coffee\.jpg/],
    ['an unknown library', search({ PersonImageUrl: PHOTO, SearchLibName: 'x' }), {}, 404, 'UnknownLibrary', /"x".*handle, mine/],
    ['an unknown token of clips', query({ Action: 'SearchMediaClipByFace', FaceSearchToken: 'none', MediaId: 'm' }), {}, 404, 'ResourceNotFound', /"none"/],
    ['an unknown task', query({ Action: 'GetTask', ProjectName: 'p', TaskType: 'FacesSearching', TaskId: 'x' }), {}, 404, 'InvalidTaskId.NotFound', /"x"/],
    ['Sources that are no JSON', query({ Action: 'CreateFacesSearchingTask', ProjectName: 'p', DatasetName: 'handle', Sources: '[{' }), {}, 400, 'InvalidParameter', /Sources/],
    ['Sources that are nested deeply', '/', form({ Action: 'CreateFacesSearchingTask', ProjectName: 'p', DatasetName: 'handle', Sources: '['.repeat(100_000) }), 400, 'InvalidParameter', /Sources/],
    ['too many Sources', '/', form({ Action: 'CreateFacesSearchingTask', ProjectName: 'p', DatasetName: 'handle', Sources: JSON.stringify(Array(10_001).fill({ URI: 'a' })) }), 403, 'LimitExceededError', /Sources.*10000/],
    ['a Match with an error', query({ Action: 'SearchMedia', Match: 'title = China' }), {}, 400, 'InvalidParameter', /column 9: found "China"/],
    ['a Match that is nested deeply', '/', form({ Action: 'SearchMedia', Match: nested }), 400, 'InvalidParameter', /Match.*100/],
    ['JSON that is nested deeply', '/?Action=SearchMedia', { method: 'POST', headers: { 'content-type': 'application/json' }, parts: [['{"Match":', 1], ['[', 3_000_000], [']', 3_000_000], ['}', 1]] }, 400, 'InvalidParameter', /^Match: .*nested more than 64/],
    ['an unknown member that is nested deeply', '/?Action=SearchMedia', { method: 'POST', headers: { 'content-type': 'application/json' }, parts: [['{"Other":', 1], ['{"a":', 50_000], ['1', 1], ['}', 50_001]] }, 400, 'InvalidParameter', /^Other: .*nested more than 64/],
    ['JSON that is cut off', '/?Action=SearchMedia', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"Match":' }, 400, 'InvalidParameter', /body: not JSON/],
    ['JSON that is no object', '/?Action=SearchMedia', json([1]), 400, 'InvalidParameter', /body: expected a JSON object/],
    ['a body of another type', '/?Action=SearchMedia', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' }, 400, 'InvalidParameter', /text\/xml/],
    ['Format=XML', query({ Action: 'SearchMedia', Format: 'XML' }), {}, 400, 'InvalidParameter', /Format.*XML.*JSON/],
    ['a body that is too large', '/?Action=SearchMedia', { method: 'POST', headers: { 'content-type': FORM }, parts: [['x', BYTES_8_MB + 1]] }, 413, 'RequestTooLarge', /8388608/],
  ];
  for (const [title, path, init, status, code, message] of bad) {
    it(`${title}: ${code}`, async () => {
      const answer = await handle(path, init);
      show(answer.body);
      const { RequestId, HostId, Code, Message, ...rest } = answer.body;
      assert.deepEqual([answer.status, Code, HostId], [status, code, new URL(bench.own.origin).host], Message);
      assert.match(Message, message);
      assert.ok(Message.length < 700, `${Message.length} characters`);
      assert.match(RequestId, /^[0-9a-f-]{36}$/i);
      assert.deepEqual([answer.id, answer.type, rest], [RequestId, 'application/json; charset=utf-8', {}]);
      assert.equal(answer.allow, status === 405 ? 'GET, POST' : null);
      if ([400, 404].includes(status)) complaints.splice(0, complaints.length, ...complaints.filter((text) => !/Failed to load resource/.test(text)));
    });
  }

  const badRest = [
    ['GET of the face service', '/green/sface/faces?personId=x', {}, 405, 'UnsupportedHTTPMethod', 405, /GET.*POST/],
    ['an unknown path', '/green/sface/cats', json({}), 400, 'MissingAction', 400, /green\/sface\/cats/],
    ['a person that nobody knows', '/green/sface/faces', json({ personId: 'nobody' }), 404, 'ResourceNotFound', 404, /"nobody"/],
    ['no person', '/green/sface/faces', json({}), 400, 'MissingpersonId', 400, /personId is required/],
    ['a face id that is no number', '/green/sface/faces', json({ personId: 'nobody', faceIds: ['one'] }), 400, 'InvalidParameter', 400, /faceIds.*"one"/],
    ['a library of files', '/green/sface/person/add', json({ personId: 'x', searchLibName: 'handle' }), 403, 'LibraryReadOnly', 596, /"handle"/],
    ['a body that is no JSON', '/green/sface/faces', { method: 'POST', body: 'personId=x' }, 400, 'InvalidParameter', 400, /body: not JSON/],
  ];
  for (const [title, path, init, status, code, number, message] of badRest) {
    it(`face service, ${title}: ${code} and ${number}`, async () => {
      const answer = await handle(path, init);
      show(answer.body);
      const { code: own, msg, requestId, RequestId, HostId, Code, Message, ...rest } = answer.body;
      assert.deepEqual([answer.status, Code, own], [status, code, number], Message);
      assert.deepEqual([msg, requestId, HostId, rest], [Message, RequestId, new URL(bench.own.origin).host, {}]);
      assert.match(Message, message);
      assert.equal(answer.allow, status === 405 ? 'POST' : null);
    });
  }

  it('what is no request, or one whose body was read before, is answered too', async () => {
    const answers = await page.evaluate(async () => {
      const used = new Request('/?Action=SearchMedia', { method: 'POST', body: 'PageSize=1' });
      await used.text();
      const responses = await Promise.all([used, '/?Action=SearchMedia', undefined].map((given) => globalThis.client.handle(given)));
      return Promise.all(responses.map(async (response) => ({ status: response.status, ...(await response.json()) })));
    });
    for (const { status, Code } of answers) assert.deepEqual([status, Code], [400, 'InvalidParameter']);
    assert.deepEqual(answers.map(({ Message }) => Message), [
      'request: its body was read already; hand over a clone',
      'request: expected a Request',
      'request: expected a Request',
    ]);
  });

  it('after all of that the client still answers', async () => {
    const { status, body } = await handle(query({ Action: 'SearchMediaByFace', FaceSearchToken: 'after', PersonImageUrl: PHOTO }));
    assert.equal(status, 200);
    assert.ok(body.Total >= 1);
    assert.equal((await call(page, 'stats')).restarts, 0);
  });

  it('a request whose page went away: Aborted', async () => {
    const [status, code] = await page.evaluate(async () => {
      const controller = new AbortController();
      const request = new Request('/?Action=SearchMediaByFace&FaceSearchToken=a&PersonImageUrl=/never/a.jpg', { signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      const response = await globalThis.client.handle(request);
      return [response.status, (await response.json()).Code];
    });
    assert.deepEqual([status, code], [400, 'Aborted']);
  });
});

/** With VISAVIS_SHOW_MESSAGES: what callers read. */
function show({ Code, Message }) {
  if (process.env.VISAVIS_SHOW_MESSAGES !== undefined) console.log(`${Code}: ${Message}`);
}
