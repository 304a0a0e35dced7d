/** A film: the player with a box on every face as it plays, and a timeline of who is seen when. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { mayFetch } from '../app/config.js';
import { boxAt } from '../app/media.js';
import { keepHandles, keepOriginal, originalOf, pick } from '../app/originals.js';
import type { Appearance, MediaDetails } from '../app/media.js';
import { showPictures } from '../app/settings.js';
import { placeOver } from '../lib/boxes.js';
import { clockText } from '../lib/format.js';
import { isAborted, sentenceOf } from '../text/errors.js';
import { t } from '../text/index.js';
import { seenName } from '../views/MediaView.js';
import { Problem } from './Problem.js';
import { Reopen } from './Reopen.js';

export function VideoStage({ media, library }: { media: MediaDetails; library: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [chosen, setChosen] = useState<string | undefined>();
  const [broken, setBroken] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const [time, setTime] = useState(0);
  const hosted = media.url !== undefined && mayFetch(media.url) && showPictures.value ? media.url : undefined;
  const source = chosen ?? originalOf(media.id) ?? (broken ? undefined : hosted);
  const begin = useFrames(video, source, setTime);

  const seek = (to: number): void => {
    const player = video.current;
    setTime(to);
    if (player === null) return;
    player.currentTime = to + begin.current;
  };
  return (
    <>
      <div class="stage film" style={{ 'aspect-ratio': media.width > 0 ? `${media.width} / ${media.height}` : '16 / 9' }}>
        {source === undefined ? (
          media.cover !== undefined && <img class="film-cover" src={media.cover} alt="" />
        ) : (
          <video
            ref={video}
            key={source}
            src={source}
            controls
            playsInline
            preload="auto"
            aria-label={media.title}
            onLoadedMetadata={(event) => source === hosted && !isSeekable(event.currentTarget) && void fetchWhole(source, media).then(setChosen, () => undefined)}
            onError={() => {
              setBroken(true);
              if (source === chosen) setProblem(t('media.cannotPlay'));
            }}
          />
        )}
        {/* The cover is of no moment that is known. */}
        {source !== undefined &&
          media.seen.flatMap((seen, index) =>
            seen.appearances.map((appearance) => <Moving key={appearance.faceId} appearance={appearance} time={time} media={media} name={seenName(seen, index)} />),
          )}
      </div>
      <Reopen media={media} library={library} />
      {source === undefined && <ChooseFilm media={media} lost={hosted !== undefined} library={library} onFilm={setChosen} onProblem={setProblem} />}
      <Problem error={problem} />
      <Timeline media={media} time={time} onSeek={seek} />
    </>
  );
}

interface ChooseFilmProps {
  media: MediaDetails;
  /** Whether it has an address from which it could not be loaded. */
  lost: boolean;
  library: string;
  /** Told the address of the film. */
  onFilm: (url: string) => void;
  onProblem: (problem: string | undefined) => void;
}

/** The film's file, chosen by the visitor. */
function ChooseFilm({ media, lost, library, onFilm, onProblem }: ChooseFilmProps) {
  const choose = (file: File | undefined): boolean => {
    if (file === undefined) return false;
    const isOther = media.bytes > 0 && file.size !== media.bytes;
    onProblem(isOther ? t('media.otherFile', { name: file.name }) : undefined);
    if (!isOther) onFilm(keepOriginal(media.id, file));
    return !isOther;
  };
  /** Where the browser gives a handle, the film can be opened again in a later visit. */
  const chooseHandle = (event: Event): void => {
    const picked = pick('film');
    if (picked === undefined) return;
    event.preventDefault();
    const take = async ([handle]: FileSystemHandle[]): Promise<void> => {
      const file = await (handle as FileSystemFileHandle | undefined)?.getFile();
      if (handle !== undefined && choose(file)) await keepHandles(library, [{ name: handle.name, mediaId: media.id }], [handle]);
    };
    picked.then(take).catch((error: unknown) => !isAborted(error) && onProblem(sentenceOf(error)));
  };
  return (
    <div class="notice">
      <p>{t(lost ? 'media.filmLost' : 'media.chooseFilm')}</p>
      <label class="button file-button">
        {t('media.chooseFile')}
        <input class="hidden" type="file" accept="video/*" onClick={chooseHandle} onChange={(event) => choose(event.currentTarget.files?.[0])} />
      </label>
    </div>
  );
}

