/**
 * The options of `createClient`, checked and made absolute.
 */

import { checkNames, checkObject } from './checks.js';
import { describe, invalidParameter } from './errors.js';
import { chooseWasmBuild } from './features.js';
import type { WasmBuild } from './features.js';
import { pageBaseUrl } from './images.js';
import type { HostConfig, WireModel } from './protocol.js';
import type { ClientOptions, LibraryAccess, LibraryOption, ModelFile, ModelsOption } from './types.js';

/** Default of `timeoutMs`. */
const DEFAULT_TIMEOUT_MS = 30_000;
/** Default of `maxPixels`, that of the engine too. */
const DEFAULT_MAX_PIXELS = 100_000_000;
/** The longest delay that timers keep. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

const ACCESSES: readonly LibraryAccess[] = ['whole', 'probe', 'decoys'];
const LIBRARY_OPTION: Record<keyof LibraryOption, true> = { name: true, url: true, publicUrl: true, access: true };
const MODELS_OPTION: Record<keyof ModelsOption, true> = { detector: true, embedder: true, expression: true };
const MODEL_FILE: Record<keyof ModelFile, true> = { url: true, bytes: true, sha256: true };

/** What the host needs of the options. */
export function hostConfig(options: ClientOptions): HostConfig {
  const baseUrl = pageBaseUrl();
  const build = chooseWasmBuild();
  const { wasmUrl, models } = options;
  return {
    build,
    libraries: librariesOf(options.libraries, baseUrl),
    cache: options.cache ?? true,
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS),
    maxPixels: positive('maxPixels', options.maxPixels ?? DEFAULT_MAX_PIXELS, Number.MAX_SAFE_INTEGER),
    ...(options.tokenLifetimeMs === undefined
      ? {}
      : { tokenLifetimeMs: positive('tokenLifetimeMs', options.tokenLifetimeMs, Number.MAX_SAFE_INTEGER) }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(wasmUrl === undefined ? {} : { wasmUrl: wasmUrlOf(wasmUrl, build, baseUrl) }),
    ...(models === undefined ? {} : { models: modelsOf(models, baseUrl) }),
  };
}

/** An absolute URL of an option. */
export function absoluteUrl(parameter: string, url: unknown, baseUrl: string | undefined = pageBaseUrl()): string {
  if ((typeof url !== 'string' && !(url instanceof URL)) || url === '') {
    throw invalidParameter(parameter, `expected a URL, not ${url === '' ? 'an empty text' : typeof url}`);
  }
  try {
    return new URL(url, baseUrl).href;
  } catch (error) {
    throw invalidParameter(parameter, `${String(url).slice(0, 80)}: ${describe(error)}`);
  }
}

function librariesOf(libraries: LibraryOption[] | undefined, baseUrl: string | undefined): HostConfig['libraries'] {
  if (libraries === undefined) return [];
  if (!Array.isArray(libraries)) throw invalidParameter('libraries', 'expected a list of { name, url }');
  const names = new Set<string>();
  return libraries.map((library, index) => {
    const path = `libraries[${index}]`;
    checkObject(path, library, '{ name, url }');
    checkNames(library, LIBRARY_OPTION, `${path}.`);
    const { name, url, publicUrl, access } = library;
    if (typeof name !== 'string' || name === '') throw invalidParameter(`${path}.name`, 'expected a text that is not empty');
    if (names.has(name)) throw invalidParameter(`${path}.name`, `"${name}" is there twice`);
    names.add(name);
    if (access !== undefined && !ACCESSES.includes(access)) {
      throw invalidParameter(`${path}.access`, `expected ${ACCESSES.join(', ')}, not ${String(access).slice(0, 80)}`);
    }
    if (url === undefined) {
      const odd = access === undefined ? publicUrl && 'publicUrl' : 'access';
      if (odd) throw invalidParameter(`${path}.${odd}`, 'it needs a url: a library of the page\'s own is not downloaded');
      return { name };
    }
    return {
      name,
      url: absoluteUrl(`${path}.url`, url, baseUrl),
      ...(access === undefined ? {} : { access }),
      ...(publicUrl === undefined ? {} : { publicUrl: absoluteUrl(`${path}.publicUrl`, publicUrl, baseUrl) }),
    };
  });
}

function wasmUrlOf(option: NonNullable<ClientOptions['wasmUrl']>, build: WasmBuild, baseUrl: string | undefined): string {
  if (typeof option === 'object' && option !== null && !(option instanceof URL)) {
    checkNames(option, { simd: true, relaxed: true }, 'wasmUrl.');
    return absoluteUrl(`wasmUrl.${build}`, option[build], baseUrl);
  }
  const folder = absoluteUrl('wasmUrl', option, baseUrl);
  return new URL(`visavis_${build}_bg.wasm`, asFolder(folder)).href;
}

function modelsOf(models: NonNullable<ClientOptions['models']>, baseUrl: string | undefined): NonNullable<HostConfig['models']> {
  if (typeof models === 'string' || models instanceof URL) return { folder: asFolder(absoluteUrl('models', models, baseUrl)) };
  checkObject('models', models, 'a URL or { detector, embedder, expression }');
  checkNames(models, MODELS_OPTION, 'models.');
  const { detector, embedder, expression } = models;
  return {
    ...(detector === undefined ? {} : { detector: modelOf('models.detector', detector, baseUrl) }),
    ...(embedder === undefined ? {} : { embedder: modelOf('models.embedder', embedder, baseUrl) }),
    ...(expression === undefined ? {} : { expression: expression && modelOf('models.expression', expression, baseUrl) }),
  };
}

function modelOf(parameter: string, model: ModelFile, baseUrl: string | undefined): WireModel {
  checkObject(parameter, model, '{ url, bytes, sha256 }');
  checkNames(model, MODEL_FILE, `${parameter}.`);
  const { url, bytes, sha256 } = model;
  if (!Number.isSafeInteger(bytes) || bytes <= 0) throw invalidParameter(`${parameter}.bytes`, 'expected the exact length in bytes');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw invalidParameter(`${parameter}.sha256`, 'expected 64 hexadecimal digits');
  }
  return { url: absoluteUrl(`${parameter}.url`, url, baseUrl), bytes, sha256: sha256.toLowerCase() };
}

function positive(parameter: string, value: number, limit: number): number {
  if (typeof value !== 'number' || !(value > 0) || value > limit) {
    throw invalidParameter(parameter, `expected a number above 0 and at most ${limit}, not ${String(value)}`);
  }
  return value;
}

function asFolder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
