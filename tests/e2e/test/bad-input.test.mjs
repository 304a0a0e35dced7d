// Every bad input of the issue, as JavaScript sees it: a code of its own, and a message that names the thing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLibrary, spoiledLibrary, startBench, writeTestFile } from '../lib/bench.mjs';
import { queries, sample } from '../lib/paths.mjs';
import { noisePng, png, truncated } from '../lib/pictures.mjs';

const PHOTO = `/samples/queries/${queries().known[0]}`;

let bench;
let page;
let context;

before(async () => {
  bench = await startBench();
  const gallery = makeLibrary('bad-input', sample('gallery'), '--people', sample('people'));
  spoiledLibrary(gallery, 'missing', (folder) => rmSync(join(folder, 'library.json')));
  spoiledLibrary(gallery, 'not-json', () => '{"format": "visavis-library", "version": ');
  spoiledLibrary(gallery, 'wrong-json', (_, manifest) => ({ ...manifest, files: 'none' }));
  spoiledLibrary(gallery, 'newer', (_, manifest) => ({ ...manifest, version: manifest.version + 1 }));
  spoiledLibrary(gallery, 'short-shard', (folder) => changeShard(folder, (bytes) => bytes.subarray(0, bytes.length - 8)));
  spoiledLibrary(gallery, 'changed-shard', (folder) => changeShard(folder, flipMiddle));
  spoiledLibrary(gallery, 'lost-shard', (folder) => rmSync(shardOf(folder)));
  spoiledLibrary(gallery, 'other-embedder', (_, manifest) => ({
    ...manifest,
    embedder: { ...manifest.embedder, id: 'somebody-elses', sha256: '5e'.repeat(32) },
  }));
  writeTestFile('empty.jpg', '');
  writeTestFile('text.jpg', 'This is no picture.\n');
  writeTestFile('cut.jpg', truncated(sample(`queries/${queries().known[0]}`)));
  const noise = noisePng(200);
  writeTestFile('cut.png', noise.subarray(0, noise.length / 2));
  writeTestFile('huge.png', png(60000, 60000));
  ({ page, context } = await bench.harness());
  await page.evaluate(async (libraries) => {
    const { createClient, outcome } = globalThis.harness;
    globalThis.client = await createClient({ libraries, timeoutMs: 2000 });
    globalThis.search = (request, options) =>
      outcome(globalThis.client.searchMediaByFace({ FaceSearchToken: 'token', ...request }, options));
  }, ['bad-input', 'missing', 'not-json', 'wrong-json', 'newer', 'short-shard', 'changed-shard', 'lost-shard', 'other-embedder'].map((name) => ({ name, url: `/libraries/${name}/` })));
});

after(async () => {
  await context?.close();
  await bench?.stop();
});

function shardOf(folder) {
  return join(folder, readdirSync(folder).find((name) => name.startsWith('faces-')));
}

function changeShard(folder, change) {
  writeFileSync(shardOf(folder), change(readFileSync(shardOf(folder))));
}

function flipMiddle(bytes) {
  bytes[bytes.length >> 1] ^= 1;
  return bytes;
}

/** Runs a search in the page and checks the error that it must give. */
async function mustFail(request, expected, options) {
  const { error, value } = await page.evaluate(([given, how]) => globalThis.search(given, how), [request, options]);
  checkError(error, expected, value);
}

function checkError(error, { code, message, parameter }, value) {
  assert.ok(error, `an error was expected, not ${JSON.stringify(value)}`);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  assert.equal(error.name, 'VisavisError');
  assert.equal(error.isOurs, true);
  assert.match(error.requestId, /^[0-9a-f-]{36}$/i);
  if (parameter !== undefined) assert.equal(error.parameter, parameter);
}

