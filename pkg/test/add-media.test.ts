import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AddMediaProgress } from '../src/add-media-types.js';
import { Client } from '../src/client.js';
import type { MediaInput } from '../src/media-files.js';
import { listMediaFiles } from '../src/media-files.js';
import type { Call } from './fake-hosts.js';
import { FakeHosts, config } from './fake-hosts.js';

type Tell = Parameters<FakeHosts['answer']>[1];

/** Engines that find a face in every file; the content of a file is its SHA-256. */
class MediaHosts extends FakeHosts {
  readonly library = new Set<string>();
  publishes = 0;
  /** Says what becomes of a file in work: an error code, `crash`, or nothing. */
  onIndex: (name: string) => string | undefined | Promise<string | undefined> = () => undefined;
  onAdd: () => string | undefined = () => undefined;
  /** Of films that WebCodecs does not decode here. */
  onOpen: () => string | undefined = () => undefined;
  /** How many steps a film has. */
  steps = 3;

  constructor() {
    super();
    this.answer = (call, tell) => this.#answer(call, tell);
  }

  async #answer(call: Call, tell: Tell): Promise<void> {
    const result = (value: unknown): void => tell({ kind: 'result', id: call.id, result: value });
    const failed = (code: string): void => tell({ kind: 'failed', id: call.id, error: { code, message: `${code}!`, requestId: 'R' } });
    switch (call.method) {
      case 'examineFile': {
        const text = await call.args.blob.text();
        return result({ sha256: text, ...(text.startsWith('film') ? { container: 'mp4' } : {}) });
      }
      case 'openFrames':
        this.#film = { name: call.args.source.name, sha256: call.args.source.sha256, left: 0 };
        return result({ side: 100 });
      case 'openVideo':
        if (this.onOpen() !== undefined) return failed(this.onOpen() as string);
        this.#film = { name: call.args.name, sha256: call.args.sha256, left: this.steps };
        return result({ durationS: 1 });
      case 'stepVideo':
        this.#film.left -= 1;
        return result({ fraction: 1 - this.#film.left / this.steps, ended: this.#film.left === 0 });
      case 'endVideo':
        return result(this.#indexed(this.#film.name, this.#film.sha256));
      case 'indexPhoto': {
        const outcome = await this.onIndex(call.args.name);
        if (outcome === 'crash') return tell({ kind: 'crashed', reason: 'a test' });
        return outcome === undefined ? result(this.#indexed(call.args.name, call.args.sha256)) : failed(outcome);
      }
      case 'findMedia':
        return result({ mediaId: `m-${call.args.sha256}`, indexed: this.library.has(call.args.sha256) });
      case 'addMedia': {
        const outcome = this.onAdd();
        if (outcome !== undefined) return failed(outcome);
        this.library.add(new TextDecoder().decode(call.args.record));
        return result({ mediaId: 'm', added: true });
      }
      case 'publishMedia':
        this.publishes += 1;
        return result({ changed: true });
      default:
        return result([]);
    }
  }

  #film = { name: '', sha256: '', left: 0 };

  #indexed(name: string, sha256: string): object {
    return { record: new TextEncoder().encode(sha256), thumbnails: [], mediaId: `m-${sha256}`, name, faces: 1 };
  }
}

/** Video elements that seek to so many pictures (and before them to the first), and then fail. */
function fakeElements(pictures: number): void {
  class FakeVideo extends EventTarget {
    readonly duration = 10;
    readonly videoWidth = 64;
    readonly videoHeight = 48;
    error: { message: string } | undefined;
    #sought = 0;
    set src(_: string) {
      queueMicrotask(() => this.dispatchEvent(new Event('loadeddata')));
    }
    set currentTime(_: number) {
      this.#sought += 1;
      if (this.#sought > pictures) this.error = { message: 'a broken picture' };
      queueMicrotask(() => this.dispatchEvent(new Event(this.error === undefined ? 'seeked' : 'error')));
    }
    removeAttribute(): void {}
    load(): void {}
  }
  vi.stubGlobal('document', { createElement: () => new FakeVideo() });
  vi.stubGlobal('createImageBitmap', async () => ({ close: () => undefined }));
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:film');
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
}

const clients: Client[] = [];
const file = (name: string, content = name): { file: Blob; name: string } => ({ file: new Blob([content]), name });

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function started(hosts: MediaHosts): Promise<Client> {
  const client = new Client({ config, connect: hosts.connect });
  clients.push(client);
  await client.start(undefined);
  return client;
}

describe('addMedia', () => {
  test('adds each file once, by several engines, and tells how far it is', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    const told: AddMediaProgress[] = [];
    const job = client.addMedia([file('a'), file('b'), file('copy of a', 'a'), file('film')], { jobs: 2, onProgress: (progress) => told.push(progress) });
    const result = await job;
    expect(result.added.map(({ name, kind, faces }) => [name, kind, faces]).sort()).toEqual([
      ['a', 'photo', 1],
      ['b', 'photo', 1],
      ['film', 'video', 1],
    ]);
    expect(result).toMatchObject({ duplicates: [{ name: 'copy of a', mediaId: 'm-a' }], failed: [], skipped: [], cancelled: false });
    expect(result.error).toBeUndefined();
    // The client's engine, and two of the pool.
    expect(hosts.hosts.length).toBe(3);
    expect(told.at(-1)).toMatchObject({ files: 4, done: 4, added: 3, duplicates: 1, failed: 0, faces: 3, fraction: 1, secondsLeft: 0, current: [], paused: false });
    expect(told.some(({ current }) => current.length === 2)).toBe(true);
    expect(told.every(({ fraction }, index) => index === 0 || fraction >= (told[index - 1] as AddMediaProgress).fraction)).toBe(true);
    expect(hosts.publishes).toBe(1);
    const again = await client.addMedia(file('b'));
    expect(again).toMatchObject({ added: [], duplicates: [{ name: 'b' }] });
    expect(hosts.hosts.length).toBe(3);
  });

  test('a file that fails, and one that crashes its engine, fail alone', async () => {
    const hosts = new MediaHosts();
    hosts.onIndex = (name) => ({ bad: 'ImageMalformed', wild: 'crash' })[name];
    const client = await started(hosts);
    const { added, failed } = await client.addMedia([file('bad'), file('wild'), file('good')], { jobs: 1 });
    expect(added.map(({ name }) => name)).toEqual(['good']);
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([
      ['bad', 'ImageMalformed'],
      ['wild', 'EngineCrashed'],
    ]);
  });

  test('a file without a name is called by its place in what was given', async () => {
    const hosts = new MediaHosts();
    hosts.onIndex = (name) => (name === '' ? 'ImageMalformed' : undefined);
    const { failed } = await (await started(hosts)).addMedia([file('a'), new Blob(['b'])], { jobs: 1 });
    expect(failed.map(({ name, error }) => [name, error.code, error.message.split(':')[0]])).toEqual([['files[1]', 'ImageMalformed', 'files[1]']]);
    const others = new MediaHosts();
    const client = await started(others);
    others.onIndex = (name) => (name === 'a' ? (job.cancel(), new Promise(() => undefined)) : undefined);
    const job = client.addMedia([file('a'), new Blob(['b'])], { jobs: 1 });
    expect((await job).skipped).toEqual(['a', 'files[1]']);
  });

  test('a copy of a file that failed is tried by itself', async () => {
    const hosts = new MediaHosts();
    hosts.onIndex = (name) => (name === 'first' ? 'ImageMalformed' : undefined);
    const { added, failed } = await (await started(hosts)).addMedia([file('first', 'x'), file('second', 'x')], { jobs: 1 });
    expect([added.map(({ name }) => name), failed.map(({ name }) => name)]).toEqual([['second'], ['first']]);
  });

  test('pauses between files and between the steps of a film, and goes on', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    const job = client.addMedia([file('film'), file('b')], {
      jobs: 1,
      onProgress: ({ current, paused }) => {
        if (!paused && (current[0]?.fraction ?? 0) > 0 && hosts.steps === 3) {
          hosts.steps = 4;
          job.pause();
        }
      },
    });
    await vi.waitFor(() => expect(job.progress.paused).toBe(true));
    const before = hosts.calls(1).length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(hosts.calls(1).length).toBe(before);
    expect(hosts.calls(1).filter((method) => method === 'stepVideo').length).toBe(1);
    job.resume();
    expect((await job).added.length).toBe(2);
    expect(job.progress.paused).toBe(false);
  });

  test('cancelled: what is done stays and is published, the rest is named', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    hosts.onIndex = (name) => (name === 'b' ? (job.cancel(), new Promise(() => undefined)) : undefined);
    const job = client.addMedia([file('a'), file('b'), file('c')], { jobs: 1 });
    const result = await job;
    expect(result.added.map(({ name }) => name)).toEqual(['a']);
    expect(result).toMatchObject({ failed: [], skipped: ['b', 'c'], cancelled: true });
    expect(hosts.publishes).toBe(1);
  });

  test('can be cancelled while it is paused', async () => {
    const client = await started(new MediaHosts());
    const job = client.addMedia([file('a')]);
    job.pause();
    job.cancel();
    expect(await job).toMatchObject({ cancelled: true, added: [], skipped: ['a'] });
  });

  test.each(['signal', 'close'] as const)('a paused job ends by %s, and gives its engines back', async (by) => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    const controller = new AbortController();
    const job = client.addMedia([file('a'), file('film')], { jobs: 1, signal: controller.signal, onProgress: ({ done }) => void (done === 1 && job.pause()) });
    await vi.waitFor(() => expect(job.progress).toMatchObject({ paused: true, done: 1 }));
    if (by === 'signal') controller.abort();
    else client.close();
    await expect(job).rejects.toMatchObject({ code: by === 'signal' ? 'Aborted' : 'ClientClosed' });
    job.pause();
    expect(job.progress.paused).toBe(false);
    if (by === 'signal') expect((await client.addMedia(file('b'), { jobs: 1 })).added.length).toBe(1);
  });

