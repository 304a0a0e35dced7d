import { expect, test } from 'vitest';
import { chooseWasmBuild } from '../src/features.js';

test('this runtime validates the SIMD probe', () => {
  expect(['simd', 'relaxed']).toContain(chooseWasmBuild());
});

test('relaxed SIMD is chosen where both probes validate', () => {
  expect(chooseWasmBuild({ validate: () => true })).toBe('relaxed');
});

test('plain SIMD is chosen where only the first probe validates', () => {
  let calls = 0;
  expect(chooseWasmBuild({ validate: () => (calls += 1) === 1 })).toBe('simd');
  expect(calls).toBe(2);
});

test('a runtime without SIMD is refused with the versions that have it', () => {
  expect(() => chooseWasmBuild({ validate: () => false })).toThrowError(
    expect.objectContaining({ name: 'VisavisError', code: 'SimdUnsupported', message: expect.stringContaining('Safari 16.4') }),
  );
});

test('the probes are not two times the same bytes', () => {
  const seen: number[] = [];
  chooseWasmBuild({ validate: (bytes) => seen.push(bytes.length) > 0 });
  expect(seen).toEqual([31, 36]);
});
