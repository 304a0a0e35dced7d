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
};

/**
 * Serves folders: `mounts` is `{ '/prefix/': folder }`, the longest prefix that fits wins.
 * `/never/...` never answers; `/status/CODE` answers that status.
 *
 * @param {Record<string, string>} mounts
 * @param {{ cors?: boolean, wasmType?: string }} [options]
 */
export async function serve(mounts, { cors = false, wasmType } = {}) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const requests = [];
  let bytesSent = 0;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    requests.push({ method: request.method, path });
    if (cors) response.setHeader('access-control-allow-origin', '*');
    if (path.startsWith('/never/')) return;
    if (path.startsWith('/status/')) return end(response, Number(path.slice(8)));
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    if (prefix === undefined) return end(response, 404);
    const file = normalize(join(mounts[prefix], path.slice(prefix.length) || 'index.html'));
    if (!file.startsWith(normalize(mounts[prefix] + sep))) return end(response, 403);
    void send(file, request, response);
  });
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
      createReadStream(file).pipe(response);
    } catch {
      end(response, 404);
    }
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    bytesSent: () => bytesSent,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function end(response, status) {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(status === 304 ? undefined : String(status));
}
