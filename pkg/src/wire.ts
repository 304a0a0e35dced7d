/**
 * Every request and response, with the names of the wire. TEMPORARY: replaced by what is generated from the Rust wire types.
 */

/** A request of SearchMediaByFace. */
export interface SearchMediaByFaceRequest {
  /** The caller's own name for this query: paging, filters and later searches under the same token need no image again. */
  FaceSearchToken: string;
  /** The photo of the person. Not needed where the token is known. */
  PersonImageUrl?: string;
  /** From 1; default 1. */
  PageNo?: number;
  /** 1 to 50; default 10. */
  PageSize?: number;
  /** Only media in which this entity was found. */
  EntityId?: string;
  /** Which library; default: the first. */
  SearchLibName?: string;
  MediaType?: 'image' | 'video';
  /** As in SearchMedia. */
  CustomFilters?: string;
  Namespace?: string;
  /** JSON: `{"gte": ms, "lte": ms}`. */
  UtcCreate?: string;
}

/** One media of an answer. */
export interface MediaInfo {
  MediaId: string;
}

/** A box in whole pixels, upper left corner first. */
export interface BoxPosition {
  X: number;
  Y: number;
  W: number;
  H: number;
}

/** One row of `Scores`. */
export interface ScoreRow {
  MediaId: string;
  /** How sure it is that this is the same person, 0 to 1. */
  Score: number;
  /** The cosine of the two embeddings, -1 to 1. */
  Cosine: number;
  /** Where the media was when it was indexed, relative to the indexed folder. */
  path: string;
  MediaType: 'image' | 'video';
  Title: string;
  /** Of the media, in pixels. */
  Width: number;
  Height: number;
  FaceId: number;
  EntityId?: string;
  LabelName?: string;
  /** The face in the media, integer pixels. */
  Box: BoxPosition;
  /** A picture of the face, absolute URL. */
  FaceUrl: string;
  /** A small picture of the media, absolute URL. */
  CoverUrl?: string;
  /** The media itself, where the library says so. */
  Url?: string;
}

/** The response of SearchMediaByFace. */
export interface SearchMediaByFaceResponse {
  RequestId: string;
  Success: string;
  Code: string;
  /** This page of the media, best first. */
  MediaInfoList: MediaInfo[];
  /** How many media there are on all pages. */
  Total: number;
  /** Only with `scores`: a row for each of `MediaInfoList`, in its order. */
  Scores?: ScoreRow[];
}

/** A request of SearchMediaClipByFace. */
export interface SearchMediaClipByFaceRequest {
  FaceSearchToken: string;
  MediaId: string;
  PageNo?: number;
  PageSize?: number;
  EntityId?: string;
  SearchLibName?: string;
}

/** The response of SearchMediaClipByFace. */
export interface SearchMediaClipByFaceResponse {
  RequestId: string;
  Success: string;
  Code: string;
  Total: number;
  MediaClipList: MediaClip[];
}

/** Where one person is seen in a media. */
export interface MediaClip {
  /** 0 to 1. */
  Score: number;
  EntityId: string;
  LabelName: string;
  Category: string;
  OccurrencesInfos: {
    /** In seconds. */
    StartTime: number;
    EndTime: number;
    Expression: string;
    TrackData: { Timestamp: number; BoxPosition: BoxPosition }[];
  }[];
}

/** A request of SearchMedia. */
export interface SearchMediaRequest {
  Match?: string;
  SortBy?: string;
  PageNo?: number;
  PageSize?: number;
  EntityId?: string;
  SearchLibName?: string;
  CustomFilters?: string;
  ScrollToken?: string;
}

/** The response of SearchMedia. */
export interface SearchMediaResponse {
  RequestId: string;
  Success: string;
  Code: string;
  ScrollToken: string;
  Total: number;
  MediaInfoList: ({ MediaId: string } & Record<string, unknown>)[];
}

/** Where the notification of a task goes. */
export interface TaskNotificationTargets {
  ExtendedMessageURI?: string;
  MNS?: { TopicName?: string };
  RocketMQ?: { InstanceId?: string; TopicName?: string };
}

/** A request of CreateFacesSearchingTask. */
export interface CreateFacesSearchingTaskRequest {
  ProjectName: string;
  DatasetName: string;
  Sources?: { URI: string }[];
  /** 1 to 100; default 5. */
  MaxResult?: number | string;
  /** At most 2048 bytes. */
  UserData?: string;
  Notification?: TaskNotificationTargets;
}

