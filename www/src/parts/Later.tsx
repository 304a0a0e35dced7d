/** A part of the app that is fetched when it is first needed. */

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../text/index.js';
import { Problem } from './Problem.js';

export function Later<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [Part, setPart] = useState<ComponentType<P> | undefined>();
  const [error, setError] = useState<unknown>();
  const fetchIt = (): void => {
    setError(undefined);
    load().then((loaded) => setPart(() => loaded), setError);
  };
  useEffect(fetchIt, []);
  if (Part !== undefined) return <Part {...props} />;
  return error === undefined ? <p class="loading">{t('common.loading')}</p> : <Problem error={error} onRetry={fetchIt} />;
}
