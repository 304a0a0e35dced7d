/**
 * The module worker in which the engine runs by default. It has no interface of its own: `createClient` starts it.
 */

import { Host } from './host.js';
import type { FromHost, ToHost } from './protocol.js';

/** The part of the worker's global scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror', listener: (event: MessageEvent<ToHost>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new Host((message) => scope.postMessage(message, tablesOf(message)));
scope.addEventListener('message', (event) => host.receive(event.data));
// Only a compiled module can be one that this worker may not have, under some policies of isolation: it is compiled here then.
scope.addEventListener('messageerror', () => host.receive({ kind: 'module' }));

/** Smaller ones are copied: browsers compare each buffer that is handed over with all others. */
const LARGE_BYTES = 256 * 1024;

/** The buffers of large records, which the engine made for this message: they are handed over, not copied. */
function tablesOf(message: FromHost): Transferable[] {
  const changes = 'changes' in message ? (message.changes ?? []) : [];
  const buffers = changes.flatMap(({ value }) => (value !== undefined && value.byteLength >= LARGE_BYTES ? [value.buffer as ArrayBuffer] : []));
  return [...new Set(buffers)];
}
