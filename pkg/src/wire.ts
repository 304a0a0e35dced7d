/**
 * Every request and response of the operations, made from the Rust types by `src/operations/typescript.rs`; not to be edited.
 *
 * Names are those of the public service. Coordinates are pixels after EXIF orientation, origin at the upper left.
 */

/** A box: upper left corner, width and height. */
export interface Box {
  /** Left edge. */
  x: number;
  /** Upper edge. */
  y: number;
  /** Width. */
  w: number;
  /** Height. */
  h: number;
}

/** The expression of a face: a hint, not a fact. */
export interface Expression {
  /** The most likely class. */
  label: string;
  /** How likely each class is; they add up to 1. */
  scores: Record<string, number>;
}

/** A face as callers see it. */
export interface Face {
  /** The face's box; it may reach beyond the photo. */
  box: Box;
  /** Five points: eye at the picture's left, eye at its right, nose, mouth corner at the left, mouth corner at the right. */
  landmarks: [Point, Point, Point, Point, Point];
  /** The detector's score, 0 to 1. */
  score: number;
  /** Size, sharpness and pose. */
  quality: Quality;
  /** The expression, where it was asked for and the model is there. */
  expression?: Expression;
}

/** A point. */
export interface Point {
  /** To the right. */
  x: number;
  /** Down. */
  y: number;
}

/** The quality of a face. */
export interface Quality {
  /** The shorter side of the box, in source pixels. */
  size: number;
  /** Variance of the Laplacian of the aligned crop. */
  sharpness: number;
  /** Turned to the picture's left (negative) or right (positive), in degrees, roughly. */
  yaw: number;
  /** Looking up (negative) or down (positive), in degrees, roughly. */
  pitch: number;
  /** The angle of the line between the eyes, in degrees; positive is clockwise. */
  roll: number;
  /** All in one, 0 to 1. */
  score: number;
}

/** A box in whole pixels of the media, upper left corner first. */
export interface BoxPosition {
  /** Left edge. */
  X: number;
  /** Upper edge. */
  Y: number;
  /** Width. */
  W: number;
  /** Height. */
  H: number;
}

/** A SearchMediaByFace request whose every value is within its range. */
export interface SearchMediaByFaceRequest {
  /** The caller's name for the query; not empty. */
  FaceSearchToken: string;
  /** Where the query photo is. Needed unless an image is handed over or the token is known. */
  PersonImageUrl?: string;
  /** Which page, from 1; 1 where absent. */
  PageNo?: number;
  /** Media a page, 1 to 50; 10 where absent. */
  PageSize?: number;
  /** Only faces of this person. */
  EntityId?: string;
  /** The name of the library; the first one where absent. */
  SearchLibName?: string;
  /** Only photos or only videos; both where absent. */
  MediaType?: 'image' | 'video';
  /** What the custom fields of the media must be, as in SearchMedia: JSON text, or the object itself. */
  CustomFilters?: SearchMediaRequest['CustomFilters'];
  /**
   * When the media was made, in milliseconds since 1970: `{"gte": 1, "lte": 2}`, of which one may be absent. JSON text, or the
   * object itself.
   */
  UtcCreate?: string | { gte?: number; lte?: number };
  /** Only media of this namespace. */
  Namespace?: string;
}

/** The response of SearchMediaByFace. */
export interface SearchMediaByFaceResponse {
  /** The id of this request. */
  RequestId: string;
  /** `"true"`: the service types it as a string. */
  Success: string;
  /** `"200"`: the service types it as a string. */
  Code: string;
  /** The media of this page, by descending similarity. */
  MediaInfoList: Array<MediaInfo>;
  /** How many media were found on all pages. */
  Total: number;
  /** One row a listed media in the same order; an extension, only where it was asked for. */
  Scores?: Array<ScoreRow>;
}

/** One media of the response. */
export interface MediaInfo {
  /** The media's id. */
  MediaId: string;
}

/** Why a media was found: its nearest face. An extension of the public response. */
export interface ScoreRow {
  /** The media's id. */
  MediaId: string;
  /** 0 to 1, calibrated. */
  Score: number;
  /** The cosine similarity, -1 to 1, to six decimals. */
  Cosine: number;
  /** The media's file, relative to the folder that was indexed. */
  path: string;
  /** `image` or `video`. */
  MediaType: string;
  /** The media's title. */
  Title: string;
  /** The media's width in pixels. */
  Width: number;
  /** The media's height in pixels. */
  Height: number;
  /** The nearest face's id. */
  FaceId: number;
  /** Who the face belongs to, where that is known. */
  EntityId?: string;
  /** That person's name. */
  LabelName?: string;
  /** Where the face is. */
  Box: BoxPosition;
  /** The face's thumbnail: a file of the library. */
  FaceUrl: string;
  /** The media's preview: a file of the library. */
  CoverUrl?: string;
  /** Where the media itself is, where the library says so. */
  Url?: string;
}

