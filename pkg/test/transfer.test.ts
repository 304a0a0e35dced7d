import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { VisavisError } from '../src/errors.js';
import { writeFolder, writeZip } from '../src/export.js';
import type { LibraryFile } from '../src/import.js';
import { readFolder, readZip } from '../src/import.js';
import type { TransferProgress } from '../src/transfer-types.js';
import { FakeDisk } from './fake-opfs.js';
import { makeZip } from './make-zip.js';
import type { ZipFile } from './make-zip.js';

// In dist it lies beside; here it is the package itself.
vi.mock('../src/zip-load.js', async () => {
  const zip = await import('@zip.js/zip.js/dist/zip-core-external.min.js');
  zip.configure({ useWebWorkers: false, useCompressionStream: true });
  return { loadZip: async () => zip };
});

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const FILES: LibraryFile[] = [
  { name: 'covers/ab.jpg', bytes: text('cover') },
  { name: 'faces-1.arrow', bytes: text('faces') },
  { name: 'faces/7.jpg', bytes: text('face') },
  { name: 'library.json', bytes: text('{}') },
];
const QUIET = { signal: undefined, onProgress: undefined };
const zipped = (files: ZipFile[]): Blob => new Blob([makeZip(files)]);
const read = (files: ZipFile[]): Promise<LibraryFile[]> => readZip(zipped(files), QUIET);
const sorted = (files: LibraryFile[]): LibraryFile[] => [...files].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) }));
const failure = (promise: Promise<unknown>): Promise<VisavisError> => promise.then(() => expect.unreachable('it was to fail'), (error: VisavisError) => error);

