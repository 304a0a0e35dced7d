/** The faces of the library as a map: who looks alike stands near. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { FaceMap } from 'visavis';
import { placeFaces } from '../app/faceMap.js';
import type { PlacedFace } from '../app/faceMap.js';
import { currentLibrary, isOwn, revision } from '../app/engine.js';
import { mediaHref, personHref } from '../app/router.js';
import type { Size } from '../lib/boxes.js';
import { WHOLE, zoomed } from '../lib/plane.js';
import type { Look } from '../lib/plane.js';
import { Empty } from '../parts/Empty.js';
import { FacePlane, STEP } from '../parts/FacePlane.js';
import { Icon } from '../parts/Icon.js';
import { Picture } from '../parts/Picture.js';
import { Problem } from '../parts/Problem.js';
import { isAborted } from '../text/errors.js';
import { t } from '../text/index.js';

/** The map that was made last: it takes a while. */
let last: { of: string; map: FaceMap } | undefined;

export function MapView(_: { id: string }) {
  const library = currentLibrary.value.name;
  const of = `${library} ${revision.value}`;
  const [map, setMap] = useState<FaceMap | undefined>(last?.of === of ? last.map : undefined);
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (last?.of === of) return setMap(last.map);
    const ended = new AbortController();
    setMap(undefined);
    setError(undefined);
    placeFaces(library, ended.signal).then(
      (placed) => {
        if (ended.signal.aborted) return;
        last = { of, map: placed };
        setMap(placed);
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
      {map === undefined && error === undefined && (
        <div class="adding">
          <progress aria-label={t('map.working')} />
          <p role="status">{t('map.working')}</p>
        </div>
      )}
      {map?.faces.length === 0 && <Empty text={t('map.empty')} own={isOwn(currentLibrary.value)} />}
      {map !== undefined && map.faces.length > 0 && <Faces key={of} faces={map.faces} library={library} />}
      {map !== undefined && map.faces.length < map.total && <p class="small">{t('map.limit', { n: map.faces.length, total: map.total })}</p>}
    </div>
  );
}

/** Somebody on the map. */
interface Person {
  entity: string;
  name: string;
  count: number;
  colour: string;
}

/** So many people stand in the legend; the others are found by their faces. */
const IN_LEGEND = 24;
/** The colour of faces that are nobody's; visible on light and on dark. */
const NOBODY = '#7f8b87';

const nameOf = (entity: string, name: string): string => (name === '' || name === entity ? t('people.unnamed', { id: entity.slice(0, 4) }) : name);

/** The people of the faces, those with the most faces first. Hues lie far from each other, however many there are (the golden angle). */
function peopleOf(faces: readonly PlacedFace[]): Map<string, Person> {
  const counts = new Map<string, { name: string; count: number }>();
  for (const { entityId, name = '' } of faces) {
    if (entityId !== undefined) counts.set(entityId, { name, count: (counts.get(entityId)?.count ?? 0) + 1 });
  }
  const sorted = [...counts].sort(([a, { count }], [b, { count: other }]) => other - count || (a < b ? -1 : 1));
  return new Map(sorted.map(([entity, { name, count }], index) => [entity, { entity, name, count, colour: `oklch(0.6 0.17 ${Math.round(25 + index * 137.5) % 360})` }]));
}

function Faces({ faces, library }: { faces: readonly PlacedFace[]; library: string }) {
  const [look, setLook] = useState(WHOLE);
  const [chosen, setChosen] = useState<number | undefined>();
  const [person, setPerson] = useState<string | undefined>();
  const size = useRef<Size>({ width: 1, height: 1 });
  const shown = chosen === undefined ? undefined : faces[chosen];
  const people = useMemo(() => peopleOf(faces), [faces]);
  const colourOf = ({ entityId }: PlacedFace): string => people.get(entityId ?? '')?.colour ?? NOBODY;
  /** From face to face, those of a person one after the other, the strangers last; those of one person only where one is pressed. */
  const order = useMemo(() => {
    const rank = new Map([...people.keys()].map((entity, index) => [entity, index]));
    const rankOf = (index: number): number => rank.get(faces[index]?.entityId ?? '') ?? rank.size;
    const all = faces.map((_, index) => index).filter((index) => person === undefined || faces[index]?.entityId === person);
    return all.sort((a, b) => rankOf(a) - rankOf(b) || a - b);
  }, [faces, people, person]);
  const change = (make: (look: Look, of: Size) => Look): void => setLook((before) => make(before, size.current));
  const zoom = (factor: number) => () => change((before, of) => zoomed(before, factor, { x: of.width / 2, y: of.height / 2 }, of));
  const step = (by: number) => () => {
    const at = chosen === undefined ? -1 : order.indexOf(chosen);
    setChosen(order[at < 0 ? 0 : (at + by + order.length) % order.length]);
  };
  return (
    <>
      <div class="row" role="group" aria-label={t('map.zoom')}>
        <button type="button" class="button" id="zoom-in" onClick={zoom(STEP)}>
          {t('map.in')}
        </button>
        <button type="button" class="button" id="zoom-out" onClick={zoom(1 / STEP)}>
          {t('map.out')}
        </button>
        <button type="button" class="button" id="zoom-all" onClick={() => setLook(WHOLE)}>
          {t('map.whole')}
        </button>
        <span class="small">{t('map.keys')}</span>
      </div>
      <FacePlane faces={faces} look={look} size={size} onLook={change} colourOf={colourOf} person={person} chosen={chosen} onChoose={setChosen} />
      <div class="panel chosen-face">
        <div class="row">
          <button type="button" class="button" id="previous-face" onClick={step(-1)}>
            <Icon name="left" />
            {t('map.previous')}
          </button>
          <button type="button" class="button" id="next-face" onClick={step(1)}>
            {t('map.next')}
            <Icon name="right" />
          </button>
        </div>
        <div role="status">{shown === undefined ? <p class="small">{t('map.choose')}</p> : <Chosen key={shown.faceId} face={shown} library={library} />}</div>
      </div>
      {people.size > 0 && <Legend people={[...people.values()]} pressed={person} onPress={setPerson} />}
    </>
  );
}

/** Who has which colour. A press shows the faces of one person before the others. */
function Legend({ people, pressed, onPress }: { people: readonly Person[]; pressed: string | undefined; onPress: (entity: string | undefined) => void }) {
  return (
    <section class="legend" aria-labelledby="legend-heading">
      <h2 id="legend-heading">{t('people.title')}</h2>
      <p class="small">{t('map.legend')}</p>
      <ul>
        {people.slice(0, IN_LEGEND).map(({ entity, name, count, colour }) => (
          <li key={entity}>
            <button type="button" class="button chip" aria-pressed={pressed === entity} onClick={() => onPress(pressed === entity ? undefined : entity)}>
              <span class="swatch" style={{ background: colour }} />
              {nameOf(entity, name)} <span class="small">{t('count.faces', { n: count })}</span>
            </button>
          </li>
        ))}
      </ul>
      {people.length > IN_LEGEND && <p class="small">{t('map.morePeople', { n: people.length - IN_LEGEND })}</p>}
    </section>
  );
}

/** The face that was chosen, large, with where to go from it. */
function Chosen({ face: { entityId, name = '', mediaId, title, picture }, library }: { face: PlacedFace; library: string }) {
  return (
    <div class="row">
      <Picture class="portrait" src={picture} />
      <div>
        <p>{entityId === undefined ? t('search.stranger') : <a href={personHref(entityId, library)}>{nameOf(entityId, name)}</a>}</p>
        <p>
          <a href={mediaHref(mediaId, library)}>{title}</a>
        </p>
      </div>
    </div>
  );
}
