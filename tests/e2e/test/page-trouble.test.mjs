// The app when things go wrong: files, cameras, networks, hosts, disks.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answer, answered, choose, configuredApp, drop as dropOnDisk, problem, startApp, watchedApp } from '../lib/app.mjs';
import { launch } from '../lib/browser.mjs';
import { WORK, WWW_DIST, queries, sample } from '../lib/paths.mjs';
import { png } from '../lib/pictures.mjs';
import { serve } from '../lib/servers.mjs';

const { known } = queries();
const PHOTO = sample(`queries/${known[0]}`);

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.stop());

const inApp = (run, options) => app.run(run, options);

/** Drops files that the page makes of one it can fetch. */
const drop = (page, count) =>
  page.evaluate(
    async ([n, url]) => {
      const bytes = await (await fetch(url)).blob();
      const data = new DataTransfer();
      for (let index = 0; index < n; index += 1) data.items.add(new File([bytes], `${index}.jpg`, { type: 'image/jpeg' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    },
    [count, `queries/${known[0]}`],
  );

describe('photos of all kinds', () => {
  it('takes the first of 500 files that are dropped, and adds all of them to the visitor’s library where that is wanted', () =>
    inApp(async (page) => {
      await page.locator('#drop').waitFor();
      await drop(page, 500);
      await answered(page);
      assert.equal(await page.locator('.library-select select').inputValue(), 'gallery');
      await page.locator('.notice', { hasText: '500 files' }).locator('#add-all').click();
      assert.equal(await page.locator('.library-select select').inputValue(), 'mine');
      // All are copies of one photo: one is added, the others are known then.
      await page.locator('#outcome', { hasText: '1 file was added. 499 were in the library already.' }).waitFor({ timeout: PATIENCE_MS });
    }));

  it('says where a folder can be added that is dropped on the search, and searches with the photo beside it', () =>
    inApp(async (page) => {
      const folder = join(WORK, 'holidays');
      mkdirSync(folder, { recursive: true });
      await dropOnDisk(page, '#drop', [folder]);
      assert.match(await problem(page), /This is a folder\..*“My library”/);
      await accessible(page, 'a folder');
      await dropOnDisk(page, '#drop', [folder, PHOTO]);
      await answered(page);
      assert.equal(await page.locator('.notice').count(), 0);
    }));

  it('looks at a photo of 100 megapixels', () =>
    inApp(async (page) => {
      await choose(page, { name: 'large.png', mimeType: 'image/png', buffer: png(10_000, 10_000, { pixels: Buffer.alloc(10_000 * 30_001) }) });
      assert.match(await problem(page), /No face was found/);
      await choose(page, PHOTO);
      await answered(page);
    }));

  it('shows 60 faces of one photo, and searches for all of them', () =>
    inApp(async (page) => {
      const bytes = await page.evaluate(
        async (urls) => {
          const images = await Promise.all(urls.map(async (url) => createImageBitmap(await (await fetch(url)).blob())));
          const canvas = new OffscreenCanvas(2000, 1500);
          const context = canvas.getContext('2d');
          for (let index = 0; index < 60; index += 1) {
            const image = images[index % images.length];
            context.drawImage(image, 0, 0, image.width, image.width * 1.25, (index % 10) * 200, Math.floor(index / 10) * 250, 200, 250);
          }
          return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })).arrayBuffer()));
        },
        [`queries/${known[1]}`, `queries/${known[2]}`],
      );
      await choose(page, { name: 'crowd.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) });
      await answered(page);
      const faces = await page.locator('#stage button.face').count();
      assert.ok(faces >= 55 && faces <= 65, `${faces} faces`);
      await page.locator('#all-faces').click();
      await page.waitForFunction(() => document.getElementById('results').ariaBusy === 'false' && document.querySelectorAll('.card').length >= 2, undefined, { timeout: PATIENCE_MS });
      await accessible(page, '60 faces');
    }));
});

