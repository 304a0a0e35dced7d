import { afterEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../src/client.js';
import type { ClientParts } from '../src/client.js';
import type { VisavisError } from '../src/errors.js';
import type { ImageInput, TaskNotification } from '../src/types.js';
import { FakeEngines } from './fake-engine.js';
import { config } from './fake-hosts.js';

const open: Client[] = [];

async function started(engines: FakeEngines, parts: Partial<ClientParts> = {}): Promise<Client> {
  const client = new Client({ config, connect: engines.connect, ...parts });
  open.push(client);
  await client.start(undefined);
  return client;
}

afterEach(() => {
  for (const client of open.splice(0)) client.close();
  vi.unstubAllGlobals();
});

/** Creates a task and waits for its notification; answers the outcomes of its sources. */
async function run(client: Client, sources: ImageInput[], Notification?: object): Promise<string[]> {
  const message = await new Promise<TaskNotification>((resolve, reject) => {
    const request = { ProjectName: 'p', DatasetName: 'd', Sources: sources.map((URI) => ({ URI })), Notification };
    client.createFacesSearchingTask(request as never, { onNotification: resolve }).catch(reject);
  });
  return (JSON.parse(message.content) as { outcome: string }[]).map(({ outcome }) => outcome);
}

describe('sources', () => {
  test('are worked on one after the other, images as themselves and URLs as what they are', async () => {
    const engines = new FakeEngines();
    let busy = 0;
    engines.onStep = async () => {
      busy += 1;
      expect(busy).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      busy -= 1;
      return undefined;
    };
    const client = await started(engines, { resolve: (url) => url.replace('oss://', 'https://cdn.example/') });
    const bytes = new Uint8Array([1, 2, 3]);
    const task = run(client, ['https://a.example/1.jpg', 'oss://k', bytes, new File(['abc'], 'a.jpg')]);
    await vi.waitFor(() => expect(engines.nextTask).toBe(2));
    const other = run(client, ['https://a.example/2.jpg', 'https://a.example/3.jpg']);
    expect(await task).toEqual(['found', 'found', 'found', 'found']);
    expect(await other).toEqual(['found', 'found']);
    const images = engines.steps.filter((step) => step.task === 'task-1').map((step) => step.image);
    expect(images[0]).toEqual({ kind: 'url', url: 'https://a.example/1.jpg', name: 'https://a.example/1.jpg' });
    expect(images[1]).toMatchObject({ kind: 'url', url: 'https://cdn.example/k' });
    expect(images.slice(2).map((image) => image?.kind)).toEqual(['blob', 'blob']);
    expect(images[3]?.name).toBe('a.jpg');
  });

  test('take turns between tasks', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    const [a, b] = [run(client, ['https://a/1', 'https://a/2', 'https://a/3']), run(client, ['https://b/1'])];
    await Promise.all([a, b]);
    expect(engines.steps.map((step) => step.task).indexOf('task-2')).toBeLessThan(3);
  });

  test('an image is kept as it was when the task was created', async () => {
    const engines = new FakeEngines();
    const bytes = new Uint8Array([1, 2, 3]);
    const client = await started(engines);
    const done = run(client, [bytes]);
    bytes.fill(9);
    await done;
    const image = engines.steps[0]?.image;
    expect(image?.kind === 'blob' && [...new Uint8Array(await image.blob.arrayBuffer())]).toEqual([1, 2, 3]);
  });

  test.each<[string, string]>([
    ['DownloadFailed: the server answered 404', 'DownloadFailed: the server answered 404'],
    ['NoFace: no face was found', 'NoFace: no face was found'],
    ['crash of the engine', 'EngineCrashed: '],
  ])('one with "%s" fails alone', async (problem, outcome) => {
    const engines = new FakeEngines();
    engines.onStep = ({ index }) => (index === 1 ? problem : undefined);
    const client = await started(engines);
    const outcomes = await run(client, ['https://a/0', 'https://a/1', 'https://a/2']);
    expect(outcomes).toEqual(['found', expect.stringContaining(outcome), 'found']);
    expect(engines.started).toBe(problem.startsWith('crash') ? 2 : 1);
  });

  test('a resolver that fails, fails its source alone', async () => {
    const engines = new FakeEngines();
    const resolve = (): never => {
      throw new Error('no rights');
    };
    const client = await started(engines, { resolve });
    expect(await run(client, ['oss://a', 'https://a/1'])).toEqual([
      'InvalidParameter: Sources[0].URI: oss://a: the resolver failed: no rights',
      'found',
    ]);
  });

  test('one that is no image is refused before there is a task', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    await expect(run(client, ['https://a/0', 5 as never])).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'Sources[1].URI' });
    expect(engines.nextTask).toBe(1);
  });

  test('one that cannot be captured fails alone', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    const url = URL.createObjectURL(new Blob(['abc']));
    URL.revokeObjectURL(url);
    class HTMLImageElement {
      complete = true;
      naturalWidth = 0;
      decode = async (): Promise<void> => Promise.reject(new Error('broken'));
    }
    vi.stubGlobal('HTMLImageElement', HTMLImageElement);
    const outcomes = await run(client, [buffer, 'https://a/1', url, new HTMLImageElement() as never, new Uint8Array([1])]);
    expect(outcomes).toEqual([
      expect.stringContaining('InvalidParameter: Sources[0].URI'),
      'found',
      expect.stringContaining('DownloadFailed: Sources[2].URI'),
      expect.stringContaining('InvalidParameter: Sources[3].URI'),
      'found',
    ]);
  });

  test('are captured before anything is waited for', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    class HTMLCanvasElement {
      width = 2;
      height = 3;
    }
    vi.stubGlobal('HTMLCanvasElement', HTMLCanvasElement);
    const seen: unknown[] = [];
    vi.stubGlobal('createImageBitmap', async (input: unknown) => {
      seen.push(input);
      return { width: 2, height: 3, close: () => undefined };
    });
    const drawing = { drawImage: () => undefined, getImageData: () => ({}) };
    vi.stubGlobal('OffscreenCanvas', class {
      getContext = () => drawing;
      convertToBlob = async () => new Blob(['png']);
    });
    const canvases = [new HTMLCanvasElement(), new HTMLCanvasElement()];
    const done = run(client, canvases as never);
    expect(seen).toEqual(canvases);
    expect(await done).toEqual(['found', 'found']);
  });

  test('too many, or with a signal that fired, capture nothing', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    const capture = vi.fn();
    vi.stubGlobal('createImageBitmap', capture);
    const many = Array.from({ length: 10_001 }, () => ({ URI: 'https://a/1' }));
    const request = { ProjectName: 'p', DatasetName: 'd', Sources: many };
    await expect(client.createFacesSearchingTask(request)).rejects.toMatchObject({ code: 'LimitExceededError', message: 'Sources: at most 10000 are allowed' });
    const signal = AbortSignal.abort();
    await expect(client.createFacesSearchingTask({ ...request, Sources: [{ URI: {} as never }] }, { signal })).rejects.toMatchObject({ code: 'Aborted' });
    client.close();
    await expect(client.createFacesSearchingTask(request)).rejects.toMatchObject({ code: 'ClientClosed' });
    expect(capture).not.toHaveBeenCalled();
  });

  test('that never load keep nobody waiting after the signal or close', async () => {
    const client = await started(new FakeEngines());
    class HTMLImageElement {
      complete = false;
      naturalWidth = 0;
      decode = (): Promise<void> => new Promise(() => undefined);
    }
    vi.stubGlobal('HTMLImageElement', HTMLImageElement);
    const controller = new AbortController();
    const request = { ProjectName: 'p', DatasetName: 'd', Sources: [{ URI: new HTMLImageElement() as never }] };
    const [aborted, closed] = [client.createFacesSearchingTask(request, { signal: controller.signal }), client.createFacesSearchingTask(request)];
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
    client.close();
    await expect(closed).rejects.toMatchObject({ code: 'ClientClosed' });
  });

  test('wait for the calls of the page', async () => {
    const engines = new FakeEngines();
    const order: string[] = [];
    engines.onStep = ({ index }) => void order.push(`source ${index}`);
    const client = await started(engines);
    const done = run(client, ['https://a/0', 'https://a/1']);
    const call = client.getTask({ ProjectName: 'p', TaskType: 'T', TaskId: 'x' }).catch(() => order.push('call'));
    await Promise.all([done, call]);
    expect(order[0]).toBe('call');
  });

  test('end when the client is closed', async () => {
    const engines = new FakeEngines();
    const client = await started(engines);
    engines.onStep = () => client.close() as undefined;
    const listener = vi.fn();
    await client.createFacesSearchingTask(
      { ProjectName: 'p', DatasetName: 'd', Sources: [{ URI: 'https://a/0' }, { URI: 'https://a/1' }] },
      { onNotification: listener },
    );
    await vi.waitFor(() => expect(client.closed).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(engines.steps).toHaveLength(1);
    expect(listener).not.toHaveBeenCalled();
  });
});

