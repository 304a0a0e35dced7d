/** Tables of text. */

/** Prints rows of cells under a headline; the first column is aligned to the left. */
export function printTable(title, head, rows) {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...texts.map((row) => row[at].length)));
  console.log(`\n${title}`);
  for (const row of texts) {
    console.log(row.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join('  '));
  }
}

/** A number with so many decimals. */
export const fixed = (value, digits = 1) => value.toFixed(digits);
/** A small number. */
export const tiny = (value) => value.toExponential(1);
