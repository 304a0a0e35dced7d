/** What was downloaded: a row with a bar for each file that the package reports. */

import type { Client, Progress } from 'visavis';
import { bytesText, byId, make } from './dom.js';

const NAMES: Record<string, string> = {
  'model detector': 'Model: face detector',
  'model embedder': 'Model: face embedder',
  'model expression': 'Model: expression',
};

interface Row {
  bar: HTMLProgressElement;
  text: HTMLElement;
  loadedBytes: number;
}

const rows = new Map<string, Row>();

/** Takes one report of the package. */
export function showProgress(progress: Progress): void {
  const { loadedBytes, totalBytes } = progress;
  const row = rowOf(progress);
  row.loadedBytes = loadedBytes;
  const done = totalBytes > 0 && loadedBytes >= totalBytes;
  if (totalBytes > 0) row.bar.max = totalBytes;
  if (totalBytes > 0 || loadedBytes > 0) row.bar.value = Math.min(loadedBytes, row.bar.max);
  row.text.textContent = done ? bytesText(loadedBytes) : `${bytesText(loadedBytes)}${totalBytes > 0 ? ` of ${bytesText(totalBytes)}` : ''}`;
  row.bar.classList.toggle('done', done);
}

/** The line below the rows, when everything is there. */
export async function showDownloadSummary(client: Client): Promise<void> {
  const { build, cache, memoryBytes } = await client.stats();
  const total = [...rows.values()].reduce((sum, row) => sum + row.loadedBytes, 0);
  const kept = cache.available ? 'They are kept in this browser, so the next visit works without a network.' : 'This browser keeps no copies here.';
  const fromCache = cache.hits > 0 ? ` ${cache.hits} of them came from the copies of an earlier visit.` : '';
  byId('downloads-summary').textContent =
    `${bytesText(total)} in all.${fromCache} ${kept} The ${build === 'relaxed' ? 'relaxed-SIMD' : 'SIMD'} engine runs in ${bytesText(memoryBytes)} of memory.`;
}

function rowOf({ phase, name }: Progress): Row {
  const key = `${phase} ${name}`;
  const known = rows.get(key);
  if (known !== undefined) return known;
  const label = NAMES[key] ?? (phase === 'wasm' ? 'Engine (WebAssembly)' : `Library: ${name}`);
  const bar = make('progress', { ariaLabel: label });
  const text = make('span', { className: 'bytes' });
  byId('downloads').append(make('li', {}, make('span', { className: 'what' }, label), bar, text));
  const row: Row = { bar, text, loadedBytes: 0 };
  rows.set(key, row);
  return row;
}
