// node scripts/make-icons.mjs CHROMIUM: draws public/icon-192.png and icon-512.png from public/icon.svg. The files are committed; run it when the icon changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from '../../tests/e2e/node_modules/playwright-core/index.mjs';

const place = (name) => new URL(`../public/${name}`, import.meta.url);
const browser = await chromium.launch({ executablePath: process.argv[2] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const side of [192, 512]) {
    const page = await browser.newPage({ viewport: { width: side, height: side } });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${readFileSync(place('icon.svg'), 'utf8')}`);
    // Maskable icons are cut by the system: the corners are filled.
    await page.evaluate(() => document.querySelector('rect').setAttribute('rx', '0'));
    writeFileSync(place(`icon-${side}.png`), await page.screenshot());
    await page.close();
  }
} finally {
  await browser.close();
}
