/** `fetch` that reads `file:` URLs too: Node's own does not. */

import { constants, open } from 'node:fs/promises';

/** Larger files are refused, in bytes; so are photos of any other address. */
const FILE_LIMIT_BYTES = 512 * 1024 * 1024;

/**
 * As the global `fetch`. A file that is not there, or a folder, is answered with 404; one that may not be read, or is no file but a device
 * or a pipe, with 403; one above 512 MiB with 413.
 */
export const fetchFiles: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!/^file:/i.test(url)) return fetch(input, init);
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  signal?.throwIfAborted();
  try {
    return await readFile(new URL(url), signal);
  } catch (error) {
    signal?.throwIfAborted();
    return refusal(STATUS[(error as { code?: string }).code ?? ''] ?? 500);
  }
};

async function readFile(url: URL, signal: AbortSignal | undefined): Promise<Response> {
  // A pipe to which nobody writes would never open otherwise; Windows has neither such pipes nor the flag.
  const file = await open(url, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return refusal(stats.isDirectory() ? 404 : 403);
    if (stats.size > FILE_LIMIT_BYTES) return refusal(413);
    // Files without a size that have contents are of the system, and may be endless.
    const bytes = stats.size === 0 ? new Uint8Array() : await file.readFile(signal === undefined ? {} : { signal });
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-length': String(bytes.byteLength) } });
  } finally {
    await file.close();
  }
}

function refusal(status: number): Response {
  return new Response(null, { status });
}

/** Of Node's error codes. */
const STATUS: Readonly<Record<string, number>> = { ENOENT: 404, ENOTDIR: 404, EISDIR: 404, EACCES: 403, EPERM: 403, ENXIO: 403 };
