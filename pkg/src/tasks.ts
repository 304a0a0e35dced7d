/**
 * Drives tasks in the background: their sources one at a time, between the calls of the page.
 *
 * What the engine does is `task.next` (which source), `task.step` (search with it) and `task.fail` (it cannot be read). A source that
 * fails, even one on which the engine crashes, fails alone. With `persist`, each task is driven by the one client that holds its lock;
 * others of the same name wait for it, and take over when it is let go.
 */

import { errorData, toVisavisError, VisavisError } from './errors.js';
import type { KeptImage, KeptSources } from './keep.js';
import type { Notification } from './notify.js';
import { IMAGE_SCHEME } from './requests.js';
import type { SideImage } from './requests.js';
import type { Shelf } from './shelf.js';
import type { Warn } from './state.js';
import type { ImageInput, TaskNotification } from './types.js';

/** Sources wait for the calls of the page, but no longer than this. */
const POLITENESS_MS = 1000;
/** When the engine cannot even be asked, it is asked again after this long, and twice as long each further time, */
const FIRST_RETRY_MS = 500;
/** but no longer than this. */
const LONGEST_RETRY_MS = 60_000;
/** After so many failures in a row somebody is told. */
const PATIENCE = 6;

/** What the engine answers when a source is done with. */
interface TaskStep {
  TaskId: string;
  Progress: number;
  Status: string;
  /** Only with the last source. */
  Notification?: Notification;
}

/** A source whose turn it is. */
interface NextSource {
  Index: number;
  URI: string;
  DatasetName: string;
}

/** What the driver needs of its client. */
export interface TaskWork {
  /** Calls the engine. */
  operate<T>(operation: string, request: object, side?: SideImage): Promise<T>;
  /** Waits for the calls of the page, no longer than this. */
  idle(limitMs: number): Promise<void>;
  /** Tells that a task is done. */
  notify(notification: Notification, listener: TaskListener | undefined): void;
  /** Reads again what other clients of the same name kept, and gives it to the engine. */
  refresh(): Promise<void>;
  warn: Warn;
  /** The name under which tasks are kept; `undefined` where they are not. */
  name: string | undefined;
  shelf: Shelf | undefined;
}

type TaskListener = (message: TaskNotification) => void;

/** What is known of a task beside what the engine knows. */
interface Task {
  id: string;
  images: ReadonlyMap<number, KeptImage>;
  /** Why images of it could not be kept. */
  failures: ReadonlyMap<number, VisavisError>;
  listener: TaskListener | undefined;
  /** Created just now, and no source of it was looked at yet. */
  isFresh: boolean;
}

/** Drives the tasks of one client. */
export class TaskDriver {
  readonly #work: TaskWork;
  /** Tasks that are driven, or whose lock is waited for. */
  readonly #known = new Set<string>();
  readonly #ended = new AbortController();
  /** Fulfilled when the source that is worked on is done. */
  #turn: Promise<void> = Promise.resolve();

  constructor(work: TaskWork) {
    this.#work = work;
  }

  /** Begins with a task that was created just now. */
  created(id: string, { images, failures }: Pick<KeptSources, 'images' | 'failures'>, listener: TaskListener | undefined): void {
    for (const [index, image] of images) this.#work.shelf?.writeSource(id, index, image);
    this.#take({ id, images, failures, listener, isFresh: true });
  }

