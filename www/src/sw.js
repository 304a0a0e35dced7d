// Keeps the app's own shell with its sample photos, and the pictures that were shown, so that a second visit works without a network.
// The engine, the models and the library are not its business: the visavis package keeps them.
// vite.config.js fills in the version and the list of files.

const SHELL = 'visavis-www-shell-__VERSION__';
const PICTURES = 'visavis-www-pictures';
const FILES = ["__FILES__"];
/** Pictures that are kept; the oldest go first. */
const MOST_PICTURES = 1000;

// The privacy panel shows these requests too; see src/app/requests-told.ts.
const channel = new BroadcastChannel('visavis-www-requests');
new PerformanceObserver((list) => {
  const told = list.getEntries().map(({ name, transferSize, encodedBodySize, startTime, responseStart }) => ({
    url: name,
    transferSize,
    size: encodedBodySize,
    startedMs: performance.timeOrigin + startTime,
    opaque: responseStart === 0 && transferSize === 0 && encodedBodySize === 0,
    keeper: true,
  }));
  channel.postMessage(told);
}).observe({ type: 'resource', buffered: true });

addEventListener('install', (event) => {
  // What is named by its hash is as good from the browser's own copy, which the page has just made.
  const requests = FILES.map((file) => new Request(file, { cache: file.startsWith('assets/') ? 'default' : 'no-cache' }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(requests)).then(() => skipWaiting()));
});

addEventListener('activate', (event) => {
  event.waitUntil(removeOldShells().then(() => clients.claim()));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const address = request.url.replace(/[?#].*$/, '');
  // Small pictures of libraries, also of those on other origins, which are asked for with CORS.
  if (request.destination === 'image' && request.mode !== 'no-cors' && /\/(faces|covers)\/[\w-]+\.jpg$/.test(address)) {
    event.respondWith(fromPictures(request));
    return;
  }
  if (!request.url.startsWith(registration.scope)) return;
  const path = address.slice(registration.scope.length);
  if (request.mode === 'navigate') event.respondWith(fromNetworkFirst(request));
  else if (FILES.includes(path)) event.respondWith(fromShell(request));
  else if (/(^|\/)(faces|covers)\/[\w-]+\.jpg$/.test(path)) event.respondWith(fromPictures(request));
});

async function removeOldShells() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('visavis-www-shell-') && name !== SHELL).map((name) => caches.delete(name)));
}

async function fromNetworkFirst(request) {
  const shell = await caches.open(SHELL);
  try {
    const response = await fetch(request);
    return response.ok ? response : ((await shell.match('./')) ?? response);
  } catch (error) {
    const kept = await shell.match('./');
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fromShell(request) {
  const kept = await (await caches.open(SHELL)).match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}

async function fromPictures(request) {
  const cache = await caches.open(PICTURES);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) {
    await cache.put(request, response.clone());
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_PICTURES)).map((key) => cache.delete(key)));
  }
  return response;
}
