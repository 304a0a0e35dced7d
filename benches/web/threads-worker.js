/** An engine with one model, which it runs for as long as it is asked to: answers how often in a second. */
import { init, loadModel } from '/ours/visavis-bench.mjs';

const given = new URLSearchParams(location.search);
const side = Number(given.get('side'));
const input = Float32Array.from({ length: 3 * side * side }, () => Math.random() * 255);
const ready = Promise.all([fetch(given.get('model')).then((response) => response.arrayBuffer()), init()]).then(([bytes]) => loadModel(bytes, [1, 3, side, side]));

onmessage = async ({ data }) => {
  const model = await ready;
  const begin = performance.now();
  let runs = 0;
  do {
    model.run(input);
    runs += 1;
  } while (performance.now() - begin < data.runForMs);
  postMessage((runs * 1000) / (performance.now() - begin));
};
