/**
 * Notifications of tasks that are done: to the page's functions, as an event, over BroadcastChannels, and to a URL that the page allowed.
 */

import { VisavisError, describe } from './errors.js';
import type { Warn } from './state.js';
import type { TaskNotification } from './types.js';

/** The name of the event on `globalThis`; its `detail` is the message. */
export const TASK_EVENT = 'visavis:task';

/** A notification as the engine gives it with the last source of a task. */
export interface Notification {
  Targets: { ExtendedMessageURI?: string; Topics: string[] };
  Message: TaskNotification;
}

/** Who wants to be told, and how. */
export interface NotifyContext {
  listeners: (((message: TaskNotification) => void) | undefined)[];
  /** URLs to which messages may be sent, to the letter. */
  urls: readonly string[];
  fetch: typeof fetch;
  warn: Warn;
}

/** Tells everybody. What their functions throw is their own affair. */
export async function notify({ Targets, Message }: Notification, context: NotifyContext): Promise<void> {
  for (const listener of context.listeners) guarded(() => listener?.(Message));
  guarded(() => dispatch(Message));
  for (const topic of Targets.Topics) guarded(() => broadcast(topic, Message));
  const url = Targets.ExtendedMessageURI;
  if (url === undefined || url === '') return;
  if (!context.urls.includes(url)) {
    return context.warn(notSent(url, 'the client option notificationUrls does not hold exactly this URL'));
  }
  try {
    // Not as a method of the context: the browser's own `fetch` refuses that.
    const { fetch } = context;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Message),
      credentials: 'omit',
      // The URL that was allowed must not pass the message on to another one.
      redirect: 'error',
    });
    if (!response.ok) context.warn(notSent(url, `the server answered ${response.status}`));
  } catch (error) {
    context.warn(notSent(url, describe(error)));
  }
}

function dispatch(message: TaskNotification): void {
  if (typeof globalThis.dispatchEvent !== 'function' || typeof CustomEvent !== 'function') return;
  globalThis.dispatchEvent(new CustomEvent(TASK_EVENT, { detail: message }));
}

function broadcast(topic: string, message: TaskNotification): void {
  if (typeof BroadcastChannel !== 'function' || topic === '') return;
  const channel = new BroadcastChannel(topic);
  channel.postMessage(message);
  channel.close();
}

function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    globalThis.reportError?.(error);
  }
}

function notSent(url: string, reason: string): VisavisError {
  return new VisavisError({ code: 'NotificationNotSent', message: `ExtendedMessageURI ${url.slice(0, 80)}: nothing was sent: ${reason}` });
}
