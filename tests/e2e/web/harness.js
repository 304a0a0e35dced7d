// A plain page that imports the built package as it is served, without a bundler, and offers it to the tests.
import { VisavisError, createClient } from '/visavis/index.js';

/** What a promise came to: `{ value }`, or `{ error }` with what the caller of the package sees. */
async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const { name, code, message, requestId, parameter } = error;
    return { error: { name, code, message, requestId, parameter, isOurs: error instanceof VisavisError && error instanceof Error } };
  }
}

async function bytesOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function loadedImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** A canvas with the picture of a URL. */
async function canvasOf(url) {
  const image = await loadedImage(url);
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas;
}

/** A file as a page gets it from its user. */
const fileOf = async (url) => new File([await bytesOf(url)], url.split('/').at(-1), { type: 'image/jpeg' });

/** What IndexedDB keeps for the clients of a name: the keys of its records and of its images. */
async function kept(name) {
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await answer(indexedDB.open(`visavis:${name}`));
  try {
    const keys = (table) => answer(database.transaction(table).objectStore(table).getAllKeys());
    return { records: await keys('records'), sources: await keys('sources') };
  } finally {
    database.close();
  }
}

globalThis.harness = { createClient, VisavisError, outcome, bytesOf, loadedImage, canvasOf, fileOf, kept };
