/** `fetch` that reads `file:` URLs too: Node's own does not. */

import { readFile } from 'node:fs/promises';

/** As the global `fetch`. A file that is not there is answered with 404, one that may not be read with 403. */
export const fetchFiles: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!/^file:/i.test(url)) return fetch(input, init);
  init?.signal?.throwIfAborted();
  try {
    const bytes = await readFile(new URL(url));
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-length': String(bytes.byteLength) } });
  } catch (error) {
    return new Response(null, { status: STATUS[(error as { code?: string }).code ?? ''] ?? 500 });
  }
};

/** Of Node's error codes. */
const STATUS: Readonly<Record<string, number>> = { ENOENT: 404, ENOTDIR: 404, EISDIR: 404, EACCES: 403, EPERM: 403 };
