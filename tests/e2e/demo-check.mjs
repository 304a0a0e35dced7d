// node demo-check.mjs URL PHOTO [--match]: searches PHOTO on the served page in headless Chromium. Prints the SearchMediaByFace response as one
// line of JSON, and nothing else. With --match, an answer without a match is an error too.
import { existsSync } from 'node:fs';
import { launch, watchedPage } from './lib/browser.mjs';

const LIMIT_MS = 240_000;

async function check(url, photo) {
  if (url === undefined || photo === undefined) throw new Error('usage: node demo-check.mjs URL PHOTO [--match]');
  if (!existsSync(photo)) throw new Error(`${photo} is not there`);
  const browser = await launch();
  try {
    const { page, complaints } = await watchedPage(await browser.newContext());
    page.setDefaultTimeout(LIMIT_MS);
    await page.goto(url);
    await page.locator('#file').setInputFiles(photo);
    await page.waitForFunction(() => document.getElementById('response').textContent !== '' || !document.getElementById('problem').hidden);
    const { problem, response } = await page.evaluate(() => ({
      problem: document.getElementById('problem').textContent,
      response: document.getElementById('response').textContent,
    }));
    if (response === '') throw new Error(`the page says: ${problem}`);
    if (complaints.length > 0) throw new Error(`the browser's console has errors:\n${complaints.join('\n')}`);
    return JSON.parse(response);
  } finally {
    await browser.close();
  }
}

try {
  const [url, photo, ...flags] = process.argv.slice(2);
  const response = await check(url, photo);
  if (flags.includes('--match') && response.Total === 0) throw new Error(`nobody was found: ${JSON.stringify(response)}`);
  console.log(JSON.stringify(response));
} catch (error) {
  console.error(`demo-check: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