  /** Goes on with the tasks that are kept and not done; forgets the images of all others. */
  async resume(sourceTasks: ReadonlySet<string> = new Set()): Promise<void> {
    if (this.#work.name === undefined) return;
    try {
      const running = await this.#work.operate<string[]>('tasks.running', {});
      for (const id of sourceTasks) {
        if (!running.includes(id)) this.#work.shelf?.dropSources(id);
      }
      for (const id of running) this.#take({ id, images: new Map(), failures: new Map(), listener: undefined, isFresh: false });
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#work.warn(toVisavisError(error));
    }
  }

  /** Ends; what is not done is taken up again by whoever opens the same name. */
  close(): void {
    this.#ended.abort();
  }

  #take(task: Task): void {
    if (this.#known.has(task.id) || this.#ended.signal.aborted) return;
    this.#known.add(task.id);
    void this.#locked(task)
      .catch((error: unknown) => {
        if (!this.#ended.signal.aborted) this.#work.warn(toVisavisError(error));
      })
      .finally(() => this.#known.delete(task.id));
  }

  /** Drives a task while holding its lock. */
  async #locked(task: Task): Promise<void> {
    const { name } = this.#work;
    const locks = (globalThis.navigator as Navigator | undefined)?.locks;
    if (name === undefined || locks === undefined) return this.#drive(task);
    const lock = `visavis:${name}:${task.id}`;
    const isFree = await locks.request(lock, { ifAvailable: true }, async (held) => {
      if (held !== null) await this.#drive(task);
      return held !== null;
    });
    if (isFree) return;
    await locks.request(lock, { signal: this.#ended.signal }, async () => {
      // The other client is gone, or done with it: what it did is newer than what this one knows.
      await this.#work.refresh();
      await this.#drive(task);
    });
  }

  async #drive(task: Task): Promise<void> {
    let hasWarned = false;
    for (let misses = 0; !this.#ended.signal.aborted; ) {
      const letGo = await this.#takeTurn();
      let problem: unknown;
      try {
        await this.#work.idle(POLITENESS_MS);
        if (this.#ended.signal.aborted) return;
        if (await this.#isDoneAfterSource(task)) return this.#work.shelf?.dropSources(task.id);
        misses = 0;
      } catch (error) {
        problem = error;
      } finally {
        letGo();
      }
      // Others get a turn, and the page's thread a breath.
      if (problem === undefined) {
        await pause(0, this.#ended.signal);
        continue;
      }
      const code = errorData(problem)?.code;
      // It was kept long enough, or somebody forgot it.
      if (code === 'InvalidTaskId.NotFound') return this.#work.shelf?.dropSources(task.id);
      if (code === 'ClientClosed') return;
      const wait = Math.min(FIRST_RETRY_MS * 2 ** misses, LONGEST_RETRY_MS);
      misses += 1;
      if (misses >= PATIENCE && !hasWarned && !this.#ended.signal.aborted) {
        hasWarned = true;
        this.#work.warn(toVisavisError(problem));
      }
      await pause(wait, this.#ended.signal);
    }
  }

  /** Waits for the source that is worked on; answers how to let the next one begin. */
  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    let letGo: () => void = () => undefined;
    this.#turn = new Promise((resolve) => {
      letGo = resolve;
    });
    await before;
    return letGo;
  }

  /** One source; answers whether it was the last. What it throws is not the source's fault. */
  async #isDoneAfterSource(task: Task): Promise<boolean> {
    const { operate, notify } = this.#work;
    const next = await operate<NextSource | null>('task.next', { TaskId: task.id });
    if (next === null || next === undefined) {
      // A task without sources has ended before anybody could tell.
      const ended = task.isFresh ? await operate<Notification | null>('task.notification', { TaskId: task.id }) : null;
      if (ended) notify(ended, task.listener);
      return true;
    }
    task.isFresh = false;
    const place = { TaskId: task.id, Index: next.Index };
    let step: TaskStep;
    try {
      const input = await this.#imageOf(task, next);
      step = await operate<TaskStep>('task.step', place, { input, parameter: `Sources[${next.Index}].URI` });
    } catch (error) {
      if (this.#ended.signal.aborted || isHopeless(error)) throw error;
      const { code, message } = toVisavisError(error);
      step = await operate<TaskStep>('task.fail', { ...place, Code: code, Message: message });
    }
    if (step.Notification !== undefined) notify(step.Notification, task.listener);
    return step.Status !== 'Running';
  }

  async #imageOf(task: Task, { Index, URI }: NextSource): Promise<ImageInput> {
    const failure = task.failures.get(Index);
    if (failure !== undefined) throw failure;
    const kept = task.images.get(Index) ?? (URI.startsWith(IMAGE_SCHEME) ? await this.#work.shelf?.source(task.id, Index) : undefined);
    if (kept !== undefined) return kept;
    if (!URI.startsWith(IMAGE_SCHEME)) return URI;
    throw new VisavisError({ code: 'ResourceNotFound', message: `image ${JSON.stringify(URI)} was not found: it was not kept`, parameter: 'URI' });
  }
}

/** The client is closed, or the task is gone. */
function isHopeless(error: unknown): boolean {
  return ['ClientClosed', 'InvalidTaskId.NotFound'].includes(errorData(error)?.code ?? '');
}

/** Waits so long, or until the signal fires. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
