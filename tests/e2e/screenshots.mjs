// node screenshots.mjs [NAME] [--size=phone|tablet|wide] [--theme=light|dark] [--language=en|zh]: pictures of every view at three widths, light and
// dark, into target/screenshots, to be looked at. With NAME, those views only whose name contains it. Without a language, English.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PATIENCE_MS, answered, choose, startApp } from './lib/app.mjs';
import { CLIPS, SCREENSHOTS, queries, sample, stranger } from './lib/paths.mjs';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string' }, theme: { type: 'string' }, language: { type: 'string', default: 'en' } },
});
const SIZES = [['phone', 390, 844], ['tablet', 820, 1180], ['wide', 1440, 900]];
const LOCALES = { en: 'en-GB', zh: 'zh-CN' };
const { known, strangers } = queries();
const GALLERY = ['barack_obama_1.jpg', 'barack_obama_2.jpg', 'eileen_collins.jpg', 'joe_biden.jpg'].map((name) => sample(`gallery/${name}`));

const loaded = (page, selector) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll(wanted)].every((image) => image.complete), selector, { timeout: PATIENCE_MS });
const search = async (page, photo) => {
  await page.locator('.nav a[href="#/search"]').click();
  await choose(page, photo);
  await answered(page);
  await loaded(page, '.card img');
};
const view = (name) => async (page) => {
  await page.locator(`.nav a[href="#/${name}"]`).click();
  await page.locator('main h1').waitFor();
  await page.waitForTimeout(1500);
};
const media = (title) => async (page) => {
  await view('library')(page);
  await page.locator(`#browse-grid a[aria-label*="${title}"]`).first().click();
  await page.waitForTimeout(2500);
};
const dialog = (selector) => async (page) => {
  await page.locator(selector).click();
  await page.locator('dialog[open]').waitFor();
  await page.waitForTimeout(400);
};
const closed = (page) => page.keyboard.press('Escape');

/** What is shown, in this order, in one visit each. */
const VIEWS = {
  start: async (page) => page.locator('#sample-list img').last().waitFor(),
  'camera-dialog': dialog('#camera'),
  problem: async (page) => {
    await closed(page);
    await choose(page, { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
    await page.locator('#problem:not([hidden])').waitFor({ timeout: PATIENCE_MS });
  },
  results: (page) => search(page, sample(`queries/${known[0]}`)),
  filters: (page) => page.locator('.filters summary').click(),
  'compare-dialog': async (page) => {
    await page.locator('.card .compare').nth(1).click();
    await page.waitForTimeout(2500);
  },
  'nothing-fits': async (page) => {
    await closed(page);
    await page.locator('#filter-text').fill('no such words');
    await page.locator('.nobody').waitFor({ timeout: PATIENCE_MS });
  },
  nobody: async (page) => {
    await page.locator('#clear-filters').click();
    await page.locator('.filters summary').click();
    await search(page, stranger(2));
  },
  photo: media('official portrait'),
  film: async (page) => {
    await media('A film')(page);
    await page.locator('.occurrence[aria-label*="0:07"]').first().click();
    await page.waitForTimeout(1500);
  },
  people: view('people'),
  person: async (page) => {
    await page.locator('.person-card a').first().click();
    await page.waitForTimeout(2500);
  },
  library: view('library'),
  map: async (page) => {
    await view('map')(page);
    await page.locator('#plane .spot').first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('#next-face').click();
    await page.waitForTimeout(500);
  },
  histogram: async (page) => {
    await page.locator('.nav a[href="#/search"]').click();
    await search(page, sample(`queries/${known[0]}`));
    await page.locator('#histogram-summary').click();
    await page.locator('#histogram').waitFor({ timeout: PATIENCE_MS });
  },
  privacy: view('privacy'),
  'forget-dialog': dialog('#forget'),
  'own-empty': async (page) => {
    await closed(page);
    await page.locator('.library-select select').selectOption('mine');
    await view('library')(page);
    await page.locator('#new-library summary').click();
  },
  'own-people-empty': view('people'),
  'own-map-empty': view('map'),
  own: async (page) => {
    await view('library')(page);
    await page.locator('#add-files').setInputFiles([...GALLERY, ...[...known, ...strangers].map((name) => sample(`queries/${name}`)), sample('README.md')]);
    await page.locator('#outcome').waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(1000);
  },
  'own-people': view('people'),
  'own-person': async (page) => {
    await page.locator('.person-card a').first().click();
    await page.waitForTimeout(2500);
    await page.locator('ul.faces input').first().check();
  },
  'merge-dialog': dialog('#merge'),
  'delete-dialog': async (page) => {
    await closed(page);
    await dialog('#delete-person')(page);
  },
  'own-adding': async (page) => {
    await closed(page);
    await view('library')(page);
    await page.locator('#add-files').setInputFiles([join(CLIPS, 'clip.webm'), sample('gallery/coffee.jpg'), sample('gallery/rocket.jpg')]);
    await page.locator('#adding').waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(4000);
  },
  'own-film': async (page) => {
    await page.locator('#outcome').waitFor({ timeout: PATIENCE_MS });
    await page.reload();
    await page.locator('#browse-grid a[aria-label*="clip"]').first().click({ timeout: PATIENCE_MS });
    await page.locator('.timeline').waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(1000);
  },
};

mkdirSync(SCREENSHOTS, { recursive: true });
const [wanted = ''] = positionals;
const { language } = given;
const app = await startApp();
try {
  for (const [size, width, height] of SIZES.filter(([name]) => given.size === undefined || given.size === name)) {
    for (const colorScheme of ['light', 'dark'].filter((name) => given.theme === undefined || given.theme === name)) {
      const { context, page, complaints } = await app.open({ viewport: { width, height }, colorScheme, locale: LOCALES[language] });
      for (const [name, show] of Object.entries(VIEWS)) {
        await show(page);
        const path = join(SCREENSHOTS, `${name}-${size}-${colorScheme}${language === 'en' ? '' : `-${language}`}.png`);
        if (name.includes(wanted)) await page.screenshot({ path, fullPage: !name.endsWith('dialog') });
      }
      if (complaints.length > 0) throw new Error(complaints.join('\n'));
      await context.close();
      console.log(`${size}, ${colorScheme}, ${language}`);
    }
  }
} finally {
  await app.stop();
}
