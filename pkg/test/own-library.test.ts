import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../src/client.js';
import type { VisavisError } from '../src/errors.js';
import type { StateChange } from '../src/protocol.js';
import { Shelf } from '../src/shelf.js';
import { State, openState } from '../src/state.js';
import { FakeHosts, config } from './fake-hosts.js';
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

async function stateOf(): Promise<State> {
  return (await openState({ name: 'n' }, warn, ['mine'])).state;
}


describe('own libraries', () => {
  const own = (key: string, ...bytes: number[]): StateChange => ({ store: 'own:mine', key, ...(bytes.length === 0 ? {} : { value: new Uint8Array(bytes) }) });

  /** A client whose engine writes these records with its next edits. */
  async function editing(edits: StateChange[][]): Promise<{ client: Client; hosts: FakeHosts }> {
    const hosts = new FakeHosts();
    hosts.answer = async (call, tell) => {
      if (call.method === 'operate' && call.args.operation === 'tasks.running') return tell({ kind: 'result', id: call.id, result: [] });
      await new Promise((resolve) => setTimeout(resolve, 5));
      tell({ kind: 'result', id: call.id, result: 'done', changes: edits.shift() ?? [] });
    };
    const client = new Client({ config, connect: hosts.connect, warn, opened: await openState({ name: 'n' }, warn, ['mine']) });
    open.push(client);
    await client.start(undefined);
    return { client, hosts };
  }

  const restored = ({ hosts }: { hosts: FakeHosts }): StateChange[][] =>
    (hosts.hosts[0]?.messages ?? []).flatMap((message) => (message.kind === 'restore' ? [message.changes] : []));

  test('are changed by one client at a time, each on the whole of what the other left', async () => {
    const one = await editing([[own('people-2', 2), own('library.json', 2), own('people-1')]]);
    const two = await editing([[own('people-3', 3), own('library.json', 3), own('people-2')]]);
    const first = one.client.addPerson({ personId: 'a' });
    const second = two.client.addFaces({ personId: 'a', urls: ['https://a/1'] });
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
    // The second engine was given what the first one wrote before it began.
    const messages = two.hosts.hosts[0]?.messages ?? [];
    const kinds = messages.map((message) => (message.kind === 'call' && message.method === 'operate' ? message.args.operation : message.kind));
    expect(kinds.slice(kinds.indexOf('restore'))).toEqual(['restore', 'AddFaces']);
    expect(restored(two)).toEqual([[own('library.json', 2), own('people-2', 2)]]);
    // The first one is given what the second one wrote, and what is gone.
    await vi.waitFor(() => expect(restored(one)).toEqual([[own('people-2'), own('library.json', 3), own('people-3', 3)]]));
    expect((await stateOf()).all()).toEqual([own('library.json', 3), own('people-3', 3)]);
  });

  test('are not read again where nothing changed', async () => {
    const one = await editing([[own('library.json', 1)], [own('library.json', 2)]]);
    await one.client.addPerson({ personId: 'a' });
    await one.client.addPerson({ personId: 'b' });
    expect(restored(one)).toEqual([]);
  });

  test('cannot be changed when nothing can be kept any more, and stay as they were', async () => {
    const one = await editing([[own('library.json', 1)], [own('library.json', 2)]]);
    await one.client.addPerson({ personId: 'a' });
    indexedDB.deleteDatabase('visavis:n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(one.client.addPerson({ personId: 'b' })).rejects.toMatchObject({ code: 'PersistFailed', message: expect.stringContaining('"mine"') });
  });

  test('whose change cannot be kept are as they were, in memory, in the engine and for others', async () => {
    const [one, two] = [await editing([[own('library.json', 1)], [own('library.json', 2), own('people-2', 2)]]), await editing([])];
    await one.client.addPerson({ personId: 'a' });
    const realPut = IDBObjectStore.prototype.put;
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      if (String(key).includes('people-2')) throw new DOMException('no space', 'QuotaExceededError');
      return realPut.call(this, value, key);
    });
    await expect(one.client.addPerson({ personId: 'b' })).rejects.toMatchObject({ code: 'StorageFull' });
    put.mockRestore();
    // The engine is given back what it had.
    expect(restored(one)).toEqual([[own('library.json', 1), own('people-2')]]);
    expect((await stateOf()).all()).toEqual([own('library.json', 1)]);
    await two.client.addPerson({ personId: 'c' });
    expect(restored(two)).toEqual([[own('library.json', 1)]]);
    expect(warnings).toEqual([]);
  });

  test('a crash of the engine while a change is written does not repeat the change, and the new engine has it', async () => {
    const one = await editing([[own('library.json', 1)]]);
    let written: () => void = () => undefined;
    const place = Shelf.prototype.ownPlace;
    vi.spyOn(Shelf.prototype, 'ownPlace').mockImplementation(function (this: Shelf) {
      const real = place.call(this);
      return { ...real, write: async (...args) => new Promise<void>((resolve) => void (written = resolve)).then(() => real.write(...args)) };
    });
    const slow = await editing([[own('library.json', 5)]]);
    const added = slow.client.addPerson({ personId: 'a' });
    await new Promise((resolve) => setTimeout(resolve, 40));
    slow.hosts.hosts[0]?.tell({ kind: 'crashed', reason: 'of another call' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    written();
    expect(await added).toBe('done');
    const messages = slow.hosts.hosts[1]?.messages ?? [];
    expect(messages.flatMap((message) => (message.kind === 'restore' ? [message.changes] : []))).toEqual([[own('library.json', 5)]]);
    expect(slow.hosts.operations(1).filter(({ operation }) => operation === 'AddPerson')).toEqual([]);
    one.client.close();
  });

  test('that are aborted or fail keep the next one waiting until the engine has answered and all is written', async () => {
    const [one, two] = [await editing([]), await editing([])];
    const order: string[] = [];
    let finish: () => void = () => undefined;
    one.hosts.answer = async (call, tell) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('engine of one');
      tell({ kind: 'result', id: call.id, result: 'late', changes: [own('library.json', 1)] });
    };
    const controller = new AbortController();
    const aborted = one.client.addPerson({ personId: 'a' }, { signal: controller.signal });
    await vi.waitFor(() => expect(one.hosts.operations(0).some(({ operation }) => operation === 'AddPerson')).toBe(true));
    const next = two.client.addPerson({ personId: 'b' }).then(() => order.push('two'));
    controller.abort();
    // The caller is told at once.
    await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    finish();
    await next;
    expect(order).toEqual(['engine of one', 'two']);
    // The second engine was given what the aborted call wrote after all.
    expect(restored(two)).toEqual([[own('library.json', 1)]]);
  });

  test('that fail may have changed something, which the next one sees', async () => {
    const [one, two] = [await editing([]), await editing([])];
    const error = { code: 'NoFace', message: 'x', requestId: 'R' };
    one.hosts.answer = (call, tell) => tell({ kind: 'failed', id: call.id, error, changes: [own('library.json', 1)] });
    const failed = expect(one.client.addPerson({ personId: 'a' })).rejects.toMatchObject({ code: 'NoFace' });
    await two.client.addPerson({ personId: 'b' });
    await failed;
    expect(restored(two)).toEqual([[own('library.json', 1)]]);
  });

  test('let the next one begin only when all is written, also after a failure', async () => {
    const [one, two] = [await editing([]), await editing([])];
    one.hosts.answer = (call, tell) => tell({ kind: 'failed', id: call.id, error: { code: 'NoFace', message: 'x', requestId: 'R' } });
    let written: () => void = () => undefined;
    vi.spyOn(State.prototype, 'settled').mockImplementationOnce(() => new Promise((resolve) => void (written = resolve)));
    const order: string[] = [];
    const failed = one.client.addPerson({ personId: 'a' }).catch(() => order.push('one'));
    const next = two.client.addPerson({ personId: 'b' }).then(() => order.push('two'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(order).toEqual([]);
    written();
    await Promise.all([failed, next]);
    expect(order).toEqual(['one', 'two']);
  });

  test('that wait for their turn end when the client is closed, and nobody is warned', async () => {
    const [one, two] = [await editing([]), await editing([])];
    one.hosts.answer = () => undefined;
    const first = one.client.addPerson({ personId: 'a' });
    await vi.waitFor(() => expect(one.hosts.operations(0).some(({ operation }) => operation === 'AddPerson')).toBe(true));
    const waiting = two.client.addPerson({ personId: 'b' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    two.client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ClientClosed' });
    one.client.close();
    await expect(first).rejects.toMatchObject({ code: 'ClientClosed' });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(warnings).toEqual([]);
  });

  test('of one page are changed one after the other where there are no locks, and the page is told', async () => {
    vi.stubGlobal('navigator', {});
    const one = await editing([]);
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('https or localhost') }]);
    let busy = 0;
    one.hosts.answer = async (call, tell) => {
      busy += 1;
      expect(busy).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      busy -= 1;
      tell({ kind: 'result', id: call.id, result: 'done' });
    };
    expect(await Promise.all([one.client.addPerson({ personId: 'a' }), one.client.addPerson({ personId: 'b' })])).toEqual(['done', 'done']);
    const controller = new AbortController();
    one.hosts.answer = () => undefined;
    void one.client.addPerson({ personId: 'c' }).catch(() => undefined);
    const waiting = one.client.addPerson({ personId: 'd' }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' });
  });

  test('wait for their turn no longer than the signal lets them', async () => {
    const [one, two] = [await editing([]), await editing([])];
    one.hosts.answer = () => undefined;
    void one.client.addPerson({ personId: 'a' }).catch(() => undefined);
    await vi.waitFor(() => expect(one.hosts.operations(0).some(({ operation }) => operation === 'AddPerson')).toBe(true));
    const controller = new AbortController();
    const waiting = two.client.addPerson({ personId: 'b' }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' });
    await expect(two.client.addPerson({ personId: 'b' }, null as never)).rejects.toMatchObject({ parameter: 'options' });
  });
});