describe('images', () => {
  const files = [
    ['an empty file', 'empty.jpg', 'ImageEmpty', /empty/],
    ['text named .jpg', 'text.jpg', 'ImageFormatUnsupported', /JPEG .*, PNG, WebP/],
    ['a truncated JPEG', 'cut.jpg', 'ImageTruncated', /JPEG/],
    ['a truncated PNG', 'cut.png', 'ImageTruncated', /PNG/],
    ['a PNG that claims 60000 x 60000', 'huge.png', 'ImageTooLarge', /60000 x 60000/],
  ];
  for (const [title, name, code, message] of files) {
    it(`${title} by URL: ${code}`, async () => {
      await mustFail({ PersonImageUrl: `/files/${name}` }, { code, message });
      await mustFail({ PersonImageUrl: `/files/${name}` }, { code, message: new RegExp(name.replace('.', '\\.')) });
    });
    it(`${title} as a File: ${code}, with the file's name`, async () => {
      const { error } = await page.evaluate(async (file) => {
        const { bytesOf, outcome } = globalThis.harness;
        return outcome(globalThis.client.detectFaces(new File([await bytesOf(`/files/${file}`)], `mine-${file}`)));
      }, name);
      checkError(error, { code, message: new RegExp(`mine-${name.replace('.', '\\.')}`) });
      assert.match(error.message, message);
    });
  }

  it('no face: NoFace', async () => {
    await mustFail({ PersonImageUrl: '/samples/gallery/coffee.jpg' }, { code: 'NoFace', message: /coffee\.jpg.*no face/ });
  });

  it('a face smaller than 20 pixels: FaceTooSmall', async () => {
    const { error } = await page.evaluate(async (photo) => {
      const { canvasOf, outcome } = globalThis.harness;
      const { faces } = await globalThis.client.detectFaces(photo);
      const large = await canvasOf(photo);
      const scale = 15 / Math.min(faces[0].box.w, faces[0].box.h);
      const small = new OffscreenCanvas(320, 320);
      const pen = small.getContext('2d');
      pen.fillStyle = '#888';
      pen.fillRect(0, 0, 320, 320);
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(large, 40, 40, large.width * scale, large.height * scale);
      return outcome(globalThis.client.searchMediaByFace({ FaceSearchToken: 'small', PersonImageUrl: small }));
    }, PHOTO);
    checkError(error, { code: 'FaceTooSmall', message: /1\d pixels wide; at least 20/ });
  });

  it('something that is no image: InvalidParameter', async () => {
    await mustFail({ PersonImageUrl: 5 }, { code: 'InvalidParameter', message: /PersonImageUrl: a number is not an image/, parameter: 'PersonImageUrl' });
    await mustFail({ PersonImageUrl: { url: 'x' } }, { code: 'InvalidParameter', message: /PersonImageUrl/, parameter: 'PersonImageUrl' });
  });

  it('a scheme that nobody resolves: InvalidParameter', async () => {
    await mustFail({ PersonImageUrl: 'oss://bucket/a.jpg' }, { code: 'InvalidParameter', message: /PersonImageUrl/, parameter: 'PersonImageUrl' });
  });

  it('pixels that another origin keeps to itself: DownloadBlocked', async () => {
    const { error } = await page.evaluate(async (url) => {
      const { loadedImage, outcome } = globalThis.harness;
      return outcome(globalThis.client.detectFaces(await loadedImage(url)));
    }, `${bench.closed.origin}${PHOTO}`);
    checkError(error, { code: 'DownloadBlocked', message: new RegExp(bench.closed.origin) });
  });
});

