/** The page: a photo comes in, its faces are shown, the chosen one is searched for. Nothing of it leaves the page. */

import type { Client, DetectResult } from 'visavis';
import { VisavisError, createClient } from 'visavis';
import { byId, countText, make } from './dom.js';
import { showDownloadSummary, showProgress } from './downloads.js';
import { clearResults, showResults } from './results.js';
import { hidePhoto, markFace, showFaces, showPhoto, stopWaiting } from './stage.js';

/** Names of the photos in queries/, filled in by vite.config.js. */
declare const __QUERIES__: string[];

const PAGE_SIZE = 24;

const status = byId('status');
const problem = byId('problem');
const input = byId<HTMLInputElement>('file');
const drop = byId('drop');

/** Ends everything that belongs to the photo before. */
let photoWork = new AbortController();
/** Ends the search for the face before. */
let faceWork = new AbortController();
let photos = 0;
/** Face-search tokens of the photo that is shown. */
const tokens: string[] = [];

const client = start();

/** Downloads the engine and the models, then the library, while the visitor still chooses a photo. */
async function start(): Promise<Client> {
  const started = await createClient({ libraries: [{ name: 'gallery', url: './library/' }], onProgress: showProgress });
  started
    .openLibrary()
    .then(() => showDownloadSummary(started))
    .catch(showProblem);
  return started;
}

async function takePhoto(photo: Blob, name: string): Promise<void> {
  photoWork.abort();
  faceWork.abort();
  photoWork = new AbortController();
  photos += 1;
  forgetTokens();
  clearResults();
  hideProblem();
  showPhoto(photo, name);
  status.textContent = 'Looking for faces …';
  try {
    await findFaces(photo, `photo-${photos}`, photoWork.signal);
  } catch (error) {
    showProblem(error);
  }
}

/** The engine need not keep the embeddings of photos that are gone. */
function forgetTokens(): void {
  for (const token of tokens.splice(0)) client.then((engine) => engine.forget(token)).catch(() => undefined);
}

async function findFaces(photo: Blob, token: string, signal: AbortSignal): Promise<void> {
  const engine = await client;
  const found: DetectResult = await engine.detectFaces(photo, { signal });
  if (signal.aborted) return;
  if (found.faces.length === 0) {
    stopWaiting();
    status.textContent = '';
    tell('No face was found in this photo. Use one in which a face is clearly visible.');
    return;
  }
  const choose = (index: number): void => {
    markFace(index);
    void search(engine, photo, `${token}-face-${index}`, index).catch(showProblem);
  };
  showFaces(found, choose);
  const size = found.faces.length;
  status.textContent = size === 1 ? '1 face was found.' : `${countText(size, 'face')} were found. Press another one to search for it.`;
  choose(0);
}

async function search(engine: Client, photo: Blob, token: string, faceIndex: number): Promise<void> {
  faceWork.abort();
  faceWork = new AbortController();
  const { signal } = faceWork;
  clearResults();
  hideProblem();
  tokens.push(token);
  const options = { scores: true, faceIndex, signal };
  const page = async (PageNo: number): Promise<void> => {
    const image = PageNo === 1 ? { PersonImageUrl: photo } : {};
    const response = await engine.searchMediaByFace({ FaceSearchToken: token, ...image, PageNo, PageSize: PAGE_SIZE }, options);
    if (!signal.aborted) showResults(response, () => void page(PageNo + 1).catch(showProblem));
  };
  await page(1);
  await showDownloadSummary(engine);
}

function showProblem(error: unknown): void {
  if (error instanceof VisavisError && error.code === 'Aborted') return;
  stopWaiting();
  status.textContent = '';
  if (error instanceof VisavisError && error.code.startsWith('Image')) hidePhoto();
  tell(sentence(error));
}

/** What went wrong, in a sentence. */
function sentence(error: unknown): string {
  if (!(error instanceof VisavisError)) return `Something unexpected happened: ${String(error)}`;
  switch (error.code) {
    case 'LibraryNotFound':
      return `There is no library here yet. Make one with "visavis index". (${error.message})`;
    case 'FaceTooSmall':
      return `This face is too small to be recognised. ${error.message}.`;
    case 'DownloadBlocked':
      return `Something that is needed could not be downloaded, and there is no copy of it here. Is there a network? (${error.message})`;
    default:
      return `${error.message}.`;
  }
}

function tell(text: string): void {
  problem.textContent = text;
  problem.hidden = false;
}

function hideProblem(): void {
  problem.hidden = true;
  problem.textContent = '';
}

function firstImage(data: DataTransfer | null): File | undefined {
  const files = [...(data?.files ?? [])];
  return files.find((file) => file.type.startsWith('image/')) ?? files[0];
}

function listen(): void {
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) void takePhoto(file, file.name);
    // The same file can be chosen again.
    input.value = '';
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const file = firstImage(event.dataTransfer);
    if (file !== undefined) void takePhoto(file, file.name);
  });
  document.addEventListener('paste', (event) => {
    const file = firstImage(event.clipboardData);
    if (file === undefined) return;
    event.preventDefault();
    void takePhoto(file, file.name);
  });
}

function listSamples(): void {
  const buttons = __QUERIES__.map((name) => {
    const url = `./queries/${encodeURIComponent(name)}`;
    const label = sampleLabel(name);
    const image = make('img', { src: url, alt: label, width: 84, height: 84, loading: 'lazy' });
    const button = make('button', { type: 'button', title: label }, image);
    button.addEventListener('click', () => void takeSample(url, name));
    return button;
  });
  byId('sample-list').append(...buttons);
  byId('samples').hidden = buttons.length === 0;
}

/** `joe_biden_rendition.jpg`: "Joe Biden"; files of people who are not in the gallery begin with `stranger_`. */
function sampleLabel(name: string): string {
  const words = name.replace(/\.\w+$/, '').split(/[-_]+/);
  const person = words.filter((word) => word !== 'stranger' && word !== 'rendition').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.includes('stranger') ? `${person.join(' ')} (not in the gallery)` : person.join(' ');
}

async function takeSample(url: string, name: string): Promise<void> {
  // The photo that was chosen last is the one that counts, not the one that arrives last.
  photoWork.abort();
  photoWork = new AbortController();
  const { signal } = photoWork;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
    const photo = await response.blob();
    if (!signal.aborted) await takePhoto(photo, name);
  } catch (error) {
    if (!signal.aborted) showProblem(error);
  }
}

listen();
listSamples();
client.catch(showProblem);
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without it the page works too, only not offline.
  navigator.serviceWorker.register('./sw.js').catch((error: unknown) => console.info('no service worker:', error));
}
