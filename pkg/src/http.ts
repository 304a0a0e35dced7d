/**
 * The vendor's HTTP protocol: a request in, a response out. Nothing is sent or listened to here: a service worker or a server does that.
 *
 * Errors of the IMS and IMM operations are `{ RequestId, HostId, Code, Message }`. Those of the face service carry its own
 * `{ code, msg, requestId }` beside them, since its SDK looks for `Code`, `Message` and `RequestId` as well.
 */

import { isRestAction, restPath } from './actions.js';
import { newRequestId, toVisavisError } from './errors.js';
import type { VisavisError } from './errors.js';
import { readRequest } from './http-request.js';
import { writeJson } from './json.js';

/** Runs an operation. */
export type Operate = (operation: string, request: object, options: { signal: AbortSignal; faceImages?: boolean }) => Promise<unknown>;

/** Status of the errors that are not the caller's. Prefixes of codes; the first that fits counts, and 400 where none does. */
const STATUS: readonly (readonly [string, number])[] = [
  ['AccessDenied', 403],
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
  AccessDenied: 596,
  LibraryReadOnly: 596,
  NoFace: 586,
  FaceTooSmall: 586,
};

/** Answers a request; errors are responses too. */
export async function handleRequest(request: Request, operate: Operate): Promise<Response> {
  let isRest = false;
  try {
    isRest = restPath(new URL(request.url).pathname) !== undefined;
    const { action, parameters } = await readRequest(request);
    isRest ||= isRestAction(action);
    const { signal } = request;
    const result = await operate(action, parameters, action === 'SearchMedia' ? { signal, faceImages: true } : { signal });
    return answer(200, requestIdOf(result), writeJson(result, isRest ? ['faceId'] : []));
  } catch (thrown) {
    const error = toVisavisError(thrown);
    const status = statusOf(error.code);
    const body = errorBody(error, new URL(request.url).host, isRest ? status : undefined);
    return answer(status, error.requestId, JSON.stringify(body), status === 405 ? { allow: isRest ? 'POST' : 'GET, POST' } : {});
  }
}

/** The HTTP status of an error. */
export function statusOf(code: string): number {
  return STATUS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
}

function errorBody({ code, message, requestId }: VisavisError, host: string, restStatus: number | undefined): object {
  const body = { RequestId: requestId, HostId: host, Code: code, Message: message };
  if (restStatus === undefined) return body;
  return { code: FACE_SERVICE_CODES[code] ?? (code.startsWith('Image') ? 586 : restStatus), msg: message, requestId, ...body };
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
