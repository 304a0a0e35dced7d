/** The one function of Node that is used, so that the package's types need none of Node's. */
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array>;
}
