// Every kind of image that a page may hand over gives the same face.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { avif } from '../lib/avif.mjs';
import { makeLibrary, startBench, writeTestFile } from '../lib/bench.mjs';
import { queries, sample } from '../lib/paths.mjs';

const PHOTO = `/samples/queries/${queries().known[0]}`;

/** Functions that run in the page and answer an image. */
const KINDS = {
  'a relative URL': (url) => url.slice(1),
  'a URL object': (url) => new URL(url, location.href),
  'a data: URL': async (url) => {
    const bytes = await globalThis.harness.bytesOf(url);
    return `data:image/jpeg;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
  },
  'a blob: URL': async (url) => URL.createObjectURL(new Blob([await globalThis.harness.bytesOf(url)])),
  'a Blob': async (url) => new Blob([await globalThis.harness.bytesOf(url)]),
  'a File': async (url) => new File([await globalThis.harness.bytesOf(url)], 'photo.jpg'),
  'an ArrayBuffer': async (url) => (await globalThis.harness.bytesOf(url)).buffer,
  'a part of a typed array': async (url) => {
    const bytes = await globalThis.harness.bytesOf(url);
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 10);
    return larger.subarray(10, 10 + bytes.length);
  },
  'a canvas': (url) => globalThis.harness.canvasOf(url),
  'an OffscreenCanvas': async (url) => {
    const canvas = await globalThis.harness.canvasOf(url);
    const offscreen = new OffscreenCanvas(canvas.width, canvas.height);
    offscreen.getContext('2d').drawImage(canvas, 0, 0);
    return offscreen;
  },
  'an ImageData': async (url) => {
    const canvas = await globalThis.harness.canvasOf(url);
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  },
  'an ImageData of another colour space': async (url) => {
    const canvas = await globalThis.harness.canvasOf(url);
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height, { colorSpace: 'display-p3' });
  },
  'an ImageBitmap': async (url) => createImageBitmap(await globalThis.harness.canvasOf(url)),
  'an image element': (url) => globalThis.harness.loadedImage(url),
  'an image element that is still loading': (url) => Object.assign(new Image(), { src: `${url}?still` }),
  'a VideoFrame': async (url) => new VideoFrame(await globalThis.harness.canvasOf(url), { timestamp: 0 }),
  'a video element': async (url) => {
    const canvas = await globalThis.harness.canvasOf(url);
    const video = Object.assign(document.createElement('video'), { muted: true, srcObject: canvas.captureStream(10) });
    const ready = new Promise((resolve) => video.addEventListener('loadeddata', resolve));
    canvas.getContext('2d').fillRect(0, 0, 1, 1);
    await video.play();
    await ready;
    return video;
  },
};

let bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.stop());

for (const worker of [true, false]) {
  describe(worker ? 'handed to the worker' : 'used on the calling thread', () => {
    let context;
    let page;
    let complaints;
    let expected;

    before(async () => {
      ({ context, page, complaints } = await bench.harness());
      expected = await page.evaluate(
        async ([url, inWorker]) => {
          globalThis.client = await globalThis.harness.createClient({ worker: inWorker });
          return globalThis.client.detectFaces(url);
        },
        [PHOTO, worker],
      );
    });

    after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });

    it('the photo has a face', () => {
      assert.ok(expected.faces.length >= 1);
      assert.equal(expected.faces[0].landmarks.length, 5);
    });

    for (const [title, make] of Object.entries(KINDS)) {
      it(`${title} gives the same face`, async () => {
        const found = await page.evaluate(
          async ([source, url]) => {
            const image = await new Function(`return (${source})`)()(url);
            const first = await globalThis.client.detectFaces(image);
            // The caller still owns what was handed over.
            const second = await globalThis.client.detectFaces(image);
            // Chromium complains of a frame that is garbage collected before it is closed; closing it is its owner's business.
            if (image instanceof VideoFrame) image.close();
            return [first, second];
          },
          [String(make), PHOTO],
        );
        for (const result of found) {
          assert.deepEqual([result.width, result.height], [expected.width, expected.height]);
          for (const side of ['x', 'y', 'w', 'h']) {
            const off = Math.abs(result.faces[0].box[side] - expected.faces[0].box[side]);
            assert.ok(off < 0.03 * expected.faces[0].box.w, `${side} is ${off} pixels off`);
          }
        }
      });
    }

    it('an AVIF file, which the browser decodes for the engine, gives the same face', async () => {
      const { width, height, rgba } = await page.evaluate(async (url) => {
        const canvas = await globalThis.harness.canvasOf(url);
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return { width: pixels.width, height: pixels.height, rgba: Array.from(pixels.data, (value) => String.fromCharCode(value)).join('') };
      }, PHOTO);
      writeTestFile('photo.avif', await avif(width, height, Buffer.from(rgba, 'latin1')));
      const found = await page.evaluate(async (url) => {
        const bytes = await globalThis.harness.bytesOf(url);
        const compared = await globalThis.client.compareFaces(url, new Blob([bytes]));
        return [await globalThis.client.detectFaces(url), await globalThis.client.detectFaces(bytes), compared.cosine];
      }, '/files/photo.avif');
      for (const result of found.slice(0, 2)) {
        assert.deepEqual([result.width, result.height], [expected.width, expected.height]);
        assert.ok(Math.abs(result.faces[0].box.x - expected.faces[0].box.x) < 0.05 * expected.faces[0].box.w);
      }
      assert.ok(found[2] > 0.99);
    });

    it('an AVIF file by URL is fetched for the first page of results only', async () => {
      makeLibrary('images', sample('gallery'), '--people', sample('people'));
      const { first, second, photos } = await page.evaluate(async (url) => {
        const client = await globalThis.harness.createClient({ libraries: [{ name: 'images', url: '/libraries/images/' }] });
        const request = { FaceSearchToken: 'avif', PersonImageUrl: url };
        const first = await client.searchMediaByFace(request);
        const second = await client.searchMediaByFace(request);
        const { photos } = await client.stats();
        client.close();
        return { first, second, photos };
      }, '/files/photo.avif');
      assert.ok(first.Total >= 1);
      assert.deepEqual(second.MediaInfoList, first.MediaInfoList);
      assert.equal(photos, 1, 'photos that were looked at');
    });

    it('an MP4 under the name of a picture stays ImageFormatUnsupported', async () => {
      const { error } = await page.evaluate(() => {
        const bytes = new Uint8Array(200);
        bytes.set(new TextEncoder().encode('ftypisom'), 4);
        return globalThis.harness.outcome(globalThis.client.detectFaces(new File([bytes], 'film.jpg')));
      });
      assert.equal(error.code, 'ImageFormatUnsupported');
      assert.match(error.message, /film\.jpg/);
    });

    it('a video without a frame is refused', async () => {
      const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.detectFaces(document.createElement('video'))));
      assert.equal(error.code, 'InvalidParameter');
      assert.match(error.message, /no frame yet/);
    });

    it('an empty canvas is refused', async () => {
      const { error } = await page.evaluate(() => globalThis.harness.outcome(globalThis.client.detectFaces(new OffscreenCanvas(0, 0))));
      assert.equal(error.code, 'ImageEmpty');
    });

    it('a canvas of too many pixels is refused', async () => {
      const { error } = await page.evaluate(async (inWorker) => {
        const { createClient, outcome } = globalThis.harness;
        const client = await createClient({ worker: inWorker, maxPixels: 1000 });
        const result = await outcome(client.detectFaces(new OffscreenCanvas(100, 100)));
        client.close();
        return result;
      }, worker);
      assert.equal(error.code, 'ImageTooLarge');
      assert.match(error.message, /100 x 100/);
    });

    it('a resolver brings images of other schemes', async () => {
      const found = await page.evaluate(
        async ([url, inWorker]) => {
          const { createClient, bytesOf } = globalThis.harness;
          const client = await createClient({ worker: inWorker, resolve: async (oss) => new Blob([await bytesOf(oss.replace('oss://bucket', ''))]) });
          const result = await client.detectFaces(`oss://bucket${url}`);
          client.close();
          return result.faces.length;
        },
        [PHOTO, worker],
      );
      assert.equal(found, expected.faces.length);
    });
  });
}
