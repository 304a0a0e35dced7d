// node long-tasks.mjs [RUNS]: tasks of more than 50 ms on the app's main thread, from the choice of a photo until its matches are shown, in a
// first visit and in later searches; with the time that the thread had a core for them, since a busy machine lets a task of 10 ms last for 100.
// Prints a table and a line of JSON.
import { answered, choose, startApp } from './lib/app.mjs';
import { queries, sample } from './lib/paths.mjs';

const runs = Number(process.argv[2] ?? 5);
const { known } = queries();
const LONG_US = 50_000;

/** Long tasks of the main threads of a trace, longest first: milliseconds on the wall clock, and on a core. */
function longTasks({ traceEvents }) {
  const threads = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, ph, dur, pid, tid }) => name === 'RunTask' && ph === 'X' && dur > LONG_US && threads.has(`${pid} ${tid}`));
  return tasks.sort((a, b) => b.dur - a.dur).map(({ dur, tdur = 0 }) => ({ wallMs: Math.round(dur / 1000), coreMs: Math.round(tdur / 1000) }));
}

const app = await startApp();
const rows = [];
try {
  for (let run = 0; run < runs; run += 1) {
    const { context, page } = await app.open();
    await page.locator('#drop').waitFor();
    for (const kind of ['first search', 'second search', 'third search']) {
      // The first of these puts a script of Playwright into the page, which takes 20 ms to compile and is no part of the app.
      await page.waitForFunction(() => true);
      await app.browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
      if (kind !== 'first search') await page.getByRole('button', { name: 'Another photo' }).click();
      await choose(page, sample(`queries/${known[kind === 'second search' ? 1 : 0]}`));
      await answered(page);
      await page.waitForFunction(() => [...document.querySelectorAll('.card img')].every((image) => image.complete));
      await page.waitForTimeout(300);
      rows.push({ run, kind, tasks: longTasks(JSON.parse((await app.browser.stopTracing()).toString())) });
    }
    await context.close();
  }
} finally {
  await app.stop();
}
for (const { run, kind, tasks } of rows) {
  console.log(`${run + 1}  ${kind.padEnd(14)} ${tasks.length === 0 ? 'none' : tasks.map(({ wallMs, coreMs }) => `${wallMs} ms (${coreMs} on a core)`).join(', ')}`);
}
const all = rows.flatMap(({ tasks }) => tasks);
const most = (key) => Math.max(0, ...all.map((task) => task[key]));
console.log(JSON.stringify({ runs, searches: rows.length, withLongTasks: rows.filter(({ tasks }) => tasks.length > 0).length, worstMs: most('wallMs'), worstOnCoreMs: most('coreMs') }));
