import { expect, test } from 'vitest';
import { hostConfig } from '../src/options.js';

test('without options the package decides', () => {
  expect(hostConfig({})).toMatchObject({ libraries: [], cache: true, timeoutMs: 30000, maxPixels: 100_000_000 });
  expect(hostConfig({})).not.toHaveProperty('models');
});

test('a library without a URL is the page\'s own', () => {
  expect(hostConfig({ libraries: [{ name: 'mine' }], tokenLifetimeMs: 5 })).toMatchObject({ libraries: [{ name: 'mine' }], tokenLifetimeMs: 5 });
});

test('a folder of WebAssembly files gets the file of the build', () => {
  const { build, wasmUrl } = hostConfig({ wasmUrl: 'https://cdn.example/wasm' });
  expect(wasmUrl).toBe(`https://cdn.example/wasm/visavis_${build}_bg.wasm`);
  const each = { simd: 'https://cdn.example/a.wasm', relaxed: 'https://cdn.example/b.wasm' };
  expect(hostConfig({ wasmUrl: each }).wasmUrl).toBe(each[build]);
});

test('a folder of models and single models are taken', () => {
  expect(hostConfig({ models: 'https://cdn.example/models' }).models).toEqual({ folder: 'https://cdn.example/models/' });
  const embedder = { url: 'https://cdn.example/sface.onnx', bytes: 5, sha256: 'AB'.repeat(32) };
  expect(hostConfig({ models: { embedder, expression: false } }).models).toEqual({
    embedder: { ...embedder, sha256: 'ab'.repeat(32) },
    expression: false,
  });
});

test.each([
  [{ libraries: [{ name: '', url: 'https://a.example/' }] }, 'libraries[0].name'],
  [{ libraries: [{ name: 'a', url: 5 }] }, 'libraries[0].url'],
  [{ libraries: [{ name: 'a', url: '/relative/without/a/page' }] }, 'libraries[0].url'],
  [{ libraries: [null] }, 'libraries[0]: expected { name, url }, not null'],
  [{ libraries: ['/x/'] }, 'libraries[0]: expected { name, url }, not string'],
  [{ libraries: [{ name: 'a', url: 'https://a.example/', acces: 'probe' }] }, 'libraries[0].acces: there is no such option; known are name, url, publicUrl, access'],
  [{ libraries: [{ name: 'a', access: 'probe' }] }, "libraries[0].access: it needs a url: a library of the page's own is not downloaded"],
  [{ libraries: [{ name: 'a', publicUrl: 'https://a.example/' }] }, 'libraries[0].publicUrl: it needs a url'],
  [{ libraries: [{ name: 'a', url: 'https://a.example/', access: 'some' }] }, 'libraries[0].access'],
  [{ libraries: 'https://a.example/' }, 'libraries'],
  [
    {
      libraries: [
        { name: 'a', url: 'https://a.example/' },
        { name: 'a', url: 'https://b.example/' },
      ],
    },
    'libraries[1].name',
  ],
  [{ tokenLifetimeMs: 0 }, 'tokenLifetimeMs'],
  [{ tokenLifetimeMs: -1 }, 'tokenLifetimeMs'],
  [{ tokenLifetimeMs: '1 day' }, 'tokenLifetimeMs'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ timeoutMs: 1e12 }, 'timeoutMs'],
  [{ maxPixels: 'many' }, 'maxPixels'],
  [{ wasmUrl: { simd: '', relaxed: '' } }, 'wasmUrl.'],
  [{ wasmUrl: { simd: 'https://a.example/a', relax: 'https://a.example/b' } }, 'wasmUrl.relax'],
  [{ wasmUrl: null }, 'wasmUrl'],
  [{ models: { detecter: {} } }, 'models.detecter'],
  [{ models: 5 }, 'models: expected a URL or { detector, embedder, expression }, not number'],
  [{ models: { detector: 'https://a.example/d' } }, 'models.detector: expected { url, bytes, sha256 }, not string'],
  [{ models: { expression: true } }, 'models.expression: expected { url, bytes, sha256 }, not boolean'],
  [{ models: { detector: { url: 'https://a.example/d', byte: 1, sha256: '00' } } }, 'models.detector.byte'],
  [{ models: { detector: { url: 'https://a.example/d', bytes: 0, sha256: '00' } } }, 'models.detector.bytes'],
  [{ models: { detector: { url: 'https://a.example/d', bytes: 1, sha256: '00' } } }, 'models.detector.sha256'],
])('%j is refused with the name of the option', (options, says) => {
  const path = says.split(': ')[0] ?? '';
  expect(() => hostConfig(options as never)).toThrowError(
    expect.objectContaining({ code: 'InvalidParameter', parameter: expect.stringContaining(path), message: expect.stringContaining(says) }),
  );
});
