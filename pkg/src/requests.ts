/**
 * Requests of the operations, made ready for the engine: images are taken out of them and travel beside them; large ids become text.
 */

import { invalidParameter } from './errors.js';
import type { PreparedImage } from './images.js';
import { parseJson } from './json.js';
import type { HostMethods, OperateOptions } from './protocol.js';
import type { Prepared } from './calls.js';
import type { ImageInput } from './types.js';

/** Prepares one image; `parameter` is what errors call it. */
export type PrepareInput = (input: ImageInput, parameter: string) => Promise<PreparedImage>;

/** An image that stands beside a request which does not name it. */
export interface SideImage {
  input: ImageInput;
  parameter: string;
}

/** Images that are given as themselves are called this in lists of URLs, with their index and the name of their file. */
export const IMAGE_SCHEME = 'image:';

/** What an image is called that is not a URL. */
export function imageUri(index: number, input: ImageInput): string {
  const { name } = input as { name?: unknown };
  return `${IMAGE_SCHEME}${index}${typeof name === 'string' && name !== '' ? `/${encodeURIComponent(name)}` : ''}`;
}

/**
 * Takes the images out of a request.
 *
 * A URL stays where it was, absolute. An image is left out there and travels beside the request, at its place in `images`.
 */
export async function prepareRequest(
  operation: string,
  request: object,
  options: OperateOptions,
  prepare: PrepareInput,
  side?: SideImage,
): Promise<Prepared<'operate'>> {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) throw invalidParameter('request', 'expected an object');
  const wire = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  for (const [name, value] of Object.entries(wire)) checkNesting(name, value);
  const args: HostMethods['operate'] = { operation, request: wire, images: [], urls: [], options };
  const transfer: Transferable[] = [];
  const take = async (input: ImageInput, parameter: string): Promise<string | undefined> => {
    const prepared = await prepare(input, parameter);
    transfer.push(...prepared.transfer);
    const url = prepared.image.kind === 'url' ? prepared.image.url : undefined;
    args.images.push(url === undefined ? { name: parameter, ...prepared.image } : undefined);
    args.urls.push(url);
    return url;
  };
  if (side !== undefined) {
    const url = await take(side.input, side.parameter);
    if (url !== undefined) args.images[0] = { kind: 'url', url, name: url };
  } else if (operation === 'SearchMediaByFace' || operation === 'similarities') {
    await takePersonImage(wire, take);
  } else if (operation === 'AddFaces') {
    await takeFaceImages(wire, take);
  } else if (['GetFaces', 'AssignFaces', 'DeleteFaces', 'SplitPerson'].includes(operation)) {
    textIds(wire);
  }
  return { args, transfer };
}

/** Refuses what is nested so deeply that it could not be sent, and what holds itself. No request needs more than a few levels. */
function checkNesting(parameter: string, value: unknown): void {
  let level = new Set([value].filter(isNested));
  for (let depth = 0; level.size > 0; depth += 1) {
    if (depth === NESTING_LIMIT) throw invalidParameter(parameter, `lists and objects are nested more than ${NESTING_LIMIT} levels deep`);
    level = new Set([...level].flatMap((outer) => Object.values(outer).filter(isNested)));
  }
}

const NESTING_LIMIT = 64;

/** Whether this is a list or a plain object: images are neither. */
function isNested(value: unknown): value is object {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}

type Take = (input: ImageInput, parameter: string) => Promise<string | undefined>;

async function takePersonImage(wire: Record<string, unknown>, take: Take): Promise<void> {
  const { PersonImageUrl: photo } = wire;
  if (photo === undefined || photo === null || photo === '') return;
  delete wire['PersonImageUrl'];
  const url = await take(photo as ImageInput, 'PersonImageUrl');
  if (url !== undefined) wire['PersonImageUrl'] = url;
}

/** A list, also one that is given as JSON text, as queries and forms have it; `undefined` for anything else, which the engine refuses. */
export function listOf(value: unknown): unknown[] | undefined {
  if (typeof value !== 'string') return Array.isArray(value) ? value : undefined;
  try {
    const list = parseJson(value);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** A photo that is given as itself leaves its name in `urls`, so that the others keep their places. */
async function takeFaceImages(wire: Record<string, unknown>, take: Take): Promise<void> {
  const urls = listOf(wire['urls']);
  if (urls === undefined) return;
  const places: string[] = [];
  for (const [index, input] of urls.entries() as Iterable<[number, ImageInput]>) {
    places.push((await take(input, `urls[${index}]`)) ?? imageUri(index, input));
  }
  wire['urls'] = places;
}

/** Ids of faces as text: they may be above what a JavaScript number can hold. */
function textIds(wire: Record<string, unknown>): void {
  const faceIds = listOf(wire['faceIds']);
  if (faceIds === undefined) return;
  wire['faceIds'] = faceIds.map((id: unknown, index) => {
    if (typeof id === 'bigint') return String(id);
    if (typeof id !== 'number') return id;
    if (Number.isSafeInteger(id)) return String(id);
    throw invalidParameter(`faceIds[${index}]`, `${id} is not exact as a JavaScript number; give the id as text or as a bigint`);
  });
}
