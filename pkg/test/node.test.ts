/** The Node entry and the example server, run from a copy of the built package whose engine is a stand-in. */

import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchFiles } from '../src/node-fetch.js';

/** Answers with what it was asked for; reads library and image through the `fetch` that it was given. */
const STAND_IN = `
export default async ({ module_or_path }) => {
  if (!(module_or_path instanceof WebAssembly.Module)) throw new Error('no module');
};
const empty = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
export const __wbg_reset_state = () => void new WebAssembly.Instance(empty, {});
// One function, which is \`unreachable\`.
const code = [1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
const { f: trap } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...code]))).exports;
export const setPanicHandler = () => undefined;
const failure = (code, message) => Object.assign(new Error(message), { name: 'VisavisError', code, requestId: 'R-9' });
class Client {
  constructor(config) { this.config = config; }
  async openLibrary(name) {
    const { url } = this.config.libraries.find((library) => library.name === name);
    const response = await this.config.fetch(new URL('library.json', url).href);
    return { name, text: await response.text() };
  }
  async operate(operation, request, images, options) {
    if (operation !== 'SearchMediaByFace') return { RequestId: 'R-1', operation, request, options: Object.keys(options) };
    if (request.FaceSearchToken === undefined) throw failure('MissingFaceSearchToken', 'FaceSearchToken is required');
    if (request.PersonImageUrl.endsWith('trap')) {
      // As futures of the engine do: nobody awaits what is thrown.
      queueMicrotask(() => trap());
      return new Promise(() => undefined);
    }
    const response = await this.config.fetch(request.PersonImageUrl);
    if (!response.ok) throw failure('DownloadFailed', request.PersonImageUrl + ': the server answered ' + response.status);
    return { RequestId: 'R-1', bytes: (await response.arrayBuffer()).byteLength };
  }
  takeChanges() { return []; }
  restore() { return 0; }
  stats() { return {}; }
  engineInfo() { return { version: '0' }; }
  free() {}
}
export const WebClient = { create: async (config) => new Client(config) };
`;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'visavis-node-'));
const library = join(copy, 'my library');
const server = join(copy, 'examples/node-server.mjs');