/** How many faces and media of a library have which cosine to a query. An extension. */
export interface Similarities {
  /** The cosine from which a search finds a face: the given one, else the default for a library of this size. */
  threshold: number;
  /** Faces that were compared. */
  faces: number;
  /** Media that these faces are in. */
  media: number;
  /** The width of a bin. Bin `i` has the cosines from `-1 + i * binWidth` on; the last one has 1 too. */
  binWidth: number;
  /** How many faces are in each bin. */
  byFace: Array<number>;
  /** How many media are in each bin by their most similar face. */
  byMedia: Array<number>;
}

/** What a map is asked for. An extension. */
export interface MapFacesRequest {
  /** The name of the library; the first one where absent. */
  SearchLibName?: string;
  /** The most faces, 1 to 5000; 2000 where absent. */
  limit?: number;
}

/** The faces of a library as points of the plane. An extension. */
export interface FaceMap {
  /** How many faces the library has. */
  total: number;
  /** All of them, or as many as were asked for, taken evenly from all over the library. */
  faces: Array<MappedFace>;
}

/** A face on a map. */
export interface MappedFace {
  /** The face's id. */
  faceId: string;
  /** The photo or video that it is in. */
  mediaId: string;
  /** The title of that. */
  title: string;
  /** Whose face it is, where that is known. */
  entityId?: string;
  /** That person's name, where there is one. */
  name?: string;
  /** The address of the face's small picture; empty where there is none that a page may show. */
  picture: string;
  /** From left to right, 0 to 1. */
  x: number;
  /** From top to bottom, 0 to 1. */
  y: number;
}

/** What SearchMediaClipByFace is asked. */
export interface SearchMediaClipByFaceRequest {
  /** The token of a SearchMediaByFace request: it stands for the face that is looked for. */
  FaceSearchToken: string;
  /** The photo or video that is looked into. */
  MediaId: string;
  /** Which page of clips, from 1. Default: 1. */
  PageNo?: number;
  /** How many clips a page has, 1 to 50. Default: 10. */
  PageSize?: number;
  /** Only the clip of this person. */
  EntityId?: string;
  /** The library's name. Default: the first library. */
  SearchLibName?: string;
}

/** What SearchMediaClipByFace answers. */
export interface SearchMediaClipByFaceResponse {
  /** The id of this request. */
  RequestId: string;
  /** `"true"`: the service types it as a string. */
  Success: string;
  /** `"200"`: the service types it as a string. */
  Code: string;
  /** The clips of this page, by descending score. */
  MediaClipList: Array<MediaClip>;
  /** How many clips were found on all pages. */
  Total: number;
}

/** One person of the photo or video, and when and where their face is in it. Faces of nobody known are one clip together. */
export interface MediaClip {
  /** How surely the most similar of the faces is the one that is looked for, 0 to 1. */
  Score: number;
  /** The person's id; empty for faces of nobody known. */
  EntityId: string;
  /** The person's name; empty where it is not known. */
  LabelName: string;
  /** The faces, in the order of time. */
  OccurrencesInfos: Array<ClipOccurrence>;
  /** What kind of person: `celebrity`, `sensitive`, `politician`, `custom` or `unknown`. */
  Category: string;
}

/** One unbroken appearance of a face. */
export interface ClipOccurrence {
  /** When it begins, in seconds from the start; 0 in a photo. */
  StartTime: number;
  /** When it ends, in seconds from the start; 0 in a photo. */
  EndTime: number;
  /** Where the face is, moment by moment. */
  TrackData: Array<ClipTrackData>;
  /** The facial expression, a hint rather than a fact, where it was looked at: `Calm`, `Happy`, `Sad`, `Angry`, `Fearful`, `Disgusted` or `Surprised`. */
  Expression?: string;
}

/** Where a face is at one moment. */
export interface ClipTrackData {
  /** The moment, in seconds from the start. */
  Timestamp: number;
  /** The face's box, in pixels of the media. */
  BoxPosition: BoxPosition;
}

/** What CreateFacesSearchingTask is asked: for each image, the faces of a library that are most similar to its largest face. */
export interface CreateFacesSearchingTaskRequest {
  /** The project's name: it groups tasks. */
  ProjectName: string;
  /** The name of the library that is searched. */
  DatasetName: string;
  /** The images. A task without any fails at once. */
  Sources?: Array<FacesSearchingSource>;
  /** How many faces are answered for each image, 1 to 100. Default: 5. */
  MaxResult?: number;
  /** Any text, which the task and its notification answer as it is; at most 2,048 bytes of UTF-8. */
  UserData?: string;
  /** Where the message goes that says that the task has ended. */
  Notification?: NotificationSettings;
  /** Names and values by which ListTasks finds the task (`TagSelector`). An extension: sibling operations of the service have it. */
  Tags?: { [key in string]: string };
}

