/** Interleaved timing: each contender once in a round, in an order that changes, so that what slows the machine slows all of them. */

/** Lets the page's other work run, such as collecting what was left. */
const breath = () => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Runs every contender `runs` times after `warmups`. `contenders` is `{ name: () => value or promise }`.
 *
 * @returns {Promise<Record<string, { runs: number, minMs: number, medianMs: number }>>}
 */
export async function race(contenders, runs, warmups = 3) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmups; round < runs; round += 1) {
    const shift = (round + warmups) % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      await breath();
      const begin = performance.now();
      await contenders[name]();
      const time = performance.now() - begin;
      if (round >= 0) times[name].push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(times[name])]));
}

function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const medianMs = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { runs: sorted.length, minMs: rounded(sorted[0]), medianMs: rounded(medianMs) };
}

const rounded = (value) => Math.round(value * 1000) / 1000;

/** The bytes of a file of the server. */
export async function bytesOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
