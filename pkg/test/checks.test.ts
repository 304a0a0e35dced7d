import { expect, test } from 'vitest';
import { callOptions, checkCallOptions, checkClientOptions } from '../src/checks.js';
import { prepareImage } from '../src/images.js';

test.each([
  [null, 'options'],
  ['x', 'options'],
  [[], 'options'],
  [{ librarys: [] }, 'librarys'],
  [{ toString: 'x' }, 'toString'],
  [{ worker: 'yes' }, 'worker'],
  [{ cache: 1 }, 'cache'],
  [{ onProgress: 5 }, 'onProgress'],
  [{ resolve: 'oss' }, 'resolve'],
  [{ signal: {} }, 'signal'],
  [{ fetch: 'x', worker: false }, 'fetch'],
  [{ fetch: () => undefined }, 'fetch'],
  [{ now: 5 }, 'now'],
  [{ onNotification: {} }, 'onNotification'],
  [{ onWarning: 'console' }, 'onWarning'],
  [{ persist: 'mine' }, 'persist'],
  [{ persist: null }, 'persist'],
  [{ persist: { name: '' } }, 'persist.name'],
  [{ persist: {} }, 'persist.name'],
  [{ persist: { name: 'a', nmae: 'b' } }, 'persist.nmae'],
  [{ notificationUrls: 'https://a.example/' }, 'notificationUrls'],
  [{ notificationUrls: ['https://a.example/', '/hook'] }, 'notificationUrls[1]'],
  [{ notificationUrls: [5] }, 'notificationUrls[0]'],
])('the client options %j are refused by name', (options, parameter) => {
  expect(() => checkClientOptions(options as never)).toThrow(expect.objectContaining({ code: 'InvalidParameter', parameter }));
});

test('options that are right or absent pass', () => {
  checkClientOptions({});
  checkClientOptions({ libraries: [], worker: false, cache: true, onProgress: () => {}, signal: new AbortController().signal });
  checkClientOptions({ persist: true, now: Date.now, notificationUrls: ['https://a.example/hook'], onNotification: () => {}, onWarning: () => {} });
  checkClientOptions({ persist: { name: 'mine' }, fetch, worker: false });
  checkCallOptions({});
});

test.each([[5], ['x'], [null], [{ signal: 'now' }]])('the call options %j are refused', (options) => {
  expect(() => checkCallOptions(options as never)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
});

test.each([
  ['SearchMediaByFace', { score: true }, 'score: there is no such option; known are scores, threshold, faceIndex, box, signal, onProgress'],
  ['SearchMediaByFace', { faceImages: true }, /^faceImages: there is no such option/],
  ['similarities', { scores: true }, /known are threshold, faceIndex, box, signal, onProgress$/],
  ['GetTask', { scores: true }, 'scores: there is no such option; known are signal, onProgress'],
  ['detectFaces', { onprogress: () => undefined }, /^onprogress: there is no such option/],
])('%s with the options %o is refused', (call, options, message) => {
  expect(() => callOptions(call, options)).toThrow(expect.objectContaining({ code: 'InvalidParameter', parameter: Object.keys(options)[0], message: expect.stringMatching(message) }));
});

test('the engine is sent the options of a call, without what stays here and what is undefined', () => {
  const options = { scores: true, threshold: undefined, box: { x: 1, y: 2, w: 3, h: 4 }, signal: new AbortController().signal, onProgress: () => {} };
  expect(callOptions('SearchMediaByFace', options)).toEqual({ scores: true, box: { x: 1, y: 2, w: 3, h: 4 } });
  expect(callOptions('CreateFacesSearchingTask', { onNotification: () => {} })).toEqual({});
});

test('a detached buffer and an empty URL are the caller\'s, not a defect', async () => {
  const context = { parameter: 'image', baseUrl: undefined, copy: true, maxPixels: 100 };
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  await expect(prepareImage(buffer, context)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'image' });
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  await expect(prepareImage(view, context)).rejects.toMatchObject({ code: 'InvalidParameter', message: expect.stringContaining('detached') });
  await expect(prepareImage('', context)).rejects.toMatchObject({ code: 'InvalidParameter', message: 'image: the URL is empty' });
});
