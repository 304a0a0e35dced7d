import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Runs code in a fresh Node, where there is no window, document or Worker. */
function inNode(code: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here('..'), encoding: 'utf8' });
}

test('importing the built package on a server has no side effects', () => {
  const code = `
    const before = Object.getOwnPropertyNames(globalThis).length;
    const all = await import('visavis');
    await import('visavis/service-worker').catch((error) => {
      // Without a WebAssembly build its glue is not there.
      if (!String(error).includes('/wasm/')) throw error;
    });
    console.log(JSON.stringify([Object.keys(all).sort(), Object.getOwnPropertyNames(globalThis).length - before]));`;
  expect(JSON.parse(inNode(code))).toEqual([['VisavisError', 'createClient'], 0]);
});

test('importing works without any WebAssembly, and createClient then says what is missing', () => {
  const code = `
    delete globalThis.WebAssembly;
    const { createClient } = await import('visavis');
    await createClient().catch((error) => console.log(error.code));`;
  expect(inNode(code).trim()).toBe('SimdUnsupported');
});

test('every file that package.json names is built', () => {
  const { exports, types } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
  const paths = [exports['.'], exports['./service-worker'], exports['./worker']].flatMap((entry) => Object.values<string>(entry));
  expect(paths).toHaveLength(7);
  for (const path of [...paths, types]) {
    expect(existsSync(here(`../${path}`)), path).toBe(true);
  }
});

test('nothing that a service worker loads imports anything later, which is forbidden there, but for what it can do without', () => {
  const seen = new Set<string>();
  // Films, and libraries as zips: what cannot be loaded is an error that says so.
  const optional = ['video-decode.js', 'zip-load.js'];
  const visit = (name: string): void => {
    if (seen.has(name) || name.startsWith('wasm/') || optional.includes(name)) return;
    seen.add(name);
    const code = readFileSync(here(`../dist/${name}`), 'utf8');
    expect(code.replaceAll(/\/\*[\s\S]*?\*\//g, ''), name).not.toMatch(/\bimport\(/);
    for (const [, path = ''] of code.matchAll(/from '\.\/([^']+)'/g)) visit(path);
  };
  visit('service-worker.js');
  expect([...seen]).toContain('host.js');
});

test('only the entry for Node needs anything of Node', () => {
  for (const name of readdirSync(here('../dist')).filter((file) => file.endsWith('.js') && !file.startsWith('node'))) {
    expect(readFileSync(here(`../dist/${name}`), 'utf8'), name).not.toContain("from 'node:");
  }
});

test('the literal URLs that bundlers look for are in the built files', () => {
  const built = (name: string): string => readFileSync(here(`../dist/${name}`), 'utf8');
  expect(built('link.js')).toContain("new Worker(new URL('./worker.js', import.meta.url), { type: 'module'");
  expect(built('wasm.js')).toContain("new URL('./wasm/visavis_simd_bg.wasm', import.meta.url)");
  expect(built('wasm.js')).toContain("new URL('./wasm/visavis_relaxed_bg.wasm', import.meta.url)");
  expect(built('generated.js')).toMatch(/new URL\('\.\/models\/[\w.]+\.onnx', import\.meta\.url\)/);
});

test('the lock file names no registry', () => {
  expect(readFileSync(here('../package-lock.json'), 'utf8')).not.toContain('://registry');
  expect(readFileSync(here('../package-lock.json'), 'utf8')).not.toContain('"resolved"');
});
