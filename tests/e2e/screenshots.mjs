// node screenshots.mjs [NAME]: pictures of every view at three widths, light and dark, into target/screenshots, to be looked at. With NAME, those
// views only whose name contains it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE_MS, answered, choose, startApp } from './lib/app.mjs';
import { SCREENSHOTS, queries, sample, stranger } from './lib/paths.mjs';

const SIZES = [['phone', 390, 844], ['tablet', 820, 1180], ['wide', 1440, 900]];
const { known } = queries();
const GALLERY = ['barack_obama_1.jpg', 'barack_obama_2.jpg', 'eileen_collins.jpg', 'joe_biden.jpg'].map((name) => sample(`gallery/${name}`));

const search = async (page, photo) => {
  await page.locator('.nav a[href="#/search"]').click();
  await choose(page, photo);
  await answered(page);
  await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.complete), undefined, { timeout: PATIENCE_MS });
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

/** What is shown, in this order, in one visit each. */
const VIEWS = {
  start: async (page) => page.locator('#sample-list img').last().waitFor(),
  results: (page) => search(page, sample(`queries/${known[0]}`)),
  filters: (page) => page.locator('.filters summary').click(),
  compare: async (page) => {
    await page.locator('.card .compare').nth(1).click();
    await page.waitForTimeout(2000);
  },
  nobody: async (page) => {
    await page.keyboard.press('Escape');
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
    await page.waitForTimeout(1500);
  },
  library: view('library'),
  map: async (page) => {
    await view('map')(page);
    await page.locator('#plane .spot').first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('#next-face').click();
  },
  histogram: async (page) => {
    await page.locator('.nav a[href="#/search"]').click();
    await search(page, sample(`queries/${known[0]}`));
    await page.locator('#histogram-summary').click();
    await page.locator('#histogram').waitFor({ timeout: PATIENCE_MS });
  },
  privacy: view('privacy'),
  chinese: async (page) => {
    await page.locator('.tools select').nth(1).selectOption('zh');
    await search(page, sample(`queries/${known[0]}`));
  },
  own: async (page) => {
    await page.locator('.tools select').nth(1).selectOption('en');
    await page.locator('.library-select select').selectOption('mine');
    await view('library')(page);
    await page.locator('#add-files').setInputFiles([...GALLERY, sample('README.md')]);
    await page.locator('#outcome').waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(1000);
  },
};

mkdirSync(SCREENSHOTS, { recursive: true });
const wanted = process.argv[2] ?? '';
const app = await startApp();
try {
  for (const [size, width, height] of SIZES) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page, complaints } = await app.open({ viewport: { width, height }, colorScheme });
      for (const [name, show] of Object.entries(VIEWS)) {
        await show(page);
        if (name.includes(wanted)) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size}-${colorScheme}.png`), fullPage: name !== 'compare' });
      }
      if (complaints.length > 0) throw new Error(complaints.join('\n'));
      await context.close();
      console.log(`${size}, ${colorScheme}`);
    }
  }
} finally {
  await app.stop();
}
