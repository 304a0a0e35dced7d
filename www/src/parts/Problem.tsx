/** What went wrong, in words, with what can be done. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text/index.js';
import { codeOf, sentenceOf } from '../text/errors.js';

interface Props {
  error: unknown;
  /** Of the file or photo that it is about. */
  name?: string;
  id?: string;
  onRetry?: () => void;
  /** What trying again is called, where it is something else. */
  verb?: string;
  children?: ComponentChildren;
}

/** Is told to screen readers when it appears, and scrolled to. Stays in the page while there is nothing to tell. */
export function Problem({ error, name, id, onRetry, verb = t('common.retry'), children }: Props) {
  const shown = error !== undefined;
  const code = codeOf(error);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (shown) box.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  const text = typeof error === 'string' ? error : shown ? sentenceOf(error, name) : '';
  return (
    <div ref={box} id={id} class="problem" role="alert" hidden={!shown}>
      {shown && (
        <>
          <p>{text}</p>
          {children}
          {/* What is not there is not there at the second look either. */}
          {onRetry !== undefined && code !== 'ResourceNotFound' && (
            <button type="button" class="button" onClick={onRetry}>
              {verb}
            </button>
          )}
          {code !== undefined && <code class="code">{code}</code>}
        </>
      )}
    </div>
  );
}
