/** Something that is asked for when a part is shown, and again when what it is of changes. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { isAborted } from '../text/errors.js';

export interface Asked<T> {
  value: T | undefined;
  error: unknown;
  again: () => void;
}

/** `of` says what it is of; the answer of before stays until there is another one. */
export function useAsked<T>(ask: () => Promise<T>, of: readonly unknown[]): Asked<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let gone = false;
    ask().then(
      (value) => !gone && setState({ value, error: undefined }),
      (error: unknown) => !gone && !isAborted(error) && setState((before) => ({ value: before.value, error })),
    );
    return () => {
      gone = true;
    };
  }, [...of, round]);
  return { ...state, again: useCallback(() => setRound((before) => before + 1), []) };
}
