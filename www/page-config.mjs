// What stands in the page's head: its content policy and its libraries, both made of one configuration. Used by vite.config.js at the build,
// and by configure.mjs for a page that is built already.

/**
 * @typedef {{ libraries: { name: string, url: string, title?: string | Record<string, string> }[], origins?: string[] }} SiteConfig
 */

/** The origins that the page may speak to besides its own: those of the libraries, and those that the configuration adds. */
function originsOf(/** @type {SiteConfig} */ { libraries, origins = [] }) {
  const absolute = libraries.map(({ url }) => url).filter((url) => /^https?:/i.test(url)).map((url) => new URL(url).origin);
  const added = origins.map((origin) => {
    const { protocol, origin: written } = new URL(origin);
    if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`origins: ${origin}: only http and https can be allowed`);
    return written;
  });
  return [...new Set([...absolute, ...added])];
}

/** The Content-Security-Policy of a configuration. The engine's worker is a blob: so it inherits this policy, where no host can send headers. */
export function policyOf(/** @type {SiteConfig} */ config) {
  const others = originsOf(config).map((origin) => ` ${origin}`).join('');
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `img-src 'self' blob: data:${others}`,
    `media-src 'self' blob:${others}`,
    `connect-src 'self'${others}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Fails with what is wrong in a configuration. */
export function checkConfig(/** @type {SiteConfig} */ config) {
  if (!Array.isArray(config.libraries)) throw new Error('libraries: expected a list of { name, url, title }');
  for (const { name, url } of config.libraries) {
    if (typeof name !== 'string' || name === '') throw new Error('libraries: each needs a name');
    if (typeof url !== 'string' || url === '') throw new Error(`libraries: ${name}: the url is missing`);
  }
  return config;
}

/** The two elements of the head, as Vite takes them. */
export function headTags(/** @type {SiteConfig} */ config) {
  checkConfig(config);
  return [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policyOf(config) }, injectTo: 'head-prepend' },
    { tag: 'meta', attrs: { name: 'visavis-config', content: JSON.stringify({ ...config, origins: originsOf(config) }) }, injectTo: 'head' },
  ];
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The text of a built index.html with another configuration. */
export function configured(html, /** @type {SiteConfig} */ config) {
  let text = html;
  for (const { attrs } of headTags(config)) {
    const [key, value] = Object.entries(attrs)[0];
    const element = new RegExp(`<meta ${key}="${value}" content="[^"]*">`);
    if (!element.test(text)) throw new Error(`this page has no <meta ${key}="${value}">; was it built by www?`);
    text = text.replace(element, () => `<meta ${key}="${value}" content="${escaped(attrs.content)}">`);
  }
  return text;
}
