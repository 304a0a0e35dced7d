import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VisavisError } from '../src/errors.js';
import { openOpfs } from '../src/opfs.js';
import { notKept } from '../src/own-place.js';
import type { OwnPlace } from '../src/own-place.js';
import type { StateChange } from '../src/protocol.js';
import { Shelf } from '../src/shelf.js';
import { openState } from '../src/state.js';
import type { State } from '../src/state.js';
import { FakeLocks } from './fake-locks.js';
import { FakeDisk, FakeFile } from './fake-opfs.js';

let disk: FakeDisk;
let warnings: VisavisError[] = [];
const warn = (warning: VisavisError): void => void warnings.push(warning);

beforeEach(() => {
  warnings = [];
  disk = new FakeDisk();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  vi.stubGlobal('FileSystemFileHandle', FakeFile);
  vi.stubGlobal('navigator', { locks: new FakeLocks(), storage: disk.storage() });
});

afterEach(() => void vi.unstubAllGlobals());

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const manifest = (...names: string[]): Uint8Array => new TextEncoder().encode(JSON.stringify({ files: names.map((name) => ({ name })) }));
const own = (key: string, value?: Uint8Array, library = 'mine'): StateChange => ({ store: `own:${library}`, key, ...(value === undefined ? {} : { value }) });
const stateOf = async (libraries = ['mine']): Promise<State> => (await openState({ name: 'n' }, warn, libraries)).state;
const filesOf = (state: State, library = 'mine'): object => Object.fromEntries([...state.filesOf(library)].sort());
const full = (): never => {
  throw new DOMException('no space', 'QuotaExceededError');
};
const FIRST = [own('people-1.arrow', bytes(1)), own('faces/7.jpg', bytes(7)), own('library.json', manifest('people-1.arrow'))];
const SECOND = [own('people-2.arrow', bytes(2)), own('library.json', manifest('people-2.arrow')), own('people-1.arrow'), own('faces/7.jpg')];
const [OLD, NEW] = [FIRST, SECOND].map((changes) => Object.fromEntries(changes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])).sort()));

