/** Forgets everything of the app: what is in memory, in the origin private file system, in IndexedDB, in caches and in local storage. */

import { batch } from '@preact/signals';
import { forgetAdding } from './adding.js';
import { surplus } from './files.js';
import { clearPhoto } from './search.js';
import { chooseLibrary, client, downloads, forgetAdded, isOwn, libraries, stop, tellForgotten } from './engine.js';
import { ORIGINALS_DATABASE, forgetOriginals } from './originals.js';
import { persons } from './persons.js';
import { requests } from './requests.js';
import { config } from './config.js';
import { access, forgetSettings } from './settings.js';

/** Those of the package, named after `persist` in engine.ts, and of the app. */
const DATABASES = ['visavis:www', ORIGINALS_DATABASE];

/** Answers what could not be deleted, in words; nothing when all is gone. */
export async function forgetEverything(): Promise<string[]> {
  const failed: string[] = [];
  const attempt = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  clearPhoto();
  surplus.value = [];
  await forgetAdding();
  forgetOriginals();
  const engine = await client().catch(() => undefined);
  for (const { name } of libraries.peek().filter(isOwn)) if (engine !== undefined) await attempt(name, () => engine.deleteLibrary(name));
  await stop();
  for (const name of DATABASES) await attempt(name, () => deleteDatabase(name));
  await attempt('files', deleteFiles);
  if ('caches' in window) await attempt('caches', deleteCaches);
  await attempt('service worker', async () => (await navigator.serviceWorker?.getRegistration())?.unregister());
  batch(() => {
    persons.value = {};
    downloads.value = [];
    requests.value = [];
    forgetAdded();
    access.value = 'whole';
    chooseLibrary(config.libraries[0]?.name ?? libraries.peek()[0]?.name ?? '');
  });
  forgetSettings();
  tellForgotten();
  return failed;
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error('it could not be deleted'));
    request.onblocked = () => reject(new Error('another tab has it open; close that and try again'));
  });
}

/** What the package keeps. Other pages of the same origin may have files of their own. */
async function deleteFiles(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.();
  for await (const name of root?.keys() ?? []) if (name === 'visavis') await root?.removeEntry(name, { recursive: true });
}

async function deleteCaches(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith('visavis-'));
  await Promise.all(names.map((name) => caches.delete(name)));
}
