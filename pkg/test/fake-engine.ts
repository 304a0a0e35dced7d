/** An engine that knows tasks only: it finds nothing, but keeps its records as the real one does. */

import type { Connect } from '../src/link.js';
import type { FromHost, StateChange, ToHost, WireImage } from '../src/protocol.js';

interface TaskRecord {
  sources: { uri: string; outcome?: string }[];
  notification?: object;
}

/** What one engine was asked for. */
export interface Step {
  task: string;
  index: number;
  image: WireImage | undefined;
}

/** Engines of one page. What a task's source gets is decided by `onStep`: words of a failure, or nothing. */
export class FakeEngines {
  readonly steps: Step[] = [];
  onStep: (step: Step) => string | undefined | Promise<string | undefined> = () => undefined;
  /** Words of a failure that is not of a source. */
  onNext: () => string | undefined = () => undefined;
  /** Names the next task. */
  nextTask = 1;
  started = 0;

  readonly connect: Connect = (listener) => {
    const engine = new FakeEngine(this);
    let ended = false;
    this.started += 1;
    const tell = (message: FromHost): void => {
      if (!ended) listener.onMessage(message);
      if (message.kind === 'crashed') ended = true;
    };
    return {
      crossesThreads: true,
      post: (message) => void engine.receive(message.kind === 'call' ? structuredClone(message) : message, tell),
      terminate: () => {
        ended = true;
      },
    };
  };
}

class FakeEngine {
  readonly #tasks = new Map<string, TaskRecord>();
  #changes: StateChange[] = [];

  constructor(private readonly engines: FakeEngines) {}

  async receive(message: ToHost, tell: (message: FromHost) => void): Promise<void> {
    await Promise.resolve();
    if (message.kind === 'start') {
      this.#restore(message.state);
      tell({ kind: 'started' });
    }
    if (message.kind === 'restore') this.#restore(message.changes);
    if (message.kind !== 'call') return;
    if (message.method !== 'operate') return tell({ kind: 'result', id: message.id, result: {} });
    const { operation, request, images } = message.args;
    try {
      const result = await this.#operate(operation, request, images[0]);
      tell({ kind: 'result', id: message.id, result, changes: this.#changes.splice(0) });
    } catch (error) {
      const text = String(error);
      if (text.startsWith('crash')) return tell({ kind: 'crashed', reason: text });
      const [code = '', words = ''] = text.split(': ');
      tell({ kind: 'failed', id: message.id, error: { code, message: words, requestId: 'R' } });
    }
  }

  async #operate(operation: string, request: Record<string, unknown>, image: WireImage | undefined): Promise<unknown> {
    const id = request['TaskId'] as string;
    if (operation === 'tasks.running') return [...this.#tasks].filter(([, { sources }]) => isRunning(sources)).map(([key]) => key);
    if (operation === 'CreateFacesSearchingTask') return this.#create(request);
    if (!['task.next', 'task.step', 'task.fail', 'GetTask'].includes(operation)) return { operation };
    const task = this.#tasks.get(id);
    if (task === undefined) throw 'InvalidTaskId.NotFound: there is no such task';
    if (operation === 'GetTask') return task;
    if (operation === 'task.next') {
      const problem = this.engines.onNext();
      if (problem !== undefined) throw problem;
      const index = task.sources.findIndex(({ outcome }) => outcome === undefined);
      return index < 0 ? null : { Index: index, URI: task.sources[index]?.uri, DatasetName: 'd' };
    }
    const index = request['Index'] as number;
    let outcome = `${request['Code']}: ${request['Message']}`;
    if (operation === 'task.step') {
      const step = { task: id, index, image };
      this.engines.steps.push(step);
      const problem = await this.engines.onStep(step);
      if (problem !== undefined) throw problem;
      outcome = 'found';
    }
    (task.sources[index] as { outcome?: string }).outcome = outcome;
    this.#store(id, task);
    if (isRunning(task.sources)) return { TaskId: id, Progress: 50, Status: 'Running' };
    const Message = { id: 'n', source: 'acs.imm', type: 'imm:Task:FacesSearching', subject: id, time: '0', content: JSON.stringify(task.sources) };
    return { TaskId: id, Progress: 100, Status: 'Succeeded', Notification: { Targets: task.notification ?? { Topics: [] }, Message } };
  }

  #create(request: Record<string, unknown>): object {
    const id = `task-${this.engines.nextTask++}`;
    const sources = (request['Sources'] as { URI: string }[]).map(({ URI }) => ({ uri: URI }));
    this.#store(id, { sources, notification: request['Notification'] as object });
    return { RequestId: 'R', TaskId: id, EventId: 'E' };
  }

  #store(id: string, task: TaskRecord): void {
    this.#tasks.set(id, task);
    this.#changes.push({ store: 'tasks', key: id, value: new TextEncoder().encode(JSON.stringify(task)) });
  }

  #restore(changes: StateChange[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#tasks.delete(key);
      else this.#tasks.set(key, JSON.parse(new TextDecoder().decode(value)) as TaskRecord);
    }
  }
}

function isRunning(sources: TaskRecord['sources']): boolean {
  return sources.some(({ outcome }) => outcome === undefined);
}
