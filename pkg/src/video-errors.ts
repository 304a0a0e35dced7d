/** The errors of films; their codes are the command line's too. */

import { VisavisError, describe } from './errors.js';

/** The film has no picture. */
export function videoEmpty(name: string): VisavisError {
  return new VisavisError({ code: 'VideoEmpty', message: `${name}: the video has no frames` });
}

/** The file has no moving picture. */
export function videoNoTrack(name: string, format: string, found: string): VisavisError {
  return new VisavisError({ code: 'VideoNoTrack', message: `${name}: no video track: the ${format} file has ${found}` });
}

/** The file ends before the film does. */
export function videoTruncated(name: string, format: string): VisavisError {
  return new VisavisError({ code: 'VideoTruncated', message: `${name}: the ${format} video is cut off: the file ends before the film does` });
}

/** The pictures cannot be decoded. */
export function videoMalformed(name: string, format: string, cause: unknown): VisavisError {
  return new VisavisError({ code: 'VideoMalformed', message: `${name}: the ${format} video is damaged: ${describe(cause)}`, cause });
}

/** The file is no video that is read here, or its codec is not. */
export function videoUnsupported(name: string, reason: string): VisavisError {
  return new VisavisError({ code: 'VideoUnsupported', message: `${name}: not a video that can be read: ${reason}` });
}