describe('a library in the origin private file system', () => {
  test('is its files, in a folder of its own, and there again after a reload', async () => {
    const state = await stateOf();
    expect(state.storage).toBe('opfs');
    await state.commit(FIRST);
    expect(disk.root.paths()).toEqual([
      'visavis/n/mine.version',
      'visavis/n/mine/faces/7.jpg',
      'visavis/n/mine/library.json',
      'visavis/n/mine/people-1.arrow',
    ]);
    expect(filesOf(await stateOf())).toEqual(OLD);
    await state.commit(SECOND);
    expect(filesOf(await stateOf())).toEqual(NEW);
    expect(disk.root.paths()).toEqual(['visavis/n/mine.version', 'visavis/n/mine/library.json', 'visavis/n/mine/people-2.arrow']);
    expect(warnings).toEqual([]);
  });

  test('is written tables first, then library.json, and what is gone goes last', async () => {
    const state = await stateOf();
    await state.commit(FIRST);
    disk.steps.splice(0);
    await state.commit(SECOND);
    expect(disk.steps.slice(0, 3)).toEqual(['write mine.version', 'write people-2.arrow', 'write library.json']);
    expect(disk.steps.slice(3).sort()).toEqual(['remove 7.jpg', 'remove people-1.arrow']);
  });

  test('is the former or the new one, wherever the page is killed', async () => {
    for (let left = 0; left < 6; left += 1) {
      disk = new FakeDisk();
      vi.stubGlobal('navigator', { locks: new FakeLocks(), storage: disk.storage() });
      const [state, other] = [await stateOf(), await stateOf()];
      await state.commit(FIRST);
      await other.refreshOwn();
      let steps = left;
      disk.onStep = () => {
        steps -= 1;
        if (steps < 0) throw new Error('killed');
      };
      await state.commit(SECOND)?.catch(() => undefined);
      disk.onStep = () => undefined;
      const again = await stateOf();
      const found = filesOf(again);
      const isNew = again.filesOf('mine').has('people-2.arrow');
      // A picture that is left over is nobody's; the next change of the library drops it.
      expect({ ...found, 'faces/7.jpg': bytes(7) }, `killed after ${left} steps`).toEqual({ ...(isNew ? NEW : OLD), 'faces/7.jpg': bytes(7) });
      expect(isNew).toBe(left >= 3);
      expect(disk.root.paths().filter((path) => path.endsWith('.arrow'))).toHaveLength(1);
      // Another tab takes what is there, too.
      await other.refreshOwn();
      expect(filesOf(other)).toEqual(found);
    }
  });

  test('never has rows of a media without all of its pictures, wherever the page is killed', async () => {
    const added = [own('rows/1.json', bytes(1)), own('faces/1.jpg', bytes(1)), own('faces/2.jpg', bytes(2)), own('covers/1.jpg', bytes(3))];
    for (let left = 0; left < 6; left += 1) {
      disk = new FakeDisk();
      vi.stubGlobal('navigator', { locks: new FakeLocks(), storage: disk.storage() });
      const state = await stateOf();
      let steps = left;
      disk.onStep = () => {
        steps -= 1;
        if (steps < 0) throw new Error('killed');
      };
      await state.commit(added)?.catch(() => undefined);
      disk.onStep = () => undefined;
      const found = [...(await stateOf()).filesOf('mine').keys()].sort();
      expect(found).toEqual(left < 5 ? [] : ['covers/1.jpg', 'faces/1.jpg', 'faces/2.jpg', 'rows/1.json']);
      // Pictures of nobody go with the next reader.
      expect(disk.root.paths().filter((path) => path.includes('mine/'))).toHaveLength(found.length);
    }
  });

  test('is there or not, wherever the page is killed that deletes it', async () => {
    const kept = [...FIRST, own('rows/1.json', bytes(1))];
    for (let left = 0; left < 5; left += 1) {
      disk = new FakeDisk();
      vi.stubGlobal('navigator', { locks: new FakeLocks(), storage: disk.storage() });
      const state = await stateOf();
      await state.commit(kept);
      let steps = left;
      disk.onStep = () => {
        steps -= 1;
        if (steps < 0) throw new Error('killed');
      };
      await state.dropLibrary('mine').catch(() => undefined);
      disk.onStep = () => undefined;
      const found = Object.keys(filesOf(await stateOf()));
      const whole = kept.map(({ key }) => key).sort();
      expect(found, `killed after ${left} steps`).toEqual([whole, whole, whole.filter((key) => !key.startsWith('rows/')), [], []][left]);
      expect(disk.root.paths().filter((path) => path.includes('mine/'))).toHaveLength(found.length);
    }
    expect(disk.root.paths()).toEqual([]);
  });

  test('may have very many files', async () => {
    const place = (await openOpfs('n')) as OwnPlace;
    await place.write('mine', new Map([['library.json', bytes(1)], ['faces/1.jpg', bytes(1)]]));
    const folder = await (await (await disk.root.getDirectoryHandle('visavis')).getDirectoryHandle('n')).getDirectoryHandle('mine');
    const faces = await folder.getDirectoryHandle('faces');
    for (let face = 2; face <= 150_000; face += 1) faces.children.set(`${face}.jpg`, faces.children.get('1.jpg') as FakeFile);
    expect((await place.read('mine', new Map(Array.from({ length: 150_000 }, (_, face) => [`faces/${face + 1}.jpg`, bytes(1)])))).files.size).toBe(150_001);
  });

  test('has no empty files: those were begun by somebody who was killed', async () => {
    const place = (await openOpfs('n')) as OwnPlace;
    await place.write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    const folder = await (await (await disk.root.getDirectoryHandle('visavis')).getDirectoryHandle('n')).getDirectoryHandle('mine');
    await folder.getFileHandle('people-9.arrow', { create: true });
    await (await folder.getDirectoryHandle('rows', { create: true })).getFileHandle('1.json', { create: true });
    expect([...(await place.read('mine')).files.keys()].sort()).toEqual(['faces/7.jpg', 'library.json', 'people-1.arrow']);
    expect(disk.root.paths()).toHaveLength(4);
  });

  test('whose library.json cannot be read is left as it is', async () => {
    const place = (await openOpfs('n')) as OwnPlace;
    await place.write('mine', new Map([['library.json', bytes(1)], ['people-1.arrow', bytes(1)]]));
    expect([...(await place.read('mine')).files.keys()].sort()).toEqual(['library.json', 'people-1.arrow']);
  });

  test('may have any name, and is no other one', async () => {
    const names = ['a/b', '..', 'x.version', 'x', 'X', 'Ä ö', '\ud800', 'con?*"<>|'];
    const state = await stateOf(names);
    for (const [index, name] of names.entries()) await state.commit([own('library.json', bytes(index), name)]);
    const again = await stateOf(names);
    for (const [index, name] of names.entries()) expect(filesOf(again, name), name).toEqual({ 'library.json': bytes(index) });
    expect(warnings).toEqual([]);
  });

  test('is not read again where nothing changed, and only then', async () => {
    const [one, two] = [await stateOf(), await stateOf()];
    await one.commit(FIRST);
    expect(await one.refreshOwn()).toEqual([]);
    expect((await two.refreshOwn()).map(({ key }) => key).sort()).toEqual(['faces/7.jpg', 'library.json', 'people-1.arrow']);
    const before = disk.reads;
    expect(await two.refreshOwn()).toEqual([]);
    // Only the version.
    expect(disk.reads - before).toBe(1);
    await one.commit(SECOND);
    const told = await two.refreshOwn();
    const wanted = [own('faces/7.jpg'), own('library.json', NEW?.['library.json']), own('people-1.arrow'), own('people-2.arrow', bytes(2))];
    expect(told.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(wanted);
  });
});

test('pictures that another tab has are not read again for one that was added', async () => {
  const pictures = Array.from({ length: 100 }, (_, face) => own(`faces/${face}.jpg`, bytes(face)));
  const [one, two] = [await stateOf(), await stateOf()];
  await one.commit([...pictures, ...FIRST]);
  await two.refreshOwn();
  const before = disk.reads;
  await one.commit([own('faces/100.jpg', bytes(100)), own('rows/1.json', bytes(1))]);
  expect((await two.refreshOwn()).map(({ key }) => key).sort()).toEqual(['faces/100.jpg', 'rows/1.json']);
  expect(disk.reads - before).toBeLessThan(8);
});

describe('what cannot be kept', () => {
  test('is the deletion of a media whose rows do not go: it is not half done', async () => {
    const state = await stateOf();
    await state.commit([...FIRST, own('rows/1.json', bytes(1))]);
    const before = filesOf(state);
    disk.onStep = (now) => {
      if (now === 'remove 1.json') throw new DOMException('somebody reads it', 'NoModificationAllowedError');
    };
    await expect(state.commit([own('rows/1.json'), ...SECOND])).rejects.toMatchObject({ code: 'PersistFailed' });
    disk.onStep = () => undefined;
    expect(filesOf(state)).toEqual(before);
    expect(filesOf(await stateOf())).toEqual(before);
  });

  test('is StorageFull on a full disk, says how full, and changes nothing', async () => {
    const state = await stateOf();
    await state.commit(FIRST);
    for (const step of ['write mine.version', 'write people-2.arrow', 'write library.json']) {
      disk.onStep = (now) => (now === step ? full() : undefined);
      const error = await state.commit(SECOND)?.catch((thrown: VisavisError) => thrown);
      expect(error).toMatchObject({ code: 'StorageFull', message: expect.stringMatching(/"mine".*browser refused.*needs 0\.000 MB; by its own estimate only 900 MB of 1000 MB are used/) });
      disk.onStep = () => undefined;
      expect(filesOf(state)).toEqual(OLD);
      expect(filesOf(await stateOf())).toEqual(OLD);
      // Nothing is left of it.
      expect(disk.root.paths().filter((path) => path.includes('people-2'))).toEqual([]);
    }
    expect(state.former(SECOND)).toEqual([own('people-2.arrow'), own('library.json', OLD?.['library.json']), own('people-1.arrow', bytes(1)), own('faces/7.jpg', bytes(7))]);
    await state.commit(SECOND);
    expect(filesOf(state)).toEqual(NEW);
  });

  test('is said to be full by the browser only where that says so', async () => {
    const changes = new Map([['a', new Uint8Array(2_000_000)]]);
    const messageOf = async (estimate: () => Promise<object>): Promise<string> => {
      vi.stubGlobal('navigator', { storage: { estimate } });
      const error = await notKept('mine', new DOMException('no space', 'QuotaExceededError'), changes);
      expect(error.code).toBe('StorageFull');
      return error.message;
    };
    expect(await messageOf(async () => ({ usage: 99e6, quota: 100e6 }))).toMatch(/"mine": the disk space of this site is used up: the change needs 2\.000 MB, and 99 MB of 100 MB are used\. /);
    expect(await messageOf(async () => ({ usage: 23e6, quota: 10_760e6 }))).toMatch(/the browser refused to keep it: .* 23 MB of 10760 MB/);
    for (const estimate of [async () => ({}), async () => Promise.reject(new TypeError('not here'))]) {
      expect(await messageOf(estimate)).toMatch(/is used up: the change needs 2\.000 MB\. /);
    }
  });

  test('is PersistFailed where the file system gives another reason', async () => {
    const state = await stateOf();
    disk.onStep = () => {
      throw new DOMException('the disk is gone', 'UnknownError');
    };
    await expect(state.commit(FIRST)).rejects.toMatchObject({ code: 'PersistFailed', message: expect.stringContaining('the disk is gone') });
    expect(filesOf(state)).toEqual({});
  });

  test('on a full disk, a library can be deleted', async () => {
    const place = (await openOpfs('n')) as OwnPlace;
    const version = await place.write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    disk.onStep = (step) => (step.startsWith('write') ? full() : undefined);
    expect(await place.drop('mine')).not.toBe(version);
    expect(await place.version('mine')).not.toBe(version);
    expect((await place.read('mine')).files.size).toBe(0);
    expect(disk.root.paths()).toEqual([]);
  });
});

describe('where libraries are', () => {
  test('those that an earlier version kept in IndexedDB are moved over, once', async () => {
    const shelf = await Shelf.open('n', warn);
    await shelf.ownPlace().write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    expect(filesOf(await stateOf())).toEqual(OLD);
    expect((await shelf.ownPlace().read('mine')).files.size).toBe(0);
    // Whoever was killed between moving and deleting does it again.
    await shelf.ownPlace().write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    expect(filesOf(await stateOf())).toEqual(OLD);
    expect(await shelf.ownPlace().has('mine')).toBe(false);
    expect(warnings).toEqual([]);
    shelf.close();
  });

  test('of two of one name both are kept, and that is told', async () => {
    const shelf = await Shelf.open('n', warn);
    await (await stateOf()).commit(SECOND);
    await shelf.ownPlace().write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    const state = await stateOf();
    expect(filesOf(state)).toEqual(NEW);
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('"mine": there is another one') }]);
    expect(Object.fromEntries((await shelf.ownPlace().read('mine')).files)).toEqual(OLD);
    await state.dropLibrary('mine');
    expect([await shelf.ownPlace().has('mine'), disk.root.paths()]).toEqual([false, []]);
    shelf.close();
  });

  test('one that cannot be moved over for lack of space stays in IndexedDB, whole and in use, until it can', async () => {
    const shelf = await Shelf.open('n', warn);
    await shelf.ownPlace().write('mine', new Map(FIRST.map(({ key, value }) => [key, value])));
    disk.onStep = (step) => (step === 'write library.json' ? full() : undefined);
    const [state, other] = [await stateOf(), await stateOf()];
    expect(warnings).toMatchObject(Array(2).fill({ code: 'PersistFailed', message: expect.stringMatching(/"mine": it stays in IndexedDB.*no space/) }));
    expect(filesOf(state)).toEqual(OLD);
    await state.refreshOwn();
    await state.commit([own('faces/8.jpg', bytes(8))]);
    disk.onStep = () => undefined;
    await other.refreshOwn();
    expect(filesOf(other)).toEqual({ ...OLD, 'faces/8.jpg': bytes(8) });
    // A new page has room for it; the others take it from there.
    expect(filesOf(await stateOf())).toEqual({ ...OLD, 'faces/8.jpg': bytes(8) });
    expect(await shelf.ownPlace().has('mine')).toBe(false);
    await state.refreshOwn();
    expect(filesOf(state)).toEqual({ ...OLD, 'faces/8.jpg': bytes(8) });
    await state.commit(SECOND);
    expect(disk.root.paths()).toContain('visavis/n/mine/people-2.arrow');
    shelf.close();
  });

  test('a file system that fails once hides no library: nothing is kept in that session, which is told', async () => {
    await (await stateOf()).commit(FIRST);
    const once = vi.spyOn(disk.root, 'getDirectoryHandle').mockRejectedValueOnce(new DOMException('try again', 'UnknownError'));
    const state = await stateOf();
    expect(state.storage).toBe('memory');
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringContaining('try again') }]);
    once.mockRestore();
    expect(filesOf(await stateOf())).toEqual(OLD);
  });

  test('is IndexedDB where files cannot be written, and the same holds there', async () => {
    vi.stubGlobal('FileSystemFileHandle', class {});
    const [one, two] = [await stateOf(), await stateOf()];
    expect(one.storage).toBe('indexeddb');
    await one.commit(FIRST);
    expect((await two.refreshOwn()).length).toBe(3);
    expect(await two.refreshOwn()).toEqual([]);
    await one.commit(SECOND);
    expect(filesOf(await stateOf())).toEqual(NEW);
    // Tokens and tasks are told apart from it.
    expect(await one.refresh()).toEqual([]);
    expect(disk.root.paths()).toEqual([]);
    for (const state of [one, two]) state.close();
  });

  test('is memory without persist', async () => {
    const { state } = await openState(false, warn, ['mine']);
    expect([state.commit(FIRST), state.storage]).toEqual([undefined, 'memory']);
    expect(filesOf(state)).toEqual(OLD);
  });

  test('one that cannot be read costs no other, and is told of', async () => {
    await (await stateOf(['good'])).commit([own('library.json', bytes(1), 'good')]);
    await (await stateOf(['bad'])).commit([own('library.json', bytes(1), 'bad')]);
    const getFile = vi.spyOn(FakeFile.prototype, 'getFile').mockImplementationOnce(async () => Promise.reject(new DOMException('bad sector', 'NotReadableError')));
    const state = await stateOf(['bad', 'good']);
    expect(warnings).toMatchObject([{ code: 'PersistFailed', message: expect.stringMatching(/"bad".*bad sector/) }]);
    expect(filesOf(state, 'good')).toEqual({ 'library.json': bytes(1) });
    getFile.mockRestore();
    expect(await state.refreshOwn()).toEqual([own('library.json', bytes(1), 'bad')]);
  });
});
