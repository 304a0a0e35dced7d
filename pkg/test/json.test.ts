import { expect, test } from 'vitest';
import { parseJson, writeJson } from '../src/json.js';

test('whole numbers above 2^53 keep their digits as text', () => {
  const body = '{"faceIds":[23088737259260929, 17,-9007199254740993 ,9007199254740991],"a":{"b":12345678901234567890}}';
  expect(parseJson(body)).toEqual({
    faceIds: ['23088737259260929', 17, '-9007199254740993', 9007199254740991],
    a: { b: '12345678901234567890' },
  });
});

test.each([
  '{"a":"23088737259260929","b\\"":"x\\\\"}',
  '"\\\\\\" 23088737259260929"',
  '{"23088737259260929":1}',
  '[1.5,-0,1e30,123456789012345678.25,true,null,[]]',
  ' 7 ',
  '{"é":"😀 12345678901234567890"}',
])('%s is read as JSON.parse does', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each([
  '',
  '{',
  '"abc',
  '"abc\\',
  '{12345678901234567890:1}',
  '{12345678901234567890 : 1}',
  '[012345678901234567890]',
  '[12345678901234567890abc]',
  '[+12345678901234567890]',
  '[12345678901234567890 12345678901234567890]',
])('%j stays no JSON', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('a body of megabytes is read without trouble', () => {
  const text = `["${'\\"x'.repeat(1 << 20)}",${'23088737259260929,'.repeat(1000)}1]`;
  expect((parseJson(text) as unknown[])[1000]).toBe('23088737259260929');
});

test('a bigint, and text of digits under an id key, are written as numbers', () => {
  const value = { faceId: '23088737259260929', url: '12', list: [5n, { faceId: 3 }, { faceId: 'x' }, { faceId: '007' }] };
  expect(writeJson(value, ['faceId'])).toBe(
    '{"faceId":23088737259260929,"url":"12","list":[5,{"faceId":3},{"faceId":"x"},{"faceId":"007"}]}',
  );
  expect(writeJson({ faceId: '12' })).toBe('{"faceId":"12"}');
  expect(writeJson({ a: 'integer-0:5' })).toBe('{"a":"integer-0:5"}');
});
