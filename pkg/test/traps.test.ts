import { describe, expect, it } from 'vitest';
import { isTrap, moduleInStack } from '../src/traps.js';

describe('traps', () => {
  it('are errors of WebAssembly, of the stack and of the memory', () => {
    expect(isTrap(new WebAssembly.RuntimeError('unreachable'))).toBe(true);
    expect(isTrap(new RangeError('Maximum call stack size exceeded'))).toBe(true);
    expect(isTrap(new RangeError('Invalid array length'))).toBe(false);
    expect(isTrap(new Error('unreachable'))).toBe(false);
  });

  it.each([
    ['Chromium', 'RuntimeError: unreachable\n    at f.rs (wasm://wasm/visavis.wasm-0a1b:wasm-function[12]:0x34)\n    at g (http://x/a.js:1:2)', 'wasm://wasm/visavis.wasm-0a1b'],
    ['Chromium, without names', 'RuntimeError: unreachable\n    at wasm://wasm/0a1b:wasm-function[12]:0x34', 'wasm://wasm/0a1b'],
    ['Firefox', 'f@http://x/a.js line 7 > WebAssembly.Module:wasm-function[12]:0x34\ng@http://x/a.js:1:2', 'http://x/a.js line 7 > WebAssembly.Module'],
    ['Safari', '<?>.wasm-function[12]@[wasm code]\ng@http://x/a.js:1:2', '[wasm code]'],
    ['JavaScript alone', 'RangeError: Maximum call stack size exceeded\n    at g (http://x/a.js:1:2)', undefined],
  ])('the module is read from a stack of %s', (_, stack, expected) => {
    expect(moduleInStack(stack)).toBe(expected);
  });
});