/** One image of a task. */
export interface FacesSearchingSource {
  /** Where the image is. */
  URI: string;
}

/** Where the message goes that says that a task has ended. It is delivered to the page or process that made the task in any case. */
export interface NotificationSettings {
  /** An address that the message is written to. */
  ExtendedMessageURI?: string;
  /** A topic of the simple message service. */
  MNS?: MnsTarget;
  /** A topic of the message queue. */
  RocketMQ?: RocketMqTarget;
}

/** A topic of the simple message service. */
export interface MnsTarget {
  /** The topic's name; in a browser, that of the `BroadcastChannel`. */
  TopicName: string;
}

/** A topic of the message queue. */
export interface RocketMqTarget {
  /** The id of the queue's instance; there is none here, so it is kept and nothing else. */
  InstanceId?: string;
  /** The topic's name; in a browser, that of the `BroadcastChannel`. */
  TopicName: string;
}

/** What CreateFacesSearchingTask answers. */
export interface CreateFacesSearchingTaskResponse {
  /** The id of this request. */
  RequestId: string;
  /** The task's id, by which it is asked for. */
  TaskId: string;
  /** The id of the message that will say that the task has ended. */
  EventId: string;
}

/** What GetTask is asked. */
export interface GetTaskRequest {
  /** The project that the task was made in. */
  ProjectName: string;
  /** The type of the task: `FacesSearching`. */
  TaskType: string;
  /** The task's id. */
  TaskId: string;
  /** Whether the request that made the task is answered too. Default: false. */
  RequestDefinition?: boolean;
}

/** What GetTask answers. */
export interface GetTaskResponse {
  /** The id of this request. */
  RequestId: string;
  /** The project that the task was made in. */
  ProjectName: string;
  /** The task's id. */
  TaskId: string;
  /** The type of the task: `FacesSearching`. */
  TaskType: string;
  /** The id of the message that says that the task has ended. */
  EventId: string;
  /** Its state. */
  Status: TaskStatus;
  /** How much is done, in percent. */
  Progress: number;
  /** When it began. */
  StartTime: string;
  /** When it ended; absent while it runs. */
  EndTime?: string;
  /** The code of the first failure; empty where nothing failed. A task that succeeded has one where some of its images failed. */
  Code: string;
  /** Which images failed and why; empty where none did. */
  Message: string;
  /** The text that was given with the task; empty where none was. */
  UserData: string;
  /** The tags that were given with the task. */
  Tags: { [key in string]: string };
  /** The request that made the task, as JSON text, where it was asked for. */
  TaskRequestDefinition?: string;
}

/** The state of a task. */
export type TaskStatus = "Running" | "Succeeded" | "Failed";

/** What ListTasks is asked. */
export interface ListTasksRequest {
  /** The project that the tasks were made in. */
  ProjectName: string;
  /** Only tasks of these types. Default: all; `FacesSearching` is the only one that there is. */
  TaskTypes?: Array<string>;
  /** Only tasks in this state. */
  Status?: TaskStatus;
  /** Only tasks that have these tags: `name=value`, several separated by commas. */
  TagSelector?: string;
  /** What they are sorted by. Default: `TaskId`. */
  Sort?: TaskSort;
  /** In which order. Default: `asc`. */
  Order?: TaskOrder;
  /** How many are answered at most, 1 to 100. Default: 100. */
  MaxResults?: number;
  /** The `NextToken` of the page before; every other parameter but `MaxResults` and `RequestDefinition` must be as it was then. */
  NextToken?: string;
  /** Only tasks that began within this range. */
  StartTimeRange?: TaskTimeRange;
  /** Only tasks that ended within this range. */
  EndTimeRange?: TaskTimeRange;
  /** Whether the requests that made the tasks are answered too. Default: false. */
  RequestDefinition?: boolean;
}

/** What tasks are sorted by. */
export type TaskSort = "TaskId" | "StartTime" | "EndTime";

/** In which order tasks are listed. */
export type TaskOrder = "asc" | "desc";

/** A range of moments, both ends included; an end that is left out is open. */
export interface TaskTimeRange {
  /** Not before this moment, in ISO 8601, such as `2026-05-11T17:36:33Z`. */
  Start?: string;
  /** Not after this moment, in ISO 8601. */
  End?: string;
}

/** What ListTasks answers. */
export interface ListTasksResponse {
  /** The id of this request. */
  RequestId: string;
  /** The project whose tasks these are. */
  ProjectName: string;
  /** The tasks of this page. */
  Tasks: Array<TaskInfo>;
  /** What the request for the next page gives as its `NextToken`; empty at the end. */
  NextToken: string;
  /** How many tasks this page has, in decimal digits: the service types it as a string. */
  MaxResults: string;
}

