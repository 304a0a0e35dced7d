/** A view of a library in which there is nothing to show yet, with the way to what can be done about it. */

import { t } from '../text/index.js';

export function Empty({ text, own }: { text: string; own: boolean }) {
  return (
    <div class="panel nobody">
      <p>{text}</p>
      {own && (
        <a class="button" href="#/library">
          {t('add.title')}
        </a>
      )}
    </div>
  );
}
