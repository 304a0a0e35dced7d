import { describe, expect, test } from 'vitest';
import { VisavisError } from '../src/errors.js';
import { handleRequest, statusOf } from '../src/http.js';

interface Asked {
  operation: string;
  request: object;
  options: object;
}

/** Hands a request over; tells what the engine was asked for and what was answered. */
async function handle(path: string, init: RequestInit = {}, result: unknown = { RequestId: 'R-1' }): Promise<{ asked: Asked[]; response: Response; text: string }> {
  const asked: Asked[] = [];
  const request = new Request(`http://127.0.0.1:8787${path}`, init);
  const response = await handleRequest(request, async (operation, parameters, { signal: _, ...options }) => {
    asked.push({ operation, request: parameters, options });
    if (result instanceof Error) throw result;
    return result;
  });
  return { asked, response, text: await response.text() };
}

const form = (body: string): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers });

const search = { operation: 'SearchMediaByFace', request: { FaceSearchToken: 't', PersonImageUrl: 'https://a.example/p.jpg' }, options: {} };
const query = 'FaceSearchToken=t&PersonImageUrl=https%3A%2F%2Fa.example%2Fp.jpg';
const protocol = 'Version=2020-11-09&Format=JSON&AccessKeyId=k&Signature=s&SignatureMethod=HMAC-SHA1&SignatureNonce=n&SignatureVersion=1.0&Timestamp=now&RegionId=r';

