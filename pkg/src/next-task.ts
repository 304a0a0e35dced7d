/**
 * Ends the task of this thread and goes on in the next one, so that a page can paint and take presses in between, such as one that aborts. A
 * message, since timers wait for milliseconds.
 */
export function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