describe('downloads', () => {
  it('a URL that is not there: DownloadFailed with the status', async () => {
    await mustFail({ PersonImageUrl: '/status/404' }, { code: 'DownloadFailed', message: /\/status\/404.*404/ });
    await mustFail({ PersonImageUrl: '/status/500' }, { code: 'DownloadFailed', message: /500/ });
  });

  it('another origin without CORS: DownloadBlocked', async () => {
    await mustFail({ PersonImageUrl: `${bench.closed.origin}${PHOTO}` }, { code: 'DownloadBlocked', message: new RegExp(`${bench.closed.origin}.*CORS`) });
  });

  it('another origin with CORS is no error', async () => {
    const { value, error } = await page.evaluate((url) => globalThis.search({ PersonImageUrl: url }), `${bench.other.origin}${PHOTO}`);
    assert.equal(error, undefined);
    assert.equal(value.Success, 'true');
  });

  it('a server that never answers: DownloadTimeout', async () => {
    await mustFail({ PersonImageUrl: '/never/a.jpg' }, { code: 'DownloadTimeout', message: /\/never\/a\.jpg.*2 s/ });
  });

  it('a signal that fires: Aborted, at once', async () => {
    const [{ error }, waited] = await page.evaluate(async () => {
      const controller = new AbortController();
      const begin = performance.now();
      setTimeout(() => controller.abort(), 100);
      const result = await globalThis.search({ PersonImageUrl: '/never/b.jpg' }, { signal: controller.signal });
      return [result, performance.now() - begin];
    });
    checkError(error, { code: 'Aborted', message: /aborted by its signal/ });
    assert.ok(waited < 1500, `it took ${waited} ms`);
  });

  it('a signal that fired before: Aborted', async () => {
    const { error } = await page.evaluate(() => globalThis.search({}, { signal: AbortSignal.abort() }));
    checkError(error, { code: 'Aborted', message: /signal/ });
  });
});

describe('libraries', () => {
  const cases = [
    ['library.json missing', 'missing', 'LibraryNotFound', /missing.*library\.json/],
    ['library.json that is no JSON', 'not-json', 'LibraryMalformed', /not-json/],
    ['library.json of another shape', 'wrong-json', 'LibraryMalformed', /wrong-json.*files/],
    ['library.json of a newer version', 'newer', 'LibraryVersionUnsupported', /newer.*version 2.*update visavis/],
    ['a shard of the wrong length', 'short-shard', 'FileLengthMismatch', /short-shard.*faces-[0-9a-f]+.*bytes/],
    ['a shard of the wrong hash', 'changed-shard', 'FileHashMismatch', /changed-shard.*faces-[0-9a-f]+.*SHA-256/],
    ['a shard that is not there', 'lost-shard', 'DownloadFailed', /faces-[0-9a-f]+.*404/],
    ['a library of another embedder', 'other-embedder', 'EmbedderMismatch', /other-embedder.*somebody-elses/],
  ];
  for (const [title, name, code, message] of cases) {
    it(`${title}: ${code}`, async () => {
      await mustFail({ PersonImageUrl: PHOTO, SearchLibName: name }, { code, message });
    });
  }

  it('an unknown SearchLibName: UnknownLibrary, with those that are known', async () => {
    await mustFail(
      { PersonImageUrl: PHOTO, SearchLibName: 'nobody' },
      { code: 'UnknownLibrary', message: /"nobody".*bad-input/, parameter: 'SearchLibName' },
    );
    const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.openLibrary('nobody')));
    checkError(error, { code: 'UnknownLibrary', message: /^name "nobody"/, parameter: 'name' });
  });

  it('a bad library does not harm the good one', async () => {
    const { value } = await page.evaluate((url) => globalThis.search({ PersonImageUrl: url }), PHOTO);
    assert.ok(value.Total >= 1);
  });
});

