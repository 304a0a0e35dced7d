/** What is used of mediabunny (dist/vendor/mediabunny.js). Its own types need a newer library of TypeScript than this package asks for. */

/** A container that can be read. */
export interface InputFormat {
  readonly name: string;
}

export declare const MP4: InputFormat;
export declare const QTFF: InputFormat;
export declare const MATROSKA: InputFormat;
export declare const WEBM: InputFormat;
export declare const MPEG_TS: InputFormat;

/** Reads a file. */
export declare class BlobSource {
  constructor(blob: Blob);
}

/** A file of a container. */
export declare class Input {
  constructor(options: { source: BlobSource; formats: InputFormat[] });
  getTracks(): Promise<{ readonly type: string }[]>;
  getPrimaryVideoTrack(): Promise<InputVideoTrack | null>;
  dispose(): void;
}

/** The pictures of a file. Sides are in square pixels, after rotation. */
export interface InputVideoTrack {
  getCodec(): Promise<string | null>;
  getDisplayWidth(): Promise<number>;
  getDisplayHeight(): Promise<number>;
  getFirstTimestamp(): Promise<number>;
  /** Where the last picture ends, in seconds. */
  computeDuration(): Promise<number>;
  canDecode(): Promise<boolean>;
}

/** A decoded picture. `draw` applies the rotation. */
export interface VideoSample {
  draw(context: OffscreenCanvasRenderingContext2D, x: number, y: number, width: number, height: number): void;
  close(): void;
}

/** The pictures of a track as they are in the file. */
export declare class EncodedPacketSink {
  constructor(track: InputVideoTrack);
  /** The first that can be decoded without others. */
  getFirstKeyPacket(): Promise<{ readonly timestamp: number } | null>;
}

/** Decodes the pictures of a track. */
export declare class VideoSampleSink {
  constructor(track: InputVideoTrack);
  /** For each time the picture that is shown then; `null` where there is none. */
  samplesAtTimestamps(timestamps: Iterable<number>): AsyncGenerator<VideoSample | null, void, unknown>;
}
