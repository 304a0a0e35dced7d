/**
 * The vendor's HTTP protocol: a request in, a response out. Nothing is sent or listened to here: a service worker or a server does that.
 *
 * Errors of the IMS and IMM operations are `{ RequestId, HostId, Code, Message }`. Those of the face service carry its own
 * `{ code, msg, requestId }` beside them, since its SDK looks for `Code`, `Message` and `RequestId` as well.
 */

import { isRestAction, restPath } from './actions.js';
import { invalidParameter, newRequestId, toVisavisError } from './errors.js';
import type { VisavisError } from './errors.js';
import { readRequest } from './http-request.js';
import { writeJson } from './json.js';

/** Runs an operation. */
export type Operate = (operation: string, request: object, options: { signal: AbortSignal; faceImages?: boolean }) => Promise<unknown>;

/** Status of the errors that are not the caller's. Prefixes of codes; the first that fits counts, and 400 where none does. */
const STATUS: readonly (readonly [string, number])[] = [
  ['LimitExceededError', 403],
  ['ResourceNotFound', 404],
  ['UnknownLibrary', 404],
  ['LibraryNotFound', 404],
  ['InvalidTaskId.NotFound', 404],
  ['InvalidAction.NotFound', 404],
  ['UnsupportedHTTPMethod', 405],
  ['RequestTooLarge', 413],
  ['LibraryReadOnly', 403],
  ['LibraryBusy', 503],
  ['ClientClosed', 503],
  ['EngineCrashed', 500],
  ['InternalError', 500],
  ['IoError', 500],
  ['Library', 500],
  ['File', 500],
  ['Model', 500],
  ['Embedd', 500],
  ['Wasm', 500],
  ['Worker', 500],
];

/** Codes of the face service where they say more than the status. */
const FACE_SERVICE_CODES: Readonly<Record<string, number>> = {
  DownloadFailed: 480,
  DownloadBlocked: 480,
  DownloadTimeout: 592,
  LimitExceededError: 588,
  LibraryReadOnly: 596,
  NoFace: 586,
  FaceTooSmall: 586,
};

/** Answers a request; errors are responses too. */
export async function handleRequest(request: Request, operate: Operate): Promise<Response> {
  let isRest = false;
  try {
    if (typeof (request as Partial<Request> | undefined)?.url !== 'string') throw invalidParameter('request', 'expected a Request');
    isRest = isForFaceService(request);
    const { action, parameters } = await readRequest(request);
    isRest ||= isRestAction(action);
    const { signal } = request;
    const result = await operate(action, parameters, action === 'SearchMedia' ? { signal, faceImages: true } : { signal });
    return answer(200, requestIdOf(result), writeJson(result, isRest ? ['faceId'] : []));
  } catch (thrown) {
    const error = toVisavisError(thrown);
    const status = statusOf(error.code, error.parameter);
    const body = errorBody(error, hostOf(request), isRest ? status : undefined);
    return answer(status, error.requestId, JSON.stringify(body), status === 405 ? { allow: isRest ? 'POST' : 'GET, POST' } : {});
  }
}

/** Whether a request is of the face service, as far as can be seen before its body is read. */
function isForFaceService({ url, headers }: Request): boolean {
  const { pathname, searchParams } = new URL(url);
  return restPath(pathname) !== undefined || isRestAction(searchParams.get('Action') || headers.get('x-acs-action') || '');
}

/** The HTTP status of an error. A download that is not of the image which `parameter` names is one of this side. */
export function statusOf(code: string, parameter?: string): number {
  if (code.startsWith('Download') && parameter === undefined) return 502;
  return STATUS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
}

function errorBody({ code, message, requestId, parameter }: VisavisError, host: string, restStatus: number | undefined): object {
  const body = { RequestId: requestId, HostId: host, Code: code, Message: message };
  if (restStatus === undefined) return body;
  const ofImage = code.startsWith('Image') ? 586 : restStatus;
  const number = code.startsWith('Download') && parameter === undefined ? restStatus : (FACE_SERVICE_CODES[code] ?? ofImage);
  return { code: number, msg: message, requestId, ...body };
}

/** The host and port that were asked; empty where there are none. */
function hostOf(request: Request | undefined): string {
  try {
    return new URL(request?.url ?? '').host;
  } catch {
    return '';
  }
}

function requestIdOf(result: unknown): string {
  const { RequestId, requestId } = (result ?? {}) as { RequestId?: unknown; requestId?: unknown };
  const id = RequestId ?? requestId;
  return typeof id === 'string' && id !== '' ? id : newRequestId();
}

function answer(status: number, requestId: string, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'x-acs-request-id': requestId, ...headers },
  });
}
