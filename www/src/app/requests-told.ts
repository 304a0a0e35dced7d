/** What the page, the engine's worker and the service worker (sw.js, which has its own copy of this) tell of requests. Has no imports. */

/** The name of the channel by which workers tell of their requests. */
export const CHANNEL = 'visavis-www-requests';

/** What a worker tells of one request; times since 1970. */
export interface ToldRequest {
  url: string;
  transferSize: number;
  size: number;
  startedMs: number;
  /** Whether the browser hides the sizes. */
  opaque: boolean;
  /** The service worker's. */
  keeper?: boolean;
}

/** A call of `fetch` and the like that sent something, or was not a GET. There should be none. */
export interface ToldSending {
  sent: { url: string; method: string };
}

/** What a timeline's entry says of a request. */
export function told(entry: PerformanceResourceTiming): ToldRequest {
  const { name, transferSize, encodedBodySize, startTime, responseStart } = entry;
  return {
    url: name,
    transferSize,
    size: encodedBodySize,
    startedMs: performance.timeOrigin + startTime,
    // Other origins without Timing-Allow-Origin hide their sizes.
    opaque: responseStart === 0 && transferSize === 0 && encodedBodySize === 0,
  };
}

/** Looks at every way by which a script can send something, and tells when one is used: the proof of the privacy panel. */
export function watchSendings(tell: (sending: ToldSending) => void): void {
  const scope = globalThis as typeof globalThis & { XMLHttpRequest?: typeof XMLHttpRequest; WebSocket?: typeof WebSocket };
  const { fetch: ask } = scope;
  scope.fetch = (input, init) => {
    const request = input instanceof Request ? input : undefined;
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    if (method !== 'GET' || (init?.body ?? request?.body ?? null) !== null) tell({ sent: { url: request?.url ?? String(input), method } });
    return ask.call(scope, input, init);
  };
  const note = (name: 'XMLHttpRequest' | 'WebSocket' | 'EventSource' | 'RTCPeerConnection' | 'WebTransport'): void => {
    const kind = (scope as Record<string, unknown>)[name];
    if (typeof kind !== 'function') return;
    (scope as Record<string, unknown>)[name] = new Proxy(kind as new (...given: unknown[]) => object, {
      construct(target, given, newTarget) {
        tell({ sent: { url: String(given[0] ?? ''), method: name } });
        return Reflect.construct(target, given, newTarget) as object;
      },
    });
  };
  note('XMLHttpRequest');
  note('WebSocket');
  note('EventSource');
  note('RTCPeerConnection');
  note('WebTransport');
  const beacon = scope.navigator?.sendBeacon as typeof navigator.sendBeacon | undefined;
  if (beacon !== undefined) {
    navigator.sendBeacon = (url, data) => {
      tell({ sent: { url: String(url), method: 'sendBeacon' } });
      return beacon.call(navigator, url, data);
    };
  }
}
