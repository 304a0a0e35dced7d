/** Photos, films, or both. */

import type { Filters } from '../lib/match.js';
import { t } from '../text/index.js';

export function KindSelect({ id, value, onChange }: { id: string; value: Filters['media']; onChange: (kind: Filters['media']) => void }) {
  return (
    <label>
      {t('filter.type')}
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as Filters['media'])}>
        <option value="">{t('filter.any')}</option>
        <option value="image">{t('filter.photos')}</option>
        <option value="video">{t('filter.videos')}</option>
      </select>
    </label>
  );
}
