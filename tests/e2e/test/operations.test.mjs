// The synchronous operations one after another, as a page uses them: a photo, its token, the media, the persons; and their errors.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, startBench } from '../lib/bench.mjs';
import { call, errorOf, openClient } from '../lib/clients.mjs';
import { ROOT, queries, sample } from '../lib/paths.mjs';

const PHOTO = `/samples/queries/${queries().known[0]}`;
const TOKEN = 'visitor-1';

let bench;

before(async () => {
  bench = await startBench();
  makeLibrary('operations', sample('gallery'), '--people', sample('people'), '--metadata', join(ROOT, 'tests', 'sdk', 'metadata.jsonl'));
});

after(() => bench?.stop());

for (const worker of [true, false]) {
  describe(worker ? 'in the worker' : 'on the calling thread', () => {
    let context;
    let page;
    let complaints;
    let matches;

    before(async () => {
      ({ context, page, complaints } = await bench.harness());
      await openClient(page, { worker, libraries: [{ name: 'operations', url: '/libraries/operations/' }] });
      matches = await call(page, 'searchMediaByFace', { FaceSearchToken: TOKEN, PersonImageUrl: PHOTO }, { scores: true });
    });

    after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });

    /** The paths that were asked for while `work` ran. */
    async function askedFor(work) {
      const from = bench.own.requests.length;
      await work();
      return bench.own.requests.slice(from).map(({ path }) => path);
    }

    const clips = (request) => call(page, 'searchMediaClipByFace', { FaceSearchToken: TOKEN, ...request });
    const media = (request, options) => call(page, 'searchMedia', request, options ?? {});
    const idsOf = ({ MediaInfoList }) => MediaInfoList.map(({ MediaId }) => MediaId);

    it('the token of a search stands for the photo: clips are found by it alone, and nothing is fetched', async () => {
      const asked = await askedFor(async () => {
        for (const row of matches.Scores) {
          const { Success, Code, Total, MediaClipList } = await clips({ MediaId: row.MediaId });
          assert.deepEqual([Success, Code, Total], ['true', '200', 1]);
          const [clip] = MediaClipList;
          assert.deepEqual([clip.EntityId, clip.LabelName, clip.Category], [row.EntityId, row.LabelName, 'custom']);
          assert.ok(Math.abs(clip.Score - row.Score) < 1e-6, `${clip.Score} and ${row.Score}`);
          const [{ StartTime, EndTime, Expression, TrackData }] = clip.OccurrencesInfos;
          assert.deepEqual([StartTime, EndTime], [0, 0]);
          assert.match(Expression, /^(Calm|Happy|Sad|Angry|Fearful|Disgusted|Surprised)$/);
          assert.deepEqual(TrackData, [{ Timestamp: 0, BoxPosition: row.Box }]);
        }
      });
      assert.ok(matches.Scores.length >= 2);
      assert.deepEqual(asked, []);
    });

    it('a media without that person has no clips; EntityId keeps only that of a person', async () => {
      const [row] = matches.Scores;
      const everything = await media({ PageSize: 50 });
      const other = idsOf(everything).find((id) => !matches.Scores.some(({ MediaId }) => MediaId === id));
      assert.deepEqual((await clips({ MediaId: other })).MediaClipList, []);
      assert.equal((await clips({ MediaId: row.MediaId, EntityId: row.EntityId })).Total, 1);
      assert.equal((await clips({ MediaId: row.MediaId, EntityId: 'nobody' })).Total, 0);
    });

    it('a media that was found is looked up with all that is known of it, and its addresses are absolute', async () => {
      const [row] = matches.Scores;
      const answer = await media({ Match: `mediaId == '${row.MediaId}'` });
      assert.deepEqual([answer.Success, answer.Code, answer.Total], ['True', '200', 1]);
      const [{ MediaBasicInfo, FileInfoList, AiData, IndexStatusList, CustomFields }] = answer.MediaInfoList;
      assert.equal(MediaBasicInfo.Title, row.Title);
      const { FileName, Width, Height } = FileInfoList[0].FileBasicInfo;
      assert.deepEqual([FileName, Width, Height], [row.path, String(row.Width), String(row.Height)]);
      const label = AiData.AiLabelInfo.find(({ LabelId }) => LabelId === row.EntityId);
      assert.deepEqual([label.LabelName, label.FaceId, label.LabelType], [row.LabelName, String(row.FaceId), 'Face']);
      const [x1, y1, x2, y2] = label.Occurrences[0].Tracks[0].Position.split(';').map(Number);
      const { X, Y, W, H } = row.Box;
      for (const [found, wanted] of [[x1, X], [y1, Y], [x2 - x1, W], [y2 - y1, H]]) assert.ok(Math.abs(found - wanted) <= 1, `${found}, ${wanted}`);
      assert.ok(IndexStatusList.some(({ IndexType, IndexStatus }) => IndexType === 'face' && IndexStatus === 'Success'));
      assert.equal(typeof JSON.parse(CustomFields), 'object');
      assert.ok(MediaBasicInfo.CoverURL.startsWith(`${bench.own.origin}/libraries/operations/covers/`), MediaBasicInfo.CoverURL);
      assert.ok(await page.evaluate(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth > 20, MediaBasicInfo.CoverURL));
    });

    it('Match, SortBy and ScrollToken go together: the pages make up the list', async () => {
      const query = { Match: "(mediaType == 'image' and not title = 'nothing')", SortBy: 'cateId:Asc,title:Desc' };
      const whole = await media({ ...query, PageSize: 50 });
      assert.ok(whole.Total >= 5);
      const categories = whole.MediaInfoList.map(({ MediaBasicInfo }) => MediaBasicInfo.CateId ?? Infinity);
      assert.deepEqual(categories, [...categories].sort((a, b) => a - b));
      const pages = [];
      let ScrollToken;
      for (let turn = 0; turn < 20; turn += 1) {
        const answer = await media({ ...query, PageSize: 2, ...(ScrollToken === undefined ? {} : { ScrollToken }) });
        assert.equal(answer.Total, whole.Total);
        pages.push(...idsOf(answer));
        ({ ScrollToken } = answer);
        if (ScrollToken === '') break;
        assert.match(ScrollToken, /^[0-9A-F]{32}$/i);
      }
      assert.equal(ScrollToken, '');
      assert.deepEqual(pages, idsOf(whole));
      const second = await media({ ...query, PageSize: 2, PageNo: 2 });
      assert.deepEqual(idsOf(second), pages.slice(2, 4));
    });

    it('the grammar of Match finds what the metadata says', async () => {
      const titles = async (Match) => (await media({ Match, PageSize: 50 })).MediaInfoList.map(({ MediaBasicInfo }) => MediaBasicInfo.Title).sort();
      assert.deepEqual(await titles("title = 'SPEECH'"), ['Speech before Congress']);
      assert.deepEqual(await titles("tagList in ('astronaut', \"rocket\")"), ['Astronaut Eileen Collins', 'Rocket at dusk']);
      assert.deepEqual(await titles("(title = 'speech' or title = 'rocket') and cateId == 46"), ['Rocket at dusk']);
      assert.deepEqual(await titles('utcCreate = [1262304000000, 1262304000000]'), ['Joe Biden, arms crossed']);
      assert.deepEqual(await titles("title like 'Speech%Congress'"), ['Speech before Congress']);
      assert.deepEqual(await titles("title = 'China' and utcCreate = ['1693367158561','1693367158562']"), []);
    });

    it('pictures of faces are fetched only where they are asked for', async () => {
      const isFace = (path) => path.startsWith('/libraries/operations/faces/');
      let without;
      const asked = await askedFor(async () => {
        without = await media({ PageSize: 50 });
      });
      assert.deepEqual(asked.filter(isFace), []);
      const occurrences = (answer) => answer.MediaInfoList.flatMap(({ AiData }) => AiData.AiLabelInfo.filter(({ LabelType }) => LabelType === 'Face').flatMap((label) => label.Occurrences));
      assert.ok(occurrences(without).every(({ Image }) => Image === undefined));
      let pictures;
      const fetched = await askedFor(async () => {
        pictures = occurrences(await media({ PageSize: 50 }, { faceImages: true }));
      });
      assert.ok(pictures.length >= 4);
      assert.equal(new Set(fetched.filter(isFace)).size, pictures.length);
      const widths = await page.evaluate(
        (texts) => Promise.all(texts.map(async (text) => (await globalThis.harness.loadedImage(`data:image/jpeg;base64,${text}`)).naturalWidth)),
        pictures.map(({ Image }) => Image),
      );
      assert.ok(widths.every((width) => width > 20), String(widths));
    });

    it('getPersonFacesInfo: addresses that load as pictures, for the EntityId and the name alike', async () => {
      const [{ EntityId, LabelName, FaceId }] = matches.Scores;
      const answer = await call(page, 'getPersonFacesInfo', { personId: EntityId });
      assert.deepEqual([answer.code, answer.data.code], [200, 200]);
      const { faceImageItems: items } = answer.data;
      assert.ok(items.length >= 2 && items.every(({ success }) => success === true));
      assert.ok(items.some(({ faceId }) => faceId === FaceId));
      const widths = await page.evaluate(
        (urls) => Promise.all(urls.map(async (url) => (await globalThis.harness.loadedImage(url)).naturalWidth)),
        items.map(({ url }) => url),
      );
      assert.ok(widths.every((width) => width > 20), String(widths));
      const byName = await call(page, 'getPersonFacesInfo', { personId: LabelName });
      assert.deepEqual(byName.data, answer.data);
    });

    it('getPersonFacesInfo: a face of somebody else is an item without success; ids above 2^53 are texts or bigints', async () => {
      const [{ EntityId, FaceId }] = matches.Scores;
      const items = await page.evaluate(
        async ([personId, face]) => {
          const { data } = await globalThis.client.getPersonFacesInfo({ personId, faceIds: [face, '23088737259260929', 23088737259260929n] });
          return data.faceImageItems.map(({ success, faceId, url }) => [success, String(faceId), typeof url]);
        },
        [EntityId, FaceId],
      );
      assert.deepEqual(items[0], [true, String(FaceId), 'string']);
      for (const [success, id, url] of items.slice(1)) {
        assert.deepEqual([success, url], [false, 'undefined']);
        assert.match(id, /^230887372592609(28|29)$/);
      }
      const error = await errorOf(page, 'getPersonFacesInfo', { personId: EntityId, faceIds: [23088737259260928] });
      assert.deepEqual([error.code, error.parameter], ['InvalidParameter', 'faceIds[0]']);
      assert.match(error.message, /bigint/);
    });

    const bad = [
      ['searchMediaClipByFace', { FaceSearchToken: 'never used', MediaId: 'MEDIA' }, 'ResourceNotFound', /token "never used"/i],
      ['searchMediaClipByFace', { FaceSearchToken: TOKEN, MediaId: 'no such media' }, 'ResourceNotFound', /MediaId "no such media"/],
      ['searchMediaClipByFace', { FaceSearchToken: TOKEN }, 'MissingMediaId', /MediaId is required/, 'MediaId'],
      ['searchMediaClipByFace', { MediaId: 'MEDIA' }, 'MissingFaceSearchToken', /FaceSearchToken is required/, 'FaceSearchToken'],
      ['searchMediaClipByFace', { FaceSearchToken: TOKEN, MediaId: 'MEDIA', PageSize: 51 }, 'InvalidParameter', /PageSize.*51.*1 to 50/, 'PageSize'],
      ['searchMediaClipByFace', { FaceSearchToken: TOKEN, MediaId: 'MEDIA', SearchLibName: 'x' }, 'UnknownLibrary', /"x".*operations/, 'SearchLibName'],
      ['searchMedia', { PageNo: 201 }, 'InvalidParameter', /PageNo.*201.*ScrollToken/, 'PageNo'],
      ['searchMedia', { PageNo: 0 }, 'InvalidParameter', /PageNo/, 'PageNo'],
      ['searchMedia', { SortBy: 'height:Desc' }, 'InvalidParameter', /SortBy.*height.*utcCreate/, 'SortBy'],
      ['searchMedia', { CustomFilters: '{"intField9": 1}' }, 'InvalidParameter', /intField9.*intField1/],
      ['searchMedia', { CustomFilters: '{' }, 'InvalidParameter', /CustomFilters/, 'CustomFilters'],
      ['searchMedia', { ScrollToken: 'x'.repeat(32) }, 'InvalidParameter', /ScrollToken.*no scroll token/, 'ScrollToken'],
      ['searchMedia', { SearchLibName: 'x' }, 'UnknownLibrary', /"x".*operations/, 'SearchLibName'],
      ['searchMedia', [], 'InvalidParameter', /request.*object/, 'request'],
      ['searchMedia', { Match: 'title = China' }, 'InvalidParameter', /column 9: found "China", expected/, 'Match'],
      ['searchMedia', { Match: "(title = 'x'" }, 'InvalidParameter', /column 13: found the end, expected.*'\)'/, 'Match'],
      ['searchMedia', { Match: "title == 'x'" }, 'InvalidParameter', /column 7.*title has no exact/, 'Match'],
      ['searchMedia', { Match: "colour == 'red'" }, 'InvalidParameter', /column 1.*"colour".*tagList/, 'Match'],
      ['searchMedia', { Match: "title = '\u00e9\u{1F600}' or" }, 'InvalidParameter', /column 16: found the end, expected/, 'Match'],
      ['searchMedia', { Match: `${'('.repeat(200)}title = 'x'${')'.repeat(200)}` }, 'InvalidParameter', /Match.*100/, 'Match'],
      ['searchMedia', { Match: 'x'.repeat(1_048_577) }, 'InvalidParameter', /Match.*1048576|Match.*1 MB/, 'Match'],
      ['getPersonFacesInfo', { personId: 'nobody' }, 'ResourceNotFound', /person "nobody"/i],
      ['getPersonFacesInfo', {}, 'MissingpersonId', /personId is required/, 'personId'],
      ['getPersonFacesInfo', { personId: 'nobody', faceIds: 'all' }, 'InvalidParameter', /faceIds/, 'faceIds'],
      ['getTask', { ProjectName: 'p', TaskType: 'FacesSearching', TaskId: 'none' }, 'InvalidTaskId.NotFound', /"none".*seven days/, 'TaskId'],
      ['getTask', { ProjectName: 'p', TaskType: 'Cooking', TaskId: 'none' }, 'InvalidParameter', /TaskType.*FacesSearching/, 'TaskType'],
      ['getFacesSearchingResult', { TaskId: 'none' }, 'InvalidTaskId.NotFound', /"none"/, 'TaskId'],
      ['createFacesSearchingTask', { ProjectName: 'p', DatasetName: 'x', Sources: [{ URI: PHOTO }] }, 'ResourceNotFound', /"x"/],
      ['createFacesSearchingTask', { ProjectName: 'p', DatasetName: 'operations', Sources: [{}] }, 'InvalidParameter', /Sources\[0\]\.URI: it is required/],
      ['createFacesSearchingTask', { ProjectName: 'p', DatasetName: 'operations', Sources: [{ URI: 5 }] }, 'InvalidParameter', /Sources\[0\]\.URI/],
      ['createFacesSearchingTask', { ProjectName: 'p', DatasetName: 'operations', MaxResult: 101 }, 'InvalidParameter', /MaxResult.*101.*1 to 100/, 'MaxResult'],
      ['addPerson', { personId: 'ada' }, 'LibraryReadOnly', /operations.*published files/],
      ['forget', 5, 'InvalidParameter', /token/, 'token'],
    ];
    for (const [method, request, code, message, parameter] of bad) {
      it(`${method}(${JSON.stringify(request).slice(0, 90)}): ${code}`, async () => {
        const given = request.MediaId === 'MEDIA' ? { ...request, MediaId: matches.MediaInfoList[0].MediaId } : request;
        const error = await errorOf(page, method, given);
        assert.deepEqual([error.code, error.name, error.isOurs], [code, 'VisavisError', true], error.message);
        assert.match(error.message, message);
        assert.ok(error.message.length < 1000, `${error.message.length} characters`);
        assert.match(error.requestId, /^[0-9a-f-]{36}$/i);
        if (parameter !== undefined) assert.equal(error.parameter, parameter);
        if (process.env.VISAVIS_SHOW_MESSAGES !== undefined) console.log(`${error.code}: ${error.message}`);
      });
    }

    it('a request that holds itself is refused, and the engine is none the worse', async () => {
      const { error } = await page.evaluate(() => {
        const endless = { gte: 1 };
        endless.lte = endless;
        return globalThis.harness.outcome(globalThis.client.searchMedia({ CustomFilters: { intField1: endless } }));
      });
      assert.deepEqual([error?.code, error?.parameter], ['InvalidParameter', 'CustomFilters']);
      assert.match(error.message, /nested more than 64 levels/);
      assert.equal((await call(page, 'stats')).restarts, 0);
    });

    it('a ScrollToken of another query is refused and says so', async () => {
      const { ScrollToken } = await media({ PageSize: 2 });
      const error = await errorOf(page, 'searchMedia', { PageSize: 2, SortBy: 'title', ScrollToken });
      assert.equal(error.code, 'InvalidParameter');
      assert.match(error.message, /another query/);
    });

    it('a forgotten token finds no clips any more', async () => {
      const [{ MediaId }] = matches.MediaInfoList;
      await call(page, 'searchMediaByFace', { FaceSearchToken: 'brief', PersonImageUrl: PHOTO });
      assert.equal((await clips({ FaceSearchToken: 'brief', MediaId })).Total, 1);
      assert.equal(await call(page, 'forget', 'brief'), true);
      const error = await errorOf(page, 'searchMediaClipByFace', { FaceSearchToken: 'brief', MediaId });
      assert.equal(error.code, 'ResourceNotFound');
      assert.match(error.message, /"brief"/);
      assert.equal((await clips({ MediaId })).Total, 1, 'the other tokens are left alone');
    });
  });
}
