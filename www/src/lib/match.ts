/** From what the visitor filled in to the parameters of the searches: the Match grammar, and the filters of a search by face. */

/** What the form holds. Empty texts and absent values filter nothing. */
export interface Filters {
  media: '' | 'image' | 'video';
  /** A person's EntityId. */
  entity: string;
  /** Days, such as `2024-05-31`, both included; in the visitor's time zone. */
  from: string;
  to: string;
  /** Looked for in titles, descriptions, tags and texts that were read in the picture. */
  text: string;
}

export const NO_FILTERS: Filters = { media: '', entity: '', from: '', to: '', text: '' };

/** The longest text of a contains test, in characters. */
const MAX_TEXT = 60;

/** How many of the filters say something. */
export function countFilters(filters: Filters): number {
  return Object.values(filters).filter((value) => value.trim() !== '').length;
}

/** A text as Match takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The Match of a text alone; undefined where it says nothing. */
export function textMatch(text: string): string | undefined {
  const words = [...text.trim()].slice(0, MAX_TEXT).join('').trim();
  if (words === '') return undefined;
  const value = quoted(words);
  return `(title = ${value} or description = ${value} or tagList in (${value}) or ocrInfo.tracks.content = ${value})`;
}

/** The Match of all filters but the person, which has a parameter of its own. */
export function matchOf(filters: Filters): string | undefined {
  const { gte, lte } = utcRange(filters);
  const tests = [
    textMatch(filters.text),
    filters.media === '' ? undefined : `mediaType == ${quoted(filters.media)}`,
    gte === undefined && lte === undefined ? undefined : `utcCreate = [${gte ?? ''}, ${lte ?? ''}]`,
  ].filter((test) => test !== undefined);
  return tests.length === 0 ? undefined : tests.join(' and ');
}

/** The range of moments of the two days, in milliseconds since 1970. */
export function utcRange({ from, to }: Filters): { gte?: number; lte?: number } {
  const begin = dayStart(from);
  const end = dayStart(to);
  const nextDay = end === undefined ? undefined : new Date(end).setDate(new Date(end).getDate() + 1);
  return { ...(begin === undefined ? {} : { gte: begin }), ...(nextDay === undefined ? {} : { lte: nextDay - 1 }) };
}

function dayStart(day: string): number | undefined {
  if (day === '') return undefined;
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(date)).getTime();
}

/** Which of these media fit a text: the Match that asks for just them. */
export function amongMatch(text: string, mediaIds: readonly string[]): string | undefined {
  const words = textMatch(text);
  if (words === undefined) return undefined;
  return `${words} and (${mediaIds.map((id) => `mediaId == ${quoted(id)}`).join(' or ')})`;
}