test('a task that came over HTTP is driven, too', async () => {
  const engines = new FakeEngines();
  const done = vi.fn();
  const client = await started(engines, { onNotification: done });
  const body = JSON.stringify({ ProjectName: 'p', DatasetName: 'd', Sources: [{ URI: 'https://a/0' }] });
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  const response = await client.handle(new Request('http://127.0.0.1/?Action=CreateFacesSearchingTask', init));
  expect(await response.json()).toEqual({ RequestId: 'R', TaskId: 'task-1', EventId: 'E' });
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  client.close();
  const closed = await client.handle(new Request('http://127.0.0.1/?Action=GetTask'));
  expect(closed.status).toBe(503);
});

test('a client whose engine is away asks it again, for as long as it lives, and warns once', async () => {
  vi.useFakeTimers();
  try {
    const engines = new FakeEngines();
    const warnings: VisavisError[] = [];
    const client = await started(engines, { warn: (warning) => void warnings.push(warning) });
    engines.onNext = () => 'DownloadBlocked: offline';
    const request = { ProjectName: 'p', DatasetName: 'd', Sources: [{ URI: 'https://a/0' }] };
    await client.createFacesSearchingTask(request);
    await vi.advanceTimersByTimeAsync(5000);
    expect(warnings).toEqual([]);
    engines.onNext = () => undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(engines.steps).toHaveLength(1);
    engines.onNext = () => 'DownloadBlocked: offline';
    await client.createFacesSearchingTask(request);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(warnings).toMatchObject([{ code: 'DownloadBlocked' }]);
    engines.onNext = () => undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(engines.steps).toHaveLength(2);
    engines.onNext = () => 'DownloadBlocked: offline';
    await client.createFacesSearchingTask(request);
    await vi.advanceTimersByTimeAsync(60_000);
    client.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

describe('notifications', () => {
  test('reach the functions, an event, and the channels of their topics', async () => {
    const target = new EventTarget();
    vi.stubGlobal('dispatchEvent', target.dispatchEvent.bind(target));
    const seen: [string, string][] = [];
    target.addEventListener('visavis:task', (event) => seen.push(['event', (event as CustomEvent<TaskNotification>).detail.subject]));
    const channel = new BroadcastChannel('done');
    const broadcast = new Promise((resolve) => channel.addEventListener('message', (event) => resolve(event.data), { once: true }));
    const client = await started(new FakeEngines(), { onNotification: ({ subject }) => seen.push(['client', subject]) });
    await run(client, ['https://a/0'], { Topics: ['done'] });
    expect(await broadcast).toMatchObject({ subject: 'task-1', source: 'acs.imm' });
    channel.close();
    expect(seen).toEqual([
      ['client', 'task-1'],
      ['event', 'task-1'],
    ]);
  });

  test('a listener that throws does no harm', async () => {
    const engines = new FakeEngines();
    const seen: string[] = [];
    const onNotification = ({ subject }: TaskNotification): void => {
      seen.push(subject);
      throw new Error('mine');
    };
    const client = await started(engines, { onNotification });
    await run(client, ['https://a/0']);
    await run(client, ['https://a/0']);
    await vi.waitFor(() => expect(seen).toEqual(['task-1', 'task-2']));
  });

  test('are sent to a URL only if the page allowed exactly that', async () => {
    const fetch = vi.fn(async (..._: unknown[]) => new Response(null, { status: 204 }));
    const warnings: VisavisError[] = [];
    const parts = {
      config: { ...config, fetch: fetch as never },
      notificationUrls: ['https://a.example/hook'],
      warn: (warning: VisavisError) => void warnings.push(warning),
    };
    const client = await started(new FakeEngines(), parts);
    await run(client, ['https://a/0'], { Topics: [], ExtendedMessageURI: 'https://a.example/hook?x' });
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatchObject({ code: 'NotificationNotSent', message: expect.stringContaining('notificationUrls') });
    expect(fetch).not.toHaveBeenCalled();
    await run(client, ['https://a/0'], { Topics: [], ExtendedMessageURI: 'https://a.example/hook' });
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    expect(fetch.mock.calls[0]).toMatchObject(['https://a.example/hook', { method: 'POST', credentials: 'omit', redirect: 'error' }]);
    // Browsers refuse a `fetch` that is called as a method of something.
    expect(fetch.mock.contexts[0]).toBeUndefined();
    expect(JSON.parse((fetch.mock.calls[0]?.[1] as { body: string }).body)).toMatchObject({ subject: 'task-2' });
    fetch.mockResolvedValueOnce(new Response(null, { status: 500 }));
    await run(client, ['https://a/0'], { Topics: [], ExtendedMessageURI: 'https://a.example/hook' });
    await vi.waitFor(() => expect(warnings[1]?.message).toContain('the server answered 500'));
  });
});
