/** Bar charts as SVG text. */

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 80;
const BAR = 18;
const GAP = 4;
const GROUP_GAP = 30;
const HEAD = 64;

/** Ours first, then others in the order in which they come; legible on both grounds. */
const COLOURS = ['#2f7ed8', '#d9822b', '#8e63b8', '#3a9d6e', '#b5485d', '#7a7f87', '#a89232'];

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #1d2126; }
  .title { font-size: 16px; font-weight: 600; }
  .small { font-size: 11.5px; fill: #59616b; }
  .group { font-weight: 600; }
  .ground { fill: #ffffff; }
  .line { stroke: #c9ced6; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ebef; }
    .small { fill: #a6afba; }
    .ground { fill: #14181d; }
    .line { stroke: #3a424c; }
  }`;

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x, y, content, kind = '', anchor = 'start') =>
  `<text x="${x}" y="${y}"${kind && ` class="${kind}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escaped(content)}</text>`;

/**
 * Horizontal bars in groups. `groups` are `{ name, note?, bars: [{ series, value }] }`; a series has the same colour in every group.
 */
export function bars({ title, subtitle, groups, format }) {
  const series = [...new Set(groups.flatMap((group) => group.bars.map((bar) => bar.series)))];
  const most = Math.max(...groups.flatMap((group) => group.bars.map(({ value }) => value)));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const parts = [];
  let y = HEAD;
  for (const { name, note, bars: rows } of groups) {
    parts.push(text(16, y + 4, name, 'group'));
    if (note !== undefined) parts.push(text(WIDTH - 16, y + 4, note, 'group', 'end'));
    y += 12;
    const begin = y;
    for (const { series: label, value } of rows) {
      const width = Math.max(1, value * scale);
      parts.push(text(LEFT - 8, y + 13.5, label, '', 'end'));
      parts.push(`<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${COLOURS[series.indexOf(label) % COLOURS.length]}"/>`);
      parts.push(text(LEFT + width + 6, y + 13.5, format(value)));
      y += BAR + GAP;
    }
    parts.push(`<path class="line" d="M${LEFT - 0.5} ${begin - 2}V${y}"/>`);
    y += GROUP_GAP;
  }
  const height = y - GROUP_GAP + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>
${text(16, 26, title, 'title')}
${text(16, 44, subtitle, 'small')}
${parts.join('\n')}
</svg>
`;
}
