// Live pictures: Chromium's fake camera playing a clip of two people, and video elements.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, manyShards, spoiledLibrary, startBench } from '../lib/bench.mjs';
import { WORK, sample } from '../lib/paths.mjs';

const CLIPS = join(WORK, 'files');
const CAMERA = join(CLIPS, 'camera.mjpeg');
/** Seconds of each person; then there is nobody for a moment. */
const PERSON_S = 8;
const NOBODY_S = 2;

/** A clip of two people, one after the other, under a camera that moves slowly. */
function makeClip(out, width, height, ...encoder) {
  const wide = Math.round(width * 1.25);
  const moving = (input) =>
    `[${input}]scale=${wide}:${height}:force_original_aspect_ratio=decrease,pad=${wide}:${height}:(ow-iw)/2:(oh-ih)/2,crop=${width}:${height}:x='t*${Math.round(width / 100)}':y=0,setsar=1,format=yuv420p`;
  const nobody = `color=gray:size=${width}x${height}:rate=10:duration=${NOBODY_S},format=yuv420p`;
  const still = (name) => ['-loop', '1', '-framerate', '10', '-t', String(PERSON_S), '-i', sample(`gallery/${name}.jpg`)];
  const filter = `${moving('0:v')}[a];${nobody}[b];${moving('1:v')}[c];${nobody}[d];[a][b][c][d]concat=n=4:v=1:a=0[v]`;
  const inputs = [...still('barack_obama_1'), ...still('joe_biden')];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...inputs, '-filter_complex', filter, '-map', '[v]', ...encoder, out]);
}

