import { expect, test } from 'vitest';
import { Client } from '../src/client.js';
import type { ImageInput } from '../src/types.js';
import { FakeHosts, config } from './fake-hosts.js';

async function answering(result: unknown): Promise<{ hosts: FakeHosts; client: Client }> {
  const hosts = new FakeHosts();
  hosts.answer = (call, tell) => tell({ kind: 'result', id: call.id, result });
  const client = new Client({ config, connect: hosts.connect, now: () => 1700000000123, resolve: (url) => url.replace('oss://', 'https://cdn.example/') });
  await client.start(undefined);
  return { hosts, client };
}

const person = { personId: 'p1' };
const project = { ProjectName: 'p' };
test.each<[string, (client: Client) => Promise<unknown>, string, object]>([
  ['searchMediaByFace', (c) => c.searchMediaByFace({ FaceSearchToken: 't' }), 'SearchMediaByFace', { FaceSearchToken: 't' }],
  [
    'searchMediaClipByFace',
    (c) => c.searchMediaClipByFace({ FaceSearchToken: 't', MediaId: 'm' }),
    'SearchMediaClipByFace',
    { FaceSearchToken: 't', MediaId: 'm' },
  ],
  ['searchMedia', (c) => c.searchMedia({ Match: "title = 'x'" }), 'SearchMedia', { Match: "title = 'x'" }],
  ['getTask', (c) => c.getTask({ ...project, TaskType: 'T', TaskId: 'i' }), 'GetTask', { ...project, TaskType: 'T', TaskId: 'i' }],
  ['listTasks', (c) => c.listTasks({ ...project, TaskTypes: ['T'] }), 'ListTasks', { ...project, TaskTypes: ['T'] }],
  ['getFacesSearchingResult', (c) => c.getFacesSearchingResult({ TaskId: 'i' }), 'GetFacesSearchingResult', { TaskId: 'i' }],
  ['getPersonFacesInfo', (c) => c.getPersonFacesInfo(person), 'GetFaces', person],
  ['addPerson', (c) => c.addPerson({ ...person, name: 'Ada' }), 'AddPerson', { ...person, name: 'Ada' }],
  ['setPerson', (c) => c.setPerson(person), 'SetPerson', person],
  ['deletePerson', (c) => c.deletePerson(person), 'DeletePerson', person],
  ['getPerson', (c) => c.getPerson(person), 'GetPerson', person],
  ['getPersons', (c) => c.getPersons({ groupId: 'g' }), 'GetPersons', { groupId: 'g' }],
  ['listPersons', (c) => c.listPersons({}), 'ListPersons', {}],
  ['getGroups', (c) => c.getGroups({}), 'GetGroups', {}],
  ['addGroups', (c) => c.addGroups({ ...person, groupIds: ['g'] }), 'AddGroups', { ...person, groupIds: ['g'] }],
  ['deleteGroups', (c) => c.deleteGroups({ ...person, groupIds: ['g'] }), 'DeleteGroups', { ...person, groupIds: ['g'] }],
  ['assignFaces', (c) => c.assignFaces({ ...person, faceIds: [5] }), 'AssignFaces', { ...person, faceIds: ['5'] }],
  ['deleteFaces', (c) => c.deleteFaces({ ...person, faceIds: ['5'] }), 'DeleteFaces', { ...person, faceIds: ['5'] }],
  ['mergePersons', (c) => c.mergePersons({ ...person } as never), 'MergePersons', person],
  ['unmergePersons', (c) => c.unmergePersons({ ...person } as never), 'UnmergePersons', person],
  ['splitPerson', (c) => c.splitPerson({ ...person, faceIds: [5n] }), 'SplitPerson', { ...person, faceIds: ['5'] }],
  ['forget', (c) => c.forget('t'), 'forgetToken', { token: 't' }],
])('%s asks the engine for its operation, with the moment, and gives its answer', async (_, run, operation, request) => {
  const { hosts, client } = await answering({ RequestId: 'R' });
  expect(await run(client)).toEqual({ RequestId: 'R' });
  expect(hosts.operations(0)).toEqual([{ operation, request, images: [], urls: [], options: { nowMs: 1700000000123 } }]);
});