describe('cameras', () => {
  it('asks first, says that there is none, and goes on', () =>
    inApp(async (page) => {
      await page.locator('#camera').click();
      assert.match(await page.locator('dialog').textContent(), /sent nowhere/);
      await accessible(page, 'the consent');
      await page.locator('#camera-agree').click();
      await page.locator('dialog .problem:not([hidden])', { hasText: /no camera here|was refused/ }).waitFor();
      await page.keyboard.press('Escape');
      await choose(page, PHOTO);
      await answered(page);
    }));

  it('says so when it is refused, and takes a photo when it is not', async () => {
    const browser = await launch(['--use-fake-device-for-media-stream']);
    try {
      const context = await browser.newContext({ locale: 'en-GB' });
      const { page, complaints } = await watchedApp(context);
      await page.goto(app.address);
      await page.locator('#camera').click();
      await page.locator('#camera-agree').click();
      await page.locator('dialog .problem:not([hidden])', { hasText: 'was refused' }).waitFor();
      await context.grantPermissions(['camera']);
      await page.locator('#camera-agree').click();
      await page.waitForFunction(() => document.querySelector('.live video')?.videoWidth > 0, undefined, { timeout: PATIENCE_MS });
      await accessible(page, 'the camera');
      await page.locator('#camera-take').click();
      // Chromium's test picture shows nobody.
      assert.match(await problem(page), /No face was found/);
      assert.equal(await page.locator('dialog[open]').count(), 0);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });
});

describe('networks', () => {
  it('shows the progress of a slow one', async () => {
    const server = await serve({ '/slow/': WWW_DIST }, { bytesPerSecond: 3_000_000 });
    const { context, page, complaints } = await blank();
    await page.goto(`${server.origin}/slow/`);
    const told = new Set();
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end && told.size < 3; await page.waitForTimeout(50)) {
      const [, done] = /ready: ([\d.]+ [kM]B) of/.exec((await page.locator('.engine-progress').textContent({ timeout: 5000 }).catch(() => '')) ?? '') ?? [];
      if (done !== undefined) told.add(done);
    }
    assert.ok(told.size >= 3, [...told].join(', '));
    await choose(page, PHOTO);
    await answered(page);
    assert.deepEqual(complaints, []);
    await context.close();
    await server.close();
  });

  it('recovers by itself when a lost one comes back', async () => {
    const { context, page } = await blank({ expected: [/ERR_INTERNET_DISCONNECTED|Failed to fetch|net::/] });
    await page.goto(app.address);
    await page.locator('#drop').waitFor();
    await context.setOffline(true);
    await page.reload().catch(() => undefined);
    // The page itself is kept by nobody yet; it is loaded before the network goes.
    await context.setOffline(false);
    await context.route(/\.(wasm|onnx)$/, (route) => route.abort('internetdisconnected'));
    await page.goto(app.address);
    await page.locator('.engine-status .problem').waitFor({ timeout: PATIENCE_MS });
    await accessible(page, 'an engine that did not come');
    await context.unroute(/\.(wasm|onnx)$/);
    await context.setOffline(true);
    await page.locator('.notice', { hasText: 'no network' }).waitFor();
    await context.setOffline(false);
    await page.waitForFunction(() => document.querySelector('.engine-status .problem') === null, undefined, { timeout: PATIENCE_MS });
    await choose(page, PHOTO);
    await answered(page);
    await context.close();
  });

  it('says so when the library vanishes while it is searched, and searches when it is back', async () => {
    const { context, page } = await blank({ expected: [/ERR_|404|Failed to load/] });
    await context.route(/\.arrow$/, (route) => route.abort('connectionreset'));
    await page.goto(app.address);
    await choose(page, PHOTO);
    assert.match(await problem(page), /could not be reached/);
    await page.locator('#stage button.face').first().waitFor();
    await context.unroute(/\.arrow$/);
    await page.locator('#problem').getByRole('button', { name: 'Try again' }).click();
    await answered(page);
    assert.ok((await answer(page)).Total >= 1);
    await context.close();
  });

  it('shows no figures of another library where there is none at an address, or none yet', async () => {
    const server = await serve({ '/': WWW_DIST });
    const { context, page, complaints } = await blank({ expected: [/404/] });
    await page.goto(`${server.origin}/#/library`);
    const added = async (name, address) => {
      await page.locator('#new-name').fill(name);
      await page.locator('#new-url').fill(address);
      await page.locator('#new-add').click();
      await page.locator('h1', { hasText: name }).waitFor({ timeout: PATIENCE_MS });
    };
    const media = page.locator('#media-count');
    await media.waitFor({ timeout: PATIENCE_MS });
    await page.locator('#new-library summary').click();
    await added('Slow', './gate/late/library/');
    await media.waitFor({ state: 'detached' });
    server.openGate('late');
    await media.waitFor({ timeout: PATIENCE_MS });
    await added('Nowhere', './nowhere/');
    await page.locator('.problem:not([hidden])', { hasText: 'There is no library here' }).waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator('.facts, #browse').count(), 0);
    await accessible(page, 'a library that is not there');
    // Nor people of another one.
    await page.locator('.library-select select').selectOption('gallery');
    await page.locator('.nav a[href="#/people"]').click();
    await page.locator('.grid.people').first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('.library-select select').selectOption('Nowhere');
    await page.locator('.problem:not([hidden])', { hasText: 'There is no library here' }).waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator('.grid.people').count(), 0);
    // The one of before is as it was.
    await page.locator('.library-select select').selectOption('gallery');
    await page.locator('.grid.people').first().waitFor({ timeout: PATIENCE_MS });
    assert.deepEqual(complaints, []);
    await context.close();
    await server.close();
  });

  it('fetches photos from sites that the publisher allows, with CORS, and says what is wrong without', async () => {
    const photos = { '/photos/': sample('queries') };
    const [open, closed, other] = [await serve(photos, { cors: true }), await serve(photos), await serve(photos, { cors: true })];
    const dist = configuredApp('photos', { libraries: [{ name: 'near', url: '/library/' }], origins: [open.origin, closed.origin] });
    const near = await serve({ '/': dist, '/library/': join(WWW_DIST, 'library') });
    const { context, page, complaints } = await blank({ expected: [/CORS|ERR_FAILED/] });
    await page.goto(`${near.origin}/`);
    // Beside the field and in the policy stand the same sites.
    const hint = await page.locator('#address-hint').textContent();
    const fetched = async (origin) => {
      await page.locator('#address').fill(`${origin}/photos/${queries().known[0]}`);
      await page.keyboard.press('Enter');
    };
    for (const { origin } of [near, open, closed]) assert.ok(hint.includes(origin), `${origin} in: ${hint}`);
    await fetched(other.origin);
    assert.match(await problem(page), new RegExp(`not let it fetch from ${new URL(other.origin).host}, but from ${near.origin}, ${open.origin}, ${closed.origin} only`));
    await accessible(page, 'a site that is not allowed');
    await fetched(closed.origin);
    await page.locator('#problem', { hasText: 'CORS' }).waitFor();
    await fetched(open.origin);
    await answered(page);
    assert.ok((await answer(page)).Total >= 1);
    assert.deepEqual([other.requests.length, open.requests.length, open.requests[0].path], [0, 1, `/photos/${queries().known[0]}`]);
    assert.deepEqual(complaints, []);
    await context.close();
    await Promise.all([near, open, closed, other].map((server) => server.close()));
  });

  it('lets a photo that is chosen win over an address that is still loading', async () => {
    const server = await serve({ '/': WWW_DIST });
    const { context, page, complaints } = await blank();
    await page.goto(`${server.origin}/`);
    const fetched = async (address) => {
      await page.locator('#address').fill(address);
      await page.keyboard.press('Enter');
    };
    await fetched(`gate/slow/queries/${known[1]}`);
    await page.locator('.address [role=status]', { hasText: 'Loading' }).waitFor();
    const given = { name: 'mine.jpg', mimeType: 'image/jpeg', buffer: readFileSync(PHOTO) };
    await Promise.all([page.waitForEvent('requestfailed', (request) => request.url().includes('/gate/slow/')), choose(page, given)]);
    server.openGate('slow');
    await answered(page);
    assert.equal(await page.locator('#stage img.photo').getAttribute('alt'), 'The chosen photo: mine.jpg');
    // A name that is not encoded as it should be is taken as it stands.
    await page.getByRole('button', { name: 'Another photo' }).click();
    await page.route(/50%\.jpg$/, (route) => route.fulfill({ path: PHOTO }));
    await fetched('queries/50%.jpg');
    await answered(page);
    assert.equal(await page.locator('#stage img.photo').getAttribute('alt'), 'The chosen photo: 50%.jpg');
    assert.deepEqual(complaints, []);
    await context.close();
    await server.close();
  });

  it('searches a library of another origin with CORS, and says what is wrong without', async () => {
    for (const cors of [true, false]) {
      const far = await serve({ '/far/': join(WWW_DIST, 'library') }, { cors });
      const dist = configuredApp(`cors-${cors}`, { libraries: [{ name: 'far', url: `${far.origin}/far/`, title: 'Far away' }] });
      const near = await serve({ '/': dist });
      const { context, page, complaints } = await blank({ expected: cors ? [] : [/CORS|ERR_FAILED/] });
      await page.goto(`${near.origin}/`);
      await choose(page, PHOTO);
      if (cors) {
        await answered(page);
        assert.ok((await answer(page)).Total >= 1);
        await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.naturalWidth > 0), undefined, { timeout: PATIENCE_MS });
        assert.equal(await page.locator('.library-select option').first().textContent(), 'Far away');
      } else {
        assert.match(await problem(page), /CORS/);
      }
      assert.deepEqual(complaints, []);
      await context.close();
      await Promise.all([near.close(), far.close()]);
    }
  });
});

