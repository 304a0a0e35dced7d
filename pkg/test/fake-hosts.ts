/** A host that answers as a test says, in the place of worker and engine. */

import type { Connect, LinkListener } from '../src/link.js';
import type { FromHost, HostConfig, HostMethods, ToHost } from '../src/protocol.js';

export const config: HostConfig = { build: 'simd', libraries: [], cache: false, timeoutMs: 1000, maxPixels: 1000 };

export type Call = Extract<ToHost, { kind: 'call' }>;

/** The arguments of an operation. */
export type OperateCall = HostMethods['operate'];

/** Each start of an engine is one of `hosts`. */
export class FakeHosts {
  readonly hosts: { messages: ToHost[]; ended: boolean; tell: (message: FromHost) => void; listener: LinkListener }[] = [];
  answer: (call: Call, tell: (message: FromHost) => void) => void | Promise<void> = () => undefined;
  onStart: (tell: (message: FromHost) => void) => void = (tell) => tell({ kind: 'started' });

  readonly connect: Connect = (listener) => {
    const host = { messages: [] as ToHost[], ended: false, tell: (message: FromHost) => listener.onMessage(message), listener };
    this.hosts.push(host);
    return {
      crossesThreads: true,
      post: (message) => {
        host.messages.push(message);
        queueMicrotask(() => {
          if (host.ended) return;
          if (message.kind === 'start') this.onStart(host.tell);
          if (message.kind === 'call') void this.answer(message, host.tell);
        });
      },
      terminate: () => {
        host.ended = true;
      },
    };
  };

  calls(host: number): string[] {
    return (this.hosts[host]?.messages ?? []).flatMap((message) => (message.kind === 'call' ? [message.method] : []));
  }

  /** The operations that the engine was asked for. */
  operations(host: number): OperateCall[] {
    const calls = (this.hosts[host]?.messages ?? []).filter((message) => message.kind === 'call');
    return calls.filter((call) => call.method === 'operate').map((call) => call.args);
  }
}
