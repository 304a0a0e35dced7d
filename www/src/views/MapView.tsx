/** The faces of the library as a map: who looks alike stands near. Zoom by buttons, wheel or keys; drag to move. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { MOST_FACES, placeFaces } from '../app/faceMap.js';
import type { PlacedFace } from '../app/faceMap.js';
import { currentLibrary, isOwn, revision } from '../app/engine.js';
import { mediaHref, personHref } from '../app/router.js';
import { Empty } from '../parts/Empty.js';
import { Icon } from '../parts/Icon.js';
import { Problem } from '../parts/Problem.js';
import { isAborted } from '../text/errors.js';
import { t } from '../text/index.js';

interface Look {
  scale: number;
  dx: number;
  dy: number;
}

const WHOLE: Look = { scale: 1, dx: 0, dy: 0 };
const STEP = 1.4;
const MOST_SCALE = 30;

/** The map that was made last: it takes a while. */
let last: { of: string; faces: PlacedFace[] } | undefined;

export function MapView(_: { id: string }) {
  const library = currentLibrary.value.name;
  const of = `${library} ${revision.value}`;
  const [faces, setFaces] = useState<readonly PlacedFace[] | undefined>(last?.of === of ? last.faces : undefined);
  const [progress, setProgress] = useState<{ done: number; all: number } | undefined>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (last?.of === of) return setFaces(last.faces);
    const ended = new AbortController();
    setFaces(undefined);
    setError(undefined);
    placeFaces(library, (done, all) => setProgress({ done, all }), ended.signal).then(
      (placed) => {
        last = { of, faces: placed };
        setFaces(placed);
      },
      (failure: unknown) => !isAborted(failure) && !ended.signal.aborted && setError(failure),
    );
    return () => ended.abort();
  }, [of, round]);
  return (
    <div class="view">
      <h1>{t('map.title')}</h1>
      <p class="lead">{t('map.lead')}</p>
      <Problem error={error} onRetry={() => setRound(round + 1)} />
      {faces === undefined && error === undefined && (
        <div class="adding">
          <progress aria-label={t('map.working')} max={progress?.all || 1} value={progress?.done ?? 0} />
          <p role="status">{progress === undefined ? t('common.loading') : t('map.progress', { done: progress.done, n: progress.all })}</p>
        </div>
      )}
      {faces?.length === 0 && <Empty text={t('map.empty')} own={isOwn(currentLibrary.value)} />}
      {faces !== undefined && faces.length > 0 && <Plane faces={faces} library={library} />}
      {faces?.length === MOST_FACES && <p class="small">{t('map.limit', { n: MOST_FACES })}</p>}
    </div>
  );
}

/** How far from a face a press still means it, in pixels. */
const REACH = 36;

/** The face whose middle is nearest to a press. */
function nearest(plane: HTMLElement, { clientX, clientY }: MouseEvent): number | undefined {
  const away = [...plane.children].map((child) => {
    const { left, top, width, height } = child.getBoundingClientRect();
    return Math.hypot(left + width / 2 - clientX, top + height / 2 - clientY);
  });
  const least = Math.min(...away);
  return least <= REACH ? away.indexOf(least) : undefined;
}

/** The face that was chosen, large, with where to go from it. */
function Chosen({ face, library }: { face: PlacedFace; library: string }) {
  const { name, entity, title, mediaId, picture } = face;
  return (
    <div class="row">
      <img class="portrait" src={picture} alt="" />
      <div>
        <p>{entity === '' ? t('search.stranger') : <a href={personHref(entity, library)}>{nameOf(entity, name)}</a>}</p>
        <p>
          <a href={mediaHref(mediaId, library)}>{title}</a>
        </p>
      </div>
    </div>
  );
}

const nameOf = (entity: string, name: string): string => (name === '' || name === entity ? t('people.unnamed', { id: entity.slice(0, 4) }) : name);

