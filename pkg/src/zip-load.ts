/** zip.js, which is loaded when the first zip is imported. */

import { VisavisError, describe } from './errors.js';
import type * as Zip from './vendor/zip.js';

let loading: Promise<typeof Zip> | undefined;

/**
 * Loads it.
 *
 * @throws VisavisError `DownloadFailed` where the file of the package cannot be loaded.
 */
export async function loadZip(): Promise<typeof Zip> {
  // The literal form lets bundlers find the file, which they copy as it is.
  const url = new URL('./vendor/zip.js', import.meta.url).href;
  loading ??= import(/* @vite-ignore */ /* webpackIgnore: true */ url) as Promise<typeof Zip>;
  try {
    const zip = await loading;
    // What it would ship to a worker is a copy of bytes: there is nothing to compute but checksums, and the browser itself inflates.
    zip.configure({ useWebWorkers: false, useCompressionStream: true });
    return zip;
  } catch (error) {
    loading = undefined;
    const message = `the part of this package that reads zip files could not be loaded from ${url}: ${describe(error)}`;
    throw new VisavisError({ code: 'DownloadFailed', message, cause: error });
  }
}
