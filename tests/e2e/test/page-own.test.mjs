// Libraries of the visitor's own, and the people in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS, accessible, answer, answered, choose, drop, startApp } from '../lib/app.mjs';
import { CLIPS, WORK, queries, sample } from '../lib/paths.mjs';

const { known, strangers } = queries();
const GALLERY = ['barack_obama_1.jpg', 'barack_obama_2.jpg', 'eileen_collins.jpg', 'joe_biden.jpg', 'coffee.jpg'].map((name) => sample(`gallery/${name}`));

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.stop());

/** The own library, empty, in a fresh profile. */
async function inOwn(run, options = {}) {
  const opened = await app.open({ hash: '#/library', acceptDownloads: true, ...options });
  try {
    await opened.page.locator('.library-select select').selectOption('mine');
    await opened.page.locator('#add-files').waitFor({ state: 'attached', timeout: PATIENCE_MS });
    await run(opened.page, opened);
    assert.deepEqual(opened.complaints, []);
  } finally {
    await opened.context.close();
  }
}

async function add(page, files) {
  await page.locator('#add-files').setInputFiles(files);
  await page.locator('#outcome').waitFor({ timeout: PATIENCE_MS });
  return page.locator('#outcome').textContent();
}

const mediaCount = (page, wanted) => page.waitForFunction((n) => document.getElementById('media-count')?.textContent === String(n), wanted, { timeout: PATIENCE_MS });

