/** The media that match, as a grid. */

import type { ScoreRow, SearchMediaByFaceResponse } from 'visavis';
import { byId, countText, make } from './dom.js';

const section = byId('results');
const grid = byId('grid');
const summary = byId('results-summary');
const more = byId<HTMLButtonElement>('more');
const responseText = byId('response');

/** Empties the grid before another search. */
export function clearResults(): void {
  section.hidden = true;
  grid.replaceChildren();
  summary.textContent = '';
  responseText.textContent = '';
  more.hidden = true;
}

/** Appends a page of answers. */
export function showResults(response: SearchMediaByFaceResponse, onMore: () => void): void {
  section.hidden = false;
  grid.append(...(response.Scores ?? []).map(card));
  const shown = grid.childElementCount;
  summary.textContent =
    response.Total === 0
      ? 'Nobody in the library looks enough like this face.'
      : `${countText(response.Total, 'picture')} of this person${shown < response.Total ? `, the best ${shown} are shown` : ''}`;
  more.hidden = shown >= response.Total;
  more.onclick = onMore;
  responseText.textContent = JSON.stringify(response, null, 2);
}

function card(row: ScoreRow): HTMLLIElement {
  const name = row.LabelName ?? row.Title;
  // Rounded down: nothing is certain.
  const percent = Math.min(99, Math.floor(100 * row.Score));
  const cover = make('img', { src: row.CoverUrl ?? row.FaceUrl, alt: `${row.Title}`, className: 'cover', loading: 'lazy', decoding: 'async' });
  cover.style.setProperty('object-position', facePosition(row));
  const face = make('img', { src: row.FaceUrl, alt: '', className: 'thumb', loading: 'lazy', width: 56, height: 56 });
  const bar = make('div', { className: 'bar' }, make('div'));
  bar.setAttribute('role', 'meter');
  bar.setAttribute('aria-label', `Certainty that ${row.Title} shows the same person`);
  bar.setAttribute('aria-valuemin', '0');
  bar.setAttribute('aria-valuemax', '100');
  bar.setAttribute('aria-valuenow', String(percent));
  (bar.firstElementChild as HTMLElement).style.setProperty('width', `${percent}%`);
  const picture = make('div', { className: 'picture' }, cover, face);
  // Libraries come from other people: only addresses of the web become links.
  const linked = /^https?:/i.test(row.Url ?? '') ? make('a', { href: row.Url }, picture) : picture;
  return make(
    'li',
    { className: 'card' },
    linked,
    make('h3', {}, name),
    make('p', { className: 'title', title: row.path }, row.LabelName === undefined ? row.path : row.Title),
    bar,
    make('p', { className: 'score' }, make('strong', {}, `${percent} %`), make('span', {}, `cosine ${row.Cosine.toFixed(3)}`)),
  );
}

/** Where the face is, so that a cropped cover shows it. */
function facePosition({ Box, Width, Height }: ScoreRow): string {
  const part = (from: number, size: number, whole: number): string => `${Math.min(100, Math.max(0, (100 * (from + size / 2)) / (whole || 1))).toFixed(1)}%`;
  return `${part(Box.X, Box.W, Width)} ${part(Box.Y, Box.H, Height)}`;
}
