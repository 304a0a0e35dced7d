// node long-tasks.mjs [RUNS]: tasks of more than 50 ms on the app's main thread, from the choice of a photo until its matches are shown, in a
// first visit and in later searches. Prints a table and a line of JSON.
import { answered, choose, startApp } from './lib/app.mjs';
import { queries, sample } from './lib/paths.mjs';

const runs = Number(process.argv[2] ?? 5);
const { known } = queries();
const app = await startApp();
const rows = [];
try {
  for (let run = 0; run < runs; run += 1) {
    const { context, page } = await app.open();
    await page.locator('#drop').waitFor();
    await page.evaluate(() => {
      globalThis.tasks = [];
      new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' });
    });
    for (const kind of ['first search', 'second search', 'third search']) {
      await page.evaluate(() => globalThis.tasks.splice(0));
      if (kind !== 'first search') await page.getByRole('button', { name: 'Another photo' }).click();
      await choose(page, sample(`queries/${known[kind === 'second search' ? 1 : 0]}`));
      await answered(page);
      await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.complete));
      await page.waitForTimeout(300);
      rows.push({ run, kind, tasksMs: await page.evaluate(() => [...globalThis.tasks]) });
    }
    await context.close();
  }
} finally {
  await app.stop();
}
for (const { run, kind, tasksMs } of rows) console.log(`${run + 1}  ${kind.padEnd(14)} ${tasksMs.length === 0 ? 'none' : `${tasksMs.join(', ')} ms`}`);
const worst = Math.max(0, ...rows.flatMap(({ tasksMs }) => tasksMs));
console.log(JSON.stringify({ runs, searches: rows.length, withLongTasks: rows.filter(({ tasksMs }) => tasksMs.length > 0).length, worstMs: worst }));
