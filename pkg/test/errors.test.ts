import { expect, test } from 'vitest';
import { VisavisError, engineCrashedError, errorData, invalidParameter, newRequestId, toVisavisError } from '../src/errors.js';

test('an error is a real Error with name, code, message, requestId and parameter', () => {
  const error = invalidParameter('PageSize', 'expected 1 to 50, not 0');
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('VisavisError');
  expect(error.code).toBe('InvalidParameter');
  expect(error.message).toBe('PageSize: expected 1 to 50, not 0');
  expect(error.parameter).toBe('PageSize');
  expect(error.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('an error says what it is in JSON, and its plain data can be cloned', () => {
  const error = invalidParameter('PageSize', 'expected 1 to 50, not 0');
  const wanted = { name: 'VisavisError', code: 'InvalidParameter', message: 'PageSize: expected 1 to 50, not 0', requestId: error.requestId, parameter: 'PageSize' };
  expect(JSON.parse(JSON.stringify({ failed: [{ name: 'a.jpg', error }] }))).toEqual({ failed: [{ name: 'a.jpg', error: wanted }] });
  const crossed = structuredClone(error.toJSON());
  expect(crossed).toEqual(wanted);
  expect(toVisavisError(crossed)).toMatchObject({ code: 'InvalidParameter', parameter: 'PageSize' });
  expect(Object.keys(new VisavisError({ code: 'NoFace', message: 'a.jpg: no face' }).toJSON())).not.toContain('parameter');
});

test('an error of the engine keeps its data on the way through a structured clone', () => {
  const thrown = Object.assign(new Error('a.jpg: the file is empty (0 bytes)'), {
    name: 'VisavisError',
    code: 'ImageEmpty',
    requestId: 'R-1',
  });
  const crossed = structuredClone(errorData(thrown));
  expect(crossed).toEqual({ code: 'ImageEmpty', message: 'a.jpg: the file is empty (0 bytes)', requestId: 'R-1' });
  expect(toVisavisError(thrown)).toMatchObject({ code: 'ImageEmpty', requestId: 'R-1', parameter: undefined });
});

test('what is not one of ours becomes InternalError and keeps its cause', () => {
  const cause = new TypeError('x is not a function');
  expect(errorData(cause)).toBeUndefined();
  const error = toVisavisError(cause);
  expect(error.code).toBe('InternalError');
  expect(error.message).toContain('x is not a function');
  expect(error.cause).toBe(cause);
  expect(toVisavisError('plain text').message).toContain('plain text');
});

test('an error that is ours already stays the same object', () => {
  const error = engineCrashedError('unreachable');
  expect(toVisavisError(error)).toBe(error);
  expect(error.message).toContain('unreachable');
});

test('a missing request id is made anew', () => {
  const error = new VisavisError({ code: 'NoFace', message: 'a.jpg: no face was found' });
  expect(error.requestId).toHaveLength(36);
  expect(newRequestId()).not.toBe(newRequestId());
});