describe('parameters', () => {
  for (const size of [0, 51, -1, 'ten', 2.5]) {
    it(`PageSize ${JSON.stringify(size)}: InvalidParameter`, async () => {
      await mustFail({ PersonImageUrl: PHOTO, PageSize: size }, { code: 'InvalidParameter', message: /PageSize/, parameter: 'PageSize' });
    });
  }
  for (const [name, value] of [['PageNo', 0], ['MediaType', 'audio'], ['SearchLibName', 5], ['EntityId', 5]]) {
    it(`${name} ${JSON.stringify(value)}: InvalidParameter`, async () => {
      await mustFail({ PersonImageUrl: PHOTO, [name]: value }, { code: 'InvalidParameter', message: new RegExp(name), parameter: name });
    });
  }

  it('FaceSearchToken missing or empty: MissingFaceSearchToken', async () => {
    const expected = { code: 'MissingFaceSearchToken', message: /FaceSearchToken is required/, parameter: 'FaceSearchToken' };
    await mustFail({ PersonImageUrl: PHOTO, FaceSearchToken: '' }, expected);
    const { error } = await page.evaluate(
      (url) => globalThis.harness.outcome(globalThis.client.searchMediaByFace({ PersonImageUrl: url })),
      PHOTO,
    );
    checkError(error, expected);
  });

  it('a token that nobody used, without a photo: MissingPersonImageUrl', async () => {
    await mustFail({ FaceSearchToken: 'never used' }, { code: 'MissingPersonImageUrl', message: /PersonImageUrl/, parameter: 'PersonImageUrl' });
  });

  it('parameters are checked before anything is downloaded', async () => {
    const before = bench.own.requests.length;
    await mustFail({ PersonImageUrl: '/files/never-asked-for.jpg', PageSize: 0 }, { code: 'InvalidParameter', message: /PageSize/ });
    assert.deepEqual(bench.own.requests.slice(before).filter(({ path }) => path.includes('never-asked-for')), []);
  });

  for (const url of ['javascript:alert(1)', 'about:blank', 'mailto:a@b.example']) {
    it(`the address ${url}: InvalidParameter with its scheme`, async () => {
      const scheme = url.slice(0, url.indexOf(':') + 1);
      await mustFail({ PersonImageUrl: url }, { code: 'InvalidParameter', message: new RegExp(`PersonImageUrl: .*${scheme} addresses`), parameter: 'PersonImageUrl' });
    });
  }

  it('a box that is no object: InvalidParameter', async () => {
    await mustFail({ PersonImageUrl: PHOTO }, { code: 'InvalidParameter', message: /^box: an object \{ x, y, w, h \}/, parameter: 'box' }, { box: 'x' });
  });

  it('a name in other capitals: InvalidParameter with the one that is meant', async () => {
    await mustFail({ PersonImageUrl: PHOTO, searchLibName: 'x' }, { code: 'InvalidParameter', message: /SearchLibName is meant/, parameter: 'searchLibName' });
  });

  it('mapFaces with a name that it has not: InvalidParameter', async () => {
    const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.mapFaces({ searchLibName: 'x' })));
    checkError(error, { code: 'InvalidParameter', message: /known are SearchLibName, limit/, parameter: 'searchLibName' });
  });

  it('libraries are named by the parameter that the call has for them', async () => {
    const ask = (call) => page.evaluate(call);
    const opened = await ask(() => globalThis.harness.outcome(globalThis.client.openLibrary('zz')));
    checkError(opened.error, { code: 'UnknownLibrary', message: /^name "zz"/, parameter: 'name' });
    const added = await ask(() => globalThis.harness.outcome(globalThis.client.addMedia(new Blob(['x']), { library: 'zz' })));
    checkError(added.error, { code: 'UnknownLibrary', message: /^library "zz"/, parameter: 'library' });
  });

  it('a face of a wrong number: InvalidParameter', async () => {
    await mustFail({ PersonImageUrl: PHOTO }, { code: 'InvalidParameter', message: /faceIndex/, parameter: 'faceIndex' }, { faceIndex: 99 });
  });
});

describe('the client', () => {
  it('a closed client: ClientClosed', async () => {
    const { error } = await page.evaluate(async (libraries) => {
      const { createClient, outcome } = globalThis.harness;
      const client = await createClient({ libraries });
      client.close();
      return outcome(client.searchMediaByFace({ FaceSearchToken: 't' }));
    }, []);
    checkError(error, { code: 'ClientClosed', message: /closed.*createClient/ });
  });

  it('options that make no sense: InvalidParameter with the name of the option', async () => {
    const { error } = await page.evaluate(() => {
      const { createClient, outcome } = globalThis.harness;
      return outcome(createClient({ libraries: [{ name: 'a', url: 'http://[' }] }));
    });
    checkError(error, { code: 'InvalidParameter', message: /libraries\[0\]\.url/, parameter: 'libraries[0].url' });
  });
});
