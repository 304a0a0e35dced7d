/**
 * Requests of the vendor's HTTP protocol, read: which action, with which parameters.
 *
 * RPC form: the action in the query, the form or the header `x-acs-action`; parameters in query and form, nested ones as JSON text, which
 * the engine parses. REST form: `POST /green/sface/...` with a JSON body. Signatures, keys, versions and times are not looked at.
 */

import { actionNames, actionOfPath, isAction, isRestAction, restPath } from './actions.js';
import { VisavisError, describe, invalidParameter } from './errors.js';
import { parseJson } from './json.js';

/** Larger bodies are refused, in bytes. */
export const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** A request that was understood. */
export interface WireRequest {
  action: string;
  parameters: Record<string, unknown>;
}

/** What the protocol itself adds to the parameters; for visavis it means nothing. Names are compared without regard to case. */
const PROTOCOL_PARAMETERS = new Set(
  ['Action', 'Version', 'Format', 'AccessKeyId', 'Signature', 'SignatureMethod', 'SignatureNonce', 'SignatureVersion', 'SignatureType']
    .concat(['Timestamp', 'SecurityToken', 'RegionId', 'BearerToken'])
    .map((name) => name.toLowerCase()),
);

/**
 * Reads a request.
 *
 * @throws VisavisError: `UnsupportedHTTPMethod`, `MissingAction`, `InvalidAction.NotFound`, `RequestTooLarge`, `InvalidParameter`.
 */
export async function readRequest(request: Request): Promise<WireRequest> {
  const url = new URL(request.url);
  const path = restPath(url.pathname);
  const isRest = path !== undefined;
  if (request.method !== 'POST' && (isRest || request.method !== 'GET')) {
    throw wrongMethod(request.method, isRest);
  }
  const text = await readBody(request);
  const asked = url.searchParams.get('Action') || undefined;
  const header = request.headers.get('x-acs-action') || undefined;
  if (isRest) {
    const action = checkAction(actionOfPath(path) ?? asked ?? header, `the path ${url.pathname.slice(0, 80)}`);
    return { action, parameters: { ...ofPairs(url.searchParams), ...ofJson(text) } };
  }
  const body = readParameters(text, request.headers.get('content-type') ?? '', asked ?? header);
  const inBody = typeof body['Action'] === 'string' ? body['Action'] : undefined;
  const action = checkAction(asked ?? inBody ?? header, 'the request');
  // They change libraries, and a link or a picture of any page is a GET.
  if (request.method !== 'POST' && isRestAction(action)) throw wrongMethod(request.method, true);
  return { action, parameters: { ...ofPairs(url.searchParams), ...withoutProtocol(body) } };
}

function wrongMethod(method: string, isRest: boolean): VisavisError {
  const message = `${method}: the HTTP method must be ${isRest ? 'POST' : 'GET or POST'}`;
  return new VisavisError({ code: 'UnsupportedHTTPMethod', message });
}

function checkAction(action: string | undefined, place: string): string {
  if (action === undefined || action === '') {
    const message = `Action is required: ${place} names no operation; known are ${actionNames()}`;
    throw new VisavisError({ code: 'MissingAction', message, parameter: 'Action' });
  }
  if (isAction(action)) return action;
  const message = `Action ${JSON.stringify(action.slice(0, 80))}: there is no such operation; known are ${actionNames()}`;
  throw new VisavisError({ code: 'InvalidAction.NotFound', message, parameter: 'Action' });
}

/** The body of an RPC request: a form; JSON where it says so, or where the action is one of the face service. */
function readParameters(text: string, contentType: string, action: string | undefined): Record<string, unknown> {
  if (text.trim() === '') return {};
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || (action !== undefined && isRestAction(action) && type !== FORM)) return ofJson(text);
  if (type === FORM) return Object.fromEntries(new URLSearchParams(text));
  throw invalidParameter('body', `expected a form (${FORM}) or JSON, not ${type === '' ? 'a body without a content type' : type.slice(0, 80)}`);
}

const FORM = 'application/x-www-form-urlencoded';

function ofPairs(pairs: URLSearchParams): Record<string, unknown> {
  return withoutProtocol(Object.fromEntries(pairs));
}

function ofJson(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = parseJson(text);
  } catch (error) {
    throw invalidParameter('body', `not JSON: ${describe(error)}`);
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidParameter('body', 'expected a JSON object');
  return body as Record<string, unknown>;
}

function withoutProtocol(parameters: Record<string, unknown>): Record<string, unknown> {
  const format = parameters['Format'];
  if (typeof format === 'string' && !['', 'json'].includes(format.toLowerCase())) {
    throw invalidParameter('Format', `${JSON.stringify(format.slice(0, 80))}: answers are JSON only`);
  }
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !PROTOCOL_PARAMETERS.has(name.toLowerCase())));
}

/** The text of a body; no more of it is read than may be. */
async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  if (request.bodyUsed || request.body?.locked === true) throw invalidParameter('request', 'its body was read already; hand over a clone');
  const reader = request.body?.getReader();
  // Some browsers have requests without streams.
  if (reader === undefined) return checkLength(await request.text().catch(brokenOff));
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  const next = (): Promise<ReadableStreamReadResult<Uint8Array>> => reader.read().catch(brokenOff);
  for (let step = await next(); !step.done; step = await next()) {
    length += step.value.byteLength;
    if (length > BODY_LIMIT_BYTES) {
      void reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    text += decoder.decode(step.value, { stream: true });
  }
  return text + decoder.decode();
}

function brokenOff(error: unknown): never {
  throw new VisavisError({ code: 'Aborted', message: `the body of the request broke off: ${describe(error)}`, cause: error });
}

function checkLength(text: string): string {
  if (text.length > BODY_LIMIT_BYTES) throw tooLarge();
  return text;
}

function tooLarge(): VisavisError {
  return new VisavisError({ code: 'RequestTooLarge', message: `the body is larger than ${BODY_LIMIT_BYTES} bytes` });
}
