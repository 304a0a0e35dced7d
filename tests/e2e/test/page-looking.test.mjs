// Looking instead of reading: the map of a library's faces, and the histogram of its similarities to a face.
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

/** The middle of the chosen face on the screen. */
async function chosenPlace(page) {
  const { x, y, width, height } = await page.locator('#plane .spot.chosen').boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
}

/** Goes from face to face: who each is, and where. */
async function walk(page, count) {
  const faces = [];
  for (let index = 0; index < count; index += 1) {
    await page.locator('#next-face').click();
    await page.locator('#plane .spot.chosen').waitFor();
    faces.push({ name: await page.locator('.chosen-face p').first().textContent(), ...(await chosenPlace(page)) });
  }
  return faces;
}

const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Two fingers, by the protocol of the developer tools: from so far left and right of a point to so far. */
async function pinch(page, { x, y }, from, to) {
  const devtools = await page.context().newCDPSession(page);
  const points = (away) => [
    { x: x - away, y, id: 0 },
    { x: x + away, y, id: 1 },
  ];
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points(from) });
  for (let step = 1; step <= 8; step += 1) await devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: points(from + ((to - from) * step) / 8) });
  await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await devtools.detach();
}

describe('the map', () => {
  it('places the faces of the library, the same person near, with a legend of who is who', async () => {
    const { context, page, complaints } = await app.open({ hash: '#/map' });
    await page.locator('#plane .spot').first().waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator('#plane').getAttribute('aria-label'), 'Map of 11 faces');
    await accessible(page, 'the map');
    const faces = await walk(page, 11);
    assert.equal(new Set(faces.map(({ x, y }) => `${x} ${y}`)).size, 11, 'each is somewhere else');
    const pairs = (same) => faces.flatMap((a, i) => faces.slice(i + 1).filter((b) => (a.name === b.name) === same).map((b) => apart(a, b)));
    assert.ok(mean(pairs(true)) < mean(pairs(false)) / 2, 'faces of one person are nearer to each other');
    // What the picture says with colours, the legend says in words.
    const legend = page.locator('.legend button');
    assert.deepEqual(await legend.allTextContents(), ['Barack Obama 5 faces', 'Joe Biden 4 faces', 'Eileen Collins 2 faces']);
    await legend.nth(2).click();
    assert.equal(await legend.nth(2).getAttribute('aria-pressed'), 'true');
    const hers = await walk(page, 3);
    assert.deepEqual(hers.map(({ name }) => name), ['Eileen Collins', 'Eileen Collins', 'Eileen Collins']);
    await accessible(page, 'one person on the map');
    await page.locator('.chosen-face a[href^="#/media/"]').click();
    await page.locator('.media-view h1').waitFor({ timeout: PATIENCE_MS });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('is zoomed by buttons, keys, the wheel and two fingers, and moved by dragging', async () => {
    const { context, page, complaints } = await app.open({ hash: '#/map', hasTouch: true });
    await page.locator('#plane .spot').first().waitFor({ timeout: PATIENCE_MS });
    const [first, , , , , , , , , , last] = await walk(page, 11);
    // A press chooses the face that is there.
    await page.mouse.click(first.x, first.y);
    assert.deepEqual(await chosenPlace(page), { x: first.x, y: first.y });
    const away = async () => apart(await chosenPlace(page), { x: last.x, y: last.y });
    const whole = await away();
    await page.locator('#zoom-in').click();
    assert.notEqual(await away(), whole);
    await page.locator('#zoom-out').click();
    assert.equal(await away(), whole);
    await page.locator('#plane').focus();
    await page.keyboard.press('+');
    assert.notEqual(await away(), whole);
    await page.keyboard.press('ArrowLeft');
    const moved = await chosenPlace(page);
    await page.keyboard.press('ArrowRight');
    assert.notDeepEqual(await chosenPlace(page), moved);
    await page.keyboard.press('0');
    assert.equal(await away(), whole);
    // What is under the wheel, or between the fingers, stays where it is.
    await page.mouse.move(first.x, first.y);
    await page.keyboard.down('Control');
    for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    const near = (a, b) => Math.abs(a.x - b.x) <= 2 && Math.abs(a.y - b.y) <= 2;
    assert.ok(near(await chosenPlace(page), first), 'the face under the wheel stays');
    await page.locator('#next-face').click();
    const second = await chosenPlace(page);
    await page.mouse.move(first.x, first.y);
    await page.mouse.down();
    await page.mouse.move(first.x + 40, first.y + 30, { steps: 4 });
    await page.mouse.up();
    assert.ok(near(await chosenPlace(page), { x: second.x + 40, y: second.y + 30 }), 'it was dragged');
    await page.locator('#zoom-all').click();
    await page.locator('#previous-face').click();
    assert.ok(near(await chosenPlace(page), first));
    const centre = await page.locator('#plane').boundingBox().then(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }));
    await pinch(page, first, 30, 90);
    assert.ok(near(await chosenPlace(page), first), 'the face between the fingers stays');
    await page.locator('#next-face').click();
    const far = await chosenPlace(page);
    await page.locator('#zoom-all').click();
    const before = await chosenPlace(page);
    assert.ok(Math.abs(apart(far, first) / apart(before, first) - 3) < 0.2, 'three times as large');
    await pinch(page, centre, 90, 30);
    assert.deepEqual(await chosenPlace(page), before, 'it is never smaller than the whole');
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

describe('the histogram', () => {
  it('draws how much the library looks like a face, by faces or by media, and what the threshold does', async () => {
    const { context, page, complaints } = await app.open();
    await choose(page, sample(`queries/${known[0]}`));
    await answered(page);
    await page.locator('#histogram-summary').click();
    await page.locator('#histogram').waitFor({ timeout: PATIENCE_MS });
    // Five of the media show somebody, in eleven faces; three of them show this person, in five.
    const text = () => page.locator('#histogram-text').textContent();
    assert.match(await text(), /^3 of 5 photos and videos with faces are at or above 0\.40\. Those without a face are not counted\.$/);
    assert.ok((await page.locator('#histogram rect').count()) >= 2);
    await accessible(page, 'the histogram');
    await page.locator('#count-faces').click();
    assert.match(await text(), /^5 of 11 faces are at or above 0\.40/);
    /** How many false matches a search has, of `about 2 false matches in every search` and `about one false match in 30 searches`. */
    const expected = async () => {
      const words = await page.locator('#false-matches').textContent();
      const figure = (pattern) => Number(pattern.exec(words)?.[1].replaceAll(',', ''));
      return /in every search/.test(words) ? figure(/about ([\d,]+) false match/) : 1 / figure(/one false match in ([\d,]+) searches/);
    };
    const found = async () => Number.parseInt(await text(), 10);
    const [strict, few] = [await expected(), await found()];
    await page.locator('#threshold').fill('0.05');
    await page.waitForFunction(() => /at or above 0\.05/.test(document.getElementById('histogram-text').textContent));
    assert.ok(strict > 0 && (await expected()) > strict, 'a lower threshold brings more false matches');
    assert.ok((await found()) >= few);
    await page.locator('#threshold').fill('0.9');
    await page.waitForFunction(() => /^0 of 11 faces/.test(document.getElementById('histogram-text').textContent));
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
