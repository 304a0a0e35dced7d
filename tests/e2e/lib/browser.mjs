// Headless Chromium.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

const KNOWN_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function options(more = []) {
  const executablePath = process.env.VISAVIS_CHROMIUM ?? KNOWN_PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error('no Chromium was found; install it (apt-get install chromium) or set VISAVIS_CHROMIUM to it');
  }
  return { executablePath, headless: true, args: [...ARGUMENTS, ...more] };
}

/** A browser with new profiles only. `more` are further arguments. */
export const launch = (more) => chromium.launch(options(more));

/** A browser whose one profile is kept in a folder. */
export const launchWithProfile = (folder) => chromium.launchPersistentContext(folder, options());

/**
 * A page that remembers what it complained about: errors in the console and errors that nobody caught.
 * `expected` are patterns of complaints that belong to the test.
 */
export async function watchedPage(context, expected = []) {
  const page = await context.newPage();
  const complaints = [];
  const note = (text) => expected.some((pattern) => pattern.test(text)) || complaints.push(text);
  page.on('console', (message) => message.type() === 'error' && note(`${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => note(String(error)));
  page.on('crash', () => note('the page crashed'));
  return { page, complaints };
}
