// Films through addMedia: everybody of a film whose truth is known is found, as the command line finds them; films that are none fail alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeLibrary, startBench, visavis } from '../lib/bench.mjs';
import { call, openClient } from '../lib/clients.mjs';
import { SECONDS_OFF, faults, overlap } from '../lib/judge.mjs';
import { CLIPS } from '../lib/paths.mjs';

const truth = JSON.parse(readFileSync(join(CLIPS, 'truth.json'), 'utf8'));
const STRANGER = '/samples/queries/stranger_grace_hopper.jpg';
const [, COLLINS, BIDEN] = truth.people;

let bench;
let context;
let page;
let complaints;

before(async () => {
  bench = await startBench();
});

after(() => bench?.stop());

beforeEach(async () => {
  ({ context, page, complaints } = await bench.harness());
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

/** A client with an empty library of its own; adds these files of target/clips, as a page gets them from its user. */
async function add(names, options = {}) {
  await openClient(page, { libraries: [{ name: 'mine' }] });
  return page.evaluate(
    async ([paths, more]) => {
      const file = async (path) => new File([await globalThis.harness.bytesOf(path)], path.split('/').at(-1));
      const files = await Promise.all(paths.map(file));
      const { added, failed } = await globalThis.client.addMedia(files, { library: 'mine', ...more });
      return { media: added, failed: failed.map(({ name, error }) => ({ name, code: error.code, message: error.message })) };
    },
    [names.map((name) => (name.startsWith('/') ? name : `/clips/${name}`)), options],
  );
}

/** The clips of a media for the person of a photo. */
async function clipsOf(MediaId, url) {
  const token = `token-${url.split('/').at(-1)}`;
  await call(page, 'searchMediaByFace', { PersonImageUrl: url, FaceSearchToken: token, SearchLibName: 'mine' });
  return (await call(page, 'searchMediaClipByFace', { FaceSearchToken: token, MediaId, SearchLibName: 'mine' })).MediaClipList;
}

const wholeOf = ({ query }) => `/${query}`;
const byStart = (a, b) => a.StartTime - b.StartTime;

/** Compares a film's clips with those of the command line's library of the same film: the same times, and boxes that differ by decoders only. */
async function isAsIndexedNatively(mediaId) {
  const library = makeLibrary('video-native', join(CLIPS, 'clip.mp4'));
  for (const person of truth.people) {
    const native = JSON.parse(visavis('clips', person.query, '--library', library, '--media', mediaId, '--json'));
    const [there, here] = [native.MediaClipList, await clipsOf(mediaId, wholeOf(person))].map((clips) =>
      clips.flatMap(({ OccurrencesInfos }) => OccurrencesInfos).sort(byStart),
    );
    assert.deepEqual(here.map(timesOf), there.map(timesOf));
    here.forEach(({ TrackData }, at) =>
      TrackData.forEach(({ BoxPosition }, moment) => {
        const [a, b] = [BoxPosition, there[at].TrackData[moment].BoxPosition].map(({ X, Y, W, H }) => [X, Y, W, H]);
        assert.ok(overlap(a, b) > 0.9, `${person.person}: ${a} beside ${b}`);
      }),
    );
  }
}

const timesOf = ({ StartTime, EndTime, TrackData }) => [StartTime, EndTime, TrackData.map(({ Timestamp }) => Timestamp)];

describe('a film in the browser', () => {
  for (const name of ['clip.mp4', 'clip.webm', 'clip-rotated.mp4', 'clip-vfr.mp4']) {
    it(`${name}: everybody is found when and where they are seen, and nobody else`, async () => {
      const { media, failed } = await add([name]);
      assert.deepEqual([failed, media.length], [[], 1]);
      for (const person of truth.people) {
        assert.deepEqual(faults(truth, person.person, await clipsOf(media[0].mediaId, wholeOf(person))), []);
      }
      assert.deepEqual(await clipsOf(media[0].mediaId, STRANGER), []);
      const { MediaInfoList } = await call(page, 'searchMedia', { SearchLibName: 'mine' });
      const [{ FileInfoList, MediaBasicInfo }] = MediaInfoList;
      const { Width, Height, Duration } = FileInfoList[0].FileBasicInfo;
      assert.deepEqual([MediaBasicInfo.MediaType, Width, Height], ['video', '640', '360']);
      assert.ok(Math.abs(Number(Duration) - truth.duration) < 0.2, Duration);
      if (name === 'clip.mp4') await isAsIndexedNatively(media[0].mediaId);
    });
  }

  it('is read from Matroska, QuickTime and transport streams as well, and whatever it is called', async () => {
    const names = ['bad/film-named.jpg', 'clip.mkv', 'clip.mov', 'clip.ts'];
    const { media, failed } = await add(names, { framesPerSecond: 2 });
    const found = media.map(({ name, kind }) => `${kind} ${name}`).sort();
    assert.deepEqual([failed, found], [[], names.map((name) => `video ${name.split('/').at(-1)}`).sort()]);
    for (const { mediaId, name } of media) {
      const [first] = (await clipsOf(mediaId, wholeOf(COLLINS))).flatMap(({ OccurrencesInfos }) => OccurrencesInfos);
      const { start, end } = truth.appearances.find(({ person }) => person === COLLINS.person);
      assert.ok(Math.abs(first.StartTime - start) < 0.6 && Math.abs(first.EndTime - end) < 0.6, `${name}: ${first.StartTime} to ${first.EndTime}`);
    }
  });
});

describe('films that are none', () => {
  it('fail alone, by their names and with a code', async () => {
    const codes = {
      'audio-only.mp4': ['VideoNoTrack'],
      'm4a-named.mp4': ['VideoNoTrack'],
      'subtitles-only.mp4': ['VideoNoTrack'],
      'zero-frames.mp4': ['VideoEmpty'],
      'truncated-index-first.mp4': ['VideoTruncated'],
      'truncated-index-last.mp4': ['VideoTruncated', 'VideoMalformed'],
      'truncated.mkv': ['VideoTruncated'],
      'truncated.webm': ['VideoTruncated'],
      'empty.mp4': ['VideoEmpty'],
      'text.mp4': ['VideoUnsupported'],
      'playlist.mp4': ['VideoUnsupported'],
      'playlist.avi': ['VideoUnsupported'],
      'concat.mp4': ['VideoUnsupported'],
    };
    const names = Object.keys(codes);
    const { media, failed } = await add([...names.map((name) => `bad/${name}`), '/clips/clip.avi', `/${BIDEN.query}`, 'bad/photo-named.mp4']);
    assert.deepEqual(media.map(({ name }) => name).sort(), [BIDEN.query.split('/').at(-1), 'photo-named.mp4'].sort());
    const found = Object.fromEntries(failed.map(({ name, code }) => [name, code]));
    const wrong = [...names.map((name) => [name, codes[name]]), ['clip.avi', ['VideoUnsupported']]].filter(([name, known]) => !known.includes(found[name]));
    assert.deepEqual(wrong.map(([name, known]) => `${name}: ${found[name]}, and not ${known}`), []);
    for (const { name, message } of failed) assert.ok(message.includes(name), `${message} does not name ${name}`);
  });

  it('odd ones are indexed: upright, 8K, one frame', async () => {
    const sizes = { 'portrait.mp4': ['360', '640', 2], '8k.mp4': ['7680', '4320', 1], 'one-frame.mp4': ['640', '360', 0.04] };
    const names = Object.keys(sizes);
    const { media, failed } = await add(names.map((name) => `bad/${name}`));
    assert.deepEqual([failed, media.map(({ name }) => name).sort()], [[], names.sort()]);
    const { MediaInfoList } = await call(page, 'searchMedia', { SearchLibName: 'mine' });
    for (const [name, [width, height, seconds]] of Object.entries(sizes)) {
      const { mediaId } = media.find((one) => one.name === name);
      const file = MediaInfoList.find(({ MediaId }) => MediaId === mediaId).FileInfoList[0].FileBasicInfo;
      assert.deepEqual([file.Width, file.Height], [width, height], name);
      const occurrences = (await clipsOf(mediaId, wholeOf(COLLINS))).flatMap(({ OccurrencesInfos }) => OccurrencesInfos);
      assert.equal(occurrences.length, 1, name);
      const { StartTime, EndTime, TrackData } = occurrences[0];
      assert.ok(StartTime < 0.01 && Math.abs(EndTime - seconds) <= SECONDS_OFF, `${name}: ${StartTime} to ${EndTime}`);
      const { X, Y, W, H } = TrackData[0].BoxPosition;
      assert.ok(Math.abs((X + W / 2) / width - 0.5) < 0.03 && Math.abs((Y + H / 2) / height - 0.5) < 0.03, `${name}: ${X} ${Y} ${W} ${H}`);
    }
  });
});
