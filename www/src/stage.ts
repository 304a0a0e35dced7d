/** The chosen photo with a button over each face that was found. */

import type { DetectResult, Face } from 'visavis';
import { byId, make } from './dom.js';

const stage = byId('stage');
let address: string | undefined;

/** Shows the photo at once, before anything is known about it. */
export function showPhoto(photo: Blob, name: string): void {
  if (address !== undefined) URL.revokeObjectURL(address);
  address = URL.createObjectURL(photo);
  const image = make('img', { alt: `The chosen photo: ${name}`, className: 'photo', decoding: 'async' });
  image.addEventListener('error', () => {
    image.replaceWith(make('p', { className: 'no-preview' }, `${name}: this browser shows no preview of it.`));
  });
  image.src = address;
  stage.replaceChildren(image);
  stage.hidden = false;
  stage.classList.add('busy');
}

/** Takes the photo away again: it turned out to be none. */
export function hidePhoto(): void {
  stage.hidden = true;
  stage.replaceChildren();
}

/** Puts a button over each face; `onChoose` is told the index of a face that is pressed. */
export function showFaces({ width, height, faces }: DetectResult, onChoose: (index: number) => void): void {
  stage.classList.remove('busy');
  const buttons = faces.map((face, index) => {
    const label = `Face ${index + 1} of ${faces.length}${describeFace(face)}`;
    const button = make('button', { type: 'button', className: 'face', title: label, ariaLabel: label, ariaPressed: 'false' });
    button.append(make('span', {}, String(index + 1)));
    placeOver(button, face, width, height);
    button.addEventListener('click', () => onChoose(index));
    return button;
  });
  stage.append(...buttons);
}

/** Marks the chosen face. */
export function markFace(chosen: number): void {
  for (const [index, button] of [...stage.querySelectorAll('button.face')].entries()) {
    button.setAttribute('aria-pressed', String(index === chosen));
  }
}

/** Nothing more is being looked for in the photo. */
export function stopWaiting(): void {
  stage.classList.remove('busy');
}

/** The box in per cent of the picture, so that it follows the picture's size on the screen. */
function placeOver(button: HTMLElement, { box }: Face, width: number, height: number): void {
  const percent = (value: number, whole: number): string => `${((100 * value) / whole).toFixed(3)}%`;
  button.style.setProperty('left', percent(box.x, width));
  button.style.setProperty('top', percent(box.y, height));
  button.style.setProperty('width', percent(box.w, width));
  button.style.setProperty('height', percent(box.h, height));
}

function describeFace({ box, expression }: Face): string {
  const size = `, ${Math.round(Math.min(box.w, box.h))} pixels wide`;
  return expression === undefined ? size : `${size}, perhaps ${expression.label}`;
}
