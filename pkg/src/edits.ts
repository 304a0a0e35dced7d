/**
 * Changes of a library of the page's own, where it is kept and several clients have it: one after the other, each on what the one before
 * left. The files of a library belong together, so two changes at the same time would leave one that cannot be read.
 *
 * Browsers have locks on secure origins only (https, and localhost): elsewhere the changes of one page are kept apart, and only one page may
 * use a name at a time.
 */

import { abortedError } from './errors.js';
import { untilAborted } from './signals.js';

/** The operations that change an own library. */
export const EDITS: ReadonlySet<string> = new Set([
  'AddPerson',
  'SetPerson',
  'DeletePerson',
  'MergePersons',
  'UnmergePersons',
  'SplitPerson',
  'AddGroups',
  'DeleteGroups',
  'AddFaces',
  'AssignFaces',
  'DeleteFaces',
]);

/** The locks that the pages of a site share; browsers of before 2022, and pages of plain http, have none. */
export function pageLocks(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks;
}

/** Runs this while no other client of the same name changes an own library, or reads one that is being changed. */
export async function exclusively<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locks = pageLocks();
  if (locks === undefined) return inThisPage(name, signal, work);
  let hasBegun = false;
  try {
    return await locks.request(`visavis:${name}:edits`, signal === undefined ? {} : { signal }, () => {
      hasBegun = true;
      return work();
    });
  } catch (error) {
    if (!hasBegun && signal?.aborted === true) throw abortedError();
    throw error;
  }
}

/** For each name, what ends when the last change that was asked for in this page is done. */
const last = new Map<string, Promise<unknown>>();

async function inThisPage<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = last.get(name) ?? Promise.resolve();
  let letGo: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  last.set(name, before.then(() => done));
  try {
    await untilAborted(before, signal, abortedError);
    return await work();
  } finally {
    letGo();
  }
}