/** One task of a list. */
export interface TaskInfo {
  /** The task's id. */
  TaskId: string;
  /** The type of the task: `FacesSearching`. */
  TaskType: string;
  /** Its state. */
  Status: TaskStatus;
  /** How much is done, in percent. */
  Progress: number;
  /** When it began. */
  StartTime: string;
  /** When it ended; absent while it runs. */
  EndTime?: string;
  /** The code of the first failure; empty where nothing failed. */
  Code: string;
  /** Which images failed and why; empty where none did. */
  Message: string;
  /** The text that was given with the task; empty where none was. */
  UserData: string;
  /** The tags that were given with the task. */
  Tags: { [key in string]: string };
  /** The request that made the task, as JSON text, where it was asked for. */
  TaskRequestDefinition?: string;
}

/** What is asked for the result of a task. An extension: the service delivers results in notifications only. */
export interface GetFacesSearchingResultRequest {
  /** The task's id. */
  TaskId: string;
  /** The project that the task was made in. Default: any. */
  ProjectName?: string;
}

/**
 * The faces that a task has found so far, one row an image in the order of the request. An extension of the service, which
 * delivers them in the notification only.
 */
export interface FacesSearchingResult {
  /** The id of this request. */
  RequestId: string;
  /** The task's id. */
  TaskId: string;
  /** Its state; while it runs, images that were not searched yet have no faces. */
  Status: TaskStatus;
  /** How much is done, in percent. */
  Progress: number;
  /** The images and the faces similar to theirs. */
  SimilarFaces: Array<SourceFaces>;
}

/** One image of a task, its largest face, and the faces of the library that are most similar to it. */
export interface SourceFaces {
  /** Where the image is, as the task's request says. */
  URI: string;
  /** An id of the image's face, made from the face itself; absent where the image failed or was not searched yet. */
  FaceId?: string;
  /** Where that face is in the image. */
  Boundary?: FaceBoundary;
  /** The most similar faces, by descending similarity; at most `MaxResult`. */
  SimilarFaces: Array<SimilarFace>;
  /** The code of the error, where the image failed. An extension. */
  Code?: string;
  /** What was wrong, where the image failed. An extension. */
  Message?: string;
}

/** One similar face of the library. */
export interface SimilarFace {
  /** Where the photo or video is: its address, or its path in the library where it has none. */
  URI: string;
  /** The photo's or video's id. */
  MediaId: string;
  /** The face's id, a number in decimal digits. */
  FaceId: string;
  /** Where the face is in the photo or video. */
  Boundary: FaceBoundary;
  /** How surely both are the same person, 0 to 1. */
  Similarity: number;
}

/** A box in whole pixels. */
export interface FaceBoundary {
  /** Left edge. */
  Left: number;
  /** Upper edge. */
  Top: number;
  /** Width. */
  Width: number;
  /** Height. */
  Height: number;
}

/** The message that says that a task has ended. */
export interface TaskNotification {
  /** The task's `EventId`. */
  id: string;
  /** `"acs.imm"`. */
  source: string;
  /** `"imm:Task:FacesSearching"`. */
  type: string;
  /** `acs:imm:::<ProjectName>/imm:Task:FacesSearching`: there is no region and no account here. */
  subject: string;
  /** When the task ended: milliseconds since 1970, in decimal digits. */
  time: string;
  /** JSON text of a `TaskNotificationContent`. */
  content: string;
}

/** What the content of the message is when its text is parsed. */
export interface TaskNotificationContent {
  /** The project that the task was made in. */
  ProjectName: string;
  /** The library that was searched. */
  DatasetName: string;
  /** The id of the request that made the task. */
  RequestId: string;
  /** When the task began, in ISO 8601. */
  StartTime: string;
  /** When it ended, in ISO 8601. */
  EndTime: string;
  /** The text that was given with the task; empty where none was. */
  UserData: string;
  /** The type of the task: `FacesSearching`. */
  TaskType: string;
  /** The task's id. */
  TaskId: string;
  /** How it ended. */
  Status: TaskStatus;
  /** The code of the first failure; empty where nothing failed. */
  Code: string;
  /** Which images failed and why; empty where none did. */
  Message: string;
  /** The images, in the order of the request, and the faces similar to theirs. */
  SimilarFaces: Array<SourceFaces>;
}

