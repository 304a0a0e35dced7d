// Static servers on 127.0.0.1, with the faults that tests need.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.avif': 'image/avif',
  '.mp4': 'video/mp4',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves folders: `mounts` is `{ '/prefix/': folder }`, the longest prefix that fits wins.
 * `/never/...` never answers; `/status/CODE` answers that status; `/sink/...` takes whatever is sent; `/gate/NAME/REST` answers what
 * `/REST` does, but not before `openGate(NAME)`. `requests` remembers all of them, with what was sent.
 *
 * @param {Record<string, string>} mounts
 * @param {{ cors?: boolean, wasmType?: string, bytesPerSecond?: number }} [options] `bytesPerSecond`: no file comes faster
 */
export async function serve(mounts, { cors = false, wasmType, bytesPerSecond } = {}) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const requests = [];
  const gates = new Map();
  let bytesSent = 0;
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://x');
    const path = decodeURIComponent(pathname);
    const entry = { method: request.method, path, query: search, body: '' };
    requests.push(entry);
    request.setEncoding('utf8').on('data', (text) => {
      entry.body += text;
    });
    if (cors) response.setHeader('access-control-allow-origin', '*');
    const gated = /^\/gate\/([^/]+)(\/.*)$/.exec(path);
    if (gated === null) answer(path, request, response);
    else void gate(gated[1]).opened.then(() => answer(gated[2], request, response));
  });
  function gate(name) {
    if (!gates.has(name)) gates.set(name, closedGate());
    return gates.get(name);
  }
  function answer(path, request, response) {
    if (path.startsWith('/never/')) return;
    if (path.startsWith('/sink/')) return request.on('end', () => end(response, 200)).resume();
    if (path.startsWith('/status/')) return end(response, Number(path.slice(8)));
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    if (prefix === undefined) return end(response, 404);
    const file = normalize(join(mounts[prefix], path.slice(prefix.length) || 'index.html'));
    if (!file.startsWith(normalize(mounts[prefix] + sep))) return end(response, 403);
    void send(file, request, response);
  }
  async function send(file, request, response) {
    try {
      const { size, mtimeMs } = await stat(file);
      const etag = `"${size}-${Math.floor(mtimeMs)}"`;
      response.setHeader('etag', etag);
      response.setHeader('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === etag) return end(response, 304);
      const type = extname(file) === '.wasm' && wasmType !== undefined ? wasmType : (TYPES[extname(file)] ?? 'application/octet-stream');
      response.writeHead(200, { 'content-type': type, 'content-length': size });
      bytesSent += size;
      if (bytesPerSecond === undefined) createReadStream(file).pipe(response);
      else await trickle(createReadStream(file, { highWaterMark: Math.ceil(bytesPerSecond / 10) }), response);
    } catch {
      end(response, 404);
    }
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    bytesSent: () => bytesSent,
    openGate: (name) => gate(name).open(),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Ten pieces a second. */
async function trickle(file, response) {
  for await (const piece of file) {
    response.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  response.end();
}

function end(response, status) {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(status === 304 ? undefined : String(status));
}

function closedGate() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
