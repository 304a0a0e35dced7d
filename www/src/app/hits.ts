/**
 * The answers of searches by one face or several, as one list, best first, that grows as the visitor scrolls. Each face is a stream of
 * pages; streams are merged by score, and a text is looked for in what comes out.
 */

import type { Box, Client, ScoreRow, SearchMediaByFaceRequest, SearchMediaByFaceResponse } from 'visavis';
import type { Filters } from '../lib/match.js';
import { amongMatch, utcRange } from '../lib/match.js';

/** A media that was found. */
export interface Hit extends ScoreRow {
  /** Index of the face of the photo that is most like it. */
  face: number;
  /** The faces of the photo that were found in it. */
  faces: number[];
}

/** What is searched for. */
export interface Query {
  photo: Blob;
  /** A name for the photo, of which the tokens are made. */
  token: string;
  /** Indexes of the chosen faces. */
  faces: readonly number[];
  /** The boxes of all faces of the photo. */
  boxes: readonly Box[];
  /** Only media in which all of them were found. */
  together: boolean;
  library: string;
  filters: Filters;
  /** Least cosine; absent: as the library's size asks for. */
  threshold?: number;
  /** Told how many of the faces were searched for. */
  onFace?: (done: number) => void;
}

/** With more faces than this each is cut out: to look at the whole photo once for each would take long. */
const WHOLE_FACES = 4;
/** How much around a face is cut out with it, as a share of its box. */
const MARGIN = 0.75;

const PAGE_SIZE = 50;

/** The pages of one face. */
class Stream {
  readonly face: number;
  rows: ScoreRow[] = [];
  /** How many there are in all, when the first page was there. */
  total: number | undefined;
  #page = 0;
  #taken = 0;

  constructor(face: number) {
    this.face = face;
  }

  get ended(): boolean {
    return this.total !== undefined && this.#taken >= this.total && this.rows.length === 0;
  }

  /** Whether the next row must be asked for first. */
  get isDry(): boolean {
    return this.rows.length === 0 && !this.ended;
  }

  async pull(ask: (page: number) => Promise<SearchMediaByFaceResponse>): Promise<SearchMediaByFaceResponse> {
    this.#page += 1;
    const response = await ask(this.#page);
    const rows = response.Scores ?? [];
    this.total = response.Total;
    this.#taken = rows.length === 0 ? response.Total : this.#taken + rows.length;
    this.rows.push(...rows);
    return response;
  }
}

/** The growing list of one query. */
export class Hits {
  readonly #client: Client;
  readonly #query: Query;
  readonly #signal: AbortSignal;
  readonly #streams: Stream[];
  readonly #seen = new Set<string>();
  #picture: Promise<ImageBitmap | undefined> | undefined;
  #facesDone = 0;
  /** What came out of the streams and was not given yet; of a search for several together, all of it. */
  #ready: Hit[] | undefined;
  /** The last answer of the first face, as the package gave it. */
  response: SearchMediaByFaceResponse | undefined;

  constructor(client: Client, query: Query, signal: AbortSignal) {
    this.#client = client;
    this.#query = query;
    this.#signal = signal;
    this.#streams = query.faces.map((face) => new Stream(face));
  }

  /** Tokens of the query, to be forgotten with it. */
  get tokens(): string[] {
    return this.#query.faces.map((face) => this.#token(face));
  }