describe('the RPC form', () => {
  test.each<[string, string, RequestInit]>([
    ['GET with the action in the query', `/?Action=SearchMediaByFace&${query}&${protocol}`, {}],
    ['POST with everything in the query', `/?Action=SearchMediaByFace&${query}`, { method: 'POST' }],
    ['POST with a form', '/', form(`Action=SearchMediaByFace&${query}&${protocol}`)],
    ['POST with the action in the query and the rest in a form', '/?Action=SearchMediaByFace', form(query)],
    [
      'POST with the action in the header, as the present SDKs do',
      `/?${query}`,
      { method: 'POST', headers: { 'x-acs-action': 'SearchMediaByFace', 'x-acs-version': '2020-11-09', authorization: 'ACS3-HMAC-SHA256 x' } },
    ],
    ['any path', `/app/api?Action=SearchMediaByFace&${query}`, {}],
    ['JSON', '/?Action=SearchMediaByFace', json(JSON.stringify(search.request), { 'content-type': 'application/json; charset=utf-8' })],
  ])('%s is understood', async (_, path, init) => {
    const { asked, response, text } = await handle(path, init);
    expect(asked).toEqual([search]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-acs-request-id')).toBe('R-1');
    expect(JSON.parse(text)).toEqual({ RequestId: 'R-1' });
  });

  test('nested parameters stay JSON text, which the engine parses', async () => {
    const path = `/?Action=CreateFacesSearchingTask&Sources=${encodeURIComponent('[{"URI":"oss://a/b"}]')}&MaxResult=5`;
    const { asked } = await handle(path, { method: 'POST' });
    expect(asked[0]?.request).toEqual({ Sources: '[{"URI":"oss://a/b"}]', MaxResult: '5' });
  });

  test('SearchMedia asks for the pictures of the faces', async () => {
    const { asked } = await handle('/?Action=SearchMedia&Match=');
    expect(asked).toEqual([{ operation: 'SearchMedia', request: { Match: '' }, options: { faceImages: true } }]);
  });

  test('actions of the face service are answered here too', async () => {
    const { asked } = await handle('/', json('{"personId":"p"}', { 'x-acs-action': 'GetFaces', 'content-type': 'application/octet-stream' }));
    expect(asked).toMatchObject([{ operation: 'GetFaces', request: { personId: 'p' } }]);
  });
});

describe('the REST form', () => {
  test.each([
    ['faces', 'GetFaces'],
    ['face/add', 'AddFaces'],
    ['face/assign', 'AssignFaces'],
    ['face/delete', 'DeleteFaces'],
    ['person', 'GetPerson'],
    ['person/add', 'AddPerson'],
    ['person/update', 'SetPerson'],
    ['person/delete', 'DeletePerson'],
    ['person/merge', 'MergePersons'],
    ['person/unmerge', 'UnmergePersons'],
    ['person/split', 'SplitPerson'],
    ['persons', 'ListPersons'],
    ['group/persons', 'GetPersons'],
    ['groups', 'GetGroups'],
    ['person/groups/add', 'AddGroups'],
    ['person/groups/delete', 'DeleteGroups'],
  ])('/green/sface/%s is %s', async (path, operation) => {
    const { asked, response } = await handle(`/green/sface/${path}?RegionId=cn-shanghai&clientInfo=%7B%7D`, json('{"personId":"p"}'), {
      code: 200,
      requestId: 'G-1',
    });
    expect(asked).toEqual([{ operation, request: { clientInfo: '{}', personId: 'p' }, options: {} }]);
    expect(response.headers.get('x-acs-request-id')).toBe('G-1');
  });

  test('ids above 2^53 lose no digit, neither in nor out', async () => {
    const result = { code: 200, requestId: 'G', data: { faceImageItems: [{ success: true, faceId: '23088737259260929', url: 'u' }] } };
    const { asked, text } = await handle('/green/sface/faces', json('{"personId":"p","faceIds":[23088737259260929,"7"]}'), result);
    expect(asked[0]?.request).toEqual({ personId: 'p', faceIds: ['23088737259260929', '7'] });
    expect(text).toContain('"faceId":23088737259260929,');
  });

  test('an unknown path is a matter of its header, or unknown', async () => {
    const known = await handle('/green/sface/new/path', json('{}', { 'x-acs-action': 'GetFaces' }));
    expect(known.asked[0]?.operation).toBe('GetFaces');
    const { response, text } = await handle('/green/sface/search', json('{}', { 'x-acs-action': 'SearchPerson' }));
    expect(response.status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ Code: 'InvalidAction.NotFound', code: 404 });
  });

  test('errors are in the shape of the service, and in that which its SDK reads', async () => {
    const error = new VisavisError({ code: 'ResourceNotFound', message: 'person "p" was not found', requestId: 'G-2' });
    const { response, text } = await handle('/green/sface/faces', json('{"personId":"p"}'), error);
    expect(response.status).toBe(404);
    expect(JSON.parse(text)).toEqual({
      code: 404,
      msg: 'person "p" was not found',
      requestId: 'G-2',
      RequestId: 'G-2',
      HostId: '127.0.0.1:8787',
      Code: 'ResourceNotFound',
      Message: 'person "p" was not found',
    });
  });

  test.each([
    ['LimitExceededError', 403, 588],
    ['DownloadFailed', 400, 480],
    ['DownloadTimeout', 400, 592],
    ['DownloadBlocked', 400, 480],
    ['LibraryReadOnly', 403, 596],
    ['NoFace', 400, 586],
    ['FaceTooSmall', 400, 586],
    ['ImageTruncated', 400, 586],
    ['MissingpersonId', 400, 400],
  ])('%s is status %i and code %i', async (code, status, serviceCode) => {
    const { response, text } = await handle('/green/sface/face/add', json('{}'), new VisavisError({ code, message: 'x', parameter: 'urls[0]' }));
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ code: serviceCode, Code: code });
  });
});