  test('a list that the page empties at once is added all the same', async () => {
    const client = await started(new MediaHosts());
    const files = [file('a'), file('b')];
    const job = client.addMedia(files);
    files.length = 0;
    expect((await job).added.length).toBe(2);
  });

  test('has catch and finally, as promises have', async () => {
    const client = await started(new MediaHosts());
    const ended = vi.fn();
    expect((await client.addMedia(file('a')).finally(ended)).added.length).toBe(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(await client.addMedia(5 as never).catch((error: unknown) => error)).toMatchObject({ code: 'InvalidParameter' });
  });

  test('a job of a library that is deleted is cancelled before', async () => {
    const hosts = new MediaHosts();
    const client = new Client({ config: { ...config, libraries: [{ name: 'x', url: 'https://x' }, { name: 'mine' }] }, connect: hosts.connect });
    clients.push(client);
    await client.start(undefined);
    hosts.onIndex = () => new Promise(() => undefined);
    const [job, other] = [client.addMedia([file('a'), file('b')], { jobs: 1 }), client.addMedia([file('c')], { library: 'other', jobs: 2 })];
    await vi.waitFor(() => expect(other.progress.current.length).toBe(1));
    await client.deleteLibrary('mine');
    expect(await job).toMatchObject({ added: [], skipped: ['a', 'b'], cancelled: true });
    expect(other.progress.current.length).toBe(1);
    other.cancel();
    await other;
  });

  test('a copy waits for the file in work, and is tried where that one fails', async () => {
    const hosts = new MediaHosts();
    let fail: (code: string) => void = () => undefined;
    hosts.onIndex = (name) => (name === 'first' ? new Promise((resolve) => (fail = resolve)) : undefined);
    const job = (await started(hosts)).addMedia([file('first', 'x'), file('second', 'x')], { jobs: 2 });
    await vi.waitFor(() => expect(job.progress.current.length).toBe(2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    fail('ImageMalformed');
    const { added, duplicates, failed } = await job;
    expect([added.map(({ name }) => name), duplicates, failed.map(({ name }) => name)]).toEqual([['second'], [], ['first']]);
  });

  test('where an engine does not start, whoever waits for it starts another', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    let starts = 0;
    hosts.onStart = (tell) => {
      starts += 1;
      if (starts === 1) setTimeout(() => tell({ kind: 'startFailed', error: { code: 'DownloadFailed', message: 'no', requestId: 'R' } }), 30);
      else tell({ kind: 'started' });
    };
    const [first, second] = [client.addMedia(file('a'), { jobs: 1 }), client.addMedia(file('b'), { jobs: 1 })];
    await expect(first).rejects.toMatchObject({ code: 'DownloadFailed' });
    expect((await second).added.length).toBe(1);
    expect(starts).toBe(2);
  });

  test('a film that the page cannot show to its end is named, and fails alone', async () => {
    const hosts = new MediaHosts();
    hosts.onOpen = () => 'VideoUnsupported';
    fakeElements(3);
    const { added, failed } = await (await started(hosts)).addMedia([file('film'), file('b')], { jobs: 1 });
    expect(added.map(({ name }) => name)).toEqual(['b']);
    expect(failed.map(({ error }) => [error.code, error.message])).toEqual([['VideoMalformed', 'film: the MP4 video is damaged: a broken picture']]);
    expect(hosts.calls(1).filter((method) => method === 'pushFrame').length).toBe(3);
  });

  test('its signal rejects it, and what is done stays', async () => {
    const hosts = new MediaHosts();
    const controller = new AbortController();
    hosts.onIndex = (name) => (name === 'b' ? (controller.abort(), new Promise(() => undefined)) : undefined);
    const client = await started(hosts);
    await expect(client.addMedia([file('a'), file('b')], { jobs: 1, signal: controller.signal })).rejects.toMatchObject({ code: 'Aborted' });
    expect([...hosts.library]).toEqual(['a']);
    expect(hosts.publishes).toBe(1);
    await expect(client.addMedia([file('c')], { signal: controller.signal })).rejects.toMatchObject({ code: 'Aborted' });
  });

  test('a closed client rejects it', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    hosts.onIndex = () => (client.close(), new Promise(() => undefined));
    await expect(client.addMedia([file('a'), file('b')])).rejects.toMatchObject({ code: 'ClientClosed' });
    expect(hosts.hosts.every(({ ended }) => ended)).toBe(true);
    await expect(client.addMedia([file('a')])).rejects.toMatchObject({ code: 'ClientClosed' });
  });

  test('a full disk ends it: the file is named, and the rest is not looked at', async () => {
    const hosts = new MediaHosts();
    hosts.onAdd = () => (hosts.library.size === 1 ? 'StorageFull' : undefined);
    const result = await (await started(hosts)).addMedia([file('a'), file('b'), file('c')], { jobs: 1 });
    expect(result.added.map(({ name }) => name)).toEqual(['a']);
    expect(result.failed.map(({ name, error }) => [name, error.code])).toEqual([['b', 'StorageFull']]);
    expect(result).toMatchObject({ skipped: ['c'], cancelled: false, error: { code: 'StorageFull' } });
  });

  test('an engine that does not start leaves its part to the others; where none does, the job fails', async () => {
    const hosts = new MediaHosts();
    const client = await started(hosts);
    let starts = 0;
    const refuse = (tell: Tell): void => tell({ kind: 'startFailed', error: { code: 'DownloadFailed', message: 'no', requestId: 'R' } });
    hosts.onStart = (tell) => (++starts === 1 ? refuse(tell) : tell({ kind: 'started' }));
    expect((await client.addMedia([file('a'), file('b')], { jobs: 2 })).added.length).toBe(2);
    const other = new MediaHosts();
    const second = await started(other);
    other.onStart = refuse;
    await expect(second.addMedia([file('a'), file('b')], { jobs: 2 })).rejects.toMatchObject({ code: 'DownloadFailed' });
  });

  test('a library that cannot be changed rejects it before anything is read', async () => {
    const hosts = new MediaHosts();
    const answer = hosts.answer;
    hosts.answer = (call, tell) =>
      call.method === 'findMedia' ? tell({ kind: 'failed', id: call.id, error: { code: 'LibraryReadOnly', message: 'x', requestId: 'R' } }) : answer(call, tell);
    await expect((await started(hosts)).addMedia([file('a')])).rejects.toMatchObject({ code: 'LibraryReadOnly' });
    expect(hosts.hosts.length).toBe(1);
  });

  test.each([
    [{ jobs: 0 }, 'jobs'],
    [{ jobs: 17 }, 'jobs'],
    [{ framesPerSecond: 0 }, 'framesPerSecond'],
    [{ framesPerSecond: Number.NaN }, 'framesPerSecond'],
    [{ thumbnails: 1 }, 'thumbnails'],
    [{ library: 5 }, 'library'],
    [{ onProgress: 'x' }, 'onProgress'],
    [{ colour: true }, 'colour'],
  ])('refuses the options %o by name', async (options, parameter) => {
    await expect((await started(new MediaHosts())).addMedia([file('a')], options as never)).rejects.toMatchObject({ code: 'InvalidParameter', parameter });
  });

  test.each([[undefined], [null], ['a.jpg'], [5], [[5]], [[file('a'), 'b']], [{}]])('refuses %o as files', async (input) => {
    await expect((await started(new MediaHosts())).addMedia(input as never)).rejects.toMatchObject({ code: 'InvalidParameter', message: expect.stringMatching(/^files/) });
  });
});

