/**
 * Whether options are what they should be, for callers without TypeScript: a misspelt or mistyped option is refused by its name.
 */

import { invalidParameter } from './errors.js';
import type { CallOptions, ClientOptions } from './types.js';

const CLIENT_OPTIONS: Record<keyof ClientOptions, true> = {
  libraries: true,
  models: true,
  wasmUrl: true,
  workerUrl: true,
  worker: true,
  cache: true,
  timeoutMs: true,
  maxPixels: true,
  resolve: true,
  onProgress: true,
  signal: true,
};

/**
 * The options of `createClient`.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkClientOptions(options: ClientOptions): void {
  checkObject('options', options);
  for (const name of Object.keys(options)) {
    if (!(name in CLIENT_OPTIONS)) throw invalidParameter(name, `there is no such option; known are ${Object.keys(CLIENT_OPTIONS).join(', ')}`);
  }
  checkType('worker', options.worker, 'boolean');
  checkType('cache', options.cache, 'boolean');
  checkType('resolve', options.resolve, 'function');
  checkCallOptions(options);
}

/**
 * The options that every call takes; the engine checks the others.
 *
 * @throws VisavisError `InvalidParameter` that names the option.
 */
export function checkCallOptions(options: CallOptions): void {
  checkObject('options', options);
  checkType('onProgress', options.onProgress, 'function');
  const { signal } = options as { signal?: Partial<AbortSignal> };
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidParameter('signal', `expected an AbortSignal, not ${kindOf(signal)}`);
  }
}

function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidParameter(name, `expected an object, not ${kindOf(value)}`);
}

function checkType(name: string, value: unknown, type: 'boolean' | 'function'): void {
  if (value !== undefined && typeof value !== type) throw invalidParameter(name, `expected a ${type}, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
