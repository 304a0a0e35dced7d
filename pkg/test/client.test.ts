import { expect, test } from 'vitest';
import { Client } from '../src/client.js';
import type { StateChange } from '../src/protocol.js';
import type { Call } from './fake-hosts.js';
import { FakeHosts, config } from './fake-hosts.js';

async function started(hosts: FakeHosts): Promise<Client> {
  const client = new Client({ config, connect: hosts.connect });
  await client.start(undefined);
  return client;
}

test('a call is answered, and its image and options reach the host', async () => {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => tell({ kind: 'result', id: call.id, result: { width: 1, height: 1, faces: [] } });
  const client = await started(hosts);
  const result = await client.detectFaces(new Uint8Array([1]), { scoreThreshold: 0.7, signal: new AbortController().signal });
  expect(result.faces).toEqual([]);
  expect(hosts.hosts[0]?.messages[1]).toMatchObject({
    method: 'detectFaces',
    args: { image: { kind: 'bytes' }, options: { scoreThreshold: 0.7 } },
  });
  expect(Object.keys((hosts.hosts[0]?.messages[1] as Call & { args: { options: object } }).args.options)).toEqual(['scoreThreshold']);
});

test('a URL stays in the request, an image travels beside it under the name of its parameter', async () => {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => tell({ kind: 'result', id: call.id, result: {} });
  const client = await started(hosts);
  await client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: 'https://a.example/p.jpg', PageSize: 5 }, { scores: true });
  await client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: new Uint8Array([1]) });
  const [first, second] = (hosts.hosts[0]?.messages ?? []).filter((message) => message.kind === 'call');
  expect(first).toMatchObject({
    method: 'operate',
    args: {
      operation: 'SearchMediaByFace',
      request: { FaceSearchToken: 't', PersonImageUrl: 'https://a.example/p.jpg', PageSize: 5 },
      images: [undefined],
      urls: ['https://a.example/p.jpg'],
      options: { scores: true, nowMs: expect.any(Number) },
    },
  });
  expect(second).toMatchObject({ args: { request: { FaceSearchToken: 't' }, images: [{ kind: 'bytes', name: 'PersonImageUrl' }] } });
});

test('an error of the host arrives as VisavisError', async () => {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => tell({ kind: 'failed', id: call.id, error: { code: 'NoFace', message: 'x: no face', requestId: 'R' } });
  const client = await started(hosts);
  await expect(client.detectFaces('https://a.example/x')).rejects.toMatchObject({ name: 'VisavisError', code: 'NoFace', requestId: 'R' });
});

test('a crash rejects its call, the engine is replaced with its state, and the next call works', async () => {
  const hosts = new FakeHosts();
  const changes: StateChange[][] = [
    [
      { store: 'tokens', key: 't', value: new Uint8Array([1]) },
      { store: 'tokens', key: 'u', value: new Uint8Array([2]) },
    ],
    [
      { store: 'tokens', key: 't', value: new Uint8Array([3]) },
      { store: 'tokens', key: 'u' },
    ],
  ];
  hosts.answer = (call, tell) => {
    if (call.method === 'panicForTest') return tell({ kind: 'crashed', reason: 'index out of bounds' });
    const next = changes.shift();
    if (changes.length === 1) tell({ kind: 'result', id: call.id, result: 'fine', changes: next });
    else tell({ kind: 'failed', id: call.id, error: { code: 'NoFace', message: 'x', requestId: 'R' }, changes: next });
  };
  const client = await started(hosts);
  await client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: 'https://a.example/p.jpg' });
  // A call that fails may change something, too.
  await expect(client.searchMediaByFace({ FaceSearchToken: 't' })).rejects.toMatchObject({ code: 'NoFace' });
  await expect(client.panicForTest()).rejects.toMatchObject({ code: 'EngineCrashed', message: expect.stringContaining('index out of bounds') });
  expect(hosts.hosts[0]?.ended).toBe(true);
  const start = hosts.hosts[1]?.messages[0];
  expect(start?.kind === 'start' && start.state).toEqual([{ store: 'tokens', key: 't', value: new Uint8Array([3]) }]);
  hosts.answer = (call, tell) => tell({ kind: 'result', id: call.id, result: 'fine' });
  await expect(client.forget('t')).resolves.toBe('fine');
  expect(hosts.operations(1)).toMatchObject([{ operation: 'forgetToken', request: { token: 't' } }]);
  expect((await client.stats()).restarts).toBe(1);
});

