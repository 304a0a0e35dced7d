// A published library of many files of faces: what each way of downloading it asks for, and what the app shows of that.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answer, answered, choose, configuredApp, startApp } from '../lib/app.mjs';
import { manyShards } from '../lib/bench.mjs';
import { queries, sample } from '../lib/paths.mjs';

const { known } = queries();
const PHOTO = sample(`queries/${known[0]}`);

let app;
/** Names of the files of faces. */
let shards;
let faces;
/** What a search of the whole library finds. */
let whole;

before(async () => {
  const library = manyShards('access');
  ({ shards, faces } = library);
  app = await startApp({ dist: configuredApp('access', { libraries: [{ name: 'many', url: '/many/', title: 'Many files' }] }), mounts: { '/many/': library.folder } });
});
after(() => app?.stop());

/** How many files of faces were asked for since `from`. */
const asked = (from) => new Set(app.server.requests.slice(from).map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).filter((name) => shards.includes(name))).size;

const search = async (page) => {
  await page.locator('.nav a[href="#/search"]').click();
  await choose(page, PHOTO);
  await answered(page);
  return answer(page);
};
const toPrivacy = (page) => page.locator('.nav a[href="#/privacy"]').click();
const files = (page, open) => page.locator('#access-now', { hasText: `Many files: ${open} of ${shards.length} files of faces downloaded` }).waitFor({ timeout: PATIENCE_MS });

/** A fresh profile in which a way was chosen in the privacy panel. */
const inWay = (way, run) =>
  app.run(
    async (page) => {
      await page.locator(`input[name=access][value=${way}]`).check();
      await page.locator(`input[name=access][value=${way}]:checked`).waitFor();
      await run(page, app.server.requests.length);
    },
    { hash: '#/privacy' },
  );

describe('a library of many files of faces', () => {
  it('is downloaded whole, unless the visitor chooses otherwise', () =>
    inWay('whole', async (page, from) => {
      await accessible(page, 'the ways');
      assert.match(await page.locator('.ways').textContent(), /nothing of whom you look for.*roughly what the face looks like/s);
      whole = await search(page);
      assert.equal(asked(from), shards.length);
      await toPrivacy(page);
      await files(page, shards.length);
      assert.equal(await page.evaluate(() => localStorage.getItem('visavis-www:access')), null);
    }));

  it('is downloaded in part, and says so wherever something may be missing', () =>
    inWay('probe', async (page, from) => {
      const found = await search(page);
      const part = Math.max(8, Math.ceil(shards.length / 4));
      assert.equal(asked(from), part);
      assert.deepEqual(found.Scores[0], whole.Scores[0]);
      // A filter by person needs no more of them.
      await page.locator('.filters summary').click();
      const person = await page.locator('#filter-person option').nth(1).getAttribute('value');
      await page.locator('#filter-person').selectOption(person);
      await page.locator('.filters summary', { hasText: '1 on' }).waitFor();
      await answered(page);
      assert.equal(asked(from), part);
      // The choice is there in the next visit, too.
      await page.reload();
      await search(page);
      assert.equal(asked(from), part);
      await toPrivacy(page);
      assert.equal(await page.locator('input[name=access][value=probe]').isChecked(), true);
      await files(page, part);
      await accessible(page, 'a library in part');
      // A photo is looked at without more of them, then with all.
      await page.locator('.nav a[href="#/library"]').click();
      await page.locator('#browse-text').fill('group1');
      await page.locator('#browse-grid a[aria-label*="group1"]').click({ timeout: PATIENCE_MS });
      await page.locator('#all-of-it').waitFor({ timeout: PATIENCE_MS });
      await accessible(page, 'a photo of a library in part');
      const some = await page.locator('ul.seen li').count();
      assert.equal(asked(from), part);
      await page.locator('#all-of-it').click();
      await page.waitForFunction((count) => document.querySelectorAll('ul.seen li').length > count, some, { timeout: PATIENCE_MS });
      await page.locator('#all-of-it').waitFor({ state: 'detached' });
      assert.equal(asked(from), shards.length);
    }));

  it('is downloaded wholly for the page of a person, and not for the list of people', () =>
    inWay('probe', async (page, from) => {
      await search(page);
      const part = asked(from);
      assert.ok(part < shards.length);
      await page.locator('.nav a[href="#/people"]').click();
      await page.locator('.person-card a').first().waitFor({ timeout: PATIENCE_MS });
      assert.equal(asked(from), part);
      await page.locator('.person-card a').first().click();
      await page.locator('ul.faces li').first().waitFor({ timeout: PATIENCE_MS });
      assert.equal(asked(from), shards.length);
    }));

  it('is downloaded with decoys, and wholly for what looks at all faces', () =>
    inWay('decoys', async (page, from) => {
      const found = await search(page);
      const part = asked(from);
      assert.ok(part > shards.length / 4 && part < shards.length, `${part} of ${shards.length}`);
      assert.deepEqual(found.Scores[0], whole.Scores[0]);
      await page.locator('#histogram-summary').click();
      await page.locator('#count-faces').click({ timeout: PATIENCE_MS });
      assert.match(await page.locator('#histogram-text').textContent(), new RegExp(`^\\d+ of ${faces} faces are`));
      assert.equal(asked(from), shards.length);
      await page.locator('.nav a[href="#/map"]').click();
      await page.locator('#plane').waitFor({ timeout: PATIENCE_MS });
      assert.equal(await page.locator('#plane').getAttribute('aria-label'), `Map of ${faces} faces`);
      // Not all of them have room for a picture; the others are dots, and get one when they are zoomed to.
      const spots = await page.locator('#plane .spot').count();
      assert.ok(spots > 5 && spots <= faces, `${spots} pictures`);
      await accessible(page, 'a map with many faces');
      // Back to the whole: the engine is started anew, and what it has is enough.
      await toPrivacy(page);
      await page.locator('input[name=access][value=whole]').check();
      assert.deepEqual((await search(page)).Scores, whole.Scores);
    }));
});
