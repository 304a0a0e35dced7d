/** A photo with its faces, or a film with its timeline. */

import { useState } from 'preact/hooks';
import { currentLibrary } from '../app/engine.js';
import { loadMedia } from '../app/media.js';
import type { MediaDetails, Seen } from '../app/media.js';
import { originalOf } from '../app/originals.js';
import { personHref, route } from '../app/router.js';
import { bytesText, clockText } from '../lib/format.js';
import { Icon } from '../parts/Icon.js';
import { PhotoStage } from '../parts/PhotoStage.js';
import { Problem } from '../parts/Problem.js';
import { VideoStage } from '../parts/VideoStage.js';
import { useAsked } from '../parts/useAsked.js';
import { dateText, t } from '../text/index.js';

export function MediaView({ id }: { id: string }) {
  const at = route.value;
  const library = ('library' in at ? at.library : undefined) ?? currentLibrary.value.name;
  const [complete, setComplete] = useState(false);
  const { value: loaded, error, again } = useAsked(async () => (await loadMedia(library, id, complete)) ?? null, [library, id, complete]);
  if (error !== undefined) return <Problem error={error} onRetry={again} />;
  if (loaded === undefined) return <p class="loading">{t('common.loading')}</p>;
  if (loaded === null) return <Problem error={t('problem.notFound')} />;
  const { media, isComplete } = loaded;
  return (
    <div class="view media-view">
      <div class="row">
        <button type="button" class="button quiet square" aria-label={t('common.back')} onClick={() => history.back()}>
          <Icon name="left" />
        </button>
        <h1>{media.title}</h1>
      </div>
      <section class="panel" aria-label={media.title}>
        {media.kind === 'video' ? <VideoStage key={media.id} media={media} library={library} /> : <PhotoStage key={media.id} media={media} library={library} />}
      </section>
      {!isComplete && (
        <div class="notice">
          <p>{t('media.incomplete')}</p>
          <button type="button" class="button" id="all-of-it" disabled={complete} onClick={() => setComplete(true)}>
            {t('media.complete')}
          </button>
        </div>
      )}
      <div class="media-more">
        <People media={media} library={library} />
        <Facts media={media} />
      </div>
    </div>
  );
}

/** What somebody is called in this media. */
export function seenName({ name, entity }: Seen, index: number): string {
  if (name !== '' && name !== entity) return name;
  return entity === '' ? t('media.stranger', { n: index + 1 }) : t('people.unnamed', { id: entity.slice(0, 4) });
}

function People({ media, library }: { media: MediaDetails; library: string }) {
  return (
    <section class="panel" aria-labelledby="seen">
      <h2 id="seen">{t('media.people')}</h2>
      {media.seen.length === 0 && <p class="small">{t('media.nobody')}</p>}
      <ul class="seen">
        {media.seen.map((seen, index) => (
          <li key={index}>
            {seen.entity === '' ? seenName(seen, index) : <a href={personHref(seen.entity, library)}>{seenName(seen, index)}</a>}
            {media.kind === 'video' && <span class="small">{seen.appearances.map(({ from, to }) => `${clockText(from)}–${clockText(to)}`).join(', ')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ media }: { media: MediaDetails }) {
  const facts: [string, string][] = [
    [t('media.file'), media.fileName],
    [t('media.size'), [media.width > 0 ? `${media.width} × ${media.height}` : '', media.bytes > 0 ? bytesText(media.bytes) : ''].filter(Boolean).join(', ')],
    [t('media.length'), media.durationS > 0 ? clockText(media.durationS) : ''],
    [t('media.created'), media.created === '' ? '' : dateText(media.created)],
    [t('media.tags'), media.tags.join(', ')],
    [t('media.description'), media.description],
  ];
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">{t('common.details')}</h2>
      <dl class="fact-list">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {media.url === undefined && originalOf(media.id) === undefined && <p class="small">{t('media.previewOnly')}</p>}
    </section>
  );
}
