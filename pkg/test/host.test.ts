import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeHost } from '../src/host.js';
import type { FromHost, StateChange, ToHost } from '../src/protocol.js';
import { config } from './fake-hosts.js';

/** The engine's side of the glue. */
const engine = {
  created: [] as Record<string, unknown>[],
  restored: [] as StateChange[][],
  changes: [] as StateChange[],
  operate: vi.fn<(operation: string, request: object, images: unknown[], options: object) => Promise<unknown>>(),
  stats: () => ({ tokens: 0 }),
  engineInfo: () => ({ version: '1' }),
  restore(changes: StateChange[]) {
    engine.restored.push(changes);
    // The real one might count what it takes as changed.
    engine.changes.push(...changes);
    return engine.taken ?? changes.length;
  },
  /** How many records it says it took. */
  taken: undefined as number | undefined,
  takeChanges: () => engine.changes.splice(0),
  free: () => undefined,
};

vi.mock('../src/wasm.js', () => ({
  loadEngine: async () => ({
    glue: {
      WebClient: {
        create: async (given: Record<string, unknown>) => {
          engine.created.push(given);
          return engine;
        },
      },
    },
    onDeath: new Set(),
    learnFrames: () => undefined,
  }),
}));

const told: FromHost[] = [];
const record: StateChange = { store: 'tokens', key: 'a', value: new Uint8Array([1]) };

beforeEach(() => {
  told.length = 0;
  engine.created.length = 0;
  engine.restored.length = 0;
  engine.changes.length = 0;
  engine.operate.mockReset().mockResolvedValue('fine');
});

afterEach(() => vi.unstubAllGlobals());

/** A host that was started with this state. */
async function started(state: StateChange[] = [], more: object = {}): Promise<(message: ToHost) => void> {
  const host = makeHost((message) => told.push(message));
  host.receive({ kind: 'start', config: { ...config, ...more }, state });
  await vi.waitFor(() => expect(told).toEqual([{ kind: 'started' }]));
  told.length = 0;
  return (message) => host.receive(message);
}

const call = (args: Partial<Extract<ToHost, { method: 'operate' }>['args']> = {}): ToHost => ({
  kind: 'call',
  id: 1,
  method: 'operate',
  args: { operation: 'SearchMediaByFace', request: {}, images: [], urls: [], options: { nowMs: 5 }, ...args },
});

test('the engine gets the state and the options before its first call, and what it was given is no news', async () => {
  const fetch = vi.fn();
  const send = await started([record], { tokenLifetimeMs: 9, fetch, libraries: [{ name: 'mine' }] });
  expect(engine.created[0]).toMatchObject({ tokenLifetimeMs: 9, libraries: [{ name: 'mine' }] });
  await (engine.created[0]?.['fetch'] as typeof globalThis.fetch)('https://a.example/library.json', { cache: 'no-cache' });
  expect(fetch).toHaveBeenLastCalledWith('https://a.example/library.json', { cache: 'no-cache' });
  expect(engine.restored).toEqual([[record]]);
  send(call());
  await vi.waitFor(() => expect(told).toEqual([{ kind: 'result', id: 1, result: 'fine' }]));
});

test('what a call changed goes with its answer, also where it failed', async () => {
  const send = await started();
  engine.operate.mockImplementationOnce(async () => {
    engine.changes.push(record);
    return 'fine';
  });
  send(call());
  await vi.waitFor(() => expect(told).toEqual([{ kind: 'result', id: 1, result: 'fine', changes: [record] }]));
  engine.operate.mockImplementationOnce(async () => {
    engine.changes.push(record);
    throw Object.assign(new Error('x'), { name: 'VisavisError', code: 'NoFace', requestId: 'R' });
  });
  send(call());
  await vi.waitFor(() => expect(told[1]).toMatchObject({ kind: 'failed', error: { code: 'NoFace' }, changes: [record] }));
});

test('what an edit changed of an own library goes with its answer, not with that of a call that ends before', async () => {
  const send = await started();
  const own: StateChange = { store: 'own:mine', key: 'library.json', value: new Uint8Array([1]) };
  let end = (_answer: string): void => undefined;
  engine.operate.mockImplementationOnce(async () => {
    engine.changes.push(own);
    return new Promise((resolve) => (end = resolve));
  });
  send({ ...call({ operation: 'AddPerson' }), id: 7 } as ToHost);
  await vi.waitFor(() => expect(engine.changes).toEqual([own]));
  engine.changes.push(record);
  send({ kind: 'call', id: 8, method: 'stats', args: {} });
  await vi.waitFor(() => expect(told).toEqual([{ kind: 'result', id: 8, result: expect.anything(), changes: [record] }]));
  end('fine');
  await vi.waitFor(() => expect(told[1]).toEqual({ kind: 'result', id: 7, result: 'fine', changes: [own] }));
});