/** A SearchMedia request whose every value is right. */
export interface SearchMediaRequest {
  /** What the media must be, such as `title = 'China' and utcCreate = ['1693367158561','1693367158562']`; all media where absent. */
  Match?: string;
  /** By what the list is sorted, the weightiest first, such as `utcCreate:Desc,title:Asc`; `utcCreate:Desc` where absent. */
  SortBy?: string;
  /** Which page, from 1 to 200; 1 where absent. A ScrollToken replaces it. */
  PageNo?: number;
  /** Media a page, 1 to 50; 10 where absent. */
  PageSize?: number;
  /** Only media with a face of this person, or with a given label of this id. */
  EntityId?: string;
  /** The name of the library; the first one where absent. */
  SearchLibName?: string;
  /**
   * What the custom fields must be: `12` or `"abc"` for a value, a list for any of several, `{"gte": 1, "lte": 2}` for a range of
   * numbers. JSON text, or the object itself.
   */
  CustomFilters?: string | { intField1?: number | number[] | { gte?: number; lte?: number }; strField1?: string | string[]; strField2?: string | string[] };
  /**
   * Where the list goes on: the ScrollToken of the response before, with the same query. The empty one, with which a list
   * ends, counts as absent: the list begins anew.
   */
  ScrollToken?: string;
}

/** The response of SearchMedia. */
export interface SearchMediaResponse {
  /** The id of this request. */
  RequestId: string;
  /** `"True"`: the service types it as a string, and writes it so here. */
  Success: string;
  /** `"200"`: the service types it as a string. */
  Code: string;
  /** The media of this page. */
  MediaInfoList: Array<MediaAsset>;
  /**
   * Where the list goes on: given with the same query it answers the next page. Empty at the end of the list and after 1,000
   * media, which is as far as it reaches: there a client stops. It is good as long as the library stays as it is.
   */
  ScrollToken: string;
  /** How many media were found on all pages. */
  Total: number;
}

/** One media of the response of SearchMedia. */
export interface MediaAsset {
  /** The media's id. */
  MediaId: string;
  /** What is known of it as a whole. */
  MediaBasicInfo: MediaBasicInfo;
  /** Its files: the original first. */
  FileInfoList: Array<FileInfo>;
  /** What was found in it. */
  AiData: AiData;
  /** A summary of its processing; given by the owner. */
  AiRoughData?: AiRoughData;
  /** How far each kind of index is. */
  IndexStatusList: Array<IndexStatus>;
  /** Its custom fields, as JSON text such as `{"intField1":12,"strField1":"abc"}`. */
  CustomFields?: string;
}

/** What is known of a media as a whole. All but `CateId` are texts. */
export interface MediaBasicInfo {
  /** The media's id. */
  MediaId?: string;
  /** Where the original can be fetched. */
  InputURL?: string;
  /** `image` or `video`. */
  MediaType?: string;
  /** What it is used for, such as `opening`; given by the owner. */
  BusinessType?: string;
  /** Where it came from; given by the owner. */
  Source?: string;
  /** What people call it. */
  Title?: string;
  /** What it shows, in words; given by the owner. */
  Description?: string;
  /** Its category; given by the owner. */
  Category?: string;
  /** Its tags, separated by commas; given by the owner. */
  MediaTags?: string;
  /** A small preview. */
  CoverURL?: string;
  /** Anything that the owner wants to keep with it. */
  UserData?: string;
  /** Snapshots, as JSON text; given by the owner. */
  Snapshots?: string;
  /** Where it is in its life: `Normal` unless the owner says otherwise. */
  Status?: string;
  /** Where its transcoding is; given by the owner. */
  TranscodeStatus?: string;
  /** When it was made, such as `2020-12-01T19:48:05Z`. */
  CreateTime?: string;
  /** When it was changed, such as `2020-12-01T19:48:05Z`. */
  ModifiedTime?: string;
  /** When it was deleted; given by the owner. */
  DeletedTime?: string;
  /** Sprite images, as JSON text; given by the owner. */
  SpriteImages?: string;
  /** The id of its category; given by the owner. */
  CateId?: number;
  /** The business that it belongs to; given by the owner. */
  Biz?: string;
  /** How it was uploaded; given by the owner. */
  UploadSource?: string;
  /** The name of its category; given by the owner. */
  CateName?: string;
  /** The owner's own id: 6 to 64 letters, digits, `-` and `_`. */
  ReferenceId?: string;
  /** The namespace that it belongs to; given by the owner. */
  Namespace?: string;
  /** What a model says that it shows; given by the owner. */
  VisionDescription?: string;
  /** The state of its stream; given by the owner. */
  StreamStatus?: string;
}

/** A file of a media. */
export interface FileInfo {
  /** What is known of it. */
  FileBasicInfo: FileBasicInfo;
}

/** What is known of a file. All are texts, also the numbers. */
export interface FileBasicInfo {
  /** The last part of its path. */
  FileName?: string;
  /** `Normal` unless the owner says otherwise. */
  FileStatus?: string;
  /** `source_file` for the original. */
  FileType?: string;
  /** Its length in bytes. */
  FileSize?: string;
  /** Where it can be fetched. */
  FileUrl?: string;
  /** Where it is stored; given by the owner. */
  Region?: string;
  /** Its format, such as `jpeg`. */
  FormatName?: string;
  /** Its duration in seconds, with five decimals; videos only. */
  Duration?: string;
  /** Its bit rate in kbit/s, with two decimals; videos only. */
  Bitrate?: string;
  /** Its width in pixels. */
  Width?: string;
  /** Its height in pixels. */
  Height?: string;
  /** When it was made, such as `2022-05-30T02:02:17Z`. */
  CreateTime?: string;
  /** When it was changed, such as `2022-05-30T02:02:17Z`. */
  ModifiedTime?: string;
  /** About a set of images; given by the owner. */
  ImagesInput?: string;
}

