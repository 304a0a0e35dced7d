/** Something that is asked for when a part is shown, and again when what it is of changes. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { isAborted } from '../text/errors.js';

export interface Asked<T> {
  value: T | undefined;
  error: unknown;
  again: () => void;
}

/** `of` says what it is of; the answer of before stays until there is another one, unless the first of these, mostly a library, is another. */
export function useAsked<T>(ask: () => Promise<T>, of: readonly unknown[]): Asked<T> {
  const [first] = of;
  const nothing = { first, value: undefined, error: undefined };
  const [state, setState] = useState<{ first: unknown; value: T | undefined; error: unknown }>(nothing);
  const known = (before: typeof state): typeof state => (before.first === first ? before : nothing);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let gone = false;
    ask().then(
      (value) => !gone && setState({ first, value, error: undefined }),
      (error: unknown) => !gone && !isAborted(error) && setState((before) => ({ ...known(before), error })),
    );
    return () => {
      gone = true;
    };
  }, [...of, round]);
  return { ...known(state), again: useCallback(() => setRound((before) => before + 1), []) };
}