test('with several calls in flight only the one that crashes is rejected', async () => {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => {
    if (call.method === 'panicForTest') setTimeout(() => tell({ kind: 'crashed', reason: 'boom' }), 5);
    // The first engine is busy with the others when it crashes.
    else if (hosts.hosts.length > 1) tell({ kind: 'result', id: call.id, result: call.method });
  };
  const client = await started(hosts);
  const outcomes = await Promise.allSettled([client.detectFaces('https://a/1'), client.panicForTest(), client.embedFaces('https://a/2')]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: 'EngineCrashed' } });
  expect(hosts.calls(0).sort()).toEqual(['detectFaces', 'embedFaces', 'panicForTest']);
  expect([...hosts.calls(1), ...hosts.calls(2)].sort()).toEqual(['detectFaces', 'embedFaces', 'panicForTest']);
  expect(hosts.hosts).toHaveLength(3);
});

test('a start that crashes rejects and is not repeated', async () => {
  const hosts = new FakeHosts();
  hosts.onStart = (tell) => tell({ kind: 'crashed', reason: 'out of memory' });
  await expect(started(hosts)).rejects.toMatchObject({ code: 'EngineCrashed', message: expect.stringContaining('while it started') });
  expect(hosts.hosts).toHaveLength(1);
});

test('a start that fails tells why', async () => {
  const hosts = new FakeHosts();
  hosts.onStart = (tell) =>
    tell({ kind: 'startFailed', error: { code: 'DownloadFailed', message: 'https://a/x.wasm: the server answered 404', requestId: 'R' } });
  await expect(started(hosts)).rejects.toMatchObject({ code: 'DownloadFailed', message: expect.stringContaining('x.wasm') });
  expect(hosts.hosts[0]?.ended).toBe(true);
});

test('when the replacement cannot start, calls are rejected with its error and a later call tries again', async () => {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => {
    if (call.method === 'panicForTest') tell({ kind: 'crashed', reason: 'boom' });
    else tell({ kind: 'result', id: call.id, result: true });
  };
  const client = await started(hosts);
  hosts.onStart = (tell) => tell({ kind: 'startFailed', error: { code: 'DownloadBlocked', message: 'offline', requestId: 'R' } });
  await expect(client.panicForTest()).rejects.toMatchObject({ code: 'EngineCrashed' });
  await expect(client.forget('t')).rejects.toMatchObject({ code: 'DownloadBlocked' });
  hosts.onStart = (tell) => tell({ kind: 'started' });
  await expect(client.forget('t')).resolves.toBe(true);
});

test('a signal ends the call at once and tells the host', async () => {
  const hosts = new FakeHosts();
  const client = await started(hosts);
  const controller = new AbortController();
  const call = client.openLibrary('a', { signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 0));
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'Aborted' });
  expect(hosts.hosts[0]?.messages.at(-1)).toMatchObject({ kind: 'abort' });
  await expect(client.openLibrary('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'Aborted' });
});

test('a closed client refuses calls, and those in flight are rejected', async () => {
  const hosts = new FakeHosts();
  const client = await started(hosts);
  const inFlight = client.detectFaces('https://a/1');
  client.close();
  client.close();
  await expect(inFlight).rejects.toMatchObject({ code: 'ClientClosed' });
  await expect(client.stats()).rejects.toMatchObject({ code: 'ClientClosed', message: expect.stringContaining('createClient') });
  expect(client.closed).toBe(true);
  expect(hosts.hosts[0]?.ended).toBe(true);
});

test('an abort while the client starts ends it', async () => {
  const hosts = new FakeHosts();
  hosts.onStart = () => undefined;
  const controller = new AbortController();
  const client = new Client({ config, connect: hosts.connect });
  const starting = client.start(controller.signal);
  controller.abort();
  await expect(starting).rejects.toMatchObject({ code: 'Aborted' });
  expect(client.closed).toBe(true);
  expect(hosts.hosts[0]?.ended).toBe(true);
});

test('progress reaches the client and the calls in flight', async () => {
  const hosts = new FakeHosts();
  const seen: string[] = [];
  const client = new Client({ config, connect: hosts.connect, onProgress: (progress) => seen.push(`client ${progress.loadedBytes}`) });
  await client.start(undefined);
  hosts.answer = (call, tell) => {
    tell({ kind: 'progress', progress: { phase: 'library', name: 'a', loadedBytes: 7, totalBytes: 9 } });
    tell({ kind: 'result', id: call.id, result: {} });
  };
  await client.openLibrary('a', { onProgress: (progress) => seen.push(`call ${progress.totalBytes}`) });
  expect(seen).toEqual(['client 7', 'call 9']);
});

test('a request that is no object is refused', async () => {
  const client = await started(new FakeHosts());
  await expect(client.searchMediaByFace(null as never)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'request' });
});
