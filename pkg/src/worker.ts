/**
 * The module worker in which the engine runs by default. It has no interface of its own: `createClient` starts it.
 */

import { Host } from './host.js';
import type { ToHost } from './protocol.js';

/** The part of the worker's global scope that is used here. */
interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToHost>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new Host((message) => scope.postMessage(message));
scope.addEventListener('message', (event) => host.receive(event.data));
