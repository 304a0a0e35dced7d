/** How sure a match is: in a word, as a number, and as a bar. */

import { t } from '../text/index.js';
import type { Key } from '../text/index.js';
import { percentText } from '../lib/format.js';

/**
 * The word of a calibrated score, which counts both answers as likely beforehand. A library holds many strangers, so the words ask for more:
 * at 0.999 about one in a thousand pairs of different people looks as much alike.
 */
export function strengthOf(score: number): { key: Key; level: number } {
  if (score >= 0.999) return { key: 'score.veryLikely', level: 4 };
  if (score >= 0.985) return { key: 'score.likely', level: 3 };
  if (score >= 0.9) return { key: 'score.possible', level: 2 };
  return { key: 'score.weak', level: 1 };
}

export function Strength({ score, cosine, title }: { score: number; cosine?: number; title: string }) {
  const { key, level } = strengthOf(score);
  return (
    <div class="strength">
      <div
        class="meter"
        role="meter"
        aria-label={t('score.meter', { title })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(score * 1000) / 10}
        aria-valuetext={`${t(key)}, ${percentText(score)}`}
        data-level={level}
      >
        {[1, 2, 3, 4].map((step) => (
          <span key={step} class={step <= level ? 'on' : ''} />
        ))}
      </div>
      <p class="score">
        <strong>{t(key)}</strong>
        <span title={cosine === undefined ? undefined : t('score.cosine', { value: cosine.toFixed(3) })}>{percentText(score)}</span>
      </p>
    </div>
  );
}
