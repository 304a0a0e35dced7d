/** Options, updates and the end of `watch`. */

import type { VisavisError } from './errors.js';
import type { Face } from './wire.js';

/** Options of `watch`. */
export interface WatchOptions {
  /** The library that is searched. Default: the first. */
  library?: string;
  /** Least time from one picture to the next, in milliseconds. Default 0: as fast as the engine is. */
  minIntervalMs?: number;
  /** `false`: faces are followed, but not searched for, so no library is needed. Default true. */
  search?: boolean;
  /** Least cosine that counts as the same person. Default: grows with the library. */
  threshold?: number;
  /** Ends the watch with reason `aborted`. */
  signal?: AbortSignal;
}

/** Who a face is, by the nearest face of the library. */
export interface WatchMatch {
  /** Empty where nobody is known by that face. */
  EntityId: string;
  LabelName: string;
  Category: string;
  /** How sure it is, 0 to 1. */
  Score: number;
  MediaId: string;
  FaceId: number;
}

/** A face of a live picture, in its pixels. */
export interface WatchedFace extends Face {
  /** The same from picture to picture, as long as the face is followed. */
  trackId: number;
  match?: WatchMatch;
}

/** What was seen in one picture. */
export interface WatchUpdate {
  /** Of the picture, in pixels. */
  width: number;
  height: number;
  /** When the picture was taken: `performance.now()`. */
  timeMs: number;
  /** The largest first. */
  faces: WatchedFace[];
  /** Tracks that are over. */
  endedTrackIds: number[];
}

/** Told of each picture that was looked at. The next one is taken when it returns, or when the promise is settled that it returns. */
export type WatchCallback = (update: WatchUpdate) => unknown;

/** How a watch goes. */
export interface WatchStats {
  /** Pictures that were looked at. */
  frames: number;
  /** Pictures that came and went while the engine had another. */
  skipped: number;
  /** Faces that were searched for. */
  searches: number;
  /** Pictures that were lost to a crash of the engine. */
  failures: number;
  /** How long the last picture took, in milliseconds. */
  lastFrameMs: number;
}

/** Why a watch ended: `stop` was called, the camera or the film ended, the signal fired, the client was closed, or something failed. */
export type WatchEndReason = 'stopped' | 'sourceEnded' | 'aborted' | 'closed' | 'failed';

/** The end of a watch. */
export interface WatchEnd {
  reason: WatchEndReason;
  /** Only with `failed`. */
  error?: VisavisError;
}
