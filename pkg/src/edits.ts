/**
 * Changes of a library of the page's own, where it is kept and several clients have it: one after the other, each on what the one before
 * left. The files of a library belong together, so two changes at the same time would leave one that cannot be read.
 */

import { abortedError } from './errors.js';

/** The operations that change an own library. */
export const EDITS: ReadonlySet<string> = new Set([
  'AddPerson',
  'SetPerson',
  'DeletePerson',
  'MergePersons',
  'AddGroups',
  'DeleteGroups',
  'AddFaces',
  'AssignFaces',
  'DeleteFaces',
]);

/** Runs this while no other client of the same name changes an own library, or reads one that is being changed. */
export async function exclusively<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  // Browsers of before 2022 have no locks: there only one tab may change a library at a time.
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined) return work();
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