describe('disks', () => {
  it('says so when the storage is full, and loses nothing', async () => {
    const { context, page, complaints } = await app.open({ hash: '#/library' });
    await page.locator('.library-select select').selectOption('mine');
    await page.locator('#add-files').setInputFiles(sample('gallery/joe_biden.jpg'));
    await page.locator('#outcome', { hasText: '1 file was added' }).waitFor({ timeout: PATIENCE_MS });
    const devtools = await context.newCDPSession(page);
    const used = await page.evaluate(async () => (await navigator.storage.estimate()).usage);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: app.server.origin, quotaSize: used + 2000 });
    await page.locator('#add-files').setInputFiles([sample('gallery/eileen_collins.jpg'), sample('gallery/barack_obama_1.jpg')]);
    await page.locator('#add-problem:not([hidden])', { hasText: 'no space left' }).waitFor({ timeout: PATIENCE_MS });
    await accessible(page, 'a full disk');
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: app.server.origin });
    await page.reload();
    await page.waitForFunction(() => document.getElementById('media-count')?.textContent === '1', undefined, { timeout: PATIENCE_MS });
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

/** A fresh profile without the app, and without a service worker. */
async function blank({ expected = [] } = {}) {
  const context = await app.browser.newContext({ locale: 'en-GB', serviceWorkers: 'block' });
  return { context, ...(await watchedApp(context, expected)) };
}
