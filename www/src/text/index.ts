/** Texts in the language of the visitor. */

import { language } from '../app/settings.js';
import { numberText } from '../lib/format.js';
import { MESSAGES } from './messages.js';
import type { Key, Text } from './messages.js';

export type { Key } from './messages.js';

/** A text with its values. `n` decides the plural form. Reads the language signal, so that components follow a change. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const chosen = language.value;
  const text: Text = MESSAGES[key][chosen === 'zh' ? 1 : 0];
  const form = typeof text === 'string' ? text : text[values['n'] === 1 ? 'one' : 'other'];
  return form.replaceAll(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    if (value === undefined) return hole;
    return typeof value === 'number' ? numberText(value) : value;
  });
}

/** Sentences one after the other; Chinese has no spaces between them. */
export function together(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(language.value === 'zh' ? '' : ' ');
}

/** The locale for dates. */
function locale(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en-GB';
}

/** A moment as a date. */
export function dateText(moment: string | number | Date): string {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(locale(), { year: 'numeric', month: 'long', day: 'numeric' });
}
