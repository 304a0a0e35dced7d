/** Faces in the plane: a dot for each, and small pictures where there is room. Moved by dragging, zoomed by two fingers, wheel, keys. */

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PlacedFace } from '../app/faceMap.js';
import { showPictures } from '../app/settings.js';
import type { Size } from '../lib/boxes.js';
import { WHOLE, moved, placed, thinned, zoomed } from '../lib/plane.js';
import type { Look, Point } from '../lib/plane.js';
import { t } from '../text/index.js';
import { Picture } from './Picture.js';

interface Props {
  faces: readonly PlacedFace[];
  look: Look;
  onLook: (change: (look: Look, size: Size) => Look) => void;
  /** Told how large the plane is. */
  size: RefObject<Size>;
  colourOf: (face: PlacedFace) => string;
  /** Whose faces are shown before others. */
  person: string | undefined;
  chosen: number | undefined;
  onChoose: (index: number | undefined) => void;
}

/** Width of a small picture, and how far apart their middles are at least, in pixels. */
const SIDE = 46;
const APART = 54;
const DOT = 4;
/** How far from a face a press still means it, in pixels. */
const REACH = 30;
/** A press that moves farther is a drag, in pixels. */
const STILL = 4;
export const STEP = 1.4;

export function FacePlane({ faces, look, onLook, size: told, colourOf, person, chosen, onChoose }: Props) {
  const plane = useRef<HTMLDivElement>(null);
  const size = useSize(plane);
  told.current = size;
  const isOther = (face: PlacedFace): boolean => person !== undefined && face.entityId !== person;
  const shown = useMemo(() => {
    const order = faces.map((_, index) => index);
    const first = person === undefined ? order : [...order].sort((a, b) => Number(faces[a]?.entityId !== person) - Number(faces[b]?.entityId !== person) || a - b);
    return thinned(faces, first, look.scale, size, APART);
  }, [faces, person, look.scale, size]);
  const inSight = shown.filter((index) => {
    const face = faces[index];
    return face !== undefined && index !== chosen && hasPicture(face) && isWithin(placed(face, look, size), size);
  });
  const drags = useGestures(plane, onLook);
  const press = (event: MouseEvent): void => {
    if (plane.current !== null && !drags.current) onChoose(nearest(faces, look, size, within(plane.current, event)));
  };
  return (
    <div
      ref={plane}
      id="plane"
      class="plane"
      role="group"
      tabIndex={0}
      aria-label={t('map.plane', { n: faces.length })}
      style={{ 'touch-action': look.scale === 1 ? 'pan-y' : 'none' }}
      onKeyDown={(event) => keys(event, onLook)}
      onClick={press}
    >
      <Dots faces={faces} look={look} size={size} colourOf={colourOf} isOther={isOther} />
      {[...inSight, ...(chosen === undefined ? [] : [chosen])].map((index) => {
        const face = faces[index];
        if (face === undefined) return null;
        const { x, y } = placed(face, look, size);
        const classes = ['spot', index === chosen ? 'chosen' : '', isOther(face) ? 'other' : ''].filter((one) => one !== '').join(' ');
        return (
          <div key={face.faceId} class={classes} style={{ left: `${x.toFixed(1)}px`, top: `${y.toFixed(1)}px`, 'border-color': colourOf(face) }}>
            <Picture src={face.picture} />
          </div>
        );
      })}
    </div>
  );
}

/** Where in an element something happened, from the upper left corner within its border. */
function within(element: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left - element.clientLeft, y: clientY - top - element.clientTop };
}

/** The size of an element, as it is now. */
function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = (): void => setSize({ width: current.clientWidth, height: current.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** Whether there is a picture of a face that may be loaded. */
const hasPicture = ({ picture }: PlacedFace): boolean => picture !== '' && (showPictures.value || !/^https?:/.test(picture));

const isWithin = ({ x, y }: Point, { width, height }: Size): boolean => x > -SIDE && y > -SIDE && x < width + SIDE && y < height + SIDE;

/** The face that is nearest to a point of the plane; none where all are far. */
function nearest(faces: readonly PlacedFace[], look: Look, size: Size, at: Point): number | undefined {
  let best: number | undefined;
  let least = REACH;
  for (const [index, face] of faces.entries()) {
    const { x, y } = placed(face, look, size);
    const away = Math.hypot(x - at.x, y - at.y);
    if (away < least) [best, least] = [index, away];
  }
  return best;
}

/** Every face as a dot in the colour of its person. */
function Dots({ faces, look, size, colourOf, isOther }: Pick<Props, 'faces' | 'look' | 'colourOf'> & { size: Size; isOther: (face: PlacedFace) => boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null) return;
    const sharp = devicePixelRatio;
    element.width = Math.round(size.width * sharp);
    element.height = Math.round(size.height * sharp);
    context.scale(sharp, sharp);
    // All dots of a colour at once: one after the other, thousands of them take too long for a map that is being moved.
    const dots = new Map<string, Path2D>();
    for (const face of faces) {
      const { x, y } = placed(face, look, size);
      if (!isWithin({ x, y }, size)) continue;
      const key = `${isOther(face) ? '0.15' : '1'} ${colourOf(face)}`;
      const path = dots.get(key) ?? new Path2D();
      dots.set(key, path);
      path.moveTo(x + DOT, y);
      path.arc(x, y, DOT, 0, 2 * Math.PI);
    }
    for (const [key, path] of dots) {
      const space = key.indexOf(' ');
      context.globalAlpha = Number(key.slice(0, space));
      context.fillStyle = key.slice(space + 1);
      context.fill(path);
    }
  });
  return <canvas ref={canvas} class="dots" aria-hidden="true" />;
}

