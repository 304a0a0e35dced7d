// The app around the search: offline, content policy, privacy, installing, engines that do not come.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answer, answered, choose, overflow, startApp, watchedApp } from '../lib/app.mjs';
import { WWW_DIST, queries, sample } from '../lib/paths.mjs';
import { serve } from '../lib/servers.mjs';

const { known } = queries();

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.stop());

describe('the app', () => {
  it('works without a network at the second visit, pictures included', async () => {
    const server = await serve({ '/sub/': WWW_DIST });
    const context = await app.browser.newContext({ locale: 'en-GB' });
    const first = await watchedApp(context);
    await first.page.goto(`${server.origin}/sub/`);
    await first.page.evaluate(() => navigator.serviceWorker.ready);
    await first.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await choose(first.page, sample(`queries/${known[0]}`));
    await answered(first.page);
    const expected = await answer(first.page);
    await first.page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.naturalWidth > 0));
    await first.page.close();
    assert.deepEqual(first.complaints, []);

    await context.setOffline(true);
    await server.close();
    // The manifest of the library and the pictures that were not shown are asked for in vain.
    const second = await watchedApp(context, [/net::ERR_/, /Failed to fetch/]);
    await second.page.goto(`${server.origin}/sub/`);
    await second.page.waitForFunction(() => [...document.querySelectorAll('.bar img, #sample-list img')].filter((image) => image.naturalWidth > 0).length > 4);
    await choose(second.page, sample(`queries/${known[0]}`));
    await answered(second.page);
    assert.deepEqual((await answer(second.page)).MediaInfoList, expected.MediaInfoList);
    await second.page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.naturalWidth > 0));
    for (const view of ['people', 'library', 'privacy']) {
      await second.page.goto(`${server.origin}/sub/#/${view}`);
      await second.page.locator('main h1').waitFor();
    }
    assert.deepEqual(second.complaints, []);
    await context.close();
  });

  it('sends nothing, shows every request, and what it shows is what its server saw', async () => {
    const { context, page, complaints } = await app.open();
    const asked = [];
    context.on('request', (request) => asked.push({ method: request.method(), url: request.url(), body: request.postData() }));
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    await page.waitForTimeout(300);
    for (const { method, url, body } of asked) {
      assert.deepEqual([method, body], ['GET', null]);
      assert.ok(url.startsWith(app.address) || url.startsWith('blob:') || url.startsWith('data:'), url);
    }
    assert.ok(app.server.requests.every(({ method, body }) => method === 'GET' && body === ''));
    await page.locator('.nav a[href="#/privacy"]').click();
    await page.locator('#request-table').waitFor();
    const shown = (await page.locator('#request-table td.address').allTextContents()).map((path) => new URL(path, app.address).pathname);
    const served = app.server.requests.map(({ path }) => path).filter((path) => !/\.(wasm|html)$|\/$|sw\.js$|favicon/.test(path));
    for (const path of new Set(served)) assert.ok(shown.some((one) => decodeURIComponent(one) === path), `${path} is shown`);
    assert.ok(shown.some((path) => path.endsWith('.wasm')) && shown.some((path) => path.endsWith('.onnx')), 'those of the worker too');
    // What a copy in this browser answered is no request over the network.
    const amounts = await page.locator('#request-table td.number').allTextContents();
    const copies = amounts.filter((amount) => amount.startsWith('copy')).length;
    assert.ok(copies > 0);
    assert.match(await page.locator('#proof-text').textContent(), new RegExp(`^${amounts.length - copies} requests over the network, none with contents`));
    assert.equal(await page.locator('.ways li').textContent(), 'Sample gallery: one file of faces, always downloaded whole');
    await accessible(page, 'the privacy panel');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('has a content policy that holds in the page and in the worker of the engine', async () => {
    const { context, page } = await app.open({ expected: [/content policy|Content Security Policy|violates/i] });
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
    assert.match(policy, /connect-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    const other = await serve({ '/': WWW_DIST }, { cors: true });
    const reach = (url) => fetch(url).then(() => 'reached', () => 'refused');
    const [worker] = page.workers();
    assert.equal(await page.evaluate(reach, `${other.origin}/library/library.json`), 'refused');
    assert.equal(await worker.evaluate(reach, `${other.origin}/library/library.json`), 'refused');
    assert.equal(await worker.evaluate(reach, `${app.address}library/library.json`), 'reached');
    assert.deepEqual(other.requests, []);
    await other.close();
    await context.close();
  });

  it('forgets everything at the press of a button', async () => {
    const { context, page, complaints } = await app.open();
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    await page.locator('.tools select').nth(1).selectOption('en');
    await page.goto(`${app.address}#/privacy`);
    await page.locator('#forget').click();
    await accessible(page, 'the question');
    await page.locator('#forget-sure').click();
    await page.waitForFunction(() => /forgotten/.test(document.getElementById('forgotten')?.textContent ?? ''), undefined, { timeout: PATIENCE_MS });
    const left = await page.evaluate(async () => {
      const files = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
      return { files, caches: await caches.keys(), settings: Object.keys(localStorage), databases: (await indexedDB.databases()).map(({ name }) => name) };
    });
    assert.deepEqual(left, { files: [], caches: [], settings: [], databases: [] });
    await page.goto(`${app.address}#/search`);
    assert.equal(await page.locator('#stage').count(), 0, 'the photo is gone too');
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('paints before the engine is there', async () => {
    const server = await serve({ '/a/': WWW_DIST });
    const context = await app.browser.newContext({ locale: 'en-GB' });
    // Engine and models never come.
    await context.route(/\.(wasm|onnx)$/, () => undefined);
    const { page, complaints } = await watchedApp(context);
    await page.goto(`${server.origin}/a/`);
    await page.locator('h1').waitFor();
    const paint = await page.evaluate(() => new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().length)).observe({ type: 'paint', buffered: true })));
    assert.ok(paint > 0);
    await choose(page, sample(`queries/${known[0]}`));
    await page.locator('#stage img.photo').waitFor();
    assert.match(await page.locator('.engine-progress').textContent(), /Getting the engine ready/);
    await accessible(page, 'while the engine comes');
    assert.deepEqual(complaints, []);
    await context.close();
    await server.close();
  });

  it('shows where the focus is at every stop of the tab key, and moves nothing where that is not wanted', async () => {
    const { context, page, complaints } = await app.open({ reducedMotion: 'reduce' });
    const shown = { search: '#drop', library: '#browse-grid .card', people: '.person-card', map: '#plane', privacy: '#request-table' };
    for (const [view, selector] of Object.entries(shown)) {
      await page.goto(`${app.address}#/${view}`);
      await page.reload();
      await page.locator(selector).first().waitFor({ timeout: PATIENCE_MS });
      const stops = [];
      for (let stop = 0; stop < 40; stop += 1) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === document.body) return undefined;
          // Of inputs that are hidden, the label is what is seen.
          const shown = [element, ...(element.labels ?? [])].map((one) => [getComputedStyle(one), one.getBoundingClientRect()]);
          const isMarked = shown.some(([style, { width }]) => width > 2 && style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2);
          return { isMarked, what: element.outerHTML.slice(0, 120) };
        });
        if (seen === undefined) break;
        stops.push(seen);
      }
      assert.ok(stops.length >= 8, `${view}: ${stops.length} stops`);
      assert.deepEqual(stops.filter(({ isMarked }) => !isMarked).map(({ what }) => what), [], view);
    }
    await page.goto(`${app.address}#/search`);
    await choose(page, sample(`queries/${known[0]}`));
    const moving = () => page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').map((one) => one.animationName ?? one.transitionProperty));
    assert.deepEqual(await moving(), []);
    await answered(page);
    await page.locator('.card .compare').first().click();
    await page.locator('dialog[open]').waitFor();
    assert.deepEqual(await moving(), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const [locale, heading] of [['en-GB', 'People'], ['zh-CN', '人物']]) {
    it(`fits a phone in every view, ${locale}`, () =>
      app.run(
        async (page) => {
          await page.locator('#drop').waitFor();
          for (const view of ['people', 'library', 'map', 'privacy']) {
            await page.locator(`.nav a[href="#/${view}"]`).click();
            await page.locator({ people: '.person-card img', library: '#browse-grid .card', map: '#plane .spot', privacy: '#request-table' }[view]).first().waitFor({ timeout: PATIENCE_MS });
            if (view === 'people') assert.equal(await page.locator('h1').textContent(), heading);
            assert.equal(await overflow(page), 0, view);
            await accessible(page, view);
          }
        },
        { viewport: { width: 320, height: 700 }, locale, colorScheme: locale === 'zh-CN' ? 'dark' : 'light' },
      ));
  }

  it('has at most 60 kB of code of its own after brotli, all views together', () => {
    const assets = join(WWW_DIST, 'assets');
    // Those of the package: the client, its workers, and what they load when they need it.
    const ofPackage = /^(visavis|engine-worker|worker|host|zip|mediabunny)-/;
    const own = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name) && !ofPackage.test(name));
    const files = [...own.map((name) => join(assets, name)), join(WWW_DIST, 'index.html'), join(WWW_DIST, 'sw.js')];
    const bytes = files.reduce((sum, file) => sum + brotliCompressSync(readFileSync(file)).length, 0);
    assert.ok(own.length > 5 && bytes <= 60_000, `${bytes} bytes in ${files.length} files`);
    console.log(`app code: ${bytes} bytes of brotli in ${files.length} files`);
  });

  it('can be installed: manifest and icons are there', async () => {
    const manifest = JSON.parse(readFileSync(join(WWW_DIST, 'app.webmanifest'), 'utf8'));
    for (const { src, sizes } of manifest.icons) {
      const bytes = readFileSync(join(WWW_DIST, src));
      if (sizes !== 'any') assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes);
    }
    assert.ok(['name', 'start_url', 'display', 'icons'].every((key) => key in manifest));
  });
});
