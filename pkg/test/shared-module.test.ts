import { beforeEach, expect, test, vi } from 'vitest';
import { VisavisError } from '../src/errors.js';
import type { HostConfig } from '../src/protocol.js';
import { SharedModule } from '../src/shared-module.js';
import { compileEngine } from '../src/wasm-file.js';

vi.mock('../src/wasm-file.js', () => ({ compileEngine: vi.fn() }));

const compile = vi.mocked(compileEngine);
const config: HostConfig = { build: 'simd', wasmUrl: 'https://a.example/engine.wasm', libraries: [], cache: true, timeoutMs: 5, maxPixels: 1 };
const module = {} as WebAssembly.Module;
const failure = (code: 'DownloadFailed' | 'WasmInvalid' | 'DownloadBlocked'): VisavisError => new VisavisError({ code, message: 'no' });
const told = (): void => undefined;

beforeEach(() => void compile.mockReset());

test('all workers share what was compiled once', async () => {
  compile.mockResolvedValue(module);
  const shared = new SharedModule();
  expect(await Promise.all([shared.acquire(config, told), shared.acquire(config, told)])).toEqual([module, module]);
  shared.release();
  shared.release();
  expect(await shared.acquire(config, told)).toBe(module);
  expect(compile).toHaveBeenCalledOnce();
  expect(compile.mock.calls[0]?.[0]).toMatchObject({ build: 'simd', url: 'https://a.example/engine.wasm', cache: true, timeoutMs: 5 });
});

test('a download that failed is told, and tried again by who asks next', async () => {
  compile.mockRejectedValueOnce(failure('DownloadFailed')).mockResolvedValueOnce(module);
  const shared = new SharedModule();
  await expect(shared.acquire(config, told)).rejects.toMatchObject({ code: 'DownloadFailed' });
  expect(await shared.acquire(config, told)).toBe(module);
});

test.each(['WasmInvalid', 'DownloadBlocked'] as const)('what the page may not do (%s) is left to the worker', async (code) => {
  compile.mockRejectedValue(failure(code));
  expect(await new SharedModule().acquire(config, told)).toBeUndefined();
});

test('a download that nobody waits for ends, and another one begins for whoever comes later', async () => {
  const signals: AbortSignal[] = [];
  compile.mockImplementation(({ signal }) => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new VisavisError({ code: 'Aborted', message: 'ended' })));
      if (signals.length > 1) resolve(module);
    });
  });
  const shared = new SharedModule();
  const [first, second] = [shared.acquire(config, told), shared.acquire(config, told)];
  first.catch(() => undefined);
  shared.release();
  expect(signals[0]?.aborted).toBe(false);
  shared.release();
  expect(signals[0]?.aborted).toBe(true);
  await expect(second).rejects.toMatchObject({ code: 'Aborted' });
  expect(await shared.acquire(config, told)).toBe(module);
});

test('a page whose policy forbids compiling leaves the file alone', async () => {
  const forbidden = vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
    throw new WebAssembly.CompileError('by the content policy');
  });
  expect(await new SharedModule().acquire(config, told)).toBeUndefined();
  expect(compile).not.toHaveBeenCalled();
  forbidden.mockRestore();
});