describe('a zip', () => {
  test('has the files that went in, and the same files make the same bytes', async () => {
    const zip = (await writeZip(FILES, undefined, QUIET)) as Blob;
    expect(zip.type).toBe('application/zip');
    expect(sorted(await readZip(zip, QUIET))).toEqual(sorted(FILES));
    const again = (await writeZip(FILES, undefined, QUIET)) as Blob;
    expect(Buffer.from(await again.arrayBuffer()).equals(Buffer.from(await zip.arrayBuffer()))).toBe(true);
  });

  test('flows where it is to go, which is closed, or aborted with the reason', async () => {
    const chunks: Uint8Array[] = [];
    let ended = '';
    const sink = (): WritableStream<Uint8Array> =>
      new WritableStream({ write: (chunk) => void chunks.push(chunk.slice()), close: () => void (ended = 'closed'), abort: (reason: Error) => void (ended = reason.message) });
    expect(await writeZip(FILES, sink(), QUIET)).toBeUndefined();
    expect(ended).toBe('closed');
    expect(sorted(await readZip(new Blob(chunks as BlobPart[]), QUIET))).toEqual(sorted(FILES));
    const controller = new AbortController();
    const onProgress = ({ files }: TransferProgress): void => void (files === 2 && controller.abort());
    await expect(writeZip(FILES, sink(), { signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'Aborted' });
    expect(ended).not.toBe('closed');
    const full = new WritableStream<Uint8Array>({
      write: () => {
        throw new DOMException('no space', 'QuotaExceededError');
      },
    });
    await expect(writeZip(FILES, full, QUIET)).rejects.toMatchObject({ code: 'ExportFailed', message: expect.stringContaining('no space') });
  });

  test('that nobody reads lets the page go on meanwhile, which may end it', async () => {
    const many: LibraryFile[] = Array.from({ length: 200 }, (_, face) => ({ name: `faces/${face}.jpg`, bytes: new Uint8Array(1 << 20) }));
    const controller = new AbortController();
    let files = 0;
    // A press of a button: it comes from outside, in a task of its own.
    setTimeout(() => controller.abort(), 0);
    const written = writeZip(many, undefined, { signal: controller.signal, onProgress: (progress) => void (files = progress.files) });
    await expect(written).rejects.toMatchObject({ code: 'Aborted' });
    expect(files).toBeLessThan(many.length);
  });

  test('of more files than zips had numbers for is written and read, and other programs read it', async () => {
    const many: LibraryFile[] = Array.from({ length: 66_000 }, (_, face) => ({ name: `faces/${face}.jpg`, bytes: text(`picture of face ${face}`) }));
    const zip = (await writeZip([...many, { name: 'library.json', bytes: text('{}') }], undefined, QUIET)) as Blob;
    const found = new Map((await readZip(zip, QUIET)).map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]));
    expect(found.size).toBe(66_001);
    for (const face of [0, 1, 65_534, 65_535, 65_536, 65_999]) expect(found.get(`faces/${face}.jpg`)).toBe(`picture of face ${face}`);
    const folder = mkdtempSync(join(tmpdir(), 'visavis-zip64-'));
    try {
      writeFileSync(join(folder, 'library.zip'), Buffer.from(await zip.arrayBuffer()));
      const { error, stdout } = spawnSync('unzip', ['-tq', join(folder, 'library.zip')], { encoding: 'utf8' });
      if (error === undefined) expect(stdout).toContain('No errors detected');
      else console.warn('unzip is not there: what other programs say was not asked');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);

  test('of a folder, packed, with other files in it, is read; progress is told', async () => {
    const told: TransferProgress[] = [];
    const inFolder = FILES.map(({ name, bytes }) => ({ name: `my library/${name}`, bytes, deflate: true }));
    const others = ['my library/.visavis/people.jsonl', 'my library/readme.txt', '__MACOSX/x', 'my library/faces/deep/1.jpg', 'my library/rows/1.json', 'other/faces-9.arrow'];
    const zip = zipped([{ name: 'my library/', bytes: new Uint8Array() }, ...inFolder, ...others.map((name) => ({ name }))]);
    expect(sorted(await readZip(zip, { signal: undefined, onProgress: (progress) => void told.push(progress) }))).toEqual(FILES);
    expect([told[0], told.at(-1)]).toEqual([
      { files: 0, totalFiles: 4, bytes: 0, totalBytes: 16 },
      { files: 4, totalFiles: 4, bytes: 16, totalBytes: 16 },
    ]);
  });

  const manifest: ZipFile = { name: 'library.json' };
  const table = (rest: Partial<ZipFile>): ZipFile => ({ name: 'faces-1.arrow', bytes: text('x'.repeat(1000)), ...rest });
  const huge = Array.from({ length: 26 }, (_, index) => table({ name: `faces-${index}.arrow`, declaredSize: 0xfffffff0 }));
  const bad: [string, ZipFile[], string, RegExp][] = [
    ['a path with ..', [manifest, { name: 'faces/../../x.jpg' }], 'ImportRefused', /"faces\/\.\.\/\.\.\/x\.jpg": .*\.\./],
    ['a path with .. of a file that is of no use', [manifest, { name: '../../etc/passwd' }], 'ImportRefused', /passwd/],
    ['an absolute path', [manifest, { name: '/etc/passwd' }], 'ImportRefused', /absolute/],
    ['an absolute path of Windows', [manifest, { name: 'C:/x.arrow' }], 'ImportRefused', /absolute/],
    ['a backslash', [manifest, { name: 'faces\\1.jpg' }], 'ImportRefused', /backslash/],
    ['a name with a zero', [manifest, { name: 'a\0.arrow' }], 'ImportRefused', /no name/],
    ['a file twice', [manifest, table({}), table({})], 'ImportRefused', /"faces-1\.arrow" is in it twice/],
    ['a file twice by another path', [manifest, table({}), table({ name: './faces-1.arrow' })], 'ImportRefused', /twice/],
    ['a link', [manifest, table({ mode: 0o120777 })], 'ImportRefused', /is a link/],
    ['an encrypted file', [manifest, table({ flags: 1 })], 'ImportRefused', /encrypted/],
    ['another compression', [manifest, table({ method: 12 })], 'ImportRefused', /"faces-1\.arrow" is compressed in another way/],
    ['no library', [table({})], 'ImportRefused', /no library\.json/],
    ['two libraries', [{ name: 'a/library.json' }, { name: 'b/library.json' }], 'ImportRefused', /several libraries/],
    ['no files', [], 'ImportRefused', /no library\.json/],
    ['100 GB, as it says itself', [...huge, manifest], 'ImportTooLarge', /106496 MiB; at most 256 MiB/],
    ['more than it says', [manifest, table({ declaredSize: 10, deflate: true, bytes: new Uint8Array(50_000_000) })], 'ImportMalformed', /faces-1\.arrow/],
    ['less than it says', [manifest, table({ declaredSize: 2000, deflate: true })], 'ImportMalformed', /faces-1\.arrow/],
    ['a wrong checksum', [manifest, table({ crc: 1 })], 'ImportMalformed', /faces-1\.arrow.*checksum/],
    ['a wrong checksum of a packed file', [manifest, table({ crc: 1, deflate: true })], 'ImportMalformed', /faces-1\.arrow/],
    ['more than it says, not packed', [manifest, table({ declaredSize: 10 })], 'ImportMalformed', /faces-1\.arrow/],
    ['less than it says, not packed', [manifest, table({ declaredSize: 2000 })], 'ImportMalformed', /faces-1\.arrow/],
  ];
  for (const [title, files, code, message] of bad) {
    test(`with ${title} is ${code}`, async () => {
      const error = await failure(read(files));
      expect([error.code, error.name]).toEqual([code, 'VisavisError']);
      expect(error.message).toMatch(message);
      if (process.env['VISAVIS_SHOW_MESSAGES'] !== undefined) console.log(`${error.code}: ${error.message}`);
    });
  }

  test('that is cut off, spoilt or none is ImportMalformed, wherever the damage is', async () => {
    const whole = makeZip(FILES.map(({ name, bytes }) => ({ name, bytes, deflate: true })));
    for (let length = 0; length < whole.length; length += 31) {
      expect((await failure(readZip(new Blob([whole.slice(0, length)]), QUIET))).code, `cut at ${length}`).toBe('ImportMalformed');
    }
    expect((await failure(readZip(new Blob(['no zip at all, but a long text '.repeat(100)]), QUIET))).code).toBe('ImportMalformed');
    let refused = 0;
    for (let place = 0; place < whole.length; place += 3) {
      const spoilt = whole.slice();
      spoilt[place] = (spoilt[place] as number) ^ 0xff;
      const outcome = await readZip(new Blob([spoilt]), QUIET).catch((error: VisavisError) => error);
      // Times and versions mean nothing here; all else is noticed.
      if (Array.isArray(outcome)) expect(sorted(outcome).every(({ name, bytes }) => FILES.some((file) => file.name === name && Buffer.from(file.bytes).equals(bytes)))).toBe(true);
      else {
        refused += 1;
        expect(outcome.code, `spoilt at ${place}`).toMatch(/^Import(Malformed|Refused|TooLarge)$/);
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 6);
  }, 60_000);

  test('that is empty, none, cut off, damaged or gone is said to be so in plain words', async () => {
    const whole = Buffer.from(makeZip(FILES.map(({ name, bytes }) => ({ name, bytes, deflate: true }))));
    const directory = whole.indexOf('PK\x01\x02', 'latin1');
    const damaged = Buffer.from(whole);
    damaged[directory] = 0;
    const spoilt = Buffer.from(whole);
    const content = spoilt.indexOf('library.json') + 'library.json'.length;
    spoilt[content] = (spoilt[content] as number) ^ 0xff;
    const gone = new Blob([whole]);
    gone.slice = () => ({ arrayBuffer: async () => Promise.reject(new DOMException('not found', 'NotFoundError')) }) as never;
    const cases: [Blob, RegExp][] = [
      [new Blob([]), /cannot be read: it is empty \(0 bytes\)$/],
      [new Blob(['no zip at all, but a long text '.repeat(100)]), /cannot be read: it is no zip$/],
      [new Blob([new Uint8Array([0xff, 0xd8, 0xff])]), /: it is no zip$/],
      [new Blob([whole.subarray(0, directory - 3)]), /the zip is cut off or damaged: .*copied or downloaded completely/],
      [new Blob([whole.subarray(0, -5)]), /the zip is cut off or damaged/],
      [new Blob([damaged]), /the zip is (cut off or )?damaged/],
      [new Blob([spoilt]), /"library\.json": .*the zip is damaged/],
      [gone, /cannot be read any more .*was it moved/],
    ];
    for (const [blob, message] of cases) {
      const error = await failure(readZip(blob, QUIET));
      expect([error.code, error.message]).toEqual(['ImportMalformed', expect.stringMatching(message)]);
      expect(error.message).not.toMatch(/central directory|CRC32|not recognized/i);
    }
  });

  test('is given up when that is asked for', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(readZip(zipped(FILES.map(({ name, bytes }) => ({ name, bytes }))), { signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'Aborted' });
  });
});

describe('a folder', () => {
  const folderOf = (disk: FakeDisk): FileSystemDirectoryHandle => disk.root as unknown as FileSystemDirectoryHandle;

  test('has the files that went in, library.json last, and is read back', async () => {
    const disk = new FakeDisk();
    await writeFolder(FILES, folderOf(disk), QUIET);
    expect(disk.steps.at(-1)).toBe('write library.json');
    expect(disk.root.paths()).toEqual(FILES.map(({ name }) => name));
    expect(sorted(await readFolder(folderOf(disk), QUIET))).toEqual(FILES);
  });

  test('with an earlier export has nothing of that any more, and what else was there', async () => {
    const disk = new FakeDisk();
    await writeFolder([...FILES, { name: 'faces-0.arrow', bytes: new Uint8Array([1]) }, { name: 'faces/99.jpg', bytes: new Uint8Array([1]) }], folderOf(disk), QUIET);
    await disk.root.getFileHandle('readme', { create: true });
    await writeFolder(FILES, folderOf(disk), QUIET);
    expect(disk.root.paths()).toEqual([...FILES.map(({ name }) => name), 'readme'].sort());
  });

  test('that is full or read-only is ExportFailed, names the file, and has no library.json', async () => {
    const disk = new FakeDisk();
    disk.onStep = (step) => {
      if (step.includes('7.jpg')) throw new DOMException('not allowed to write here', 'NotAllowedError');
    };
    const error = await failure(writeFolder(FILES, folderOf(disk), QUIET));
    expect(error).toMatchObject({ code: 'ExportFailed', message: expect.stringMatching(/"faces\/7\.jpg".*not allowed/) });
    expect(disk.root.paths()).not.toContain('library.json');
  });

  test('without a library is ImportRefused', async () => {
    expect((await failure(readFolder(folderOf(new FakeDisk()), QUIET))).code).toBe('ImportRefused');
  });
});
