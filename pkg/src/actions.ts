/**
 * Which operations the HTTP protocol knows: by the name of the action, and those of the face service by their path too.
 */

/** Operations of which the action is asked for at any path. */
const RPC_ACTIONS = [
  'SearchMediaByFace',
  'SearchMediaClipByFace',
  'SearchMedia',
  'CreateFacesSearchingTask',
  'GetTask',
  'ListTasks',
  'GetFacesSearchingResult',
] as const;

/** What stands before the paths of the face service. */
const REST_ROOT = '/green/sface/';

/** Operations of the face service by their path; `face/assign`, `person/merge`, `person/unmerge`, `person/split` and `persons` are ours. */
const REST_PATHS: Readonly<Record<string, string>> = {
  'faces': 'GetFaces',
  'face/add': 'AddFaces',
  'face/assign': 'AssignFaces',
  'face/delete': 'DeleteFaces',
  'person': 'GetPerson',
  'person/add': 'AddPerson',
  'person/update': 'SetPerson',
  'person/delete': 'DeletePerson',
  'person/merge': 'MergePersons',
  'person/unmerge': 'UnmergePersons',
  'person/split': 'SplitPerson',
  'persons': 'ListPersons',
  'group/persons': 'GetPersons',
  'groups': 'GetGroups',
  'person/groups/add': 'AddGroups',
  'person/groups/delete': 'DeleteGroups',
};

const REST_ACTIONS: ReadonlySet<string> = new Set(Object.values(REST_PATHS));
const ALL_ACTIONS: ReadonlySet<string> = new Set([...RPC_ACTIONS, ...REST_ACTIONS]);

/** Whether the action is one that can be asked for. */
export function isAction(name: string): boolean {
  return ALL_ACTIONS.has(name);
}

/** Whether the action is one of the face service, whose bodies are JSON. */
export function isRestAction(name: string): boolean {
  return REST_ACTIONS.has(name);
}

/** All names, for errors. */
export function actionNames(): string {
  return [...ALL_ACTIONS].join(', ');
}

/** The path below that of the face service, wherever that is mounted; `undefined` for any other path. */
export function restPath(pathname: string): string | undefined {
  const at = pathname.indexOf(REST_ROOT);
  return at < 0 ? undefined : pathname.slice(at + REST_ROOT.length).replace(/\/+$/, '');
}

/** The action of a path of the face service. */
export function actionOfPath(path: string): string | undefined {
  return Object.hasOwn(REST_PATHS, path) ? REST_PATHS[path] : undefined;
}
