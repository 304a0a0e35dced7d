// Compares what was found in a film with the truth: times within 0.3 s, boxes by intersection over union. The same rules as tests/clip_maker/judge.rs.

/** How far a beginning or an end may be off, in seconds. */
export const SECONDS_OFF = 0.3;
/** What a box must have in common with the true one at least. */
const OVERLAP = 0.6;
/** The share of moments for which the truth must have a box: a truth without boxes would prove nothing. */
const COMPARED = 0.6;
/** Appearances that are nearer to each other are one: the next shot shows the same person. */
const TOUCHING_S = 0.35;

/** What is wrong with the clips that were found for one person, one sentence each; nothing when all is right. */
export function faults(truth, person, clips) {
  const occurrences = clips.flatMap((clip) => clip.OccurrencesInfos);
  const wanted = joined(truth.appearances.filter((seen) => seen.person === person).map(({ start, end }) => [start, end]));
  const found = joined(occurrences.map(({ StartTime, EndTime }) => [StartTime, EndTime]));
  const isNear = (a, b) => Math.abs(a[0] - b[0]) <= SECONDS_OFF && Math.abs(a[1] - b[1]) <= SECONDS_OFF;
  const isRight = wanted.length === found.length && wanted.every((span, at) => isNear(span, found[at]));
  const late = isRight ? [] : [`${person} is seen at ${JSON.stringify(wanted)}, and was found at ${JSON.stringify(found)}`];
  const points = occurrences.flatMap(({ TrackData }) => TrackData);
  const compared = points.filter(({ Timestamp }) => boxAt(truth, person, Timestamp) !== undefined).length;
  const blind = compared < points.length * COMPARED ? [`${person}: the truth has a box for ${compared} of ${points.length} moments only`] : [];
  return [...occurrences.flatMap((occurrence) => misplaced(truth, person, occurrence)), ...late, ...blind];
}

function joined(spans) {
  const all = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && start - last[1] <= TOUCHING_S) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

/** The boxes of an occurrence that are not where the face is; those that are partly outside the picture are left out. */
function misplaced(truth, person, { TrackData }) {
  if (TrackData.length === 0) return [`${person}: an occurrence without boxes`];
  return TrackData.flatMap(({ Timestamp, BoxPosition: { X, Y, W, H } }) => {
    const wanted = boxAt(truth, person, Timestamp);
    if (wanted === undefined || overlap(wanted, [X, Y, W, H]) > OVERLAP) return [];
    return [`${person} at ${Timestamp} s is at ${wanted.map(Math.round)}, and was found at ${[X, Y, W, H]}`];
  });
}

/** Where the truth has a person's face at a time: between the boxes before and after. */
function boxAt(truth, person, time) {
  for (const { boxes } of truth.appearances.filter((seen) => seen.person === person)) {
    const at = boxes.findIndex((before, index) => index + 1 < boxes.length && time >= before.t - 1e-6 && time < boxes[index + 1].t - 1e-6);
    if (at < 0) continue;
    const [before, after] = boxes.slice(at, at + 2);
    const part = (time - before.t) / (after.t - before.t);
    const between = before.box.map((value, index) => value + (after.box[index] - value) * part);
    return between[0] >= 0 && between[0] + between[2] <= truth.width ? between : undefined;
  }
  return undefined;
}

/** Intersection over union of two boxes `[x, y, width, height]`. */
export function overlap(a, b) {
  const side = (at) => Math.max(0, Math.min(a[at] + a[at + 2], b[at] + b[at + 2]) - Math.max(a[at], b[at]));
  const common = side(0) * side(1);
  return common / (a[2] * a[3] + b[2] * b[3] - common);
}
