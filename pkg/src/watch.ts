/** A time limit for downloads that may be slow, but must not stand still. */

/** A signal that fires with another one, and when nothing has come for a while. */
export class Watch {
  expired = false;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly timeoutMs: number,
    private readonly outer: AbortSignal,
  ) {
    outer.addEventListener('abort', this.#abort);
    if (outer.aborted) this.#abort();
    this.tick();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  tick(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.expired = true;
      this.#controller.abort();
    }, this.timeoutMs);
  }

  /** Ends what is left of the download, too. */
  end(): void {
    this.stop();
    this.#abort();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.outer.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();
}
