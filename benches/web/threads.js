/** What one engine does in a while, and what two do at once, in workers. */
const WHILE_MS = 500;

/** Asks workers to run their model for a while; answers how often they did, together, in a second. */
async function together(workers) {
  const answers = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage({ runForMs: WHILE_MS });
      }),
  );
  const rates = await Promise.all(answers);
  return rates.reduce((sum, rate) => sum + rate, 0);
}

/** Both in turn, so often. */
export async function compare({ url, side, runs }) {
  const start = () => new Worker(`./threads-worker.js?model=${encodeURIComponent(url)}&side=${side}`, { type: 'module' });
  const workers = [start(), start()];
  const seen = { one: [], two: [] };
  // The first round is for warming up.
  for (let round = 0; round <= runs; round += 1) {
    const [one, two] = [await together(workers.slice(0, 1)), await together(workers)];
    if (round > 0) seen.one.push(one);
    if (round > 0) seen.two.push(two);
  }
  for (const worker of workers) worker.terminate();
  return Object.fromEntries(Object.entries(seen).map(([name, rates]) => [name, summary(rates)]));
}

function summary(rates) {
  const sorted = rates.sort((a, b) => a - b);
  return { best: sorted.at(-1), median: sorted[sorted.length >> 1] };
}