/** What was found in a media. */
export interface AiData {
  /** Given labels, then the persons and the unknown faces that are seen in it. */
  AiLabelInfo: Array<AiLabelInfo>;
  /** What is said in it; given by the owner. */
  AsrInfo: Array<TextOccurrence>;
  /** What is written in it; given by the owner. */
  OcrInfo: Array<TextOccurrence>;
}

/** A person, an unknown face or another label, and where it is seen. */
export interface AiLabelInfo {
  /** The id of the face; of a person's faces that of the best quality. */
  FaceId?: string;
  /** `Face` for what was found here; else what the owner gave, such as `Object`. */
  LabelType?: string;
  /** `vision` for what was found here. */
  Source?: string;
  /** The category of the person (`custom`, `unknown`, `celebrity`, `sensitive`, `politician`) or label. */
  Category?: string;
  /** The name of the person or label. */
  LabelName?: string;
  /** The id of the person (an EntityId) or label. */
  LabelId?: string;
  /** Where it is seen, in the order of time: one a face of a photo or track of a video. */
  Occurrences: Array<LabelOccurrence>;
}

/** One time that a label is seen. */
export interface LabelOccurrence {
  /** How sure it is, 0 to 1: for faces the detector's score. */
  Score?: number;
  /** A picture of the face, in Base64. */
  Image?: string;
  /** The version of the library that the face was found in: the first eight digits. */
  TableBatchSeqId?: string;
  /** The id of the clip: for faces the id of this face or track. */
  clipId?: string;
  /** When it begins, in seconds from the start; 0 in photos. */
  From?: number;
  /** When it ends, in seconds from the start; 0 in photos. */
  To?: number;
  /** A more exact name; given by the owner. */
  FinegrainName?: string;
  /** A more exact id; given by the owner. */
  FinegrainId?: string;
  /** Text that belongs to it; given by the owner. */
  Content?: string;
  /** Where it is, moment by moment; one in a photo. */
  Tracks: Array<LabelTrack>;
}

/** One moment of an occurrence. */
export interface LabelTrack {
  /** The square root of the box's area, in pixels, with one decimal. */
  Size?: number;
  /** The box as `x1;y1;x2;y2` in source pixels, with one decimal, upper left corner first. */
  Position?: string;
  /** When, in seconds from the start; 0 in photos. */
  Timestamp?: number;
}

/** A text that is said or written in a media. */
export interface TextOccurrence {
  /** When it begins, in seconds from the start. */
  From?: number;
  /** When it ends, in seconds from the start. */
  To?: number;
  /** The id of the clip. */
  ClipId?: string;
  /** The text. */
  Content?: string;
  /** The moment of the clip, in seconds from the start. */
  Timestamp?: number;
}

/** A summary of the processing; given by the owner. */
export interface AiRoughData {
  /** How it is kept. */
  SaveType?: string;
  /** Whether it was saved. */
  Status?: string;
  /** The id of the job. */
  AiJobId?: string;
  /** Where the raw result is. */
  Result?: string;
  /** The category of the processing. */
  AiCategory?: string;
}

/** How far one kind of index is. */
export interface IndexStatus {
  /** `face`, `aiLabel` or `mm`. */
  IndexType: string;
  /** `Running`, `Fail` or `Success`. */
  IndexStatus: string;
}

/** The request of getPersonFacesInfo (`POST /green/sface/faces`): the face images of a person. */
export interface GetFacesRequest {
  /** The person. */
  personId: string;
  /** The faces that are asked for, as strings of digits or as numbers; all of the person's where absent or empty. */
  faceIds?: Array<string | number>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of getPersonFacesInfo. */
export interface GetFacesResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: GetFacesData;
}

/** The face images of a person. */
export interface GetFacesData {
  /** 200. */
  code: number;
  /** One item a face, in the order asked for, or by ascending id. */
  faceImageItems: Array<FaceImageItem>;
}

/** One face image. */
export interface FaceImageItem {
  /** Whether the person has this face. */
  success: boolean;
  /**
   * The face's id, a 64-bit integer. Ids made here are below 2^53; one that was asked for and is above is only exact in the
   * text of the response.
   */
  faceId: number;
  /** Where the face's picture is; absent where the person has no such face. */
  url?: string;
}

