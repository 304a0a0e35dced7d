/** Choices of the visitor that outlive the page. */

import { effect, signal } from '@preact/signals';
import type { Signal } from '@preact/signals';

const PREFIX = 'visavis-www:';

/** What was kept under a name; storage may be forbidden. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text; undefined forgets it. */
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Forgets every choice; the page looks as it does until it is left. */
export function forgetSettings(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // Where there is no storage, nothing was kept.
  }
}

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const theme: Signal<Theme> = signal(oneOf(THEMES, recall('theme')) ?? 'auto');
export const language: Signal<Language> = signal(oneOf(LANGUAGES, recall('language')) ?? browserLanguage());

/** Whether pictures of a host's library are loaded: its host sees which. */
export const showPictures = signal(recall('pictures') !== 'no');

/** How the faces of a library that is published are downloaded, and so what its host learns. */
export const ACCESS = ['whole', 'decoys', 'probe'] as const;
export const access: Signal<(typeof ACCESS)[number]> = signal(oneOf(ACCESS, recall('access')) ?? 'whole');

effect(() => {
  remember('access', access.value === 'whole' ? undefined : access.value);
});
effect(() => {
  remember('pictures', showPictures.value ? undefined : 'no');
});
effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  remember('theme', theme.value === 'auto' ? undefined : theme.value);
});
effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
});

/** Changes the language, for the next visits too. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  remember('language', chosen);
}

function browserLanguage(): Language {
  return navigator.languages?.find((tag) => /^(en|zh)\b/i.test(tag))?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function oneOf<T extends string>(known: readonly T[], value: string | undefined): T | undefined {
  return known.find((one) => one === value);
}
