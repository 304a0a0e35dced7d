/** The app: the frame at once, the engine when it is painted. */

import { render } from 'preact';
import { App } from './App.js';
import { client } from './app/engine.js';
import { watchRequests } from './app/requests.js';
import { listenForFiles } from './app/files.js';

watchRequests();
listenForFiles();

const root = document.getElementById('app');
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}

// First paint does not wait for the engine: it is started in the frame after.
requestAnimationFrame(() => setTimeout(() => void client().catch(() => undefined)));

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => void navigator.serviceWorker.register('./sw.js').catch(() => undefined));
}
