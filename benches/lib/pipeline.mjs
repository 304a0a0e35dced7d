/** Goal 2: from a JPEG's bytes to faces with embeddings, one face and a group, on one thread. */
import { keep, photoUrls, photos } from './host.mjs';
import { fixed, printTable } from './table.mjs';

/** At most so much of the time of onnxruntime-web by hand, and of human, is wanted. */
const WANTED = { 'onnxruntime-web, same input': 0.6, human: 1 / 3 };
/** How near ours must be to the pipeline by hand, which decodes and scales by the browser's own ways. */
const AGREES = { worstIou: 0.75, medianCosine: 0.95 };

/** Runs the comparison and prints it. Fails where faces are missing or not the same. */
export async function pipeline(host, { runs }) {
  const { call, close } = await host.page('pipeline.js');
  const names = await call('prepare');
  const results = [];
  const problems = [];
  for (const [at, { name, faces: wanted }] of photos().entries()) {
    const { times, faces, agreement } = await call('compare', { url: photoUrls()[at], runs });
    results.push({ photo: name, agreement, rows: names.map((peer) => ({ peer, faces: faces[peer], ...times[peer], ours: times.visavis.medianMs / times[peer].medianMs })) });
    const most = Math.max(...Object.values(faces));
    if (faces.visavis < wanted || faces.visavis < most) problems.push(`${name}: ${faces.visavis} faces, of ${wanted}, others find up to ${most}`);
    if (faces['onnxruntime-web'] !== faces.visavis) problems.push(`${name}: ours finds ${faces.visavis} faces, the same models by hand ${faces['onnxruntime-web']}`);
    for (const [key, least] of Object.entries(AGREES)) {
      if (!(agreement[key] >= least)) problems.push(`${name}: ${key} is ${agreement[key]}, less than ${least}`);
    }
  }
  const memory = await call('memory', { url: photoUrls()[0], searches: runs < 20 ? 100 : 1000 });
  if (memory.after > memory.before) problems.push(`memory grew from ${memory.before} to ${memory.after} bytes in ${memory.searches} photos`);
  await close();
  for (const { photo, agreement, rows } of results) {
    printTable(
      `photo to faces: ${photo}, Chromium ${host.version}, one thread, ${runs} runs in turn (against the same models by hand: boxes overlap by ${fixed(agreement.worstIou, 2)} at least, cosine ${fixed(agreement.medianCosine, 3)} in the median, ${fixed(agreement.worstCosine, 3)} at least)`,
      ['pipeline', 'faces', 'min ms', 'median ms', 'ours is x', 'wanted'],
      rows.map(({ peer, faces, minMs, medianMs, ours }) => [peer, faces, fixed(minMs), fixed(medianMs), fixed(ours, 2), WANTED[peer] === undefined ? '' : fixed(WANTED[peer], 2)]),
    );
  }
  console.log(`memory of the engine: ${memory.before} bytes before ${memory.searches} photos, ${memory.after} after`);
  keep('pipeline', { chromium: host.version, runs, photos: results, memory });
  if (problems.length > 0) throw new Error(problems.join('; '));
}
