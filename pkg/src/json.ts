/**
 * JSON whose whole numbers keep all their digits: ids of faces may be above 2^53, beyond what a JavaScript number can hold.
 */

/** Reads JSON; whole numbers that are not exact as a JavaScript number become text. */
export function parseJson(text: string): unknown {
  return JSON.parse(quoteLargeIntegers(text));
}

/** Writes JSON; a bigint is written as the number that it is, and so is text of digits under one of `idKeys`. */
export function writeJson(value: unknown, idKeys: readonly string[] = []): string {
  // Such a text is in no answer by chance; its quotes are taken off below.
  const mark = `integer-${crypto.randomUUID?.() ?? Math.random()}:`;
  let marked = false;
  const json = JSON.stringify(value, (key, item: unknown) => {
    const isId = typeof item === 'string' && idKeys.includes(key) && isInteger(item);
    if (typeof item !== 'bigint' && !isId) return item;
    marked = true;
    return `${mark}${String(item)}`;
  });
  return marked ? json.replaceAll(new RegExp(`"${mark}(-?[0-9]+)"`, 'g'), '$1') : json;
}

/** JSON with quotes around the whole numbers that are too large. What is no JSON stays none. */
function quoteLargeIntegers(text: string): string {
  const pieces: string[] = [];
  let kept = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at);
    } else if (isNumberPart(code)) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (number.length > 15 && isInteger(number) && !Number.isSafeInteger(Number(number)) && !isKey(text, end)) {
        pieces.push(text.slice(kept, at), '"', number, '"');
        kept = end;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(kept);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Behind the closing quote of the text that begins here. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && isNumberPart(text.charCodeAt(at))) at += 1;
  return at;
}

/** Digits, letters, `+`, `-`, `.`: a number, or whatever else stands there without quotes. */
function isNumberPart(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isDigit || isLetter || code === 0x2b || code === 0x2d || code === 0x2e;
}

/** A whole number as JSON writes it. */
function isInteger(text: string): boolean {
  return /^-?(?:0|[1-9][0-9]*)$/.test(text);
}

/** JSON has no numbers before a colon; such a text must stay wrong. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}
