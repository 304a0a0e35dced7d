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

globalThis.harness = { createClient, VisavisError, outcome, bytesOf, loadedImage, canvasOf };
