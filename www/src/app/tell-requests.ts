/** Tells the page of every request that its worker makes, for the privacy panel: a page cannot see the requests of its workers otherwise. */

import { CHANNEL, told, watchSendings } from './requests-told.js';

const channel = new BroadcastChannel(CHANNEL);
watchSendings((sending) => channel.postMessage(sending));
new PerformanceObserver((list) => {
  channel.postMessage(list.getEntries().map((entry) => told(entry as PerformanceResourceTiming)));
}).observe({ type: 'resource', buffered: true });
