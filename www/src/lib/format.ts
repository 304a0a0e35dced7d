/** Numbers for people. */

/**
 * A whole number with its thousands apart, as English and Chinese have them. `Intl` would load its tables at its first use: tens of
 * milliseconds on the main thread, in the middle of a search.
 */
export function numberText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Bytes: `1.3 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** A moment of a film: `1:05`, `1:02:03`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A score in per cent, rounded down: nothing is certain. */
export function percentText(score: number): string {
  return `${(Math.floor(Math.min(0.999, Math.max(0, score)) * 1000) / 10).toFixed(1)}%`;
}