/** The request of AddFaces (`POST /green/sface/face/add`): faces from photos, the largest of each. */
export interface AddFacesRequest {
  /** The person. */
  personId: string;
  /** The photos, 1 to 20; a person has at most 20 faces added so. */
  urls: Array<string>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of AddFaces and of AssignFaces. */
export interface AddFacesResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: AddFacesData;
}

/** What came of each face that was to be added. */
export interface AddFacesData {
  /** 200. */
  code: number;
  /** The person. */
  personId: string;
  /** The groups that the person belongs to. */
  groupIds: Array<string>;
  /** One item a photo or face, in the order of the request. */
  faceImageItems: Array<AddedFaceItem>;
}

/** What came of one face. */
export interface AddedFaceItem {
  /** Whether the face is the person's now. */
  success: boolean;
  /** The face's id, a 64-bit integer; absent where no face was made of the photo. */
  faceId?: number;
  /** The photo, as it was named in the request; of AddFaces only. Ours. */
  url?: string;
  /** The code of the error, where there was no success. Ours. */
  errorCode?: string;
  /** Why there was no success. Ours. */
  errorMsg?: string;
}

/** The request of AssignFaces, which is ours: faces that the library has already, anybody's or nobody's, are the person's. */
export interface AssignFacesRequest {
  /** The person. */
  personId: string;
  /** The faces, as strings of digits or as numbers. */
  faceIds: Array<string | number>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/**
 * The request of DeleteFaces (`POST /green/sface/face/delete`): faces are no longer the person's.
 *
 * One that was added by AddFaces goes, with its photo; one of an indexed photo becomes nobody's.
 */
export interface DeleteFacesRequest {
  /** The person. */
  personId: string;
  /** The faces, as strings of digits or as numbers. */
  faceIds: Array<string | number>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of DeleteFaces. */
export interface DeleteFacesResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: DeleteFacesData;
}

/** The faces that are no longer the person's. */
export interface DeleteFacesData {
  /** 200. */
  code: number;
  /** The person. */
  personId: string;
  /** The faces that the person had and has no longer. */
  faceIds: Array<string>;
  /** How many those are. */
  deleteCount: number;
}

/** The request of AddPerson (`POST /green/sface/person/add`): a new person, without faces yet. */
export interface AddPersonRequest {
  /** The new person's id, up to 128 characters. */
  personId: string;
  /** The groups that the person belongs to. The service requires at least one, here there may be none. */
  groupIds?: Array<string>;
  /** The name that is shown, up to 128 characters; the id where absent. */
  name?: string;
  /** A note, up to 2,048 characters. */
  note?: string;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of AddPerson. */
export interface AddPersonResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: PersonGroupsData;
}

/** The person that was changed. */
export interface PersonIdData {
  /** 200. */
  code: number;
  /** The person. */
  personId: string;
}

/** The request of SetPerson (`POST /green/sface/person/update`): another name or note; what is absent stays. */
export interface SetPersonRequest {
  /** The person. */
  personId: string;
  /** The new name, up to 128 characters. */
  name?: string;
  /** The new note, up to 2,048 characters. */
  note?: string;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of SetPerson. */
export interface SetPersonResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: PersonIdData;
}

/**
 * The request of DeletePerson (`POST /green/sface/person/delete`). Faces that were added by AddFaces go with the person; those of
 * indexed photos become nobody's.
 */
export interface DeletePersonRequest {
  /** The person. */
  personId: string;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of DeletePerson. */
export interface DeletePersonResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: PersonIdData;
}

/** The request of MergePersons, which is ours: several persons are one. The faces and groups of the others go to `personId`. */
export interface MergePersonsRequest {
  /** The person who stays. */
  personId: string;
  /** The persons who go. */
  fromPersonIds: Array<string>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of MergePersons. */
export interface MergePersonsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: MergedPersonData;
}

/** A person and the faces that changed the person. */
export interface MergedPersonData {
  /** 200. */
  code: number;
  /** The person: of a merger who stayed, of a split the new one. */
  personId: string;
  /** The groups that the person belongs to. */
  groupIds: Array<string>;
  /** The faces that have another person now. */
  faceIds: Array<string>;
}

/**
 * The request of UnmergePersons, which is ours: undoes MergePersons. The others are persons again, with the name, groups and note that
 * they had and the faces that they brought, as far as `personId` still has them.
 */
export interface UnmergePersonsRequest {
  /** The person into whom the others were merged. */
  personId: string;
  /** The persons who are to be there again, by the ids that they had. */
  fromPersonIds: Array<string>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of UnmergePersons: of `personId`, and the faces that went back to the others. */
export interface UnmergePersonsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: MergedPersonData;
}

/** The request of SplitPerson, which is ours: some faces of a person are another one's, whom nobody has named yet. */
export interface SplitPersonRequest {
  /** The person. */
  personId: string;
  /** The faces of the other one, as strings of digits or as numbers. */
  faceIds: Array<string | number>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of SplitPerson: of the new person, with the faces that the person has. */
export interface SplitPersonResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: MergedPersonData;
}

/** The request of GetPerson (`POST /green/sface/person`). */
export interface GetPersonRequest {
  /** The person. */
  personId: string;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of GetPerson. */
export interface GetPersonResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: GetPersonData;
}

/** One person. */
export interface GetPersonData {
  /** 200. */
  code: number;
  /** The person's id; of a person whom the owner's records do not have, the entity id. */
  personId: string;
  /** The name that is shown. */
  name: string;
  /** The groups that the person belongs to, ascending. */
  groupIds: Array<string>;
  /** The ids of the person's faces, ascending. */
  faceIds: Array<string>;
  /** The note, where there is one. */
  note?: string;
}

/** The request of GetPersons (`POST /green/sface/group/persons`): the persons of a group. */
export interface GetPersonsRequest {
  /** The group. */
  groupId: string;
  /** The page, from 1; 1 where absent. */
  currentPage?: number;
  /** Persons a page, 1 to 100; 20 where absent. */
  pageSize?: number;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of GetPersons. */
export interface GetPersonsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: GetPersonsData;
}

/** One page of the persons of a group. */
export interface GetPersonsData {
  /** 200. */
  code: number;
  /** The persons' ids, ascending. */
  personIds: Array<string>;
  /** The page. */
  currentPage: number;
  /** Persons a page. */
  pageSize: number;
  /** How many persons there are on all pages. */
  totalCount: number;
}

/** The request of ListPersons, which is ours: all persons of a library, or of a group. */
export interface ListPersonsRequest {
  /** Only the persons of this group. */
  groupId?: string;
  /** The page, from 1; 1 where absent. */
  currentPage?: number;
  /** Persons a page, 1 to 100; 20 where absent. */
  pageSize?: number;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of ListPersons. */
export interface ListPersonsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: ListPersonsData;
}

/** One page of persons. */
export interface ListPersonsData {
  /** 200. */
  code: number;
  /** The persons, by ascending id. */
  persons: Array<ListedPerson>;
  /** The page. */
  currentPage: number;
  /** Persons a page. */
  pageSize: number;
  /** How many persons there are on all pages. */
  totalCount: number;
}

/** One person of a list. */
export interface ListedPerson {
  /** The person's id; of a person whom the owner's records do not have, the entity id. */
  personId: string;
  /** The id by which searches know the person: their `EntityId`. */
  entityId: string;
  /** The name that is shown. */
  name: string;
  /** `custom`, `unknown`, `celebrity`, `sensitive` or `politician`. */
  category: string;
  /** The groups that the person belongs to, ascending. */
  groupIds: Array<string>;
  /** How many faces the person has. */
  faceCount: number;
  /** The note, where there is one. */
  note?: string;
}

/** The request of GetGroups (`POST /green/sface/groups`): all groups of a library. */
export interface GetGroupsRequest {
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of GetGroups. */
export interface GetGroupsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: GetGroupsData;
}

/** All groups of a library. */
export interface GetGroupsData {
  /** 200. */
  code: number;
  /** The groups' ids, ascending. */
  groupIds: Array<string>;
}

/**
 * The request of AddGroups (`POST /green/sface/person/groups/add`): the person belongs to more groups. A group that nobody
 * belonged to is made.
 */
export interface AddGroupsRequest {
  /** The person. */
  personId: string;
  /** The groups' ids, each up to 128 characters. */
  groupIds: Array<string>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of AddGroups. */
export interface AddGroupsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: PersonGroupsData;
}

/** A person and groups. */
export interface PersonGroupsData {
  /** 200. */
  code: number;
  /** The person. */
  personId: string;
  /** Of AddPerson and AddGroups: the groups that the person belongs to; of DeleteGroups: those that the person was taken out of. */
  groupIds: Array<string>;
}

/** The request of DeleteGroups (`POST /green/sface/person/groups/delete`): the person belongs to fewer groups. Faces stay. */
export interface DeleteGroupsRequest {
  /** The person. */
  personId: string;
  /** The groups' ids. */
  groupIds: Array<string>;
  /** The library, by its name; the first one where absent. Ours. */
  searchLibName?: string;
  /** What the caller says of itself: a JSON object, or its text. Accepted and not used. */
  clientInfo?: object | string;
}

/** The response of DeleteGroups. */
export interface DeleteGroupsResponse {
  /** 200. */
  code: number;
  /** The id of this request. */
  requestId: string;
  /** `OK`. */
  msg: string;
  /** The answer. */
  data: PersonGroupsData;
}

export type GetPersonFacesInfoRequest = GetFacesRequest;
export type GetPersonFacesInfoResponse = GetFacesResponse;
