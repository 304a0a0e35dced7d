/** The similarities of the whole library to the chosen face, with a threshold that can be moved. */

import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { Similarities } from 'visavis';
import { client, currentLibrary } from '../app/engine.js';
import { barsFrom, countFrom, falseMatchRate } from '../app/histogram.js';
import { chosen, photo } from '../app/search.js';
import { isAborted } from '../text/errors.js';
import { t } from '../text/index.js';
import { Problem } from './Problem.js';

/** The cosines that are drawn; those below stand with the first. */
const FROM = -0.2;
/** Whether faces are counted, or photos and films by their best face. */
const counted = signal<'faces' | 'media'>('media');

export function Histogram(_: object) {
  const [answer, setAnswer] = useState<Similarities | undefined>();
  const [error, setError] = useState<unknown>();
  const [threshold, setThreshold] = useState(0);
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
      const FaceSearchToken = `histogram-${Date.now().toString(36)}`;
      const request = { FaceSearchToken, PersonImageUrl: given.blob, SearchLibName: library };
      const found = await engine.similarities(request, { faceIndex: face, signal: ended.signal });
      await engine.forget(FaceSearchToken);
      setThreshold(Math.round(found.threshold * 100) / 100);
      setAnswer(found);
    };
    ask().catch((failure: unknown) => !isAborted(failure) && setError(failure));
    return () => ended.abort();
  }, [given, face, library]);
  if (error !== undefined) return <Problem error={error} />;
  if (answer === undefined) return <p class="small">{t('common.loading')}</p>;
  return <Chart answer={answer} threshold={threshold} onThreshold={setThreshold} />;
}

function Chart({ answer, threshold, onThreshold }: { answer: Similarities; threshold: number; onThreshold: (threshold: number) => void }) {
  const { faces, binWidth, threshold: usual } = answer;
  const ofFaces = counted.value === 'faces';
  const bins = ofFaces ? answer.byFace : answer.byMedia;
  const bars = barsFrom(bins, binWidth, FROM);
  const most = Math.max(1, ...bars);
  const width = 100 / bars.length;
  const at = (cosine: number): number => ((cosine - FROM) / (1 - FROM)) * 100;
  const rate = falseMatchRate(threshold);
  const values = { n: countFrom(bins, binWidth, threshold), all: ofFaces ? faces : answer.media, threshold: threshold.toFixed(2) };
  const text = t(ofFaces ? 'histogram.foundFaces' : 'histogram.found', values);
  return (
    <div class="histogram">
      <div class="row" role="group" aria-label={t('histogram.count')}>
        {(['media', 'faces'] as const).map((kind) => (
          <button key={kind} type="button" class="button chip" id={`count-${kind}`} aria-pressed={counted.value === kind} onClick={() => (counted.value = kind)}>
            {t(kind === 'faces' ? 'library.faces' : 'library.media')}
          </button>
        ))}
      </div>
      <svg id="histogram" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={text}>
        {bars.map((count, index) => {
          if (count === 0) return null;
          // Few stand beside many: the root keeps them visible.
          const height = Math.max(1.5, 38 * Math.sqrt(count / most));
          const middle = FROM + (index + 0.5) * binWidth;
          return <rect key={index} class={middle >= threshold ? 'above' : ''} x={index * width} width={width} y={40 - height} height={height} />;
        })}
        <line class="usual" x1={at(usual)} x2={at(usual)} y1={0} y2={40} />
        <line x1={at(threshold)} x2={at(threshold)} y1={0} y2={40} />
      </svg>
      <div class="axis small" aria-hidden="true">
        {[-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1].map((cosine) => (
          <span key={cosine}>{cosine}</span>
        ))}
      </div>
      <label class="threshold">
        {t('histogram.threshold', { threshold: threshold.toFixed(2), usual: usual.toFixed(2) })}
        <input id="threshold" type="range" min={0} max={0.9} step={binWidth} value={threshold} onInput={(event) => onThreshold(Number(event.currentTarget.value))} />
      </label>
      <p id="histogram-text" role="status">
        {text}
      </p>
      <p class="small" id="false-matches">
        {t('histogram.false', { faces: t('count.faces', { n: faces }), rate: rateText(rate), expected: expectedText(faces * rate) })}
      </p>
    </div>
  );
}

/** What is rarer than this is told as such: the estimate has no ground there. */
const RAREST = 1e-6;
/** One figure is all that an estimate has. */
const roughly = (value: number): number => Math.max(1, Number(value.toPrecision(1)));

function rateText(rate: number): string {
  return rate < RAREST ? t('histogram.rare', { n: 1 / RAREST }) : t('histogram.rate', { n: roughly(1 / rate) });
}

/** How many false matches a search has, or in how many searches there is one. */
function expectedText(expected: number): string {
  if (expected < RAREST) return t('histogram.hardly', { n: 1 / RAREST });
  return expected > 0.7 ? t('histogram.often', { n: roughly(expected) }) : t('histogram.seldom', { n: roughly(1 / expected) });
}
