// The viewer of photos and films.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answered, choose, startApp } from '../lib/app.mjs';
import { queries, sample } from '../lib/paths.mjs';

const { known } = queries();

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.stop());

/** Goes to a media of the library by its title. */
async function openMedia(page, title) {
  await page.locator('.nav a[href="#/library"]').click();
  await page.locator('#browse-text').fill(title);
  await page.locator(`#browse-grid a[aria-label*="${title}"]`).click({ timeout: PATIENCE_MS });
  await page.locator('.media-view h1').waitFor({ timeout: PATIENCE_MS });
}

describe('the viewer', () => {
  it('shows a photo with its faces and names, also from a match', async () => {
    const { context, page, complaints } = await app.open();
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    await page.locator('.card a.picture[aria-label*="official portrait"]').first().click();
    await page.locator('.media-stage img.photo').waitFor({ timeout: PATIENCE_MS });
    await page.waitForFunction(() => document.querySelector('.media-stage img').naturalWidth > 480, undefined, { timeout: PATIENCE_MS });
    assert.match(await page.locator('.media-stage .face.named').first().textContent(), /Barack Obama/);
    await accessible(page, 'a photo');
    await page.locator('.media-stage .face.named').first().click();
    await page.locator('ul.faces img').first().waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator('h1').textContent(), 'Barack Obama');
    await accessible(page, 'a person of a published library');
    assert.equal(await page.locator('#person-name').count(), 0, 'a published library is not edited');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('plays a film: timeline, seek, boxes that follow', async () => {
    const { context, page, complaints } = await app.open();
    await openMedia(page, 'A film with three people');
    await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2, undefined, { timeout: PATIENCE_MS });
    assert.deepEqual((await page.locator('.timeline-name').allTextContents()).sort(), ['Barack Obama', 'Eileen Collins', 'Joe Biden']);
    await accessible(page, 'a film');
    const eileen = page.locator('.occurrence[aria-label^="Eileen Collins"]').first();
    assert.match(await eileen.getAttribute('aria-label'), /Eileen Collins, 0:0[67] to 0:1[01]/);
    await eileen.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => Math.abs(document.querySelector('video').currentTime - 7) < 0.3 && !document.querySelector('video').seeking, undefined, { timeout: PATIENCE_MS });
    await page.locator('.film .frame.named', { hasText: 'Eileen Collins' }).waitFor();
    assert.equal(await page.locator('.film .frame.named').count(), 2, 'two people are seen at that moment');
    // Boxes follow while it plays.
    const place = () => page.locator('.film .frame.named', { hasText: 'Eileen Collins' }).getAttribute('style');
    const before = await place();
    await page.evaluate(() => document.querySelector('video').play());
    await page.waitForFunction(() => document.querySelector('video').currentTime > 8, undefined, { timeout: PATIENCE_MS });
    await page.evaluate(() => document.querySelector('video').pause());
    assert.notEqual(await place(), before);
    // Nobody is there between 4 and 7 seconds.
    await page.evaluate(() => {
      document.querySelector('video').currentTime = 5.5;
    });
    await page.waitForFunction(() => document.querySelectorAll('.film .frame.named').length === 0, undefined, { timeout: PATIENCE_MS });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('says so where there is no media or person of this id, and offers no second try', async () => {
    for (const hash of ['#/media/none', '#/people/none']) {
      const { context, page } = await app.open({ hash });
      await page.locator('.problem:not([hidden])', { hasText: 'nothing of this name' }).waitFor({ timeout: PATIENCE_MS });
      assert.equal(await page.locator('.problem button').count(), 0, hash);
      await context.close();
    }
  });
});

describe('the library that is published', () => {
  it('is listed, and narrowed by words and kind', async () => {
    const { context, page, complaints } = await app.open({ hash: '#/library' });
    const count = (wanted) => page.waitForFunction((n) => document.querySelectorAll('#browse-grid .card').length === n, wanted, { timeout: PATIENCE_MS });
    await count(8);
    await accessible(page, 'the library');
    await page.locator('#browse-text').fill('space');
    await count(2);
    await page.locator('#browse-text').fill('');
    await page.locator('#browse-type').selectOption('video');
    await count(1);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
