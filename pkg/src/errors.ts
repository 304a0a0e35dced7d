/**
 * The one error class of the package, and how it crosses the border between worker and page.
 *
 * Most codes come from the Rust crate (its `error.rs` has the list); this file adds those that only a browser can have.
 */

/** Codes that this package adds to those of the Rust crate. */
export type BrowserErrorCode =
  | 'EngineCrashed'
  | 'SimdUnsupported'
  | 'WasmInvalid'
  | 'WorkerUnavailable'
  | 'PersistFailed'
  | 'StorageFull'
  | 'ImportMalformed'
  | 'ImportRefused'
  | 'ImportTooLarge'
  | 'ExportFailed'
  | 'NotificationNotSent'
  | 'InvalidAction.NotFound'
  | 'UnsupportedHTTPMethod'
  | 'RequestTooLarge';

/** The data of an error, as it crosses from the worker to the page. */
export interface ErrorData {
  /** A stable string that programs may compare; it changes only with a major version. */
  code: string;
  /** For people: names the thing that was wrong and, where there is something to do, what to do. */
  message: string;
  /** Names the failed request, as in the responses. */
  requestId: string;
  /** The wire name of the parameter that was wrong, where one was. */
  parameter?: string;
}

/** A `VisavisError` as plain data. */
export interface VisavisErrorJson extends ErrorData {
  name: 'VisavisError';
}

/** What every operation rejects with. */
export class VisavisError extends Error {
  override readonly name = 'VisavisError';
  /** A stable string that programs may compare; the README lists them. */
  readonly code: string;
  /** Names the failed request. */
  readonly requestId: string;
  /** The wire name of the parameter that was wrong, where one was. */
  readonly parameter: string | undefined;

  constructor(data: Omit<ErrorData, 'requestId'> & { requestId?: string; cause?: unknown }) {
    super(data.message, data.cause === undefined ? undefined : { cause: data.cause });
    this.code = data.code;
    this.requestId = data.requestId ?? newRequestId();
    this.parameter = data.parameter;
  }

  /** What there is to be known of it, for `JSON.stringify`, and to be posted to other windows and workers: a clone of an error has no code. */
  toJSON(): VisavisErrorJson {
    const { name, code, message, requestId, parameter } = this;
    return { name, code, message, requestId, ...(parameter === undefined ? {} : { parameter }) };
  }
}

/** A parameter of the wrong type or out of range. */
export function invalidParameter(parameter: string, reason: string): VisavisError {
  return new VisavisError({ code: 'InvalidParameter', message: `${parameter}: ${reason}`, parameter });
}

/** The caller's signal fired. */
export function abortedError(): VisavisError {
  return new VisavisError({ code: 'Aborted', message: 'the operation was aborted by its signal' });
}

/** The client was closed. */
export function clientClosedError(): VisavisError {
  return new VisavisError({ code: 'ClientClosed', message: 'the client is closed; create a new one with createClient' });
}

/** The WebAssembly code stopped in the middle of a call. `reason` is the engine's own words. */
export function engineCrashedError(reason: string): VisavisError {
  return new VisavisError({
    code: 'EngineCrashed',
    message: `the engine crashed during this call (${reason}); it was replaced, and the next call works`,
  });
}

/** The error data of anything that was thrown; `undefined` where it is not one of ours. */
export function errorData(thrown: unknown): ErrorData | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { code, message, requestId, parameter, name } = thrown as Partial<ErrorData> & { name?: unknown };
  if (name !== 'VisavisError' || typeof code !== 'string' || typeof message !== 'string') return undefined;
  return {
    code,
    message,
    requestId: typeof requestId === 'string' && requestId !== '' ? requestId : newRequestId(),
    ...(typeof parameter === 'string' ? { parameter } : {}),
  };
}

/** Anything that was thrown, as a `VisavisError`; what is not one of ours becomes `InternalError`. */
export function toVisavisError(thrown: unknown): VisavisError {
  if (thrown instanceof VisavisError) return thrown;
  const data = errorData(thrown);
  if (data !== undefined) return new VisavisError(data);
  return new VisavisError({
    code: 'InternalError',
    message: `internal error: ${describe(thrown)}; please report it`,
    cause: thrown,
  });
}

/** The words of anything that was thrown. */
export function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
  return String(thrown);
}

/** A new request id: a UUID, as in the responses. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