let bench;
before(async () => {
  mkdirSync(CLIPS, { recursive: true });
  makeClip(CAMERA, 640, 480, '-c:v', 'mjpeg', '-q:v', '3');
  makeClip(join(CLIPS, 'watched.mp4'), 1920, 1080, '-c:v', 'libx264', '-preset', 'ultrafast');
  bench = await startBench([
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${CAMERA}`,
  ]);
  makeLibrary('camera', sample('gallery'), '--people', sample('people'));
});
after(() => bench?.stop());

/** Runs a function in a fresh profile; complaints of the console fail the test. */
async function inHarness(run, argument, expected = []) {
  const { context, page, complaints } = await bench.harness(expected);
  try {
    const result = await page.evaluate(run, argument);
    assert.deepEqual(complaints, []);
    return result;
  } finally {
    await context.close();
  }
}

const iou = (a, b) => {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  const both = Math.max(0, width) * Math.max(0, height);
  return both / (a.w * a.h + b.w * b.h - both);
};

for (const worker of [true, false]) {
  describe(`a camera, the engine ${worker ? 'in the worker' : 'on the calling thread'}`, () => {
    it('tells who is seen, with a number that stays, and searches once for each', async () => {
      const { updates, stats, end, overlaps } = await inHarness(async (inWorker) => {
        const client = await globalThis.harness.createClient({ worker: inWorker, libraries: [{ name: 'camera', url: '/libraries/camera/' }] });
        const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
        const updates = [];
        let running = 0;
        let overlaps = 0;
        const watcher = client.watch(stream, async (update) => {
          running += 1;
          if (running > 1) overlaps += 1;
          updates.push(update);
          await new Promise((resolve) => setTimeout(resolve, 150));
          running -= 1;
          const names = new Set(updates.flatMap(({ faces }) => faces.map(({ match }) => match?.LabelName)));
          const again = updates.at(-1).faces.length > 0 && updates.at(-2)?.faces.length > 0;
          if (names.has('Barack Obama') && names.has('Joe Biden') && again) watcher.stop();
        });
        const end = await watcher.ended;
        const { stats } = watcher;
        const isOn = stream.getVideoTracks()[0].readyState;
        client.close();
        return { updates, stats, end, overlaps, isOn };
      }, worker);
      assert.deepEqual(end, { reason: 'stopped' });
      assert.equal(overlaps, 0, 'the next picture waits for the callback');
      assert.equal(stats.frames, updates.length);
      assert.ok(stats.skipped > 0, 'pictures that came meanwhile are passed over');
      assert.ok(stats.searches < stats.frames, JSON.stringify(stats));
      const tracks = new Map();
      for (const { faces, width, height, timeMs } of updates) {
        assert.deepEqual([width, height], [640, 480]);
        assert.ok(timeMs > 0 && faces.length <= 1, JSON.stringify(faces));
        for (const { trackId, match, box, landmarks } of faces) {
          assert.ok(box.x > -40 && box.x + box.w < 680 && box.h > 20 && landmarks.length === 5);
          if (match === undefined) continue;
          assert.ok(match.Score > 0.5 && match.EntityId.length === 32 && match.MediaId.length === 32 && match.FaceId > 0);
          assert.equal(match.Category, 'custom');
          tracks.set(trackId, (tracks.get(trackId) ?? new Set()).add(match.LabelName));
        }
      }
      for (const [track, names] of tracks) assert.equal(names.size, 1, `track ${track} is ${[...names]}`);
      for (let k = 1; k < updates.length; k += 1) {
        const [[before], [now]] = [updates[k - 1].faces, updates[k].faces];
        if (before === undefined || now === undefined || iou(before.box, now.box) < 0.5) continue;
        assert.equal(now.trackId === before.trackId, now.match?.LabelName === before.match?.LabelName, JSON.stringify([before, now]));
      }
    });
  });
}

describe('a video element', () => {
  it('is watched to its end, with boxes in the pixels of the film', async () => {
    const { updates, end, stills } = await inHarness(async () => {
      const client = await globalThis.harness.createClient({ libraries: [{ name: 'camera', url: '/libraries/camera/' }] });
      const video = document.createElement('video');
      Object.assign(video, { muted: true, src: '/files/watched.mp4', playbackRate: 0.5 });
      document.body.append(video);
      const updates = [];
      const stills = [];
      const watcher = client.watch(video, async (update) => {
        updates.push(update);
        if (stills.length > 0 || update.faces.length === 0) return;
        // The same moment once more, by the call for pictures.
        video.pause();
        const { faces } = await client.detectFaces(video);
        stills.push([update.faces[0].box, faces[0].box]);
        await video.play();
      });
      await video.play();
      const end = await watcher.ended;
      client.close();
      return { updates, end, stills };
    });
    assert.deepEqual(end, { reason: 'sourceEnded' });
    const names = updates.flatMap(({ faces }) => faces.map(({ match }) => match?.LabelName)).filter((name) => name !== undefined);
    assert.deepEqual([...new Set(names)], ['Barack Obama', 'Joe Biden']);
    for (const { width, height } of updates) assert.deepEqual([width, height], [1920, 1080]);
    assert.ok(iou(...stills[0]) > 0.6, JSON.stringify(stills));
    assert.ok(updates.some(({ endedTrackIds }) => endedTrackIds.length > 0));
  });
});

describe('a watch', () => {
  it('ends with the camera, the signal, stop, the client and what fails, and says which', async () => {
    const ends = await inHarness(async () => {
      const open = () => navigator.mediaDevices.getUserMedia({ video: true });
      const client = await globalThis.harness.createClient({ libraries: [{ name: 'camera', url: '/libraries/camera/' }] });
      const options = { search: false };
      const camera = await open();
      const off = client.watch(camera, () => camera.getTracks().forEach((track) => track.stop()), options);
      const offEnd = await off.ended;
      const stream = await open();
      const deadEnd = await client.watch(camera, () => undefined, options).ended;
      const aborting = new AbortController();
      const abortedEnd = await client.watch(stream, () => aborting.abort(), { ...options, signal: aborting.signal }).ended;
      let calls = 0;
      const stopping = client.watch(stream, () => {
        calls += 1;
        stopping.stop();
      }, options);
      const stoppedEnd = await stopping.ended;
      await new Promise((resolve) => setTimeout(resolve, 300));
      const unknown = await client.watch(stream, () => undefined, { library: 'nobody' }).ended;
      const silent = await client.watch(new MediaStream(), () => undefined, options).ended;
      const closing = client.watch(stream, () => client.close(), options);
      const closedEnd = await closing.ended;
      const error = ({ reason, error }) => [reason, error?.code, error?.message];
      return { offEnd, deadEnd, abortedEnd, stoppedEnd, calls, closedEnd, unknown: error(unknown), silent: error(silent), state: stream.getTracks()[0].readyState };
    });
    assert.deepEqual(ends.offEnd, { reason: 'sourceEnded' });
    assert.deepEqual(ends.deadEnd, { reason: 'sourceEnded' });
    assert.deepEqual(ends.abortedEnd, { reason: 'aborted' });
    assert.deepEqual(ends.stoppedEnd, { reason: 'stopped' });
    assert.equal(ends.calls, 1);
    assert.deepEqual(ends.closedEnd, { reason: 'closed' });
    assert.deepEqual(ends.unknown.slice(0, 2), ['failed', 'UnknownLibrary']);
    assert.deepEqual(ends.silent.slice(0, 2), ['failed', 'InvalidParameter']);
    assert.match(ends.silent[2], /no video track/);
    assert.equal(ends.state, 'live', 'the camera is left on');
  });

  it('goes on after a callback that throws, and after a crash of the engine with other numbers', async () => {
    const { before, later, end, stats, errors } = await inHarness(
      async () => {
        const client = await globalThis.harness.createClient({});
        const stream = await navigator.mediaDevices.getUserMedia({ video: true });
        const errors = [];
        addEventListener('error', (event) => errors.push(event.error?.message));
        const before = new Set();
        const later = new Set();
        let crash;
        const watcher = client.watch(
          stream,
          ({ faces }) => {
            for (const { trackId } of faces) (crash === undefined ? before : later).add(trackId);
            if (later.size > 0) watcher.stop();
            if (before.size > 0) crash ??= client.panicForTest().catch(() => undefined);
            throw new Error('of the callback');
          },
          { search: false },
        );
        const end = await watcher.ended;
        const { restarts } = await client.stats();
        client.close();
        return { before: [...before], later: [...later], end, stats: { ...watcher.stats, restarts }, errors };
      },
      undefined,
      [/panicForTest/, /unreachable/, /previous WASM instance/, /of the callback/],
    );
    assert.deepEqual(end, { reason: 'stopped' }, JSON.stringify(end));
    assert.ok(errors.filter((message) => message === 'of the callback').length >= 2, JSON.stringify(errors));
    // A call that may have crashed the engine is tried once more, alone, so the guilty one crashes it again.
    assert.ok(stats.restarts >= 1, JSON.stringify(stats));
    assert.ok(Math.min(...later) > Math.max(...before), JSON.stringify([before, later]));
  });

  it('goes on where the faces near to somebody cannot be downloaded', async () => {
    const { folder, shards } = manyShards('watched');
    spoiledLibrary(folder, 'watched-bare', (out) => shards.forEach((name) => rmSync(join(out, name))));
    const { end, faces, searches } = await inHarness(
      async () => {
        const client = await globalThis.harness.createClient({ libraries: [{ name: 'bare', url: '/libraries/watched-bare/', access: 'probe' }] });
        const stream = await navigator.mediaDevices.getUserMedia({ video: true });
        const seen = [];
        const watcher = client.watch(stream, ({ faces }) => {
          seen.push(...faces);
          if (seen.length > 1) watcher.stop();
        });
        const end = await watcher.ended;
        client.close();
        return { end, faces: seen, searches: watcher.stats.searches };
      },
      undefined,
      [/404/],
    );
    assert.deepEqual(end, { reason: 'stopped' });
    assert.ok(searches > 0 && faces.length > 1);
    for (const { match } of faces) assert.equal(match, undefined);
  });

  it('refuses what it cannot watch by name', async () => {
    const parameters = await inHarness(async () => {
      const client = await globalThis.harness.createClient({});
      const video = document.createElement('video');
      const attempts = [
        [document.createElement('img'), () => undefined],
        [video, undefined],
        [video, () => undefined, { minIntervalMs: -1 }],
        [video, () => undefined, { threshold: 2 }],
        [video, () => undefined, { search: 'no' }],
        [video, () => undefined, { Library: 'x' }],
        [video, () => undefined, { signal: {} }],
      ];
      const parameters = attempts.map((attempt) => {
        try {
          client.watch(...attempt).stop();
          return undefined;
        } catch (error) {
          return `${error.code} ${error.parameter}`;
        }
      });
      client.close();
      return parameters;
    });
    const names = ['source', 'callback', 'minIntervalMs', 'threshold', 'search', 'Library', 'signal'];
    assert.deepEqual(parameters, names.map((name) => `InvalidParameter ${name}`));
  });
});
