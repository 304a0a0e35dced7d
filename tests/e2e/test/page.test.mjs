// The page of www/, built, below a sub-path, with real photos.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launch, watchedPage } from '../lib/browser.mjs';
import { SCREENSHOTS, WWW_DIST, queries, requireBuilt, sample, stranger } from '../lib/paths.mjs';
import { png, truncated } from '../lib/pictures.mjs';
import { serve } from '../lib/servers.mjs';

const { known, strangers } = queries();

let browser;
let server;
let address;

before(async () => {
  requireBuilt();
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
  server = await serve({ '/a/sub/path/': WWW_DIST });
  address = `${server.origin}/a/sub/path/`;
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const watched = await watchedPage(context);
  await watched.page.goto(address);
  return { context, ...watched };
}

const choose = (page, path) => page.locator('#file').setInputFiles(path);
const answered = (page) => page.waitForFunction(() => document.getElementById('response').textContent !== '', undefined, { timeout: 120_000 });
const answer = async (page) => JSON.parse(await page.locator('#response').textContent());
/** Waits until the page tells of a problem, and answers its words. */
async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor({ timeout: 120_000 });
  return page.locator('#problem').textContent();
}

describe('the page', () => {
  it('shows the photo, its faces, and who it is', async () => {
    const { context, page, complaints } = await openPage();
    await choose(page, sample(`queries/${known[0]}`));
    await page.locator('#stage img.photo').waitFor();
    await answered(page);
    assert.ok((await page.locator('#stage button.face').count()) >= 1);
    assert.equal(await page.locator('#stage button.face').first().getAttribute('aria-pressed'), 'true');
    assert.match(await page.locator('#stage button.face').first().getAttribute('aria-label'), /^Face 1 of \d, \d+ pixels wide/);
    const response = await answer(page);
    assert.ok(response.Total >= 1);
    assert.equal(await page.locator('.card').count(), response.MediaInfoList.length);
    const name = known[0].split('_')[0];
    assert.match(await page.locator('.card h3').first().textContent(), new RegExp(name, 'i'));
    assert.match(await page.locator('.card .score').first().textContent(), /^\d+ %cosine 0\.\d{3}$/);
    await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.complete));
    const widths = await page.locator('.card img').evaluateAll((images) => images.map((image) => image.naturalWidth));
    assert.ok(widths.every((width) => width > 0), 'all thumbnails are there');
    assert.match(await page.locator('#downloads-summary').textContent(), /MB in all/);
    await page.screenshot({ path: join(SCREENSHOTS, 'page-wide.png'), fullPage: true });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('finds the same by a press on a sample', async () => {
    const { context, page, complaints } = await openPage();
    const samples = page.locator('#sample-list button');
    assert.equal(await samples.count(), known.length + strangers.length);
    await samples.first().click();
    await answered(page);
    assert.ok((await answer(page)).Total >= 1);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('lets the keyboard choose another face of a group, in which nobody is known', async () => {
    const { context, page, complaints } = await openPage();
    await choose(page, stranger(2));
    await answered(page);
    assert.equal((await answer(page)).Total, 0);
    assert.match(await page.locator('#results-summary').textContent(), /Nobody in the library/);
    const faces = page.locator('#stage button.face');
    assert.ok((await faces.count()) >= 2);
    const before = await answer(page);
    await faces.nth(1).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((id) => {
      const text = document.getElementById('response').textContent;
      return text !== '' && JSON.parse(text).RequestId !== id;
    }, before.RequestId);
    assert.equal(await faces.nth(1).getAttribute('aria-pressed'), 'true');
    assert.equal(await faces.nth(0).getAttribute('aria-pressed'), 'false');
    assert.equal((await answer(page)).Total, 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('takes a photo that is dropped or pasted', async () => {
    const { context, page, complaints } = await openPage();
    for (const kind of ['drop', 'paste']) {
      await page.evaluate(
        async ([type, url]) => {
          const bytes = await (await fetch(url)).blob();
          const data = new DataTransfer();
          data.items.add(new File([bytes], `${type}.jpg`, { type: 'image/jpeg' }));
          document.getElementById('response').textContent = '';
          const event = type === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
          document.body.dispatchEvent(event);
        },
        [kind, `queries/${known[0]}`],
      );
      await page.locator(`img[alt="The chosen photo: ${kind}.jpg"]`).waitFor();
      await answered(page);
      assert.ok((await answer(page)).Total >= 1);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('says what is wrong with a file, and goes on', async () => {
    const { context, page } = await openPage();
    const file = (name, buffer) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from(buffer) });
    const wrong = [
      [file('empty.jpg', ''), /empty\.jpg.*empty/],
      [file('text.jpg', 'no picture'), /text\.jpg.*JPEG, PNG/],
      [file('cut.jpg', truncated(sample(`queries/${known[0]}`))), /cut\.jpg.*cut off/],
      [file('huge.png', png(60000, 60000)), /60000 x 60000/],
      [file('coffee.jpg', truncated(sample('gallery/coffee.jpg'), 1)), /No face was found/],
    ];
    for (const [chosen, message] of wrong) {
      await choose(page, chosen);
      assert.match(await problem(page), message);
    }
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    assert.equal(await page.locator('#problem').isHidden(), true);
    await context.close();
  });

  it('works without a network at the second visit', async () => {
    const offline = await serve({ '/sub/': WWW_DIST });
    const context = await browser.newContext();
    const first = await watchedPage(context);
    await first.page.goto(`${offline.origin}/sub/`);
    await choose(first.page, sample(`queries/${known[0]}`));
    await answered(first.page);
    const expected = await answer(first.page);
    await first.page.evaluate(() => navigator.serviceWorker.ready);
    await first.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await first.page.close();
    assert.deepEqual(first.complaints, []);

    await context.setOffline(true);
    await offline.close();
    // The manifest of the library and the sample pictures that were not shown are asked for in vain.
    const second = await watchedPage(context, [/net::ERR_/, /Failed to fetch/]);
    await second.page.goto(`${offline.origin}/sub/`);
    await choose(second.page, sample(`queries/${known[0]}`));
    await answered(second.page);
    assert.deepEqual((await answer(second.page)).MediaInfoList, expected.MediaInfoList);
    assert.deepEqual(second.complaints, []);
    await context.close();
  });

  it('sends nothing: every request is a GET of its own files', async () => {
    const { context, page } = await openPage();
    const asked = [];
    context.on('request', (request) => asked.push({ method: request.method(), url: request.url(), body: request.postData() }));
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    for (const { method, url, body } of asked) {
      assert.deepEqual([method, body], ['GET', null]);
      assert.ok(url.startsWith(address) || url.startsWith('blob:') || url.startsWith('data:'), url);
    }
    assert.ok(server.requests.every(({ method }) => method === 'GET'));
    await context.close();
  });

  it('fits a phone, and a dark room', async () => {
    const { context, page, complaints } = await openPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.complete));
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'nothing stands out to the side');
    await page.screenshot({ path: join(SCREENSHOTS, 'page-phone-dark.png'), fullPage: true });
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
