/** What is used of Node, so that the package's types need none of Node's. */
declare module 'node:fs/promises' {
  export const constants: { O_RDONLY: number; O_NONBLOCK?: number };
  export function open(path: URL, flags: number): Promise<FileHandle>;
  export interface FileHandle {
    stat(): Promise<{ size: number; isFile(): boolean; isDirectory(): boolean }>;
    readFile(options: { signal?: AbortSignal }): Promise<Uint8Array>;
    close(): Promise<void>;
  }
}
