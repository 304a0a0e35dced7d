/**
 * The engine's WebAssembly file, compiled on the page's side while workers start: a new one takes longer to start than the file to compile,
 * and all workers of a client, also those that replace a crashed one, share what was compiled. The compiler runs beside the page's thread.
 */

import { VisavisError } from './errors.js';
import type { HostConfig } from './protocol.js';
import type { Progress } from './types.js';
import { compileEngine } from './wasm-file.js';

/** Errors that may be this page's alone, by its policy: the worker, which may have another, tries for itself. */
const LEFT_TO_WORKER = ['WasmInvalid', 'DownloadBlocked'];

/** Whether the content policy of this page lets it compile; tried with the smallest module there is. */
function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}

/** The compiled file of one client. */
export class SharedModule {
  #compiled: WebAssembly.Module | undefined;
  #compiling: Promise<WebAssembly.Module | undefined> | undefined;
  #request = new AbortController();
  #users = 0;

  /**
   * The compiled file, for one worker more; `undefined` where it is left to the worker. Progress is told to whoever asks first.
   *
   * @throws VisavisError why it cannot be downloaded; who asks next tries again.
   */
  async acquire(config: HostConfig, onProgress: (progress: Progress) => void): Promise<WebAssembly.Module | undefined> {
    this.#users += 1;
    return this.#compiled ?? (this.#compiling ??= this.#compile(config, onProgress));
  }

  /** A worker is gone. A download that no other one waits for ends. */
  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#request.abort();
    this.#request = new AbortController();
    this.#compiling = undefined;
  }

  async #compile({ build, wasmUrl: url, cache, timeoutMs }: HostConfig, onProgress: (progress: Progress) => void): Promise<WebAssembly.Module | undefined> {
    const { signal } = this.#request;
    if (!mayCompile()) return undefined;
    try {
      this.#compiled = await compileEngine({ build, url, cache, timeoutMs, onProgress, signal });
      return this.#compiled;
    } catch (error) {
      if (!signal.aborted) this.#compiling = undefined;
      if (error instanceof VisavisError && LEFT_TO_WORKER.includes(error.code)) return undefined;
      throw error;
    }
  }
}
