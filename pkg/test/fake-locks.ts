/** Web Locks, as far as they are used. */
export class FakeLocks {
  readonly #held = new Set<string>();
  readonly #waiting: { name: string; run: () => void }[] = [];

  async request(name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, work: (lock: object | null) => Promise<unknown>): Promise<unknown> {
    if (this.#held.has(name)) {
      if (options.ifAvailable === true) return work(null);
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ name, run: resolve });
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
      options.signal?.throwIfAborted();
    }
    this.#held.add(name);
    try {
      return await work({ name });
    } finally {
      this.#held.delete(name);
      const next = this.#waiting.findIndex((waiting) => waiting.name === name);
      if (next >= 0) this.#waiting.splice(next, 1)[0]?.run();
    }
  }
}
