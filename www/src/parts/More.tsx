/** The end of a list that grows as the visitor scrolls: a button, which presses itself when it comes near. */

import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text/index.js';

export function More({ onMore, busy, id }: { onMore: () => void; busy: boolean; id?: string }) {
  const button = useRef<HTMLButtonElement>(null);
  const press = useRef(onMore);
  press.current = onMore;
  useEffect(() => {
    const element = button.current;
    if (element === null || busy) return;
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && press.current(), { rootMargin: '400px' });
    observer.observe(element);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <button ref={button} id={id} type="button" class="button more" aria-disabled={busy} onClick={() => !busy && onMore()}>
      {busy ? t('common.loading') : t('common.more')}
    </button>
  );
}
