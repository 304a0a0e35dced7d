// Writes AVIF, which browsers read and the engine does not.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import encode, { init } from '@jsquash/avif/encode.js';

/** The bytes of an AVIF file with these pixels (RGBA). */
export async function avif(width, height, rgba) {
  const file = createRequire(import.meta.url).resolve('@jsquash/avif/codec/enc/avif_enc.wasm');
  await init(await WebAssembly.compile(readFileSync(file)));
  return new Uint8Array(await encode({ width, height, data: new Uint8ClampedArray(rgba) }, { quality: 80, speed: 10 }));
}
