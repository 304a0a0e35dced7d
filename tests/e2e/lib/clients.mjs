// Clients in a harness page: made with a clock that the test can turn, and everything remembered that they tell.

/**
 * Makes the page's client. In the page then: `client`, `told` (notifications), `warnings`, and `clockMs`, which stops the clock where it is set.
 * `options` are those of createClient that can be sent to a page.
 */
export function openClient(page, options, clockMs) {
  return page.evaluate(
    async ([given, moment]) => {
      globalThis.clockMs = moment;
      globalThis.told = [];
      globalThis.warnings = [];
      globalThis.client = await globalThis.harness.createClient({
        ...given,
        now: () => globalThis.clockMs ?? Date.now(),
        onNotification: (message) => globalThis.told.push(message),
        onWarning: ({ code, message }) => globalThis.warnings.push({ code, message }),
      });
    },
    [options, clockMs],
  );
}

/** Reloads the page: what is in memory is gone. */
export async function reload(page) {
  await page.reload();
  await page.waitForFunction(() => globalThis.harness !== undefined);
}

/** Calls a method of the page's client; it throws what that throws, as text. */
export const call = (page, method, ...args) => page.evaluate(([name, given]) => globalThis.client[name](...given), [method, args]);

/** The error of a call, as the page sees it; fails where there was none. */
export async function errorOf(page, method, ...args) {
  const { error, value } = await page.evaluate(([name, given]) => globalThis.harness.outcome(globalThis.client[name](...given)), [method, args]);
  if (error === undefined) throw new Error(`${method} was to fail, and answered ${JSON.stringify(value)}`);
  return error;
}

/** What GetTask answers. */
export const taskOf = (page, TaskId, ProjectName = 'album') => call(page, 'getTask', { ProjectName, TaskType: 'FacesSearching', TaskId });

/** Asks again and again until `isWanted` says so of a task; answers every state that was seen. */
export async function watchTask(page, taskId, isWanted = ({ Status }) => Status !== 'Running', limitMs = 60_000) {
  const seen = [];
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    const task = await taskOf(page, taskId);
    seen.push(task);
    if (isWanted(task)) return seen;
    await page.waitForTimeout(20);
  }
  throw new Error(`the task is still ${JSON.stringify(seen.at(-1))}`);
}

/** Waits until something is so in the page. Asks again and again, since `waitForFunction` takes a promise of `false` for true. */
export async function until(page, condition, argument, limitMs = 30_000) {
  for (const end = Date.now() + limitMs; Date.now() < end; await page.waitForTimeout(30)) {
    if (await page.evaluate(condition, argument)) return;
  }
  throw new Error(`it did not become so in ${limitMs / 1000} s: ${condition}`);
}
