// The built app in a browser: opened below a sub-path, with every complaint of console and content policy remembered, and looked at by axe.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { configured } from '../../../www/page-config.mjs';
import { launch, watchedPage } from './browser.mjs';
import { WORK, WWW_DIST, requireBuilt } from './paths.mjs';
import { serve } from './servers.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The engine and a search take a while on a busy machine. */
export const PATIENCE_MS = Number(process.env.VISAVIS_PATIENCE_MS ?? 120_000);

/** The app on a server of its own. `mounts` are further folders of the server. */
export async function startApp({ dist = WWW_DIST, mounts = {}, browserArguments = [], cors = false } = {}) {
  requireBuilt();
  const browser = await launch(browserArguments);
  const server = await serve({ '/a/sub/path/': dist, ...mounts }, { cors });
  const address = `${server.origin}/a/sub/path/`;
  return {
    browser,
    server,
    address,
    /** The app in a fresh profile. `hash` is the view, such as `#/people`. */
    async open({ hash = '', expected = [], context: given, ...options } = {}) {
      const context = given ?? (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options }));
      const watched = await watchedApp(context, expected);
      await watched.page.goto(address + hash);
      return { context, ...watched };
    },
    /** Runs a test in a fresh profile; complaints of console and content policy fail it. */
    async run(test, options) {
      const opened = await this.open(options);
      try {
        await test(opened.page, opened);
        assert.deepEqual(opened.complaints, []);
      } finally {
        await opened.context.close();
      }
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

/** A copy of the built app with other libraries, as `www/configure.mjs` makes it. Its large files are links to the built ones. */
export function configuredApp(name, config) {
  const dist = join(WORK, `app-${name}`);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  for (const file of ['assets', 'queries', 'icon.svg', 'icon-192.png', 'app.webmanifest', 'sw.js']) symlinkSync(join(WWW_DIST, file), join(dist, file));
  writeFileSync(join(dist, 'index.html'), configured(readFileSync(join(WWW_DIST, 'index.html'), 'utf8'), config));
  return dist;
}

/** A page that takes what its content policy had to refuse for an error of the console. */
export async function watchedApp(context, expected = []) {
  const watched = await watchedPage(context, expected);
  await watched.page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`content policy: ${violatedDirective} ${blockedURI}`));
  });
  return watched;
}

/** Fails with what axe finds at WCAG 2.2 AA in the page as it is now. */
export async function accessible(page, where) {
  await page.evaluate(AXE);
  // What is still coming into view has colours that are not the final ones. Asked anew at every frame: of what is out of sight, Chromium tells the end with the next
  // frame only, and there may be none (`finished` would wait for ever).
  const settled = () => document.getAnimations().every(({ effect, playState }) => playState === 'finished' || effect.getComputedTiming().iterations === Infinity);
  await page.waitForFunction(settled, undefined, { timeout: PATIENCE_MS });
  const { violations } = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), WCAG);
  const faults = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} (${any.map(({ message }) => message).join('; ').slice(0, 160)})`).join(' | ')}`);
  assert.deepEqual(faults, [], where);
}

/** Searches with a file. */
export const choose = (page, path) => page.locator('#file').setInputFiles(path);

/** Drops files and folders of the disk on an element, as a visitor would: the browser makes the handles. */
export async function drop(page, selector, files) {
  const devtools = await page.context().newCDPSession(page);
  const { x, y } = await page.locator(selector).boundingBox();
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await devtools.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 20, data: { items: [], files, dragOperationsMask: 1 } });
  }
  await devtools.detach();
}

/** Waits until the search was answered. */
export const answered = (page) =>
  page.waitForFunction(() => (document.getElementById('response')?.textContent ?? '') !== '', undefined, { timeout: PATIENCE_MS, polling: 50 });

/** The answer of the search, as the package gave it. */
export const answer = async (page) => JSON.parse(await page.locator('#response').textContent());

/** Waits until the app tells of a problem, and answers its words. */
export async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor({ timeout: PATIENCE_MS });
  return page.locator('#problem').textContent();
}

/** Waits until every picture that is in sight is there. */
export const pictures = (page, selector) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll(wanted)].every((image) => image.complete && image.naturalWidth > 0), selector, { timeout: PATIENCE_MS });

/** The width that the page wants, beyond that of the window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