/** Two fingers: how far from each other, and what is between them. */
interface Pinch {
  away: number;
  middle: Point;
}

const pinchOf = (a: Point, b: Point): Pinch => ({ away: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } });

/** Dragging, two fingers, and the wheel. Answers whether the press that is going on was a drag. */
function useGestures(plane: RefObject<HTMLElement | null>, onLook: Props['onLook']): RefObject<boolean> {
  const dragged = useRef(false);
  const tell = useRef(onLook);
  tell.current = onLook;
  useEffect(() => {
    const element = plane.current;
    if (element === null) return;
    const pointers = new Map<number, Point>();
    let start: Point = { x: 0, y: 0 };
    /** What two fingers began with. */
    let base: (Pinch & { look: Look }) | undefined;
    const at = (event: MouseEvent): Point => within(element, event);
    const down = (event: PointerEvent): void => {
      if (pointers.size === 0) {
        dragged.current = false;
        start = at(event);
      }
      pointers.set(event.pointerId, at(event));
      base = undefined;
      if (event.pointerType !== 'touch') element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const now = at(event);
      const [, other] = [...pointers].find(([id]) => id !== event.pointerId) ?? [];
      pointers.set(event.pointerId, now);
      if (other !== undefined) {
        dragged.current = true;
        // Two fingers move the map with the point between them, and zoom about it.
        const { away, middle } = pinchOf(now, other);
        tell.current((look, size) => {
          base ??= { ...pinchOf(before, other), look };
          const shift = { x: middle.x - base.middle.x, y: middle.y - base.middle.y };
          return moved(zoomed(base.look, away / base.away, base.middle, size), shift, size);
        });
      } else {
        if (Math.hypot(now.x - start.x, now.y - start.y) > STILL) dragged.current = true;
        tell.current((look, size) => moved(look, { x: now.x - before.x, y: now.y - before.y }, size));
      }
    };
    const up = ({ pointerId }: PointerEvent): void => {
      pointers.delete(pointerId);
      base = undefined;
    };
    // Two fingers are for the map, also where one of them scrolls the page.
    const touch = (event: TouchEvent): void => {
      if (event.touches.length > 1 && event.cancelable) event.preventDefault();
    };
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
      event.preventDefault();
      const about = at(event);
      tell.current((look, size) => zoomed(look, event.deltaY < 0 ? 1.15 : 1 / 1.15, about, size));
    };
    const ended = new AbortController();
    const { signal } = ended;
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    for (const kind of ['pointerup', 'pointercancel'] as const) element.addEventListener(kind, up, { signal });
    for (const kind of ['touchstart', 'touchmove'] as const) element.addEventListener(kind, touch, { signal, passive: false });
    element.addEventListener('wheel', wheel, { signal, passive: false });
    return () => ended.abort();
  }, []);
  return dragged;
}

/** Keys of the plane: + and - zoom, 0 shows the whole, arrows move. */
function keys(event: KeyboardEvent, onLook: Props['onLook']): void {
  const far = 60;
  const about = (factor: number) => () => onLook((look, size) => zoomed(look, factor, { x: size.width / 2, y: size.height / 2 }, size));
  const by = (x: number, y: number) => () => onLook((look, size) => moved(look, { x, y }, size));
  const run = {
    '+': about(STEP),
    '=': about(STEP),
    '-': about(1 / STEP),
    '0': () => onLook(() => WHOLE),
    ArrowLeft: by(far, 0),
    ArrowRight: by(-far, 0),
    ArrowUp: by(0, far),
    ArrowDown: by(0, -far),
  }[event.key];
  if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  run();
}
