/** The frame of every view: header with navigation, library, language and colours; footer. */

import type { ComponentChildren } from 'preact';
import { chooseLibrary, currentLibrary, isOwn, libraries } from '../app/engine.js';
import type { AppLibrary } from '../app/engine.js';
import { route } from '../app/router.js';
import { LANGUAGES, THEMES, chooseLanguage, language, theme } from '../app/settings.js';
import type { Language } from '../app/settings.js';
import { t } from '../text/index.js';
import type { Key } from '../text/index.js';
import { EngineStatus } from './EngineStatus.js';
import { Icon } from './Icon.js';
import type { IconName } from './Icon.js';

const VIEWS: { view: 'search' | 'people' | 'library' | 'map' | 'privacy'; icon: IconName }[] = [
  { view: 'search', icon: 'search' },
  { view: 'people', icon: 'people' },
  { view: 'library', icon: 'library' },
  { view: 'map', icon: 'map' },
  { view: 'privacy', icon: 'privacy' },
];

const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', zh: '中文' };

/** The icon in the page's head, which is no request. */
const ICON = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href;

/** What people call a library. */
export function libraryTitle(library: AppLibrary): string {
  const { title, name } = library;
  if (typeof title === 'string') return title;
  if (title !== undefined) return title[language.value] ?? Object.values(title)[0] ?? name;
  return isOwn(library) && name === 'mine' ? t('library.own') : name;
}

export function Shell({ children }: { children: ComponentChildren }) {
  const { view } = route.value;
  const active = view === 'person' ? 'people' : view === 'media' ? 'library' : view;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {t('app.skip')}
      </a>
      <header class="bar">
        <a class="brand" href="#/search">
          <img src={ICON} alt="" width="32" height="32" />
          <span>visavis</span>
        </a>
        <nav class="nav" aria-label={t('app.nav')}>
          {VIEWS.map(({ view: of, icon }) => (
            <a key={of} href={`#/${of}`} aria-current={active === of ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{t(`nav.${of}` as Key)}</span>
            </a>
          ))}
        </nav>
        <div class="tools">
          <LibrarySelect />
          <label class="tool">
            <span class="hidden">{t('app.language')}</span>
            <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
              {LANGUAGES.map((one) => (
                <option key={one} value={one} lang={one}>
                  {LANGUAGE_NAMES[one]}
                </option>
              ))}
            </select>
          </label>
          <ThemeButton />
        </div>
      </header>
      <EngineStatus />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">
        <p>{t('app.footer')}</p>
      </footer>
    </>
  );
}

function LibrarySelect() {
  const all = libraries.value;
  return (
    <label class="tool library-select">
      <span class="hidden">{t('app.library')}</span>
      <select value={currentLibrary.value.name} onChange={(event) => chooseLibrary(event.currentTarget.value)}>
        {all.map((library) => (
          <option key={library.name} value={library.name}>
            {libraryTitle(library)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Goes round: like the system, light, dark. */
function ThemeButton() {
  const icons: Record<(typeof THEMES)[number], IconName> = { auto: 'auto', light: 'sun', dark: 'moon' };
  const label = t('app.theme', { theme: t(`theme.${theme.value}`) });
  const next = (): void => {
    theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
  };
  return (
    <button type="button" class="button quiet square" id="theme" title={label} aria-label={label} onClick={next}>
      <Icon name={icons[theme.value]} />
    </button>
  );
}

/** The fragment is the app's address, so the link must not change it. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
