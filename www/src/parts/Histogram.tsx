/** The similarities of the whole library to the chosen face, with a threshold that can be moved. */

import { useEffect, useState } from 'preact/hooks';
import { client, currentLibrary } from '../app/engine.js';
import { barsOf, falseMatchRate, similarities } from '../app/histogram.js';
import type { Similarity } from '../app/histogram.js';
import { chosen, photo } from '../app/search.js';
import { isAborted } from '../text/errors.js';
import { t } from '../text/index.js';
import { Problem } from './Problem.js';

const FROM = -0.2;
const BARS = 48;
/** The threshold of a small library. */
const USUAL = 0.4;

interface Answer {
  values: Similarity[];
  faces: number;
}

export function Histogram(_: object) {
  const [answer, setAnswer] = useState<Answer | undefined>();
  const [error, setError] = useState<unknown>();
  const [threshold, setThreshold] = useState(USUAL);
  const given = photo.value;
  const [face] = chosen.value;
  const library = currentLibrary.value.name;
  useEffect(() => {
    if (given === undefined || face === undefined) return;
    const ended = new AbortController();
    setAnswer(undefined);
    setError(undefined);
    const ask = async (): Promise<void> => {
      const engine = await client();
      const values = await similarities(engine, { photo: given.blob, face, token: `histogram-${Date.now().toString(36)}`, library }, ended.signal);
      const { faces } = await engine.openLibrary(library);
      setAnswer({ values, faces });
    };
    ask().catch((failure: unknown) => !isAborted(failure) && setError(failure));
    return () => ended.abort();
  }, [given, face, library]);
  if (error !== undefined) return <Problem error={error} />;
  if (answer === undefined) return <p class="small">{t('common.loading')}</p>;
  return <Chart {...answer} threshold={threshold} onThreshold={setThreshold} />;
}

function Chart({ values, faces, threshold, onThreshold }: Answer & { threshold: number; onThreshold: (threshold: number) => void }) {
  const bars = barsOf(values, FROM, BARS);
  const most = Math.max(1, ...bars);
  const at = (cosine: number): number => ((cosine - FROM) / (1 - FROM)) * 100;
  const found = values.filter(({ cosine }) => cosine >= threshold).length;
  const expected = faces * falseMatchRate(threshold);
  const text = t('histogram.found', { n: found, all: values.length, threshold: threshold.toFixed(2) });
  return (
    <div class="histogram">
      <svg id="histogram" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={text}>
        {bars.map((count, index) => {
          // Few stand beside many: the root keeps them visible.
          const height = count === 0 ? 0 : Math.max(1.5, 38 * Math.sqrt(count / most));
          const middle = FROM + ((index + 0.5) / BARS) * (1 - FROM);
          return <rect key={index} class={middle >= threshold ? 'above' : ''} x={(index * 100) / BARS + 0.15} width={100 / BARS - 0.3} y={40 - height} height={height} />;
        })}
        <line x1={at(threshold)} x2={at(threshold)} y1={0} y2={40} />
      </svg>
      <div class="axis small" aria-hidden="true">
        {[-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1].map((cosine) => (
          <span key={cosine}>{cosine}</span>
        ))}
      </div>
      <label class="threshold">
        {t('histogram.threshold', { threshold: threshold.toFixed(2) })}
        <input id="threshold" type="range" min={0} max={0.9} step={0.01} value={threshold} onInput={(event) => onThreshold(Number(event.currentTarget.value))} />
      </label>
      <p id="histogram-text" role="status">
        {text}
      </p>
      <p class="small" id="false-matches">
        {t('histogram.false', { faces, rate: rateText(falseMatchRate(threshold)), expected: expectedText(expected) })}
      </p>
    </div>
  );
}

function rateText(rate: number): string {
  return t('histogram.rate', { n: Math.max(1, Number((1 / rate).toPrecision(1))) });
}

/** One figure is all that an estimate has. */
function expectedText(expected: number): string {
  if (expected >= 1) return String(Math.round(expected));
  return expected < 0.001 ? '< 0.001' : expected.toPrecision(1);
}
