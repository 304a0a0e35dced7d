// A service worker that answers the vendor's HTTP protocol, so that a page, or an SDK in it, can simply fetch.
//
// Served as it is: package/dist beside this folder as ../../dist (as it lies in the package). With a bundler: 'visavis/service-worker'.
import { createClient } from '../../dist/service-worker.js';

/** Where the library is: made with `visavis index PHOTOS --out library`, and served beside this file. */
const LIBRARIES = [{ name: 'library', url: new URL('library/', self.location.href) }];

let client;

/** The client, when it is first needed: browsers end service workers that have nothing to do, and start them again. */
function started() {
  client ??= createClient({ libraries: LIBRARIES, persist: true }).catch((error) => {
    client = undefined;
    throw error;
  });
  return client;
}

/** Whether a request is of the protocol; the others go to the network. */
function isForVisavis(request) {
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return false;
  return url.searchParams.has('Action') || request.headers.has('x-acs-action') || url.pathname.includes('/green/sface/');
}

async function answer(request) {
  try {
    return await (await started()).handle(request);
  } catch (error) {
    const body = { RequestId: error.requestId, HostId: self.location.host, Code: error.code ?? 'InternalError', Message: error.message };
    return Response.json(body, { status: 500 });
  }
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (isForVisavis(event.request)) event.respondWith(answer(event.request));
});
