import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Client } from '../src/client.js';
import type { VisavisError } from '../src/errors.js';
import type { HostMethods, StateChange } from '../src/protocol.js';
import { openState } from '../src/state.js';
import { FakeHosts, config } from './fake-hosts.js';
import { FakeLocks } from './fake-locks.js';
import { FakeDisk, FakeFile } from './fake-opfs.js';

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words) as Uint8Array<ArrayBuffer>;
const own = (key: string, value?: Uint8Array): StateChange => ({ store: 'own:mine', key, ...(value === undefined ? {} : { value }) });
const KEPT = [own('faces-1.arrow', text('faces')), own('faces/7.jpg', text('face')), own('library.json', text('{"files":[{"name":"faces-1.arrow"}]}'))];
const open: Client[] = [];
let warnings: VisavisError[] = [];
let disk: FakeDisk;

beforeEach(() => {
  warnings = [];
  disk = new FakeDisk();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  vi.stubGlobal('FileSystemFileHandle', FakeFile);
  vi.stubGlobal('navigator', { locks: new FakeLocks(), storage: disk.storage() });
});

afterEach(() => {
  for (const client of open.splice(0)) client.close();
  vi.unstubAllGlobals();
});

/** A client whose engine answers so; changes of a call are those of its method. */
async function opened(changes: Partial<Record<string, StateChange[]>> = {}, persist: boolean | { name: string } = { name: 'n' }): Promise<{ client: Client; hosts: FakeHosts }> {
  const hosts = new FakeHosts();
  const tables = [...[KEPT[0], KEPT[2]].map((change) => ({ name: change?.key, bytes: change?.value })), { name: 'faces/7.jpg' }];
  hosts.answer = (call, tell) => {
    const name = call.method === 'operate' ? call.args.operation : call.method;
    const results: Record<string, unknown> = {
      'tasks.running': [],
      ownFiles: tables,
      importLibrary: { media: 1, faces: 2, persons: 3 },
      removeMedia: { mediaIds: ['a'], unknownMediaIds: ['b'], faceIds: ['7'], entityIds: [] },
    };
    tell({ kind: 'result', id: call.id, result: results[name], changes: changes[name] ?? [] });
  };
  const warn = (warning: VisavisError): void => void warnings.push(warning);
  const libraries = [{ name: 'published', url: 'https://a/' }, { name: 'mine' }];
  const client = new Client({ config: { ...config, libraries }, connect: hosts.connect, warn, opened: await openState(persist, warn, ['mine']) });
  open.push(client);
  await client.start(undefined);
  return { client, hosts };
}

const restored = (hosts: FakeHosts): StateChange[][] => (hosts.hosts[0]?.messages ?? []).flatMap((message) => (message.kind === 'restore' ? [message.changes] : []));
const argsOf = (hosts: FakeHosts, method: keyof HostMethods): unknown[] =>
  (hosts.hosts[0]?.messages ?? []).flatMap((message) => (message.kind === 'call' && message.method === method ? [message.args] : []));

test('deleteLibrary deletes files, memory and what the engine has, for every tab, and what an earlier version left', async () => {
  const [one, two] = [await opened({ AddPerson: KEPT }), await opened()];
  await one.client.addPerson({ personId: 'a' });
  await vi.waitFor(() => expect(restored(two.hosts)).toHaveLength(1));
  expect(disk.root.paths()).toHaveLength(4);
  expect(await one.client.deleteLibrary('mine')).toBe(true);
  // Not even its name is left.
  expect(disk.root.paths()).toEqual([]);
  const gone = KEPT.map(({ key }) => own(key));
  expect(restored(one.hosts)).toEqual([gone]);
  await vi.waitFor(() => expect(restored(two.hosts)[1]).toEqual(expect.arrayContaining(gone)));
  expect((await openState({ name: 'n' }, () => undefined, ['mine'])).state.all()).toEqual([]);
  expect(await one.client.deleteLibrary('mine')).toBe(false);
  // It can be made anew.
  await one.client.addPerson({ personId: 'a' });
  expect(disk.root.paths()).toHaveLength(4);
  expect(warnings).toEqual([]);
});