beforeAll(() => {
  for (const path of ['package.json', 'examples']) cpSync(here(`../${path}`), join(copy, path), { recursive: true });
  cpSync(here('../dist'), join(copy, 'dist'), { recursive: true, filter: (path) => !/\.(onnx|wasm)$/.test(path) });
  mkdirSync(join(copy, 'dist/wasm'), { recursive: true });
  for (const build of ['simd', 'relaxed']) {
    writeFileSync(join(copy, `dist/wasm/visavis_${build}.js`), STAND_IN);
    writeFileSync(join(copy, `dist/wasm/visavis_${build}_bg.wasm`), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  }
  mkdirSync(library);
  writeFileSync(join(library, 'library.json'), '{}');
  writeFileSync(join(library, 'a.jpg'), 'abcde');
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('fetch reads files in Node, and says what is missing', async () => {
  const response = await fetchFiles(pathToFileURL(join(library, 'a.jpg')));
  expect(await response.text()).toBe('abcde');
  expect(response.headers.get('content-length')).toBe('5');
  expect((await fetchFiles(pathToFileURL(join(library, 'none')).href)).status).toBe(404);
  expect((await fetchFiles(pathToFileURL(library).href)).status).toBe(404);
  expect(await (await fetchFiles('data:text/plain,hello')).text()).toBe('hello');
  await expect(fetchFiles(pathToFileURL(library).href, { signal: AbortSignal.abort() })).rejects.toThrow();
  await expect(fetchFiles(new Request(pathToFileURL(library).href, { signal: AbortSignal.abort() }))).rejects.toThrow();
});

test.skipIf(process.platform === 'win32')('fetch reads no devices, no pipes and nothing huge', async () => {
  const pipe = join(copy, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const huge = join(copy, 'huge');
  writeFileSync(huge, '');
  truncateSync(huge, 512 * 1024 * 1024 + 1);
  const statuses = [];
  for (const path of [pipe, '/dev/zero', '/dev/null', huge]) statuses.push((await fetchFiles(pathToFileURL(path))).status);
  expect(statuses).toEqual([403, 403, 403, 413]);
});

describe('the Node entry', () => {
  /** Runs code in the copy; answers what it printed as JSON. */
  async function run(code: string): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { cwd: copy });
    return JSON.parse(stdout);
  }

  test('starts on the calling thread with the package\'s own files, and ends with nothing left running', async () => {
    const code = `
      const { createClient } = await import('visavis');
      const client = await createClient({ libraries: [{ name: 'a', url: ${JSON.stringify(pathToFileURL(`${library}/`).href)} }] });
      const { text } = await client.openLibrary('a');
      const image = ${JSON.stringify(pathToFileURL(join(library, 'a.jpg')).href)};
      const found = await client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: image });
      const { worker } = await client.stats();
      client.close();
      console.log(JSON.stringify([text, found.bytes, worker]));`;
    expect(await run(code)).toEqual(['{}', 5, false]);
  });

  test('a trap of the engine rejects its call, and the next one has a new engine', async () => {
    const code = `
      const { createClient } = await import('visavis');
      const seen = [];
      process.on('uncaughtException', (error) => seen.push(error.name));
      const client = await createClient();
      const search = (url) => client.searchMediaByFace({ FaceSearchToken: 't', PersonImageUrl: url });
      const crash = await search('https://a.example/trap').catch((error) => error.code);
      const { bytes } = await search('data:,abc');
      const { restarts } = await client.stats();
      client.close();
      console.log(JSON.stringify([crash, bytes, restarts, seen]));`;
    expect(await run(code)).toEqual(['EngineCrashed', 3, 1, ['RuntimeError']]);
  });

  test('an exception that is not the engine\'s ends the program, as without it', async () => {
    const code = `
      const { createClient } = await import('visavis');
      await createClient();
      setTimeout(() => { throw new Error('mine'); });`;
    await expect(run(code)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Error: mine') });
  });

  test('refuses what there is only in browsers, by name', async () => {
    const code = `
      const { createClient } = await import('visavis');
      const parameters = [];
      for (const options of [{ worker: true }, { persist: true }, null, { tokenLifetimeMs: 0 }]) {
        await createClient(options).catch((error) => parameters.push(error.code + ' ' + error.parameter));
      }
      console.log(JSON.stringify(parameters));`;
    expect(await run(code)).toEqual([
      'InvalidParameter worker',
      'InvalidParameter persist',
      'InvalidParameter options',
      'InvalidParameter tokenLifetimeMs',
    ]);
  });

  test('the entry for service workers starts without importing anything later', async () => {
    const code = `
      const { createClient } = await import('visavis/service-worker');
      const { fetchFiles } = await import('./dist/node-fetch.js');
      const client = await createClient({ fetch: fetchFiles, worker: true });
      console.log(JSON.stringify([client.closed, (await client.stats()).worker]));`;
    expect(await run(code)).toEqual([false, false]);
  });
});

describe('the example server', () => {
  let running: ChildProcess;
  let address = '';

  beforeAll(async () => {
    running = spawn(process.execPath, [server, '--library', library, '--own', 'mine', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => running.stdout?.once('data', (data) => resolve(String(data))));
    expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    address = line.slice('listening on '.length).trim();
  });

  afterAll(() => void running.kill('SIGKILL'));

  test.each(['file', 'data', 'http'])('takes %s URLs for images', async (scheme) => {
    const urls: Record<string, string> = {
      file: pathToFileURL(join(library, 'a.jpg')).href,
      data: 'data:image/jpeg;base64,YWJjZGU=',
      http: `${address}/?Action=Nothing`,
    };
    const body = new URLSearchParams({ Action: 'SearchMediaByFace', FaceSearchToken: 't', PersonImageUrl: urls[scheme] ?? '' });
    const response = await fetch(`${address}/`, { method: 'POST', body });
    const answer = await response.json();
    if (scheme === 'http') expect(answer).toMatchObject({ Code: 'DownloadFailed', Message: expect.stringContaining('answered 404') });
    else expect(answer).toEqual({ RequestId: 'R-1', bytes: 5 });
  });

  test('answers the REST form, and errors with their status', async () => {
    const faces = await fetch(`${address}/green/sface/faces`, { method: 'POST', body: '{"personId":"p"}' });
    expect(await faces.json()).toMatchObject({ operation: 'GetFaces', request: { personId: 'p' }, options: ['nowMs'] });
    const missing = await fetch(`${address}/?Action=SearchMediaByFace`);
    expect(missing.status).toBe(400);
    expect(await missing.json()).toMatchObject({ Code: 'MissingFaceSearchToken', RequestId: 'R-9', HostId: address.slice('http://'.length) });
  });

  test('refuses pages of other origins, and names that were made to point here', async () => {
    const status = (headers: Record<string, string>, path = '/?Action=GetTask'): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${address}${path}`, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject).end();
      });
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: address })).toBe(200);
    // Pictures, links and forms by GET come without an origin.
    for (const site of ['cross-site', 'same-site']) {
      expect(await status({ 'sec-fetch-site': site })).toBe(403);
      expect(await status({ 'sec-fetch-site': site }, '/library/covers/a.jpg')).toBe(403);
    }
    for (const site of ['same-origin', 'none']) expect(await status({ 'sec-fetch-site': site })).toBe(200);
    const refused = await fetch(`${address}/?Action=GetTask`, { headers: { origin: 'https://evil.example' } });
    const body = (await refused.json()) as object;
    expect(body).toMatchObject({ HostId: address.slice('http://'.length), Code: 'AccessDenied', Message: expect.stringContaining('127.0.0.1') });
    expect(body).toHaveProperty('RequestId', refused.headers.get('x-acs-request-id'));
  });

  test('changes nothing by GET, and survives a crash of the engine', async () => {
    expect((await fetch(`${address}/?Action=AddPerson&personId=p`)).status).toBe(405);
    const crashed = await fetch(`${address}/?Action=SearchMediaByFace&FaceSearchToken=t&PersonImageUrl=https%3A%2F%2Fa.example%2Ftrap`);
    expect(crashed.status).toBe(500);
    expect(await crashed.json()).toMatchObject({ Code: 'EngineCrashed' });
    expect((await fetch(`${address}/?Action=GetTask`)).status).toBe(200);
  });

  test('refuses a body above 8 MB and goes on', async () => {
    const response = await fetch(`${address}/green/sface/faces`, { method: 'POST', body: 'a'.repeat(9 << 20) }).catch(() => undefined);
    if (response !== undefined) expect(response.status).toBe(413);
    expect((await fetch(`${address}/?Action=GetTask`)).status).toBe(200);
  });

  test('stops when it is told to', async () => {
    const ended = new Promise((resolve) => running.once('exit', (code) => resolve(code)));
    running.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test.each([
    [[], '--library is required'],
    [['--library', '/does/not/exist'], 'there is no such folder'],
    [['--library', copy], 'it has no library.json'],
    [['--library', library, '--port', 'x'], '--port x'],
    [['--library', library, '--port', '65536'], '--port 65536'],
    [['--library', library, '--name', ''], '--name: the name is empty'],
    [['--libary', library], "Unknown option '--libary'"],
  ])('says what is wrong with %j', async (list, words) => {
    const outcome = promisify(execFile)(process.execPath, [server, ...list]);
    await expect(outcome).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });

  test('tells how it is used', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [server, '--help']);
    expect(stdout).toContain('usage: node node-server.mjs --library DIR [--name NAME]');
  });
});