describe('errors', () => {
  test('carry RequestId, HostId, Code and Message', async () => {
    const error = new VisavisError({ code: 'InvalidParameter', message: 'PageSize: expected 1 to 50, not 0', requestId: 'R-2' });
    const { response, text } = await handle(`/?Action=SearchMediaByFace&${query}`, {}, error);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-acs-request-id')).toBe('R-2');
    expect(JSON.parse(text)).toEqual({
      RequestId: 'R-2',
      HostId: '127.0.0.1:8787',
      Code: 'InvalidParameter',
      Message: 'PageSize: expected 1 to 50, not 0',
    });
  });

  test('what is no error of ours is InternalError', async () => {
    const { response, text } = await handle('/?Action=GetTask', {}, new TypeError('x is not a function'));
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ Code: 'InternalError', Message: expect.stringContaining('x is not a function') });
  });

  test.each<[string, string, RequestInit, number, string, string]>([
    ['no action', '/', {}, 400, 'MissingAction', 'SearchMediaByFace'],
    ['an unknown action', '/?Action=DeleteEverything', {}, 404, 'InvalidAction.NotFound', 'DeleteEverything'],
    ['an action of the inside', '/?Action=task.fail', {}, 404, 'InvalidAction.NotFound', 'task.fail'],
    ['an action that every object has', '/?Action=constructor', {}, 404, 'InvalidAction.NotFound', 'constructor'],
    ['an unknown path of the face service', '/green/sface/constructor', { method: 'POST' }, 400, 'MissingAction', '/green/sface/constructor'],
    ['PUT', `/?Action=GetTask`, { method: 'PUT', body: 'x' }, 405, 'UnsupportedHTTPMethod', 'PUT'],
    ['OPTIONS', '/', { method: 'OPTIONS' }, 405, 'UnsupportedHTTPMethod', 'GET or POST'],
    ['GET of the face service', '/green/sface/faces', {}, 405, 'UnsupportedHTTPMethod', 'POST'],
    ['GET of an action of the face service', '/?Action=AddPerson&personId=p', {}, 405, 'UnsupportedHTTPMethod', 'GET: the HTTP method must be POST'],
    ['GET of such an action in the header', '/', { headers: { 'x-acs-action': 'DeletePerson' } }, 405, 'UnsupportedHTTPMethod', 'POST'],
    ['XML', '/?Action=GetTask&Format=XML', {}, 400, 'InvalidParameter', 'Format: "XML"'],
    ['a body that is no JSON', '/green/sface/faces', json('{"personId":'), 400, 'InvalidParameter', 'body: not JSON'],
    ['a body that is no object', '/green/sface/faces', json('[1]'), 400, 'InvalidParameter', 'body: expected a JSON object'],
    ['another kind of body', '/?Action=GetTask', json('x', { 'content-type': 'text/csv' }), 400, 'InvalidParameter', 'not text/csv'],
  ])('%s is refused', async (_, path, init, status, code, words) => {
    const { asked, response, text } = await handle(path, init);
    expect(asked).toEqual([]);
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ Code: code, Message: expect.stringContaining(words) });
    expect(response.headers.has('allow')).toBe(status === 405);
  });

  test('a download of an image has another status than one of a library or a model', async () => {
    expect(statusOf('DownloadFailed', 'PersonImageUrl')).toBe(400);
    for (const code of ['DownloadFailed', 'DownloadBlocked', 'DownloadTimeout']) expect(statusOf(code)).toBe(502);
    const { response, text } = await handle('/green/sface/faces', json('{}'), new VisavisError({ code: 'DownloadTimeout', message: 'x' }));
    expect([response.status, JSON.parse(text)]).toMatchObject([502, { code: 502, Code: 'DownloadTimeout' }]);
  });

  test('a body that breaks off is the caller\'s affair', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new TypeError('terminated')) });
    const { asked, response, text } = await handle('/green/sface/faces', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(asked).toEqual([]);
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ Code: 'Aborted', Message: expect.stringContaining('broke off: terminated') });
  });

  test('a body above 8 MB is refused, announced or not', async () => {
    const body = 'a'.repeat(8 * 1024 * 1024 + 1);
    const announced = await handle('/?Action=GetTask', form(body));
    expect(announced.response.status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1 << 20));
      },
    });
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
    const { response, text } = await handle('/green/sface/faces', init);
    expect(response.status).toBe(413);
    expect(JSON.parse(text)).toMatchObject({ Code: 'RequestTooLarge' });
    expect(pulled).toBeLessThan(16);
  });

  test.each([
    ['MissingMediaId', 400],
    ['ImageEmpty', 400],
    ['UnknownLibrary', 404],
    ['LibraryNotFound', 404],
    ['LibraryMalformed', 500],
    ['LibraryReadOnly', 403],
    ['InvalidTaskId.NotFound', 404],
    ['EngineCrashed', 500],
    ['ClientClosed', 503],
  ])('%s has status %i', (code, status) => {
    expect(statusOf(code)).toBe(status);
  });
});
