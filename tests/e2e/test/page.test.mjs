// The app of www/, built, below a sub-path, with real photos: the search.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answer, answered, choose, overflow, pictures, problem, startApp } from '../lib/app.mjs';
import { queries, sample, stranger } from '../lib/paths.mjs';
import { png, truncated } from '../lib/pictures.mjs';

const { known, strangers } = queries();

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.stop());

const inApp = (run, options) => app.run(run, options);

describe('the search', () => {
  it('shows the photo, its faces, and who it is', () =>
    inApp(async (page) => {
      await accessible(page, 'the start');
      await choose(page, sample(`queries/${known[0]}`));
      await page.locator('#stage img.photo').waitFor();
      await answered(page);
      const faces = page.locator('#stage button.face');
      assert.ok((await faces.count()) >= 1);
      assert.equal(await faces.first().getAttribute('aria-pressed'), 'true');
      assert.match(await faces.first().getAttribute('aria-label'), /^Face 1 of \d, \d+ pixels wide/);
      const response = await answer(page);
      assert.ok(response.Total >= 1);
      assert.equal(await page.locator('.card').count(), response.MediaInfoList.length);
      assert.match(await page.locator('.card h3').first().textContent(), new RegExp(known[0].split('_')[0], 'i'));
      assert.match(await page.locator('.card .score').first().textContent(), /^(very likely|likely|possible)\d+\.\d%$/);
      await pictures(page, '.card img');
      await accessible(page, 'the results');
    }));

  it('finds the same by a press on a sample', () =>
    inApp(async (page) => {
      const samples = page.locator('#sample-list button');
      await samples.first().waitFor();
      assert.equal(await samples.count(), known.length + strangers.length);
      await samples.first().focus();
      await page.keyboard.press('Enter');
      await answered(page);
      // The button is gone; who goes on with the keyboard, or hears the page, is still in the view.
      assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
      assert.ok((await answer(page)).Total >= 1);
    }));

  it('compares the photo with a match, aligned crops included', () =>
    inApp(async (page) => {
      await choose(page, sample(`queries/${known[0]}`));
      await answered(page);
      await page.locator('.card .compare').first().click();
      await page.locator('dialog[open] canvas.crop').nth(1).waitFor({ timeout: PATIENCE_MS });
      // The crops are drawn: their middle is no longer transparent.
      await page.waitForFunction(
        () => [...document.querySelectorAll('canvas.crop')].every((canvas) => canvas.getContext('2d').getImageData(112, 112, 1, 1).data[3] === 255),
        undefined,
        { timeout: PATIENCE_MS, polling: 100 },
      );
      await accessible(page, 'the comparison');
      const title = await page.locator('dialog figcaption').nth(1).textContent();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('dialog[open]').count(), 0);
      assert.match(title, /In the library/);
      assert.ok(await page.locator('.card .compare').first().evaluate((button) => button === document.activeElement), 'the focus is where it was');
    }));

  it('lets the keyboard choose another face of a group, in which nobody is known', () =>
    inApp(async (page) => {
      await choose(page, stranger(2));
      await answered(page);
      assert.equal((await answer(page)).Total, 0);
      assert.match(await page.locator('#results').textContent(), /Nobody in this library/);
      const faces = page.locator('#stage button.face');
      assert.ok((await faces.count()) >= 2);
      const before = await answer(page);
      await faces.nth(0).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForFunction((id) => {
        const text = document.getElementById('response').textContent;
        return text !== '' && JSON.parse(text).RequestId !== id;
      }, before.RequestId);
      assert.deepEqual([await faces.nth(0).getAttribute('aria-pressed'), await faces.nth(1).getAttribute('aria-pressed')], ['false', 'true']);
      await accessible(page, 'nobody found');
    }));

  it('searches for several faces of a photo, and for pictures with all of them', () =>
    inApp(async (page) => {
      // Two photos of the gallery side by side: two persons whom the library knows.
      const both = await page.evaluate(
        async (urls) => {
          const images = await Promise.all(urls.map(async (url) => createImageBitmap(await (await fetch(url)).blob())));
          const canvas = new OffscreenCanvas(1200, 700);
          const context = canvas.getContext('2d');
          images.forEach((image, index) => context.drawImage(image, index * 600, 0, 600, (600 * image.height) / image.width));
          const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })).arrayBuffer());
          return Array.from(bytes);
        },
        [`queries/${known[1]}`, `queries/${known[2]}`],
      );
      await choose(page, { name: 'both.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(both) });
      await answered(page);
      const of = async () => page.locator('.card h3').allTextContents();
      const first = new Set(await of());
      assert.equal(first.size, 1);
      await page.locator('#all-faces').click();
      await page.waitForFunction(() => new Set([...document.querySelectorAll('.card h3')].map((heading) => heading.textContent)).size >= 2, undefined, { timeout: PATIENCE_MS });
      const alone = await page.locator('.card').count();
      await page.locator('.choice input[type=checkbox]').check();
      await page.waitForFunction((before) => document.querySelectorAll('.card').length < before && document.getElementById('results').ariaBusy === 'false', alone, { timeout: PATIENCE_MS });
      await accessible(page, 'several faces');
    }));

  it('filters by kind, person, day and text', () =>
    inApp(async (page) => {
      await choose(page, sample(`queries/${known[0]}`));
      await answered(page);
      const all = await page.locator('.card').count();
      await page.locator('.filters summary').click();
      await accessible(page, 'the filters');
      const settled = (count) => page.waitForFunction((n) => document.getElementById('results').ariaBusy === 'false' && document.querySelectorAll('.card').length === n, count, { timeout: PATIENCE_MS });
      await page.locator('#filter-to').fill('1990-01-01');
      await settled(0);
      await page.locator('#clear-filters').click();
      await settled(all);
      const title = await page.locator('.card .title').first().textContent();
      await page.locator('#filter-text').fill(`no such words ' or title = 'a`);
      await settled(0);
      assert.match(await page.locator('#match').textContent(), /title = 'no such words '' or title = ''a'/);
      await page.locator('#filter-text').fill(title);
      await settled(1);
      await page.locator('#filter-text').fill('');
      await settled(all);
      // Another person than the one who is searched for.
      const others = page.locator('#filter-person option').filter({ hasNotText: /Anybody|Barack/ });
      await page.locator('#filter-person').selectOption(await others.first().getAttribute('value'));
      await settled(0);
    }));

  it('takes a photo that is dropped, pasted, or named by its address', () =>
    inApp(async (page) => {
      await page.locator('#drop').waitFor();
      for (const kind of ['drop', 'paste']) {
        await page.evaluate(
          async ([type, url]) => {
            const bytes = await (await fetch(url)).blob();
            const data = new DataTransfer();
            data.items.add(new File([bytes], `${type}.jpg`, { type: 'image/jpeg' }));
            const event = type === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
            document.body.dispatchEvent(event);
          },
          [kind, `queries/${known[0]}`],
        );
        await page.locator(`img[alt="The chosen photo: ${kind}.jpg"]`).waitFor();
        await answered(page);
        assert.ok((await answer(page)).Total >= 1);
      }
      await page.getByRole('button', { name: 'Another photo' }).click();
      await page.setViewportSize({ width: 360, height: 640 });
      await page.locator('#address').fill('https://elsewhere.example/photo.jpg');
      await page.keyboard.press('Enter');
      assert.match(await problem(page), /not let it fetch from elsewhere\.example, but from http:\/\/127\.0\.0\.1:\d+ only.*site\.config\.json/);
      // It stands below the samples; it is scrolled to, and the navigation does not hide it.
      const [{ y, height }, navigation] = [await page.locator('#problem').boundingBox(), await page.locator('.nav').boundingBox()];
      assert.ok(y >= 0 && y + height <= navigation.y, `${y} + ${height} of ${navigation.y}`);
      await page.locator('#address').fill(`${app.address}queries/${known[0]}`);
      await page.keyboard.press('Enter');
      await answered(page);
      assert.ok((await answer(page)).Total >= 1);
    }));

  it('says what is wrong with a file, and goes on', () =>
    inApp(async (page) => {
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
        await page.waitForFunction((source) => new RegExp(source).test(document.getElementById('problem')?.textContent ?? ''), message.source, { timeout: PATIENCE_MS });
      }
      await accessible(page, 'a problem');
      await choose(page, sample(`queries/${known[0]}`));
      await answered(page);
      assert.equal(await page.locator('#problem').isHidden(), true);
    }));

  it('speaks Chinese, and keeps language and colours for the next visit', () =>
    inApp(async (page) => {
      await page.locator('.tools select').nth(1).selectOption('zh');
      await page.locator('#theme').click();
      await page.locator('#theme').click();
      await page.reload();
      assert.equal(await page.locator('h1').textContent(), '这是谁？');
      assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ['zh-Hans', 'dark']);
      await choose(page, sample(`queries/${known[0]}`));
      await answered(page);
      assert.match(await page.locator('.card .score').first().textContent(), /可能/);
      await accessible(page, 'Chinese, dark');
    }));

  for (const [colorScheme, width] of [['dark', 360], ['light', 320], ['dark', 800]]) {
    it(`fits a window of ${width} pixels, ${colorScheme}`, () =>
      inApp(
        async (page) => {
          await page.locator('#drop').waitFor();
          assert.equal(await overflow(page), 0, 'nothing stands out to the side at the start');
          await accessible(page, 'the start');
          await choose(page, sample(`queries/${known[0]}`));
          await answered(page);
          assert.equal(await overflow(page), 0, 'nothing stands out to the side');
          await accessible(page, 'the results');
        },
        { viewport: { width, height: 740 }, colorScheme },
      ));
  }
});