function Plane({ faces, library }: { faces: readonly PlacedFace[]; library: string }) {
  const [look, setLook] = useState(WHOLE);
  const [chosen, setChosen] = useState<number | undefined>();
  const shown = chosen === undefined ? undefined : faces[chosen];
  const plane = useRef<HTMLDivElement>(null);
  const wasDragged = useRef(false);
  const drag = useRef<{ x: number; y: number } | undefined>(undefined);
  const people = [...new Map(faces.filter(({ entity }) => entity !== '').map(({ entity, name }) => [entity, name])).entries()];
  const colour = (entity: string): string => {
    const index = people.findIndex(([one]) => one === entity);
    // Hues that lie far from each other, however many people there are (the golden angle).
    return index < 0 ? 'var(--edge)' : `hsl(${(index * 137.5) % 360} 75% 45%)`;
  };
  const zoom = (factor: number): void => setLook(({ scale, dx, dy }) => {
    const next = Math.min(MOST_SCALE, Math.max(1, scale * factor));
    return next === 1 ? WHOLE : { scale: next, dx: (dx * next) / scale, dy: (dy * next) / scale };
  });
  const move = (x: number, y: number): void => setLook((before) => ({ ...before, dx: before.dx + x, dy: before.dy + y }));
  useEffect(() => {
    const element = plane.current;
    // A listener that keeps the page from scrolling must say so.
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, []);
  /** From face to face, those of a person one after the other. */
  const order = faces.map((_, index) => index).sort((a, b) => (faces[a]?.entity ?? '').localeCompare(faces[b]?.entity ?? '') || a - b);
  const step = (by: number): void => setChosen(order[chosen === undefined ? 0 : (order.indexOf(chosen) + by + order.length) % order.length]);
  const press = (event: MouseEvent): void => {
    if (plane.current !== null && !wasDragged.current) setChosen(nearest(plane.current, event));
  };
  const keys = (event: KeyboardEvent): void => {
    const far = 60;
    const moves: Record<string, () => void> = {
      '+': () => zoom(STEP),
      '=': () => zoom(STEP),
      '-': () => zoom(1 / STEP),
      '0': () => setLook(WHOLE),
      ArrowLeft: () => move(far, 0),
      ArrowRight: () => move(-far, 0),
      ArrowUp: () => move(0, far),
      ArrowDown: () => move(0, -far),
    };
    const run = moves[event.key];
    if (run === undefined) return;
    event.preventDefault();
    run();
  };
  return (
    <>
      <div class="row" role="group" aria-label={t('map.zoom')}>
        <button type="button" class="button" id="zoom-in" onClick={() => zoom(STEP)}>
          {t('map.in')}
        </button>
        <button type="button" class="button" id="zoom-out" onClick={() => zoom(1 / STEP)}>
          {t('map.out')}
        </button>
        <button type="button" class="button" id="zoom-all" onClick={() => setLook(WHOLE)}>
          {t('map.whole')}
        </button>
        <span class="small">{t('map.keys')}</span>
      </div>
      <div
        ref={plane}
        id="plane"
        class="plane"
        role="group"
        tabIndex={0}
        aria-label={t('map.plane', { n: faces.length })}
        style={{ '--s': String(look.scale), '--dx': `${look.dx}px`, '--dy': `${look.dy}px`, 'touch-action': look.scale === 1 ? 'pan-y' : 'none' }}
        onKeyDown={keys}
        onClick={press}
        onPointerDown={(event) => {
          wasDragged.current = false;
          drag.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (from === undefined || event.buttons === 0 || look.scale === 1) return;
          wasDragged.current = true;
          move(event.clientX - from.x, event.clientY - from.y);
          drag.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerUp={() => (drag.current = undefined)}
      >
        {faces.map(({ faceId, entity, picture, x, y }, index) => (
          <img
            key={faceId}
            class={index === chosen ? 'spot chosen' : 'spot'}
            src={picture}
            alt=""
            draggable={false}
            style={{ '--px': x.toFixed(4), '--py': y.toFixed(4), 'border-color': colour(entity) }}
          />
        ))}
      </div>
      <div class="panel chosen-face">
        <div class="row">
          <button type="button" class="button" id="previous-face" onClick={() => step(-1)}>
            <Icon name="left" />
            {t('map.previous')}
          </button>
          <button type="button" class="button" id="next-face" onClick={() => step(1)}>
            {t('map.next')}
            <Icon name="right" />
          </button>
        </div>
        <div role="status">{shown === undefined ? <p class="small">{t('map.choose')}</p> : <Chosen face={shown} library={library} />}</div>
      </div>
      {people.length > 0 && (
        <ul class="legend" aria-label={t('people.title')}>
          {people.slice(0, 24).map(([entity, name]) => (
            <li key={entity}>
              <span class="swatch" style={{ background: colour(entity) }} />
              <a href={personHref(entity, library)}>{nameOf(entity, name)}</a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
