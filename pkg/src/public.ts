/** The types that every entry of the package exports. */

export type { Client } from './client.js';
export type { MediaJob } from './add-media.js';
export type * from './add-media-types.js';
export type { Watcher } from './camera.js';
export type * from './camera-types.js';
export type { MediaFileInput, MediaInput } from './media-files.js';
export type { BrowserErrorCode, VisavisErrorJson } from './errors.js';
export type { WasmBuild } from './features.js';
export type * from './transfer-types.js';
export type * from './types.js';
export type * from './wire.js';
// These take images and ids in more forms than the wire has.
export type {
  AddFacesRequest,
  AssignFacesRequest,
  CreateFacesSearchingTaskRequest,
  DeleteFacesRequest,
  GetPersonFacesInfoRequest,
  SearchMediaByFaceRequest,
  SplitPersonRequest,
} from './types.js';
