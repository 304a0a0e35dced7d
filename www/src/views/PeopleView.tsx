/** The persons of the library as cards: those without a name first, the largest before the others. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ListedPerson } from 'visavis';
import { client, currentLibrary, isOwn, revision } from '../app/engine.js';
import { isNamed, loadPersons, personName } from '../app/persons.js';
import { personHref } from '../app/router.js';
import { Empty } from '../parts/Empty.js';
import { More } from '../parts/More.js';
import { Picture } from '../parts/Picture.js';
import { Problem } from '../parts/Problem.js';
import { useAsked } from '../parts/useAsked.js';
import { t } from '../text/index.js';

const SHOWN_AT_ONCE = 60;

export function PeopleView(_: { id: string }) {
  const library = currentLibrary.value;
  const { value: all, error, again } = useAsked(() => loadPersons(library.name), [library.name, revision.value]);
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const some = (all ?? []).slice(0, shown);
  const groups: [string, readonly ListedPerson[]][] = [
    [t('people.unnamedTitle'), some.filter((person) => !isNamed(person))],
    [t('people.namedTitle'), some.filter(isNamed)],
  ];
  return (
    <div class="view">
      <h1>{t('people.title')}</h1>
      <p class="lead">{isOwn(library) ? t('people.lead') : t('people.leadPublished')}</p>
      <Problem error={error} onRetry={again} />
      {all === undefined && error === undefined && <p class="loading">{t('common.loading')}</p>}
      {all?.length === 0 && <Empty text={t('people.none')} own={isOwn(library)} />}
      {groups.map(
        ([title, persons], index) =>
          persons.length > 0 && (
            <section key={index} aria-label={title}>
              <h2>{title}</h2>
              <ul class="grid people">
                {persons.map((person) => (
                  <Card key={person.personId} person={person} library={library.name} />
                ))}
              </ul>
            </section>
          ),
      )}
      {shown < (all?.length ?? 0) && <More busy={false} onMore={() => setShown(shown + SHOWN_AT_ONCE)} />}
    </div>
  );
}

function Card({ person, library }: { person: ListedPerson; library: string }) {
  const element = useRef<HTMLLIElement>(null);
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    if (element.current === null) return;
    // The picture is asked for when the card comes into sight.
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      firstFace(person.personId, library).then(setUrl, () => undefined);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [person.personId, library, revision.value]);
  return (
    <li ref={element} class="card person-card">
      <a href={personHref(person.personId, library)}>
        <Picture class="portrait" src={url} />
        <span class="person-name">{personName(person)}</span>
        <span class="small">{t('count.faces', { n: person.faceCount })}</span>
      </a>
    </li>
  );
}

/** The picture of one face of a person. */
async function firstFace(personId: string, searchLibName: string): Promise<string | undefined> {
  const engine = await client();
  const { data } = await engine.getPerson({ personId, searchLibName });
  const [faceId] = data.faceIds;
  if (faceId === undefined) return undefined;
  const { data: faces } = await engine.getPersonFacesInfo({ personId, faceIds: [faceId], searchLibName });
  return faces.faceImageItems[0]?.url;
}