test('what is changed of an own library while no edit is in work is told at once', async () => {
  const send = await started();
  const own: StateChange = { store: 'own:mine', key: 'library.json', value: new Uint8Array([1]) };
  engine.changes.push(own);
  send({ kind: 'call', id: 8, method: 'stats', args: {} });
  await vi.waitFor(() => expect(told).toEqual([{ kind: 'result', id: 8, result: expect.anything(), changes: [own] }]));
});

test('records of other clients are taken between calls; what the engine changed before is told, and they are no news', async () => {
  const send = await started();
  const own: StateChange = { store: 'tasks', key: 't' };
  engine.changes.push(own);
  send({ kind: 'restore', changes: [record] });
  await vi.waitFor(() => expect(engine.restored).toEqual([[record]]));
  expect(told).toEqual([{ kind: 'changed', changes: [own] }]);
  send(call());
  await vi.waitFor(() => expect(told[1]).toEqual({ kind: 'result', id: 1, result: 'fine' }));
});

test('what was kept of a library of this client and is of no use is told; of other libraries it does not matter', async () => {
  const own = (name: string): StateChange => ({ store: `own:${name}`, key: 'library.json', value: new Uint8Array([1]) });
  const hosting = { libraries: [{ name: 'mine' }, { name: 'files', url: 'https://a.example/' }] };
  engine.taken = 0;
  try {
    const host = makeHost((message) => told.push(message));
    host.receive({ kind: 'start', config: { ...config, ...hosting }, state: [record, own('files'), own('another')] });
    await vi.waitFor(() => expect(told).toEqual([{ kind: 'started' }]));
    host.receive({ kind: 'restore', changes: [own('mine')] });
    await vi.waitFor(() => expect(told[1]).toMatchObject({ kind: 'warning', error: { code: 'PersistFailed', message: expect.stringContaining('"mine"') } }));
  } finally {
    engine.taken = undefined;
  }
});

test('a download that failed says of which image it was', async () => {
  const send = await started();
  const failure = (message: string): Error => Object.assign(new Error(message), { name: 'VisavisError', code: 'DownloadFailed', requestId: 'R' });
  const long = `https://a.example/${'x'.repeat(100)}`;
  engine.operate.mockRejectedValueOnce(failure('https://a.example/2: the server answered 404'));
  send(call({ operation: 'AddFaces', images: [undefined, undefined], urls: ['https://a.example/1', 'https://a.example/2'] }));
  await vi.waitFor(() => expect(told[0]).toMatchObject({ error: { parameter: 'urls[1]' } }));
  engine.operate.mockRejectedValueOnce(failure(`${long.slice(0, 80)}...: the server answered 404`));
  send(call({ images: [undefined], urls: [long] }));
  await vi.waitFor(() => expect(told[1]).toMatchObject({ error: { parameter: 'PersonImageUrl' } }));
  engine.operate.mockRejectedValueOnce(failure('https://a.example/library.json: the server answered 404'));
  send(call({ images: [undefined], urls: ['https://a.example/'] }));
  await vi.waitFor(() => expect(told[2]).toMatchObject({ error: { code: 'DownloadFailed' } }));
  expect(told[2]).not.toHaveProperty('error.parameter');
});

test('images keep their places, with gaps for URLs', async () => {
  const send = await started();
  send(call({ images: [undefined, { kind: 'bytes', bytes: new Uint8Array([1]), name: 'urls[1]' }], urls: ['https://a.example/1', undefined] }));
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(engine.operate.mock.calls[0]?.[2]).toEqual([undefined, { bytes: new Uint8Array([1]), name: 'urls[1]' }]);
});

test('where the engine cannot read the picture of a URL, the browser does, and the URL stays', async () => {
  const bytes = new Uint8Array([0, 0, 0, 32, ...new TextEncoder().encode('ftypavif'), 0, 0, 0, 0]);
  const fetch = vi.fn(async (_url: string) => new Response(bytes));
  vi.stubGlobal('createImageBitmap', async () => ({ width: 1, height: 1, close: () => undefined }));
  const pixels = { drawImage: () => undefined, getImageData: () => ({ data: new Uint8ClampedArray(4) }) };
  vi.stubGlobal('OffscreenCanvas', class { getContext = () => pixels; });
  const send = await started([], { fetch });
  const unreadable = Object.assign(new Error('x'), { name: 'VisavisError', code: 'ImageFormatUnsupported' });
  engine.operate.mockRejectedValueOnce(unreadable);
  const request = { PersonImageUrl: 'https://a.example/p.avif' };
  send(call({ request, images: [undefined], urls: ['https://a.example/p.avif'] }));
  await vi.waitFor(() => expect(told).toMatchObject([{ kind: 'result', result: 'fine' }]));
  expect(fetch.mock.calls.filter(([url]) => url === 'https://a.example/p.avif')).toHaveLength(1);
  expect(engine.operate.mock.calls[1]?.slice(1, 3)).toEqual([request, [{ width: 1, height: 1, rgba: new Uint8ClampedArray(4) }]]);
});
