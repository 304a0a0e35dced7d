import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const built = (name: string): string => readFileSync(here(`../dist/${name}`), 'utf8');

/** A file of dist and all that it imports before it runs, without the engine's glue. */
function filesOf(name: string, found = new Set<string>()): string[] {
  if (!found.has(name) && !name.startsWith('wasm/')) {
    found.add(name);
    for (const [, path = ''] of built(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) filesOf(path, found);
  }
  return [...found];
}

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
  const code = filesOf('service-worker.js').map(built).join('\n');
  expect(code).toMatch(/\bHost=class\b/);
  // Films, and libraries as zips, by computed addresses: what cannot be loaded is an error that says so.
  const later = [...code.matchAll(/\bimport\(([^)]*)\)/g)].map(([, what]) => what);
  expect(new Set(later)).toEqual(new Set(['url']));
});

test('only the entry for Node needs anything of Node', () => {
  const needsNode = (entry: string): boolean => filesOf(entry).some((name) => /from\s*["']node:/.test(built(name)));
  expect(['index.js', 'worker.js', 'host.js', 'service-worker.js'].filter(needsNode)).toEqual([]);
  expect(needsNode('node.js')).toBe(true);
});

test('the literal URLs that bundlers look for are in the built files', () => {
  const code = (entry: string): string => filesOf(entry).map(built).join('\n');
  expect(code('index.js')).toContain('new Worker(new URL("./worker.js",import.meta.url),{type:"module"');
  expect(code('worker.js')).toContain('new URL("./wasm/visavis_simd_bg.wasm",import.meta.url)');
  expect(code('worker.js')).toContain('new URL("./wasm/visavis_relaxed_bg.wasm",import.meta.url)');
  expect(code('worker.js')).toMatch(/new URL\("\.\/models\/[\w.]+\.onnx",import\.meta\.url\)/);
});

test('the lock file names no registry', () => {
  expect(readFileSync(here('../package-lock.json'), 'utf8')).not.toContain('://registry');
  expect(readFileSync(here('../package-lock.json'), 'utf8')).not.toContain('"resolved"');
});
