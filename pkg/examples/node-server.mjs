#!/usr/bin/env node
// A server that speaks the vendor's HTTP protocol, for its unmodified SDKs: answers come from visavis, on this machine.
//
// It listens on 127.0.0.1 only, and looks at no keys or signatures: whoever can reach the port may ask, and name files of this machine as
// images. Requests that a web page sends from another origin are refused.
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from 'visavis';

const HELP = `usage: node node-server.mjs --library DIR [--name NAME] [--own NAME] [--port N]

  --library DIR  the folder of library.json, as made by: visavis index PHOTOS --out DIR
  --name NAME    its name in requests (SearchLibName, DatasetName); default: the folder's name
  --own NAME     a second library, empty at first and in memory, to which persons can be added
  --port N       default 8787; 0: any that is free
  --help         this text`;

/** Where the library's pictures are served. */
const PICTURES = '/library/';
/** The longest head of a request: a photo in an address is some megabytes long. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

const OPTIONS = {
  library: { type: 'string' },
  name: { type: 'string' },
  own: { type: 'string' },
  port: { type: 'string', default: '8787' },
  help: { type: 'boolean', default: false },
};

/** The checked arguments; ends the program where there is something to say about them. */
function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({ options: OPTIONS }));
  } catch (error) {
    stop(2, `${error.message}\n\n${HELP}`);
  }
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  if (values.library === undefined) stop(2, `--library is required\n\n${HELP}`);
  const folder = resolve(values.library);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) stop(2, `--library ${values.library}: there is no such folder`);
  if (!existsSync(join(folder, 'library.json'))) {
    stop(2, `--library ${values.library}: it has no library.json; make one with: visavis index PHOTOS --out ${values.library}`);
  }
  for (const option of ['name', 'own']) {
    if (values[option] === '') stop(2, `--${option}: the name is empty`);
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) stop(2, `--port ${values.port}: expected a number from 0 to 65535`);
  return { folder, name: values.name ?? basename(folder), own: values.own, port };
}

function stop(code, message) {
  console.error(`visavis: ${message}`);
  process.exit(code);
}

/** Pages of other origins, and names that were made to point here, must not use this server with a visitor's browser. */
function isForeign({ host = '', origin, 'sec-fetch-site': site = 'none' }) {
  const name = host.replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost'].includes(name)) return true;
  // Browsers send no origin with a page's pictures, links and forms by GET, but say where those come from.
  return (origin !== undefined && origin !== `http://${host}`) || !['same-origin', 'none'].includes(site);
}

/** A trap of WebAssembly: running out of stack or memory is a RangeError, and may be of JavaScript too. */
function isTrap(thrown) {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof RangeError && /call stack|memory/i.test(thrown.message) && /wasm/.test(thrown.stack ?? '');
}

/** A request of node:http as the standard one; `undefined`, which `handle` answers as an error, for a method or an address that it cannot have. */
function toRequest(incoming, signal) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const hasBody = !['GET', 'HEAD'].includes(incoming.method);
  // An address such as `//x` must not be read as one of another host.
  const url = `http://${incoming.headers.host}${incoming.url.startsWith('/') ? incoming.url : '/'}`;
  try {
    return new Request(url, {
      method: incoming.method,
      headers,
      signal,
      ...(hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {}),
    });
  } catch {
    return undefined;
  }
}

/** The pictures of the library, whose addresses stand in responses; no other file of the folder is given away. */
async function sendPicture(folder, path, outgoing) {
  const picture = /^(?:covers|faces)\/[\w-]+\.jpg$/.test(path) ? await readFile(join(folder, path)).catch(() => undefined) : undefined;
  if (picture === undefined) outgoing.writeHead(404).end();
  else outgoing.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': picture.length }).end(picture);
}

async function answer(client, incoming, outgoing) {
  if (isForeign(incoming.headers)) {
    const Message = 'requests are answered for 127.0.0.1 and localhost only, and not for pages of other origins';
    const body = { RequestId: randomUUID(), HostId: incoming.headers.host ?? '', Code: 'AccessDenied', Message };
    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-acs-request-id': body.RequestId, connection: 'close' };
    outgoing.writeHead(403, headers).end(JSON.stringify(body));
    return;
  }
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  const response = await client.handle(toRequest(incoming, gone.signal));
  // What is left of a body that was too large is not waited for.
  const connection = response.status === 413 ? { connection: 'close' } : {};
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'content-length': body.length, ...connection });
  outgoing.end(body);
}

async function main() {
  const { folder, name, own, port } = readArguments();
  // The SDKs write every parameter into the address, a photo as a data: URL too.
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  server.on('error', (error) => stop(1, error.code === 'EADDRINUSE' ? `--port ${port}: another program listens there` : error.message));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  const library = { name, url: pathToFileURL(`${folder}/`), publicUrl: `${address}${PICTURES}` };
  const client = await createClient({ libraries: [library, ...(own === undefined ? [] : [{ name: own }])] });
  await client.openLibrary(name);
  server.on('request', (incoming, outgoing) => {
    const isPicture = incoming.method === 'GET' && incoming.url.startsWith(PICTURES) && !isForeign(incoming.headers);
    const answered = isPicture ? sendPicture(folder, incoming.url.slice(PICTURES.length), outgoing) : answer(client, incoming, outgoing);
    answered.catch((error) => {
      console.error('visavis:', error);
      outgoing.destroy();
    });
  });
  console.log(`listening on ${address}`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      client.close();
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
}

// A crash of the engine is thrown past everybody, too. The client has replaced the engine by then, and the call was rejected.
process.on('uncaughtException', (error) => {
  if (isTrap(error)) console.error(`visavis: the engine crashed and was replaced: ${error.message}`);
  else stop(1, error.stack);
});

main().catch((error) => stop(1, error.code === undefined ? error.stack : `${error.code}: ${error.message}`));
