// The page knows nothing of visavis: it sends requests of the vendor's HTTP protocol, and the service worker answers them.

const output = document.getElementById('answer');

async function start() {
  await navigator.serviceWorker.register('sw.js', { type: 'module' });
  await navigator.serviceWorker.ready;
  // The first visit: the service worker takes the page over (clients.claim) in a moment.
  if (navigator.serviceWorker.controller === null) {
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  }
  output.textContent = 'ready';
}

/** A file as a data URL, which is what a request can hold. */
function dataUrlOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

document.getElementById('search').addEventListener('submit', async (event) => {
  event.preventDefault();
  output.textContent = 'searching …';
  const photo = new FormData(event.target).get('photo');
  const body = new URLSearchParams({ FaceSearchToken: crypto.randomUUID(), PersonImageUrl: await dataUrlOf(photo) });
  const response = await fetch('./?Action=SearchMediaByFace', { method: 'POST', body });
  output.textContent = JSON.stringify(await response.json(), null, 2);
});

start().catch((error) => {
  output.textContent = `${error}`;
});
