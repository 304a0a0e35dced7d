/** A picture of a library. Where it cannot be had, a quiet surface stands in its place. */

import { useState } from 'preact/hooks';
import { showPictures } from '../app/settings.js';
import { t } from '../text/index.js';

interface Props {
  src: string | undefined;
  class?: string;
  /** Text for those who do not see it; empty where the text stands beside it. */
  alt?: string;
  /** `object-position`. */
  position?: string;
  onLoad?: (event: Event & { currentTarget: HTMLImageElement }) => void;
}

export function Picture({ src, class: className = '', alt = '', position, onLoad }: Props) {
  const [broken, setBroken] = useState<string | undefined>();
  const withheld = !showPictures.value && src !== undefined && /^https?:/.test(src);
  if (src === undefined || src === '' || broken === src || withheld) return <span class={`${className} no-picture`} />;
  const style = position === undefined ? {} : { 'object-position': position };
  return <img class={className} src={src} alt={alt} style={style} loading="lazy" decoding="async" {...crossing(src)} onError={() => setBroken(src)} {...(onLoad === undefined ? {} : { onLoad })} />;
}

/** What a link to a media says; films have a badge, whose word is part of it. */
export function openLabel(title: string, isFilm: boolean): string {
  return isFilm ? `${t('search.open', { title })} (${t('common.video')})` : t('search.open', { title });
}

/** Pictures of other origins are asked for with CORS, so that they can be kept for times without a network. */
export function crossing(src: string): { crossorigin?: 'anonymous' } {
  const { protocol, origin } = new URL(src, document.baseURI);
  return /^https?:$/.test(protocol) && origin !== location.origin ? { crossorigin: 'anonymous' } : {};
}
