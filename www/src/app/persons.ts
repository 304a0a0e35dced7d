/** The persons of libraries, as far as they were asked for. */

import { signal } from '@preact/signals';
import type { ListedPerson } from 'visavis';
import { t } from '../text/index.js';
import { client } from './engine.js';

const PAGE_SIZE = 100;

/** Library to persons: those without a name first, by size, then the others, by size. */
export const persons = signal<Readonly<Record<string, readonly ListedPerson[]>>>({});

/** Asks for the persons of a library, all of them. */
export async function loadPersons(library: string): Promise<readonly ListedPerson[]> {
  const engine = await client();
  const all: ListedPerson[] = [];
  for (let currentPage = 1, total = 1; all.length < total; currentPage += 1) {
    const { data } = await engine.listPersons({ searchLibName: library, currentPage, pageSize: PAGE_SIZE });
    total = data.totalCount;
    if (data.persons.length === 0) break;
    all.push(...data.persons);
  }
  all.sort((a, b) => Number(isNamed(a)) - Number(isNamed(b)) || b.faceCount - a.faceCount || (a.personId < b.personId ? -1 : 1));
  persons.value = { ...persons.peek(), [library]: all };
  return all;
}

/** Whether somebody gave a name; who was found by clustering has the category `unknown`. */
export function isNamed({ category, name, personId }: ListedPerson): boolean {
  return category !== 'unknown' || (name !== '' && name !== personId);
}

/** What a person is called. */
export function personName(person: ListedPerson): string {
  return isNamed(person) ? person.name : t('people.unnamed', { id: person.personId.slice(0, 4) });
}