describe('the list of files', () => {
  const names = async (input: MediaInput): Promise<string[]> => (await listMediaFiles(input)).map(({ name }) => name);
  const handle = (name: string): FileSystemFileHandle => ({ kind: 'file', name, getFile: async () => new File(['x'], name) }) as unknown as FileSystemFileHandle;
  const folder = (name: string, ...entries: object[]): FileSystemDirectoryHandle =>
    ({
      kind: 'directory',
      name,
      getFileHandle: () => undefined,
      values: async function* () {
        yield* entries;
      },
    }) as unknown as FileSystemDirectoryHandle;
  const chosen = (path: string): File => Object.assign(new File(['x'], path.split('/').at(-1) ?? ''), { webkitRelativePath: path });

  test('takes files, blobs, names and handles, one or many', async () => {
    expect(await names(new File(['x'], 'a.jpg'))).toEqual(['a.jpg']);
    expect(await names(new Blob(['x']))).toEqual(['']);
    expect(await names(new Set([file('x\\../y//z.jpg')]))).toEqual(['x/y/z.jpg']);
    expect(await names({ length: 2, 0: handle('a.mp4'), 1: new File(['x'], 'b.png') } as never)).toEqual(['a.mp4', 'b.png']);
    expect(await names([])).toEqual([]);
  });

  test('walks folders in order, without hidden and other files; names as the command line has them', async () => {
    const trip = folder('trip', handle('z.jpg'), folder('day 1', handle('b.JPG'), handle('notes.txt')), handle('.hidden.jpg'), folder('.git', handle('c.jpg')));
    expect(await names(trip)).toEqual(['day 1/b.JPG', 'z.jpg']);
    expect(await names([trip, handle('a.txt')])).toEqual(['trip/day 1/b.JPG', 'trip/z.jpg', 'a.txt']);
  });

  test('the folder of an input element is taken off', async () => {
    expect(await names([chosen('trip/a.jpg'), chosen('trip/x/b.jpg'), chosen('trip/x/.c.jpg'), chosen('trip/readme.md')])).toEqual(['a.jpg', 'x/b.jpg']);
  });

  test('a file that cannot be opened fails alone', async () => {
    const gone = { ...handle('gone.jpg'), getFile: async () => { throw new Error('it is gone'); } };
    const { added, failed } = await (await started(new MediaHosts())).addMedia(folder('trip', handle('a.jpg'), gone, handle('b.jpg')) as never, { jobs: 1 });
    expect(added.length + failed.length).toBe(2);
    expect(failed).toMatchObject([{ name: 'gone.jpg', error: { code: 'IoError', message: 'gone.jpg: it could not be opened: it is gone' } }]);
  });

  test('a folder that cannot be read is named', async () => {
    const closed = { ...folder('closed'), values: () => { throw new Error('not allowed'); } } as never;
    await expect(listMediaFiles(closed)).rejects.toMatchObject({ code: 'InvalidParameter', message: 'files: the folder closed could not be read: not allowed' });
  });
});
