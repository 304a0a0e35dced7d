// The packed package, installed the way users do: in Node, in a Vite build and in a webpack build, each run in Chromium. (A plain page is what
// all the other tests use, and www/ is a Vite project of its own.)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launch, watchedPage } from '../lib/browser.mjs';
import { E2E, ROOT, WORK, queries, requireBuilt, sample } from '../lib/paths.mjs';
import { serve } from '../lib/servers.mjs';

const APP = join(WORK, 'packed-app');
const PHOTO = `/samples/queries/${queries().known[0]}`;

const MAIN = `
import { createClient } from 'visavis';
globalThis.look = async (photo, worker) => {
  const client = await createClient({ worker });
  const found = await client.detectFaces(photo);
  const stats = await client.stats();
  client.close();
  return { faces: found.faces.length, worker: stats.worker };
};
`;
const HTML = (script) => `<!doctype html><title>packed</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

let files;
let browser;

before(async () => {
  requireBuilt();
  browser = await launch();
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(join(APP, 'node_modules'), { recursive: true });
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', APP], { cwd: join(ROOT, 'pkg'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  files = packed.files.map(({ path }) => path);
  // What npm does with a tarball without dependencies: unpack it. (No registry is needed.)
  execFileSync('tar', ['-xzf', join(APP, packed.filename), '-C', join(APP, 'node_modules')]);
  execFileSync('mv', [join(APP, 'node_modules', 'package'), join(APP, 'node_modules', 'visavis')]);
  for (const tool of ['vite', 'webpack', 'webpack-cli']) symlinkSync(join(E2E, 'node_modules', tool), join(APP, 'node_modules', tool));
  writeFileSync(join(APP, 'package.json'), JSON.stringify({ name: 'packed-app', private: true, type: 'module' }));
  writeFileSync(join(APP, 'main.js'), MAIN);
  writeFileSync(join(APP, 'index.html'), HTML('./main.js'));
});

after(() => browser?.close());

async function runIn(folder) {
  const server = await serve({ '/app/': folder, '/samples/': sample('.') });
  const context = await browser.newContext();
  const { page, complaints } = await watchedPage(context);
  await page.goto(`${server.origin}/app/`);
  await page.waitForFunction(() => globalThis.look !== undefined);
  const results = await page.evaluate(async (photo) => [await globalThis.look(photo, true), await globalThis.look(photo, false)], PHOTO);
  await context.close();
  await server.close();
  assert.deepEqual(complaints, []);
  assert.deepEqual(results.map(({ worker }) => worker), [true, false]);
  for (const { faces } of results) assert.ok(faces >= 1);
}

describe('the packed package', () => {
  it('holds what it needs and nothing else', () => {
    for (const name of ['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'dist/worker.js', 'dist/wasm/visavis_simd_bg.wasm', 'dist/wasm/visavis_relaxed_bg.wasm']) {
      assert.ok(files.includes(name), name);
    }
    assert.equal(files.filter((name) => name.endsWith('.onnx')).length, 3);
    assert.deepEqual(files.filter((name) => !/^(dist\/|examples\/|package\.json$|README\.md$|LICENSE-|NOTICE$)/.test(name)), []);
  });

  it('has a licence beside it', () => {
    assert.ok(files.includes('LICENSE-MIT') && files.includes('LICENSE-APACHE') && files.includes('NOTICE'), files.filter((name) => !name.includes('/')).join(' '));
  });

  it('is imported in Node without side effects', () => {
    const code = "import('visavis').then((all) => console.log(Object.keys(all).sort().join()))";
    assert.equal(execFileSync(process.execPath, ['-e', code], { cwd: APP, encoding: 'utf8' }).trim(), 'VisavisError,createClient');
  });

  it('runs in a Vite build without any configuration', async () => {
    execFileSync(process.execPath, [join(E2E, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--base', './', '--outDir', 'dist-vite'], { cwd: APP, stdio: 'pipe' });
    const assets = readdirSync(join(APP, 'dist-vite', 'assets'));
    assert.equal(assets.filter((name) => name.endsWith('.wasm')).length, 2, assets.join(' '));
    assert.equal(assets.filter((name) => name.endsWith('.onnx')).length, 3, assets.join(' '));
    await runIn(join(APP, 'dist-vite'));
  });

  it('runs in a webpack build without any configuration', async () => {
    const cli = join(E2E, 'node_modules', 'webpack-cli', 'bin', 'cli.js');
    execFileSync(process.execPath, [cli, 'build', '--mode', 'production', '--entry', './main.js', '--output-path', join(APP, 'dist-webpack')], { cwd: APP, stdio: 'pipe' });
    writeFileSync(join(APP, 'dist-webpack', 'index.html'), HTML('./main.js').replace('type="module" ', 'defer '));
    await runIn(join(APP, 'dist-webpack'));
  });

  it('lists its types', () => {
    const types = readFileSync(join(APP, 'node_modules', 'visavis', 'dist', 'client.d.ts'), 'utf8');
    assert.match(types, /searchMediaByFace\(request: types\.SearchMediaByFaceRequest/);
    assert.doesNotMatch(types, /panicForTest|ClientParts/);
  });
});