/** The largest film that is fetched as a whole. */
const MOST_BYTES = 300_000_000;

/** Hosts that do not answer ranges give films that can only be played from the beginning. */
function isSeekable({ seekable, duration }: HTMLVideoElement): boolean {
  return seekable.length > 0 && seekable.end(seekable.length - 1) > duration - 1;
}

/** The film as a file, in which every moment can be gone to. */
async function fetchWhole(url: string, { id, bytes }: MediaDetails): Promise<string> {
  if (bytes > MOST_BYTES) throw new Error('the film is too large to be fetched as a whole');
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return keepOriginal(id, await response.blob());
}

/** A box that follows its face. */
function Moving({ appearance, time, media, name }: { appearance: Appearance; time: number; media: MediaDetails; name: string }) {
  const box = boxAt(appearance, time);
  if (box === undefined) return null;
  return (
    <span class="frame named" style={placeOver(box, media)} aria-hidden="true">
      <span>{name}</span>
    </span>
  );
}

/**
 * Tells the film's time with every frame that is shown. It counts from the first picture, which in some files comes later than the sound, with
 * which a player's time begins. Answers how much later.
 */
function useFrames(video: { current: HTMLVideoElement | null }, source: string | undefined, tell: (time: number) => void): { readonly current: number } {
  const begin = useRef(0);
  useEffect(() => {
    const player = video.current;
    begin.current = 0;
    if (player === null) return;
    let ended = false;
    let isFirst = true;
    const now = (): void => tell(Math.max(0, player.currentTime - begin.current));
    const frame = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (ended) return;
      if (isFirst) begin.current = mediaTime;
      isFirst = false;
      now();
      // Browsers without it tell of the time four times a second.
      player.requestVideoFrameCallback?.(frame);
    };
    player.requestVideoFrameCallback?.(frame);
    const sought = (): void => {
      isFirst = false;
      now();
    };
    player.addEventListener('timeupdate', now);
    player.addEventListener('seeked', sought);
    return () => {
      ended = true;
      player.removeEventListener('timeupdate', now);
      player.removeEventListener('seeked', sought);
    };
  }, [source]);
  return begin;
}

function Timeline({ media, time, onSeek }: { media: MediaDetails; time: number; onSeek: (time: number) => void }) {
  const whole = media.durationS || Math.max(1, ...media.seen.flatMap(({ appearances }) => appearances.map(({ to }) => to)));
  const place = (from: number, to: number): Record<string, string> => ({ left: `${(100 * from) / whole}%`, width: `${Math.max(0.6, (100 * (to - from)) / whole)}%` });
  if (media.seen.length === 0) return <p class="small">{t('media.nobody')}</p>;
  return (
    <div class="timeline" role="group" aria-label={t('media.timeline')} onKeyDown={arrows}>
      {media.seen.map((seen, index) => {
        const name = seenName(seen, index);
        return (
          <div key={index} class="timeline-row">
            <span class="timeline-name">{name}</span>
            <div class="timeline-track">
              {seen.appearances.map(({ faceId, from, to }) => {
                const now = time >= from && time <= to + 0.25;
                const label = t('media.occurrence', { name, from: clockText(from), to: clockText(to) });
                return (
                  <button key={faceId} type="button" class={now ? 'occurrence now' : 'occurrence'} style={place(from, to)} title={label} aria-label={label} onClick={() => onSeek(from)} />
                );
              })}
              <span class="playhead" style={{ left: `${Math.min(100, (100 * time) / whole)}%` }} />
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** Arrow keys go from occurrence to occurrence. */
function arrows(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('.occurrence')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  if (step === undefined || at < 0) return;
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}
