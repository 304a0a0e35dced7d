import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../src/client.js';
import type { VisavisError } from '../src/errors.js';
import type { StateChange } from '../src/protocol.js';
import { Shelf } from '../src/shelf.js';
import { openState } from '../src/state.js';
import type { State } from '../src/state.js';
import type { ClientOptions, ImageInput, TaskNotification } from '../src/types.js';
import { FakeEngines } from './fake-engine.js';
import { config } from './fake-hosts.js';
import { FakeLocks } from './fake-locks.js';

const open: Client[] = [];
let warnings: VisavisError[] = [];
const warn = (warning: VisavisError): void => void warnings.push(warning);

beforeEach(() => {
  warnings = [];
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  vi.stubGlobal('navigator', { locks: new FakeLocks() });
});

afterEach(() => {
  for (const client of open.splice(0)) client.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A client of a page that was just opened. */
async function opened(engines: FakeEngines, onNotification?: ClientOptions['onNotification']): Promise<Client> {
  const client = new Client({ config, connect: engines.connect, warn, onNotification, opened: await openState({ name: 'n' }, warn) });
  open.push(client);
  await client.start(undefined);
  return client;
}

async function stateOf(name = 'n'): Promise<State> {
  return (await openState({ name }, warn, ['mine'])).state;
}

const record = (key: string, ...bytes: number[]): StateChange => ({ store: 'tokens', key, value: new Uint8Array(bytes) });
const never = (): Promise<undefined> => new Promise(() => undefined);

describe('records', () => {
  test('are there again after a reload, in the order in which they were written', async () => {
    const first = await stateOf();
    void first.commit([record('a', 1), record('b', 2)]);
    void first.commit([record('a', 3), { store: 'tokens', key: 'b' }]);
    await first.commit([{ store: 'own:mine', key: 'a', value: new Uint8Array([9]) }]);
    await first.shelf?.settled();
    first.close();
    const again = await stateOf();
    expect(again.all()).toEqual([record('a', 3), { store: 'own:mine', key: 'a', value: new Uint8Array([9]) }]);
    expect((await stateOf('other')).all()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('reach other clients of the same name, and no others', async () => {
    const [one, two, other] = [await stateOf(), await stateOf(), await stateOf('other')];
    const seen: StateChange[][] = [];
    two.onRemote = (changes) => void seen.push(changes);
    one.onRemote = () => expect.unreachable('a client must not hear itself');
    void one.commit([record('a', 1)]);
    await vi.waitFor(() => expect(two.all()).toEqual([record('a', 1)]));
    void one.commit([{ store: 'tokens', key: 'a' }]);
    await vi.waitFor(() => expect(two.all()).toEqual([]));
    expect(seen).toHaveLength(2);
    expect(other.all()).toEqual([]);
    for (const state of [one, two, other]) state.close();
  });

  test('that change while a client reads what is kept reach it, too', async () => {
    const one = await stateOf();
    void one.commit([record('a', 1)]);
    await one.shelf?.settled();
    const read = Shelf.prototype.read;
    vi.spyOn(Shelf.prototype, 'read').mockImplementationOnce(async function (this: Shelf) {
      const contents = await read.call(this);
      void one.commit([record('a', 2), { store: 'own:mine', key: 'x', value: new Uint8Array([3]) }]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return contents;
    });
    const two = await stateOf();
    const seen: [StateChange[], boolean][] = [];
    two.onRemote = (...told) => void seen.push(told);
    expect(seen).toEqual([[[record('a', 2)], false], [[], true]]);
    expect(two.all()).toEqual([record('a', 2), { store: 'own:mine', key: 'x', value: new Uint8Array([3]) }]);
    for (const state of [one, two]) state.close();
  });

  test('are not said to be lost when only an image of a task could not be kept', async () => {
    const state = await stateOf();
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => {
      throw new DOMException('no space', 'QuotaExceededError');
    });
    state.shelf?.writeSource('t', 0, new Blob(['x']));
    await state.shelf?.settled();
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('image of a task') }]);
    expect(state.shelf?.failed).toBe(false);
    void state.commit([record('a', 1)]);
    expect(await state.refresh()).toEqual([record('a', 1)]);
    state.close();
  });

  test('of two clients do not overwrite each other', async () => {
    const [one, two] = [await stateOf(), await stateOf()];
    void one.commit([record('a', 1)]);
    void two.commit([record('b', 2)]);
    void one.commit([record('c', 3)]);
    await Promise.all([one.shelf?.settled(), two.shelf?.settled()]);
    expect((await stateOf()).all()).toEqual([record('a', 1), record('b', 2), record('c', 3)]);
    for (const state of [one, two]) state.close();
  });

  test('stay in memory when the disk is full, with one warning', async () => {
    const state = await stateOf();
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no space', 'QuotaExceededError');
    });
    void state.commit([record('a', 1)]);
    void state.commit([record('b', 2)]);
    await state.shelf?.settled();
    expect(state.all()).toEqual([record('a', 1), record('b', 2)]);
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('disk space') }]);
    expect(await state.refresh()).toEqual([]);
    state.close();
  });

  test('stay in memory when the database was deleted or is gone', async () => {
    const state = await stateOf();
    indexedDB.deleteDatabase('visavis:n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    void state.commit([record('a', 1)]);
    await state.shelf?.settled();
    expect(state.all()).toEqual([record('a', 1)]);
    expect(warnings).toMatchObject([{ code: 'PersistFailed' }]);
    state.close();
  });

  test('are in memory where the browser refuses IndexedDB, with a warning', async () => {
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw new DOMException('not in private windows', 'SecurityError');
      },
    });
    const state = await stateOf();
    void state.commit([record('a', 1)]);
    expect(state.all()).toEqual([record('a', 1)]);
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('not in private windows') }]);
  });

  test('cannot be kept where there is no IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined);
    await expect(openState(true, warn)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'persist' });
    await expect(openState(false, warn)).resolves.toMatchObject({ state: { name: undefined } });
  });

  test('of another client reach the engine, and are no news of this one', async () => {
    const engines = [new FakeEngines(), new FakeEngines()] as const;
    engines[0].onStep = never;
    const [one, two] = [await opened(engines[0]), await opened(engines[1])];
    await one.createFacesSearchingTask({ ProjectName: 'p', DatasetName: 'd', Sources: [{ URI: 'https://a/0' }] });
    const ask = { ProjectName: 'p', TaskType: 'T', TaskId: 'task-1' };
    await vi.waitFor(async () => expect(await two.getTask(ask)).toMatchObject({ sources: [{ uri: 'https://a/0' }] }));
  });
});

