/** Files that are dropped or pasted anywhere in the app: what becomes of them depends on the view. */

import { signal } from '@preact/signals';
import { route } from './router.js';
import { notePhoto } from './requests.js';
import { awaitPhoto, clearPhoto, problem, status, takePhoto } from './search.js';
import { mayFetch, placesText } from './config.js';
import { t } from '../text/index.js';

/** Whether something is being dragged over the page. */
export const dragging = signal(false);
/** More files than a search takes, of which the first was taken. */
export const surplus = signal<readonly File[]>([]);
/** Who takes files in place of the search, while a view is shown. */
let taker: ((transfer: DataTransfer) => void) | undefined;

/** Files that come while the caller's view is shown are its own. Answers how that ends. */
export function takeFiles(take: (transfer: DataTransfer) => void): () => void {
  taker = take;
  return () => {
    if (taker === take) taker = undefined;
  };
}

/** Listens from now on. */
export function listenForFiles(): void {
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.some((type) => type === 'Files' || type === 'text/uri-list')) return;
    event.preventDefault();
    dragging.value = true;
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) dragging.value = false;
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    dragging.value = false;
    if (event.dataTransfer !== null) take(event.dataTransfer);
  });
  addEventListener('paste', (event) => {
    const { target, clipboardData } = event;
    const typing = target instanceof HTMLElement && target.matches('input:not([type=file]), textarea');
    if (clipboardData === null || (typing && clipboardData.files.length === 0)) return;
    take(clipboardData);
  });
}

function take(transfer: DataTransfer): void {
  if (taker !== undefined) return taker(transfer);
  if (route.peek().view !== 'search') return;
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  // Browsers list folders among the files.
  const files = [...transfer.files].filter((_, index) => items[index]?.webkitGetAsEntry()?.isDirectory !== true);
  if (files.length > 0) return takePhotos(files);
  if (items.length > 0) return tell(t('search.folder'));
  const address = transfer.getData('text/uri-list').split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? transfer.getData('text/plain');
  if (/^https?:\/\//i.test(address.trim())) void takeAddress(address.trim());
}

/** Searches with the first picture of some files; the others are offered to the library. */
export function takePhotos(files: readonly File[]): void {
  // What has no type may still be a picture: the engine looks at the contents.
  const picture = files.find(({ type }) => type.startsWith('image/')) ?? files.find(({ type }) => type === '');
  surplus.value = files.length > 1 ? files : [];
  if (picture !== undefined) void takePhoto(picture, picture.name);
  else if (files.length === 1 && files[0] !== undefined) void takePhoto(files[0], files[0].name);
  else tell(t('search.noImage'));
}

/** Fetches a photo from an address and searches with it, unless another one is chosen meanwhile. */
export async function takeAddress(text: string, isSample = false): Promise<void> {
  surplus.value = [];
  let url: URL;
  try {
    url = new URL(text, document.baseURI);
  } catch {
    return tell(t('problem.badUrl'));
  }
  if (!mayFetch(url.href)) return tell(t('problem.policy', { place: url.host || url.protocol, places: placesText() }));
  if (!isSample) notePhoto(url.href);
  const signal = awaitPhoto();
  try {
    const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', signal });
    if (!response.ok) return tell(t('problem.failed', { message: `${response.status} ${response.statusText}`.trim() }));
    await takePhoto(await response.blob(), nameOf(url));
  } catch (error) {
    if (!signal.aborted) tell(t('problem.blocked', { message: error instanceof Error ? error.message : String(error) }));
  }
}

/** What the file at an address is called. */
function nameOf({ pathname, host }: URL): string {
  const name = pathname.split('/').at(-1) || host;
  try {
    return decodeURIComponent(name);
  } catch {
    // A percent sign that encodes nothing is one.
    return name;
  }
}

function tell(words: string): void {
  clearPhoto();
  problem.value = words;
  status.value = 'failed';
}