test('deleteLibrary discards one that this client does not list, and refuses published ones and nonsense', async () => {
  const one = await opened({ AddPerson: KEPT });
  const other = (await openState({ name: 'n' }, () => undefined, ['forgotten'])).state;
  await other.commit([{ ...(KEPT[2] as StateChange), store: 'own:forgotten' }]);
  expect(await one.client.deleteLibrary('forgotten')).toBe(true);
  expect(disk.root.paths().filter((path) => path.includes('forgotten/'))).toEqual([]);
  await expect(one.client.deleteLibrary('published')).rejects.toMatchObject({ code: 'LibraryReadOnly' });
  await expect(one.client.deleteLibrary(7 as never)).rejects.toMatchObject({ parameter: 'name' });
  one.client.close();
  await expect(one.client.deleteLibrary('mine')).rejects.toMatchObject({ code: 'ClientClosed' });
});

test('deleteLibrary works in memory, too', async () => {
  const { client, hosts } = await opened({ AddPerson: KEPT }, false);
  await client.addPerson({ personId: 'a' });
  expect(await client.deleteLibrary('mine')).toBe(true);
  expect(restored(hosts)).toEqual([KEPT.map(({ key }) => own(key))]);
  expect(await client.deleteLibrary('mine')).toBe(false);
});

test('exportLibrary takes the tables of the engine and the pictures that they name, by name, and writes nothing here', async () => {
  const { client } = await opened({ AddPerson: [...KEPT, own('rows/1.json', text('row')), own('faces/8.jpg', text('left over'))] });
  await client.addPerson({ personId: 'a' });
  disk.onStep = (step) => {
    if (step.endsWith('.version')) throw new DOMException('no space', 'QuotaExceededError');
  };
  await client.exportLibrary({ to: disk.root as unknown as FileSystemDirectoryHandle });
  const exported = disk.root.paths().filter((path) => !path.startsWith('visavis/'));
  expect(exported).toEqual(['faces-1.arrow', 'faces/7.jpg', 'library.json']);
});

test('an export that importLibrary would not take is made, and that is told', async () => {
  const { client, hosts } = await opened();
  const answer = hosts.answer;
  const files = [{ name: 'faces-1.arrow', bytes: new Uint8Array(257 * 1024 ** 2) }];
  hosts.answer = (call, tell) => (call.method === 'ownFiles' ? tell({ kind: 'result', id: call.id, result: files }) : answer(call, tell));
  const controller = new AbortController();
  const ended = client.exportLibrary({ signal: controller.signal, onProgress: () => controller.abort() });
  await expect(ended).rejects.toMatchObject({ code: 'Aborted' });
  expect(warnings).toMatchObject([{ code: 'ImportTooLarge', message: expect.stringMatching(/257 MiB in 1 files.*at most 256 MiB in 500000 files.*command line/) }]);
});

test('an import whose engine crashes is not repeated: its files are gone', async () => {
  const { client, hosts } = await opened();
  const folder = new FakeDisk().root;
  (await folder.getFileHandle('library.json', { create: true })).bytes = text('{}');
  const answer = hosts.answer;
  // Two calls are in flight, so that it is not known which of them did it.
  hosts.answer = (call, tell) => {
    if (call.method === 'importLibrary') tell({ kind: 'crashed', reason: 'unreachable' });
    else if (call.method !== 'stats') answer(call, tell);
    else if (hosts.hosts.length > 1) tell({ kind: 'result', id: call.id, result: {} });
  };
  const stats = client.stats();
  await expect(client.importLibrary(folder as unknown as FileSystemDirectoryHandle)).rejects.toMatchObject({ code: 'EngineCrashed' });
  await expect(stats).resolves.toMatchObject({ restarts: 1 });
});

test('a stream of an export that fails is aborted with the reason', async () => {
  const { client, hosts } = await opened();
  hosts.answer = (call, tell) => tell({ kind: 'failed', id: call.id, error: { code: 'UnknownLibrary', message: 'no such library', requestId: '' } });
  const abort = vi.fn();
  await expect(client.exportLibrary({ library: 'x', to: new WritableStream({ abort }) })).rejects.toMatchObject({ code: 'UnknownLibrary' });
  expect(abort).toHaveBeenCalledWith(expect.objectContaining({ code: 'UnknownLibrary' }));
});

test('many changes of another tab are read a few times only', async () => {
  const changes: Partial<Record<string, StateChange[]>> = { AddPerson: [] };
  const [one, two] = [await opened(changes), await opened()];
  for (let number = 0; number < 40; number += 1) {
    changes['AddPerson'] = [own(`rows/${number}.json`, text('row'))];
    await one.client.addPerson({ personId: 'a' });
  }
  await vi.waitFor(() => expect(restored(two.hosts).flat()).toHaveLength(40));
  expect(restored(two.hosts).length).toBeLessThan(6);
});