describe('tasks', () => {
  const Sources = (list: ImageInput[]): { ProjectName: string; DatasetName: string; Sources: { URI: ImageInput }[] } => ({
    ProjectName: 'p',
    DatasetName: 'd',
    Sources: list.map((URI) => ({ URI })),
  });

  test('go on after a reload, with their images', async () => {
    const before = new FakeEngines();
    before.onStep = ({ index }) => (index === 0 ? undefined : never());
    const page = await opened(before);
    await page.createFacesSearchingTask(Sources(['https://a/0', new Uint8Array([7, 8]), new File(['abc'], 'a.jpg'), 'https://a/3']));
    await vi.waitFor(() => expect(before.steps).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    page.close();
    const after = new FakeEngines();
    const message = await new Promise<TaskNotification>((resolve) => void opened(after, resolve));
    expect(JSON.parse(message.content)).toMatchObject([
      { uri: 'https://a/0', outcome: 'found' },
      { uri: 'image:1', outcome: 'found' },
      { uri: 'image:2/a.jpg', outcome: 'found' },
      { uri: 'https://a/3', outcome: 'found' },
    ]);
    expect(after.steps.map(({ index }) => index)).toEqual([1, 2, 3]);
    const [first, second] = after.steps.map(({ image }) => image);
    expect(first?.kind === 'blob' && [...new Uint8Array(await first.blob.arrayBuffer())]).toEqual([7, 8]);
    expect(second?.kind === 'blob' && (await second.blob.text())).toBe('abc');
    // The images are gone with the task.
    await vi.waitFor(async () => expect((await openState({ name: 'n' }, warn)).sourceTasks.size).toBe(0));
    expect(warnings).toEqual([]);
  });

  test('are kept when their creation is answered', async () => {
    const engines = new FakeEngines();
    engines.onStep = never;
    const page = await opened(engines);
    let written: () => void = () => undefined;
    vi.spyOn(Shelf.prototype, 'settled').mockImplementationOnce(() => new Promise((resolve) => void (written = resolve)));
    const answered = vi.fn();
    const created = page.createFacesSearchingTask(Sources([new Uint8Array([7])])).then(answered);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).not.toHaveBeenCalled();
    written();
    await created;
    page.close();
    const { state, sourceTasks } = await openState({ name: 'n' }, warn);
    expect(state.all()).toMatchObject([{ store: 'tasks', key: 'task-1' }]);
    expect([...sourceTasks]).toEqual(['task-1']);
  });

  test('that expire while they are driven leave no images, and nobody is warned', async () => {
    const engines = new FakeEngines();
    engines.onStep = never;
    engines.onNext = () => 'InvalidTaskId.NotFound: there is no such task';
    const page = await opened(engines);
    await page.createFacesSearchingTask(Sources([new Uint8Array([7])]));
    await vi.waitFor(async () => expect((await openState({ name: 'n' }, warn)).sourceTasks.size).toBe(0));
    expect(warnings).toEqual([]);
  });

  test('are driven by one tab at a time; the other takes over when that is closed', async () => {
    const engines = [new FakeEngines(), new FakeEngines()] as const;
    engines[0].onStep = ({ index }) => (index === 0 ? undefined : never());
    const one = await opened(engines[0]);
    await one.createFacesSearchingTask(Sources(['https://a/0', 'https://a/1']));
    const done = vi.fn();
    await opened(engines[1], done);
    await vi.waitFor(() => expect(engines[0].steps).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(engines[1].steps).toEqual([]);
    one.close();
    await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(engines[1].steps.map(({ index }) => index)).toEqual([1]);
  });

  test('that a tab created later are taken over, too', async () => {
    const engines = [new FakeEngines(), new FakeEngines()] as const;
    engines[0].onStep = never;
    const done = vi.fn();
    const one = await opened(engines[0]);
    await opened(engines[1], done);
    await one.createFacesSearchingTask(Sources(['https://a/0']));
    await vi.waitFor(() => expect(engines[0].steps).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 150));
    one.close();
    await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  });

  test('whose image was not kept fail for that source alone', async () => {
    const before = new FakeEngines();
    before.onStep = never;
    const page = await opened(before);
    await page.createFacesSearchingTask(Sources([new Uint8Array([1]), 'https://a/1']));
    await vi.waitFor(() => expect(before.steps).toHaveLength(1));
    page.close();
    (await stateOf()).shelf?.dropSources('task-1');
    const message = await new Promise<TaskNotification>((resolve) => void opened(new FakeEngines(), resolve));
    expect(JSON.parse(message.content)).toMatchObject([{ outcome: expect.stringContaining('ResourceNotFound: image') }, { outcome: 'found' }]);
  });

  test('images of tasks that are done or gone are deleted at the next start', async () => {
    const state = await stateOf();
    state.shelf?.writeSource('gone', 0, new Blob(['x']));
    await state.shelf?.settled();
    state.close();
    await opened(new FakeEngines());
    await vi.waitFor(async () => expect((await openState({ name: 'n' }, warn)).sourceTasks.size).toBe(0));
  });
});
