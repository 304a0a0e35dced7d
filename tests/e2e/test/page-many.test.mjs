// The app with a library of many photos of one person: pages by scrolling, in the search and in the library.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, answer, answered, choose, configuredApp, overflow, startApp } from '../lib/app.mjs';
import { makeLibrary } from '../lib/bench.mjs';
import { WORK, queries, sample } from '../lib/paths.mjs';

const { known } = queries();
const COUNT = 60;

let app;
before(async () => {
  const photos = join(WORK, 'many');
  rmSync(photos, { recursive: true, force: true });
  mkdirSync(photos, { recursive: true });
  // Bytes behind the end of a JPEG file make it another file with the same picture.
  const bytes = readFileSync(sample('gallery/barack_obama_1.jpg'));
  for (let index = 0; index < COUNT; index += 1) writeFileSync(join(photos, `${index}.jpg`), Buffer.concat([bytes, Buffer.from(String(index))]));
  const library = makeLibrary('many', photos);
  app = await startApp({ dist: configuredApp('many', { libraries: [{ name: 'many', url: '/many/' }] }), mounts: { '/many/': library } });
});
after(() => app?.stop());

const grows = (page, selector, from) => page.waitForFunction(([wanted, n]) => document.querySelectorAll(wanted).length > n, [selector, from], { timeout: PATIENCE_MS });

describe('many matches', () => {
  it('come page by page as the visitor scrolls, each once', async () => {
    const { context, page, complaints } = await app.open();
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    assert.equal((await answer(page)).Total, COUNT);
    const counts = [await page.locator('.card').count()];
    assert.equal(counts[0], 24);
    while (counts.at(-1) < COUNT) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await grows(page, '.card', counts.at(-1));
      counts.push(await page.locator('.card').count());
    }
    assert.deepEqual(counts, [24, 48, 60]);
    const links = await page.locator('.card a.picture').evaluateAll((all) => all.map(({ href }) => href));
    assert.equal(new Set(links).size, COUNT);
    assert.equal(await page.locator('#more').count(), 0, 'there is no more');
    // Where the visitor was when coming back from a photo: the matches are still there.
    await page.locator('.card a.picture').last().click();
    await page.locator('.media-view h1').waitFor({ timeout: PATIENCE_MS });
    await page.goBack();
    assert.equal(await page.locator('.card').count(), COUNT);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('are listed in the library page by page', async () => {
    const { context, page, complaints } = await app.open({ hash: '#/library' });
    await grows(page, '#browse-grid .card', 0);
    while ((await page.locator('#browse-grid .card').count()) < COUNT) {
      const before = await page.locator('#browse-grid .card').count();
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await grows(page, '#browse-grid .card', before);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