test('importLibrary hands the files of a folder to the engine, and what comes of it is kept', async () => {
  const { client, hosts } = await opened({ importLibrary: KEPT });
  const folder = new FakeDisk().root;
  for (const { key, value } of KEPT.filter(({ key: name }) => !name.includes('/'))) (await folder.getFileHandle(key, { create: true })).bytes = value as Uint8Array<ArrayBuffer>;
  const result = await client.importLibrary(folder as unknown as FileSystemDirectoryHandle, { library: 'mine', replace: true });
  expect(result).toEqual({ media: 1, faces: 2, persons: 3 });
  // What was added to the former one is in its tables, should this page be killed in between.
  expect(argsOf(hosts, 'publishMedia')).toEqual([{ library: 'mine', discover: false }]);
  expect(argsOf(hosts, 'importLibrary')).toMatchObject([{ library: 'mine', replace: true, files: [{ name: 'faces-1.arrow' }, { name: 'library.json' }] }]);
  expect(disk.root.paths()).toHaveLength(4);
});

test('importLibrary reads nothing where the library is not there, not empty, or the client is closed', async () => {
  const { client, hosts } = await opened();
  const refused = { code: 'InvalidParameter', message: 'library "mine" is not empty', requestId: '', parameter: 'replace' };
  hosts.answer = (call, tell) => tell({ kind: 'failed', id: call.id, error: refused });
  const elsewhere = new FakeDisk();
  (await elsewhere.root.getFileHandle('library.json', { create: true })).bytes = text('{}');
  const folder = elsewhere.root as unknown as FileSystemDirectoryHandle;
  await expect(client.importLibrary(folder, { library: 'mine' })).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'replace' });
  expect(argsOf(hosts, 'checkImport')).toEqual([{ library: 'mine', replace: false }]);
  client.close();
  await expect(client.importLibrary(folder)).rejects.toMatchObject({ code: 'ClientClosed' });
  expect(elsewhere.reads).toBe(0);
  expect(argsOf(hosts, 'importLibrary')).toEqual([]);
});

test('deleteMedia answers in the words of the wire', async () => {
  const { client, hosts } = await opened();
  expect(await client.deleteMedia({ MediaIds: ['a', 'b'], SearchLibName: 'mine' })).toEqual({ MediaIds: ['a'], UnknownMediaIds: ['b'], FaceIds: ['7'], EntityIds: [] });
  expect(argsOf(hosts, 'removeMedia')).toEqual([{ library: 'mine', mediaIds: ['a', 'b'] }]);
});

test('wrong arguments are named', async () => {
  const { client } = await opened();
  const inUse = new WritableStream<Uint8Array>();
  inUse.getWriter();
  const calls: [Promise<unknown>, string][] = [
    [client.exportLibrary({ to: inUse }), 'to'],
    [client.deleteMedia({ MediaIds: [] }), 'MediaIds'],
    [client.deleteMedia({ MediaIds: [5 as never] }), 'MediaIds'],
    [client.deleteMedia(undefined as never), 'request'],
    [client.deleteMedia({ MediaIds: ['a'], searchLibName: 'mine' } as never), 'searchLibName'],
    [client.exportLibrary({ libary: 'mine' } as never), 'libary'],
    [client.importLibrary(new Blob([]), { libary: 'mine', replace: true } as never), 'libary'],
    [client.deleteMedia({ MediaIds: ['a'], SearchLibName: 5 as never }), 'SearchLibName'],
    [client.exportLibrary({ to: 'x' as never }), 'to'],
    [client.exportLibrary(null as never), 'options'],
    [client.exportLibrary({ library: 5 as never }), 'library'],
    [client.exportLibrary({ onProgress: 5 as never }), 'onProgress'],
    [client.exportLibrary({ signal: 5 as never }), 'signal'],
    [client.importLibrary('x' as never), 'source'],
    [client.importLibrary(new Blob([]), { replace: 'yes' as never }), 'replace'],
  ];
  for (const [promise, parameter] of calls) await expect(promise, parameter).rejects.toMatchObject({ code: 'InvalidParameter', parameter });
  await expect(client.exportLibrary({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'Aborted' });
});