  get ended(): boolean {
    return (this.#ready?.length ?? 0) === 0 && this.#streams.every((stream) => stream.ended);
  }

  /** How many media there are in all, as far as that can be told without asking for all. */
  get total(): number | undefined {
    const exact = this.#streams.length === 1 && this.#query.filters.text.trim() === '';
    return exact ? this.#streams[0]?.total : undefined;
  }

  /** The next media, at most `count`. None: there are no more. */
  async next(count: number): Promise<Hit[]> {
    const given: Hit[] = [];
    while (given.length < count && !this.ended) {
      const batch = this.#query.together && this.#streams.length > 1 ? await this.#together(count) : await this.#merged(count - given.length);
      given.push(...(await this.#withText(batch)));
      this.#signal.throwIfAborted();
    }
    return given;
  }

  async #pull(stream: Stream): Promise<void> {
    const { photo, library, filters, threshold } = this.#query;
    const { media, entity } = filters;
    const range = utcRange(filters);
    const isFirst = stream.total === undefined;
    const part = isFirst ? await this.#cutOut(stream.face) : undefined;
    await stream.pull((PageNo) => {
      const request: SearchMediaByFaceRequest = {
        FaceSearchToken: this.#token(stream.face),
        ...(PageNo === 1 ? { PersonImageUrl: part?.image ?? photo } : {}),
        PageNo,
        PageSize: PAGE_SIZE,
        SearchLibName: library,
        ...(media === '' ? {} : { MediaType: media }),
        ...(entity === '' ? {} : { EntityId: entity }),
        ...(range.gte === undefined && range.lte === undefined ? {} : { UtcCreate: range }),
      };
      const face = part === undefined ? { faceIndex: stream.face } : { box: part.box };
      const options = { scores: true, ...face, signal: this.#signal, ...(threshold === undefined ? {} : { threshold }) };
      return this.#client.searchMediaByFace(request, options).then((response) => {
        if (stream === this.#streams[0]) this.response = response;
        return response;
      });
    });
    if (isFirst) this.#query.onFace?.((this.#facesDone += 1));
  }

  /** A face with what is around it, and its box in there; nothing where the whole photo is to be taken. */
  async #cutOut(face: number): Promise<{ image: OffscreenCanvas; box: Box } | undefined> {
    const { faces, boxes, photo } = this.#query;
    const box = boxes[face];
    if (faces.length <= WHOLE_FACES || box === undefined || typeof OffscreenCanvas === 'undefined') return undefined;
    // What the browser cannot read, the engine may.
    this.#picture ??= createImageBitmap(photo).catch(() => undefined);
    const picture = await this.#picture;
    if (picture === undefined) return undefined;
    const [x, y] = [Math.max(0, Math.floor(box.x - MARGIN * box.w)), Math.max(0, Math.floor(box.y - MARGIN * box.h))];
    const [right, bottom] = [Math.min(picture.width, box.x + (1 + MARGIN) * box.w), Math.min(picture.height, box.y + (1 + MARGIN) * box.h)];
    const image = new OffscreenCanvas(Math.max(1, Math.ceil(right - x)), Math.max(1, Math.ceil(bottom - y)));
    image.getContext('2d')?.drawImage(picture, -x, -y);
    return { image, box: { x: box.x - x, y: box.y - y, w: box.w, h: box.h } };
  }

  /** The best of all streams, one after the other. */
  async #merged(count: number): Promise<Hit[]> {
    const batch: Hit[] = [];
    while (batch.length < count) {
      for (const stream of this.#streams) if (stream.isDry) await this.#pull(stream);
      const best = this.#streams.filter(({ rows }) => rows.length > 0).sort((a, b) => (b.rows[0]?.Score ?? 0) - (a.rows[0]?.Score ?? 0))[0];
      const row = best?.rows.shift();
      if (best === undefined || row === undefined) break;
      if (this.#seen.has(row.MediaId)) continue;
      this.#seen.add(row.MediaId);
      batch.push({ ...row, face: best.face, faces: [best.face] });
    }
    return batch;
  }

  /** Media in which every face was found: all pages are needed to know. */
  async #together(count: number): Promise<Hit[]> {
    this.#ready ??= await this.#intersection();
    return this.#ready.splice(0, count);
  }

  async #intersection(): Promise<Hit[]> {
    const found: Map<string, Hit>[] = [];
    for (const stream of this.#streams) {
      while (!stream.ended) {
        const rows = found[this.#streams.indexOf(stream)] ?? new Map<string, Hit>();
        found[this.#streams.indexOf(stream)] = rows;
        await this.#pull(stream);
        for (const row of stream.rows.splice(0)) rows.set(row.MediaId, { ...row, face: stream.face, faces: [...this.#query.faces] });
      }
    }
    const [first = new Map<string, Hit>(), ...others] = found;
    // As sure as the least sure of them.
    const everywhere = [...first.values()].flatMap((hit) => {
      const rows = others.map((rows) => rows.get(hit.MediaId));
      if (rows.some((row) => row === undefined)) return [];
      return [rows.reduce<Hit>((least, row) => (row !== undefined && row.Score < least.Score ? row : least), hit)];
    });
    return everywhere.sort((a, b) => b.Score - a.Score);
  }

  /** Those of a batch that fit the text, in their order. */
  async #withText(batch: Hit[]): Promise<Hit[]> {
    const match = batch.length === 0 ? undefined : amongMatch(this.#query.filters.text, batch.map(({ MediaId }) => MediaId));
    if (match === undefined) return batch;
    const kept = new Set<string>();
    for (let PageNo = 1, total = 1; kept.size < total; PageNo += 1) {
      const request = { Match: match, PageSize: PAGE_SIZE, PageNo, SearchLibName: this.#query.library };
      const response = await this.#client.searchMedia(request, { complete: false, signal: this.#signal });
      if (response.MediaInfoList.length === 0) break;
      total = response.Total;
      for (const { MediaId } of response.MediaInfoList) kept.add(MediaId);
    }
    return batch.filter(({ MediaId }) => kept.has(MediaId));
  }

  /** The library is part of it: a token remembers its photo, not where it was looked for. */
  #token(face: number): string {
    return `${this.#query.token}-face-${face}`;
  }
}
