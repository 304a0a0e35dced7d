/**
 * Which of the two WebAssembly files this browser can run. Nothing is downloaded: a few bytes are validated.
 */

import { VisavisError } from './errors.js';

/** The two builds: SIMD128, and SIMD128 with relaxed SIMD (faster; Chromium and Firefox have it). */
export type WasmBuild = 'simd' | 'relaxed';

/** A module whose one function uses `i8x16.popcnt`, which is in SIMD128. */
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

/** A module whose one function uses `i8x16.relaxed_swizzle`, which is in relaxed SIMD. */
const RELAXED_SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253,
  128, 2, 11,
];

/** The part of the `WebAssembly` object that is needed to choose. */
export interface WasmValidator {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/**
 * The best build for this browser.
 *
 * @throws VisavisError with code `SimdUnsupported` where there is no WebAssembly SIMD at all.
 */
export function chooseWasmBuild(
  wasm: WasmValidator | undefined = (globalThis as { WebAssembly?: WasmValidator }).WebAssembly,
): WasmBuild {
  if (wasm?.validate(new Uint8Array(SIMD_PROBE)) !== true) {
    throw new VisavisError({
      code: 'SimdUnsupported',
      message:
        'this browser has no WebAssembly SIMD, which visavis needs; Chrome and Edge 91, Firefox 89, Safari 16.4 and later have it',
    });
  }
  return wasm.validate(new Uint8Array(RELAXED_SIMD_PROBE)) ? 'relaxed' : 'simd';
}
