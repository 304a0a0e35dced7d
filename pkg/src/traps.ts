/** Traps of WebAssembly: which errors are such, and of which module. */

/** A trap of WebAssembly: the instance must not be used again. */
export function isTrap(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof RangeError && /call stack|memory/i.test(thrown.message);
}

/**
 * What the frames of a stack trace call the WebAssembly module that they are of, such as `wasm://wasm/1f2e3d4c` (Chromium), or the place
 * where it was compiled (Firefox). Safari says only that it is one. `undefined` where no frame is of WebAssembly.
 */
export function moduleInStack(stack: string | undefined): string | undefined {
  const named = /([^\n@(]+):wasm-function\[/.exec(stack ?? '')?.[1];
  return named?.replace(/^\s*at /, '') ?? /\[wasm code\]/.exec(stack ?? '')?.[0];
}
