/** What the page was published with: its libraries, and the origins that its content policy lets it speak to. page-config.mjs writes both. */

/** A library that the page's publisher named. */
export interface PublishedLibrary {
  name: string;
  url: string;
  /** What people call it, in one language or by language. */
  title?: string | Record<string, string>;
}

interface SiteConfig {
  libraries: PublishedLibrary[];
  origins: string[];
}

function read(): SiteConfig {
  const text = document.querySelector<HTMLMetaElement>('meta[name="visavis-config"]')?.content;
  // Vite's development server has neither policy nor configuration.
  if (text === undefined) return { libraries: [{ name: 'gallery', url: './library/' }], origins: [] };
  const { libraries, origins } = JSON.parse(text) as Partial<SiteConfig>;
  return { libraries: libraries ?? [], origins: origins ?? [] };
}

export const config = read();

/** The places that the content policy lets the page fetch from. */
export const placesText = (): string => [location.origin, ...config.origins].join(', ');

/** Whether the content policy lets the page fetch from an address. */
export function mayFetch(address: string): boolean {
  const { origin } = new URL(address, document.baseURI);
  return origin === location.origin || config.origins.includes(origin);
}