test('options of ours go beside the request, and those of the call stay', async () => {
  const { hosts, client } = await answering({});
  const signal = new AbortController().signal;
  await client.searchMedia({ Match: '' }, { faceImages: true, signal });
  await client.searchMediaClipByFace({ FaceSearchToken: 't', MediaId: 'm' }, { threshold: 0.5 });
  expect(hosts.operations(0).map(({ options }) => options)).toEqual([
    { faceImages: true, nowMs: 1700000000123 },
    { threshold: 0.5, nowMs: 1700000000123 },
  ]);
});

test('photos of faces travel beside the request, each at the place of its URL', async () => {
  const { hosts, client } = await answering({});
  const urls: ImageInput[] = ['https://a.example/1.jpg', new Uint8Array([1]), 'oss://k', new File(['x'], 'my photo.jpg')];
  await client.addFaces({ personId: 'p1', urls });
  expect(hosts.operations(0)[0]).toMatchObject({
    request: { personId: 'p1', urls: ['https://a.example/1.jpg', 'image:1', 'https://cdn.example/k', 'image:3/my%20photo.jpg'] },
    images: [undefined, { kind: 'bytes', name: 'urls[1]' }, undefined, { kind: 'blob', name: 'my photo.jpg' }],
    urls: ['https://a.example/1.jpg', undefined, 'https://cdn.example/k', undefined],
  });
  await expect(client.addFaces({ personId: 'p1', urls: [5 as never] })).rejects.toMatchObject({ parameter: 'urls[0]' });
});

test('photos that come as JSON text, as in a query, are prepared as any others', async () => {
  const { hosts, client } = await answering({});
  await client.operate('AddFaces', { personId: 'p1', urls: '["oss://k", "https://a.example/1.jpg"]' });
  expect(hosts.operations(0)[0]?.request).toEqual({ personId: 'p1', urls: ['https://cdn.example/k', 'https://a.example/1.jpg'] });
  await expect(client.operate('AddFaces', { personId: 'p1', urls: '["file:///etc/passwd"]' })).rejects.toMatchObject({ parameter: 'urls[0]' });
  await client.operate('AddFaces', { personId: 'p1', urls: 'no JSON' });
  expect(hosts.operations(0)[1]?.request).toEqual({ personId: 'p1', urls: 'no JSON' });
});

test('ids of faces go as text, and one that a number has rounded is refused', async () => {
  const { hosts, client } = await answering({});
  await client.getPersonFacesInfo({ personId: 'p', faceIds: [7, 23088737259260929n, '23088737259260929'] });
  expect(hosts.operations(0)[0]?.request).toEqual({ personId: 'p', faceIds: ['7', '23088737259260929', '23088737259260929'] });
  await expect(client.deleteFaces({ personId: 'p', faceIds: ['1', 23088737259260929] })).rejects.toMatchObject({
    code: 'InvalidParameter',
    parameter: 'faceIds[1]',
  });
});

test('file: URLs are refused on a page, and read in Node', async () => {
  const { hosts, client } = await answering({});
  const request = { FaceSearchToken: 't', PersonImageUrl: 'FILE:///etc/photo.jpg' };
  await expect(client.searchMediaByFace(request)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'PersonImageUrl' });
  const inNode = new Client({ config, connect: hosts.connect, readsFiles: true });
  await inNode.start(undefined);
  await inNode.searchMediaByFace(request);
  expect(hosts.operations(1)[0]?.urls).toEqual(['file:///etc/photo.jpg']);
});

test.each([[null], [5], [[]], ['x']])('the request %j is refused', async (request) => {
  const { client } = await answering({});
  for (const run of [() => client.searchMedia(request as never), () => client.createFacesSearchingTask(request as never)]) {
    await expect(run()).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'request' });
  }
});

test('a token that is no text is refused', async () => {
  const { client } = await answering({});
  await expect(client.forget(5 as never)).rejects.toMatchObject({ code: 'InvalidParameter', parameter: 'token' });
});