/** The response of CreateFacesSearchingTask. */
export interface CreateFacesSearchingTaskResponse {
  RequestId: string;
  TaskId: string;
  EventId: string;
}

/** A request of GetTask. */
export interface GetTaskRequest {
  ProjectName: string;
  TaskType: string;
  TaskId: string;
  RequestDefinition?: boolean;
}

/** What is known of a task. */
export interface TaskInfo {
  TaskId: string;
  TaskType: string;
  ProjectName: string;
  Status: 'Running' | 'Succeeded' | 'Failed';
  /** 0 to 100. */
  Progress: number;
  StartTime: string;
  EndTime: string;
  Code: string;
  Message: string;
  EventId: string;
  UserData: string;
  Tags: Record<string, unknown>;
  TaskRequestDefinition: string;
}

/** The response of GetTask. */
export interface GetTaskResponse extends TaskInfo {
  RequestId: string;
}

/** A request of ListTasks. */
export interface ListTasksRequest {
  ProjectName: string;
  TaskTypes?: string[];
  Status?: string;
  TagSelector?: string;
  Sort?: string;
  Order?: string;
  MaxResults?: number;
  NextToken?: string;
  StartTimeRange?: { Start?: string; End?: string };
  EndTimeRange?: { Start?: string; End?: string };
  RequestDefinition?: boolean;
}

/** The response of ListTasks. */
export interface ListTasksResponse {
  RequestId: string;
  ProjectName: string;
  Tasks: TaskInfo[];
  /** Empty at the end. */
  NextToken: string;
  MaxResults: string;
}

/** What a task found: one row a source. */
export interface FacesSearchingResult {
  RequestId?: string;
  SimilarFaces: Record<string, unknown>[];
}

/** A request of GetPersonFacesInfo. */
export interface GetPersonFacesInfoRequest {
  personId: string;
  /** Absent: all of the person's faces. */
  faceIds?: string[];
  clientInfo?: string;
}

/** The envelope of the face service. */
interface Answer<T> {
  /** 200. */
  code: number;
  requestId: string;
  msg?: string;
  data: T;
}

/** The response of GetPersonFacesInfo. */
export type GetPersonFacesInfoResponse = Answer<{ code: number; faceImageItems: { success: boolean; faceId: number; url: string }[] }>;

export interface AddPersonRequest {
  personId: string;
  groupIds?: string[];
  name?: string;
  note?: string;
}
export interface SetPersonRequest {
  personId: string;
  name?: string;
  note?: string;
}
export interface DeletePersonRequest {
  personId: string;
}
export interface GetPersonRequest {
  personId: string;
}
export interface GetPersonsRequest {
  groupId: string;
}
export interface ListPersonsRequest {
  pageNo?: number;
  pageSize?: number;
}
export interface GetGroupsRequest {
  personId?: string;
}
export interface AddGroupsRequest {
  personId: string;
  groupIds: string[];
}
export interface DeleteGroupsRequest {
  personId: string;
  groupIds: string[];
}
export interface AddFacesRequest {
  personId: string;
  /** At most 20 a person. */
  urls: string[];
}
export interface AssignFacesRequest {
  personId: string;
  faceIds: (string | number)[];
}
export interface DeleteFacesRequest {
  personId: string;
  faceIds: string[];
}
export interface MergePersonsRequest {
  personId: string;
  fromPersonIds: string[];
}
export type AddPersonResponse = Answer<Record<string, unknown>>;
export type SetPersonResponse = Answer<Record<string, unknown>>;
export type DeletePersonResponse = Answer<Record<string, unknown>>;
export type GetPersonResponse = Answer<Record<string, unknown>>;
export type GetPersonsResponse = Answer<Record<string, unknown>>;
export type ListPersonsResponse = Answer<Record<string, unknown>>;
export type GetGroupsResponse = Answer<Record<string, unknown>>;
export type AddGroupsResponse = Answer<Record<string, unknown>>;
export type DeleteGroupsResponse = Answer<Record<string, unknown>>;
export type AddFacesResponse = Answer<Record<string, unknown>>;
export type DeleteFacesResponse = Answer<Record<string, unknown>>;
export type MergePersonsResponse = Answer<Record<string, unknown>>;