describe('a library of one’s own', () => {
  it('is made of photos and films, searched, kept, exported, deleted and brought back', () =>
    inOwn(async (page, { context }) => {
      await accessible(page, 'the empty library');
      const text = join(WORK, 'files', 'notes.txt');
      mkdirSync(join(WORK, 'files'), { recursive: true });
      writeFileSync(text, 'no picture at all');
      assert.match(await add(page, [...GALLERY, text]), /5 files were added\. 1 file failed\./);
      assert.match(await page.locator('#failed-files').textContent(), /notes\.txt.*no picture that can be read/s);
      await mediaCount(page, 5);
      assert.match(await page.locator('.storage').textContent(), /^\d[\d.]* [kM]B of \d[\d.]* [MG]B are used by this site\.$/);
      assert.ok((await page.locator('#storage').evaluate((meter) => meter.value / meter.max)) > 0);
      await accessible(page, 'the filled library');
      // It is searched like any other.
      await page.locator('.nav a[href="#/search"]').click();
      await choose(page, sample(`queries/${known[0]}`));
      await answered(page);
      assert.equal((await answer(page)).Total, 2);
      // And is there after a reload.
      await page.reload();
      await page.locator('.nav a[href="#/library"]').click();
      await mediaCount(page, 5);
      const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
      const zip = join(WORK, 'files', 'mine.zip');
      await saved.saveAs(zip);
      assert.ok(readFileSync(zip).length > 10_000);
      await page.locator('#delete-library').click();
      await accessible(page, 'the question');
      await page.locator('#sure').click();
      await mediaCount(page, 0);
      await page.locator('#import').setInputFiles(zip);
      await page.waitForFunction(() => /Imported: 5/.test(document.getElementById('keep-told').textContent), undefined, { timeout: PATIENCE_MS });
      await mediaCount(page, 5);
      // A library that is not empty is replaced only when that was said.
      await page.locator('#import').setInputFiles(zip);
      await page.locator('dialog #sure').click({ timeout: PATIENCE_MS });
      await page.waitForFunction(() => /Imported: 5/.test(document.getElementById('keep-told').textContent), undefined, { timeout: PATIENCE_MS });
      await page.locator('#import').setInputFiles({ name: 'bad.zip', mimeType: 'application/zip', buffer: Buffer.from('PK no zip') });
      await page.locator('dialog #sure').click({ timeout: PATIENCE_MS });
      await page.locator('#keep-problem:not([hidden])').waitFor({ timeout: PATIENCE_MS });
      // What was chosen is deleted, the rest stays.
      await page.locator('#browse-grid input[type=checkbox]').first().check();
      await page.locator('#delete-media').click();
      await accessible(page, 'the question of what was chosen');
      await page.keyboard.press('Escape');
      await mediaCount(page, 5);
      await page.locator('#delete-media').click();
      await page.locator('#delete-media-sure').click();
      await mediaCount(page, 4);
      assert.equal((await context.pages()).length, 1);
    }));

  it('pauses, goes on, is cancelled, and plays a film that was added', () =>
    inOwn(async (page) => {
      await page.locator('#add-files').setInputFiles(join(CLIPS, 'clip.webm'));
      await page.locator('#pause').click({ timeout: PATIENCE_MS });
      await page.getByRole('button', { name: 'Go on' }).waitFor({ timeout: PATIENCE_MS });
      await accessible(page, 'a pause');
      await drop(page, '#adding', [GALLERY[0]]);
      await page.locator('#add-problem:not([hidden])', { hasText: 'being added already' }).waitFor({ timeout: PATIENCE_MS });
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.locator('#adding p[role=status]', { hasText: /^0 of 1 file · \d+:\d\d left$/ }).waitFor({ timeout: PATIENCE_MS });
      await page.locator('#cancel-adding').click();
      await page.locator('#outcome', { hasText: 'Cancelled' }).waitFor({ timeout: PATIENCE_MS });
      await mediaCount(page, 0);
      assert.match(await add(page, [join(CLIPS, 'clip.webm')]), /1 file was added/);
      await mediaCount(page, 1);
      await page.locator('#browse-grid a.picture').click();
      await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2, undefined, { timeout: PATIENCE_MS });
      await page.locator('.occurrence').last().click();
      await page.waitForFunction(() => document.querySelector('video').currentTime > 6.5, undefined, { timeout: PATIENCE_MS });
      await page.locator('.film .frame.named').first().waitFor();
      // After a reload its file is asked for, and no other is taken.
      await page.reload();
      const file = page.locator('input[type=file][accept="video/*"]');
      await file.waitFor({ state: 'attached', timeout: PATIENCE_MS });
      await accessible(page, 'a film whose file is not there');
      await file.setInputFiles(join(CLIPS, 'clip.mp4'));
      await page.locator('.problem:not([hidden])', { hasText: 'another film' }).waitFor();
      await file.setInputFiles(join(CLIPS, 'clip.webm'));
      await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2, undefined, { timeout: PATIENCE_MS });
    }));

  it('shows a film whose picture begins after its sound at the times at which faces are seen', () =>
    inOwn(async (page) => {
      const late = join(WORK, 'files', 'late.mp4');
      mkdirSync(join(WORK, 'files'), { recursive: true });
      const sound = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono'];
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-itsoffset', '0.8', '-i', join(CLIPS, 'clip.mp4'), ...sound, '-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-t', '3', late]);
      assert.match(await add(page, [late]), /1 file was added/);
      await page.locator('#browse-grid a.picture').click();
      await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2, undefined, { timeout: PATIENCE_MS });
      // Somebody is there from the first picture on.
      await page.locator('.film .frame.named').first().waitFor({ timeout: PATIENCE_MS });
      await page.locator('.occurrence').first().click();
      await page.waitForFunction(() => Math.abs(document.querySelector('video').currentTime - 0.8) < 0.1, undefined, { timeout: PATIENCE_MS });
    }));

  it('takes photos and folders that are dropped on it', () =>
    inOwn(async (page) => {
      const folder = join(WORK, 'dropped');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(join(folder, 'within'), { recursive: true });
      copyFileSync(GALLERY[2], join(folder, 'eileen.jpg'));
      copyFileSync(GALLERY[3], join(folder, 'within', 'joe.jpg'));
      writeFileSync(join(folder, 'notes.txt'), 'no picture at all');
      await drop(page, '.drop', [GALLERY[0], GALLERY[1]]);
      await page.locator('#outcome', { hasText: '2 files were added' }).waitFor({ timeout: PATIENCE_MS });
      await mediaCount(page, 2);
      // A folder and a file at once, one of them known already; what is no picture in a folder is passed over.
      await drop(page, '.drop', [folder, GALLERY[1]]);
      await page.locator('#outcome', { hasText: '2 files were added. 1 was in the library already.' }).waitFor({ timeout: PATIENCE_MS });
      await mediaCount(page, 4);
      const titles = await page.locator('#browse-grid .title').allTextContents();
      assert.deepEqual(titles.sort(), ['barack_obama_1', 'barack_obama_2', 'eileen', 'joe']);
      // What was dropped is shown as it is, not as the library's small preview.
      await page.locator('#browse-grid a[aria-label*="barack_obama_1"]').click();
      await page.waitForFunction(() => document.querySelector('.media-stage img')?.naturalWidth > 480, undefined, { timeout: PATIENCE_MS });
    }));

  it('takes dropped folders in browsers that have no handles of files', () =>
    inOwn(async (page) => {
      const folder = join(WORK, 'entries');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(join(folder, 'within'), { recursive: true });
      copyFileSync(GALLERY[2], join(folder, 'eileen.jpg'));
      copyFileSync(GALLERY[3], join(folder, 'within', 'joe.jpg'));
      writeFileSync(join(folder, 'notes.txt'), 'no picture at all');
      await page.evaluate(() => delete DataTransferItem.prototype.getAsFileSystemHandle);
      await drop(page, '.drop', [folder, GALLERY[0]]);
      await page.locator('#outcome', { hasText: /^3 files were added\.$/ }).waitFor({ timeout: PATIENCE_MS });
      await mediaCount(page, 3);
      await page.locator('#browse-grid a[aria-label*="joe"]').click();
      await page.waitForFunction(() => document.querySelector('.media-stage img')?.src.startsWith('blob:'), undefined, { timeout: PATIENCE_MS });
    }));

  it('takes files and a folder that are chosen by handles, and finds them again in the next visit', () =>
    inOwn(async (page) => {
      // The browser's dialogs cannot be driven: they answer with handles of files that the page has written.
      const bytes = [GALLERY[2], GALLERY[3]].map((path) => readFileSync(path).toString('base64'));
      await page.evaluate(async (texts) => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen', { create: true });
        for (const [index, text] of texts.entries()) {
          const stream = await (await folder.getFileHandle(`${index}.jpg`, { create: true })).createWritable();
          await stream.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
          await stream.close();
        }
        globalThis.showDirectoryPicker = async () => folder;
        globalThis.showOpenFilePicker = async () => [await folder.getFileHandle('0.jpg')];
      }, bytes);
      await page.getByText('Choose files').click();
      await page.locator('#outcome', { hasText: /^1 file was added\.$/ }).waitFor({ timeout: PATIENCE_MS });
      await page.getByText('Choose a folder').click();
      await page.locator('#outcome', { hasText: '1 file was added. 1 was in the library already.' }).waitFor({ timeout: PATIENCE_MS });
      await mediaCount(page, 2);
      await page.evaluate(() => {
        globalThis.showOpenFilePicker = () => Promise.reject(new DOMException('nothing was chosen', 'AbortError'));
      });
      await page.getByText('Choose files').click();
      assert.equal(await page.locator('#add-problem').isHidden(), true);
      for (const title of ['0', '1']) {
        await page.reload();
        await page.locator('.nav a[href="#/library"]').click();
        await page.locator(`#browse-grid a[aria-label="Open ${title}"]`).click({ timeout: PATIENCE_MS });
        await page.waitForFunction(() => document.querySelector('.media-stage img')?.src.startsWith('blob:'), undefined, { timeout: PATIENCE_MS });
      }
    }));

  it('opens what was dropped again in a later visit, and asks where the browser wants that', () =>
    inOwn(async (page) => {
      const folder = join(WORK, 'reopened');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const film = join(folder, 'film.webm');
      copyFileSync(join(CLIPS, 'clip.webm'), film);
      await drop(page, '.drop', [film]);
      await page.locator('#outcome', { hasText: '1 file was added' }).waitFor({ timeout: PATIENCE_MS });
      await page.locator('#browse-grid a.picture').click();
      const plays = () => page.waitForFunction(() => document.querySelector('video')?.readyState >= 2, undefined, { timeout: PATIENCE_MS });
      await plays();
      await page.reload();
      await plays();
      assert.equal(await page.locator('#reopen').count(), 0);
      // From now on the browser asks, as it does in a visit of another day; the visitor allows it.
      await page.addInitScript(() => {
        FileSystemHandle.prototype.queryPermission = async () => 'prompt';
        FileSystemHandle.prototype.requestPermission = async () => 'granted';
      });
      await page.reload();
      await page.locator('#reopen').waitFor({ timeout: PATIENCE_MS });
      assert.equal(await page.locator('.film .frame').count(), 0, 'no boxes on a cover');
      await accessible(page, 'a film that can be opened again');
      await page.locator('#reopen').click();
      await plays();
      assert.equal(await page.locator('#reopen').count(), 0);
      // A file that is gone is not opened, and the film can be chosen.
      rmSync(film);
      await page.reload();
      await page.locator('#reopen').click({ timeout: PATIENCE_MS });
      await page.locator('.problem:not([hidden])', { hasText: 'film.webm could not be opened' }).waitFor({ timeout: PATIENCE_MS });
      await page.evaluate(async (text) => {
        const handle = await (await navigator.storage.getDirectory()).getFileHandle('film.webm', { create: true });
        const stream = await handle.createWritable();
        await stream.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
        await stream.close();
        globalThis.showOpenFilePicker = async () => [handle];
      }, readFileSync(join(CLIPS, 'clip.webm')).toString('base64'));
      await page.getByText('Choose the film').click();
      await plays();
      // What was chosen here is found again, too.
      await page.reload();
      await page.locator('#reopen').click({ timeout: PATIENCE_MS });
      await plays();
    }));

  it('takes a folder of text files, and 500 files at once', () =>
    inOwn(async (page) => {
      const folder = join(WORK, 'texts');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      for (let index = 0; index < 500; index += 1) writeFileSync(join(folder, `${index}.txt`), `text ${index}`);
      await page.locator('#add-folder').setInputFiles(folder);
      await page.locator('#outcome', { hasText: 'There are no photos or films in it.' }).waitFor({ timeout: PATIENCE_MS });
      await page.locator('#add-files').setInputFiles(readdirSync(folder).map((name) => join(folder, name)));
      await page.locator('#outcome', { hasText: '500' }).waitFor({ timeout: PATIENCE_MS });
      assert.match(await page.locator('#outcome').textContent(), /0 files were added\. 500 files failed\./);
      assert.equal(await page.locator('#failed-files li').count(), 100);
      await mediaCount(page, 0);
      await accessible(page, 'many failures');
    }));

  it('has people who are found, named, merged, divided and deleted', () =>
    inOwn(async (page) => {
      assert.match(await add(page, [...GALLERY, ...[...known, ...strangers].map((name) => sample(`queries/${name}`))]), /10 files were added/);
      await page.locator('.nav a[href="#/people"]').click();
      const cards = page.locator('.person-card');
      await cards.first().waitFor({ timeout: PATIENCE_MS });
      assert.match(await cards.first().textContent(), /Unnamed/);
      const count = await cards.count();
      assert.ok(count >= 2, `${count} people were found`);
      const sizes = (await page.locator('.person-card .small').allTextContents()).map(Number.parseFloat);
      assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a), 'the largest come first');
      await page.waitForFunction(() => [...document.querySelectorAll('.person-card img')].every((image) => image.naturalWidth > 0), undefined, { timeout: PATIENCE_MS });
      await accessible(page, 'people');
      // Named: the first of them, who then stands behind those without a name.
      await cards.first().locator('a').click();
      await page.locator('#person-name').fill('Ada');
      await page.keyboard.press('Enter');
      await page.locator('h1', { hasText: 'Ada' }).waitFor({ timeout: PATIENCE_MS });
      await page.waitForFunction(() => [...document.querySelectorAll('ul.faces li')].every((face) => /quality 0\.\d\d/.test(face.textContent)), undefined, { timeout: PATIENCE_MS });
      await accessible(page, 'a person');
      const faces = page.locator('ul.faces li');
      const before = await faces.count();
      // Divided: one face is somebody else's.
      await faces.first().locator('input').check();
      await page.locator('#split').click();
      await page.waitForFunction(() => document.querySelectorAll('ul.faces li').length === 1, undefined, { timeout: PATIENCE_MS });
      // Merged again, and that is undone and done.
      await page.locator('#merge').click();
      await page.locator('#merge-with').selectOption({ label: `Ada (${before - 1} face${before === 2 ? '' : 's'})` });
      await accessible(page, 'merging');
      await page.locator('#merge-sure').click();
      await page.waitForFunction((n) => document.querySelectorAll('ul.faces li').length === n, before, { timeout: PATIENCE_MS });
      await page.locator('#unmerge').click();
      await page.waitForFunction((n) => document.querySelectorAll('ul.faces li').length === n, before - 1, { timeout: PATIENCE_MS });
      // Deleted: the photos stay.
      await page.locator('#delete-person').click();
      await page.locator('#delete-sure').click();
      await page.locator('.person-card').first().waitFor({ timeout: PATIENCE_MS });
      assert.equal(await page.locator('.person-name', { hasText: 'Ada' }).count(), 0);
      await page.locator('.nav a[href="#/library"]').click();
      await mediaCount(page, 10);
    }));

  it('lets single faces be taken from a person, down to the last', () =>
    inOwn(async (page) => {
      assert.match(await add(page, [GALLERY[0], GALLERY[1], sample(`queries/${known[0]}`)]), /3 files were added/);
      await page.locator('.nav a[href="#/people"]').click();
      await page.locator('.person-card a').first().click({ timeout: PATIENCE_MS });
      const faces = page.locator('ul.faces li');
      await faces.first().waitFor({ timeout: PATIENCE_MS });
      await page.locator('#person-name').fill('Barack');
      await page.keyboard.press('Enter');
      await page.locator('h1', { hasText: 'Barack' }).waitFor({ timeout: PATIENCE_MS });
      const count = await faces.count();
      assert.ok(count >= 2, `${count} faces`);
      assert.equal(await page.locator('#delete-faces').isDisabled(), true, 'no face is chosen');
      const [picture] = await faces.locator('img').evaluateAll((images) => images.map(({ src }) => src));
      await faces.first().locator('input').check();
      await page.locator('#delete-faces').click();
      await page.waitForFunction((n) => document.querySelectorAll('ul.faces li').length === n, count - 1, { timeout: PATIENCE_MS });
      const left = await faces.locator('img').evaluateAll((images) => images.map(({ src }) => src));
      assert.ok(!left.includes(picture), 'the face that was chosen is the one that went');
      await page.locator('h2', { hasText: `Seen in ${count - 1} photo` }).waitFor({ timeout: PATIENCE_MS });
      await accessible(page, 'a person without one face');
      // The photo stays; who is in it is nobody known.
      await page.locator('.nav a[href="#/library"]').click();
      await mediaCount(page, 3);
      await page.reload();
      await mediaCount(page, 3);
      const strangers = [];
      for (let index = 0; index < 3; index += 1) {
        await page.locator('#browse-grid a.picture').nth(index).click({ timeout: PATIENCE_MS });
        await page.locator('ul.seen li').first().waitFor({ timeout: PATIENCE_MS });
        strangers.push(...(await page.locator('ul.seen li').allTextContents()).filter((name) => name.startsWith('Somebody')));
        await page.goBack();
      }
      assert.deepEqual(strangers, ['Somebody (1)']);
      // A person of whom no face is left is still there by name, and can be deleted.
      await page.locator('.nav a[href="#/people"]').click();
      await page.locator('.person-card a', { hasText: 'Barack' }).click({ timeout: PATIENCE_MS });
      await faces.first().waitFor({ timeout: PATIENCE_MS });
      for (let index = 0; index < count - 1; index += 1) await faces.nth(index).locator('input').check();
      await page.locator('#delete-faces').click();
      await page.waitForFunction(() => document.querySelectorAll('ul.faces li').length === 0, undefined, { timeout: PATIENCE_MS });
      assert.equal(await page.locator('.problem:not([hidden])').count(), 0);
      await page.locator('h1', { hasText: 'Barack' }).waitFor({ timeout: PATIENCE_MS });
      await accessible(page, 'a person without faces');
      await page.locator('#delete-person').click();
      await page.locator('#delete-sure').click();
      await page.locator('main p', { hasText: 'Nobody yet' }).waitFor({ timeout: PATIENCE_MS });
    }));

  it('keeps nothing of what adding came to when it is deleted, or everything is forgotten, also while something is added', () =>
    inOwn(async (page) => {
      const broken = join(WORK, 'files', 'private.jpg');
      mkdirSync(join(WORK, 'files'), { recursive: true });
      writeFileSync(broken, 'no picture');
      const isClean = async () => {
        await page.locator('#add-files').waitFor({ state: 'attached', timeout: PATIENCE_MS });
        await mediaCount(page, 0);
        assert.equal(await page.locator('#outcome').count(), 0);
        assert.equal(await page.locator('#add-problem').isHidden(), true);
      };
      const erase = async () => {
        await page.locator('#delete-library').click();
        await page.locator('#sure').click();
        await page.locator('#keep-told', { hasText: 'was deleted' }).waitFor({ timeout: PATIENCE_MS });
        await isClean();
      };
      const forget = async () => {
        await page.locator('.nav a[href="#/privacy"]').click();
        await page.locator('#forget').click();
        await page.locator('#forget-sure').click();
        await page.locator('#forgotten', { hasText: 'Everything was forgotten' }).waitFor({ timeout: PATIENCE_MS });
        await page.locator('.nav a[href="#/library"]').click();
        await page.locator('.library-select select').selectOption('mine');
        await isClean();
      };
      for (const end of [erase, forget]) {
        assert.match(await add(page, [GALLERY[0], broken]), /1 file was added\. 1 file failed\..*private\.jpg/);
        await end();
        await page.locator('#add-files').setInputFiles([GALLERY[0], join(CLIPS, 'clip.webm')]);
        await page.locator('#pause').click({ timeout: PATIENCE_MS });
        await page.getByRole('button', { name: 'Go on' }).waitFor({ timeout: PATIENCE_MS });
        await end();
      }
    }));

  it('is the same in two tabs, which add to it at once and show what the other one did', () =>
    inOwn(async (page, { context }) => {
      assert.match(await add(page, [GALLERY[0]]), /1 file was added/);
      const second = await app.open({ hash: '#/library', context });
      await mediaCount(second.page, 1);
      assert.deepEqual(await Promise.all([add(page, [GALLERY[1]]), add(second.page, [GALLERY[2]])]), ['1 file was added.', '1 file was added.']);
      for (const tab of [page, second.page]) await mediaCount(tab, 3);
      await page.locator('#browse-grid input').first().check();
      await page.locator('#delete-media').click();
      await page.locator('#delete-media-sure').click();
      for (const tab of [page, second.page]) await mediaCount(tab, 2);
      // What one forgets is gone from the other one too, its photo included.
      await second.page.locator('.nav a[href="#/search"]').click();
      await choose(second.page, sample(`queries/${known[0]}`));
      await answered(second.page);
      await page.locator('.nav a[href="#/privacy"]').click();
      await page.locator('#forget').click();
      await page.locator('#forget-sure').click();
      await second.page.locator('#drop').waitFor({ timeout: PATIENCE_MS });
      assert.equal(await second.page.locator('.library-select select').inputValue(), 'gallery');
      assert.deepEqual(second.complaints, []);
    }));

  it('is one of several, by names, and one of another origin needs the policy', () =>
    inOwn(async (page) => {
      await page.locator('#new-library summary').click();
      await page.locator('#new-name').fill('Holidays');
      await page.locator('#new-add').click();
      await page.locator('h1', { hasText: 'Holidays' }).waitFor({ timeout: PATIENCE_MS });
      assert.match(await add(page, [GALLERY[0]]), /1 file was added/);
      await mediaCount(page, 1);
      await page.locator('.library-select select').selectOption('mine');
      await mediaCount(page, 0);
      await page.locator('#new-name').fill('Elsewhere');
      await page.locator('#new-url').fill('https://elsewhere.example/library/');
      await page.locator('#new-add').click();
      await page.locator('#new-library .problem:not([hidden])', { hasText: 'content policy' }).waitFor();
      await page.locator('#new-url').fill('./library/');
      await page.locator('#new-add').click();
      await mediaCount(page, 8);
    }));
});
