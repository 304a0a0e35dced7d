/** One person: name, faces, and what can be corrected in a library of one's own. */

import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Client, FaceImageItem } from 'visavis';
import { client, currentLibrary, isOwn, libraries, revision } from '../app/engine.js';
import { isNamed, loadPersons, personName, persons } from '../app/persons.js';
import { fetchPicture } from '../app/pictures.js';
import { coverFocus, detailsOf } from '../app/media.js';
import { showPictures } from '../app/settings.js';
import { go, mediaHref, personHref, route } from '../app/router.js';
import { Question } from '../parts/Dialog.js';
import { Icon } from '../parts/Icon.js';
import { Picture, openLabel } from '../parts/Picture.js';
import { Problem } from '../parts/Problem.js';
import { useAsked } from '../parts/useAsked.js';
import { t } from '../text/index.js';

/** What was merged last, so that it can be undone. */
interface Merged {
  into: string;
  from: string;
}

/** Outlives the view, which is another one for each person. */
const merged = signal<Merged | undefined>(undefined);

export function PersonView({ id: given }: { id: string }) {
  const at = route.value;
  const name = ('library' in at ? at.library : undefined) ?? currentLibrary.value.name;
  const library = libraries.value.find((one) => one.name === name) ?? currentLibrary.value;
  const { value, error, again } = useAsked(() => load(library.name, given), [library.name, given, revision.value]);
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [asked, setAsked] = useState<'merge' | 'delete' | undefined>();
  const [problem, setProblem] = useState<unknown>();
  const searchLibName = library.name;
  const id = value?.id ?? given;

  /** Changes something, then shows what is there now. */
  const change = async (edit: (engine: Client) => Promise<unknown>): Promise<void> => {
    setAsked(undefined);
    setProblem(undefined);
    try {
      await edit(await client());
      setChosen([]);
      revision.value += 1;
    } catch (failure) {
      setProblem(failure);
    }
  };
  const split = (): Promise<void> =>
    change(async (engine) => {
      const { data } = await engine.splitPerson({ personId: id, faceIds: [...chosen], searchLibName });
      go(personHref(data.personId, searchLibName));
    });
  const remove = (): Promise<void> =>
    change(async (engine) => {
      await engine.deleteFaces({ personId: id, faceIds: [...chosen], searchLibName });
      // Whom nobody named is gone with the last face.
      if (value?.name === '' && chosen.length === value.faces.length) go('#/people');
    });
  const erase = (): Promise<void> =>
    change(async (engine) => {
      await engine.deletePerson({ personId: id, searchLibName });
      go('#/people');
    });
  const merge = (into: string): Promise<void> =>
    change(async (engine) => {
      await engine.mergePersons({ personId: into, fromPersonIds: [id], searchLibName });
      merged.value = { into, from: id };
      go(personHref(into, searchLibName));
    });
  const unmerge = ({ into, from }: Merged): Promise<void> =>
    change(async (engine) => {
      await engine.unmergePersons({ personId: into, fromPersonIds: [from], searchLibName });
      merged.value = undefined;
    });

  if (error !== undefined) return <Problem error={error} onRetry={again} />;
  if (value === undefined) return <p class="loading">{t('common.loading')}</p>;
  const editable = isOwn(library);
  const toggle = (face: number): void => setChosen(chosen.includes(face) ? chosen.filter((one) => one !== face) : [...chosen, face]);
  return (
    <div class="view">
      <div class="row">
        <a class="button quiet square" href="#/people" aria-label={t('common.back')}>
          <Icon name="left" />
        </a>
        <h1>{value.title}</h1>
      </div>
      {editable ? <Name key={id + value.name} name={value.name} onName={(words) => change((engine) => engine.setPerson({ personId: id, name: words, searchLibName }))} /> : <p class="small">{t('problem.readOnly')}</p>}
      <Problem error={problem} />
      {merged.value?.into === id && (
        <div class="notice" role="status">
          <p>{t('people.merged')}</p>
          <button type="button" class="button" id="unmerge" onClick={() => merged.value !== undefined && void unmerge(merged.value)}>
            {t('people.unmerge')}
          </button>
        </div>
      )}
      <section class="panel" aria-labelledby="faces">
        <div class="panel-head">
          <h2 id="faces">{t('count.faces', { n: value.faces.length })}</h2>
          {editable && (
            <div class="row">
              <button type="button" class="button" id="split" disabled={chosen.length === 0 || chosen.length === value.faces.length} onClick={() => void split()}>
                <Icon name="split" />
                {t('people.split')}
              </button>
              <button type="button" class="button" id="delete-faces" disabled={chosen.length === 0} onClick={() => void remove()}>
                {t('people.notThem')}
              </button>
            </div>
          )}
        </div>
        <ul class="faces">
          {value.faces.map((face, index) => (
            <li key={face.faceId}>
              <FaceCard face={face} index={index} editable={editable} chosen={chosen.includes(face.faceId)} onToggle={() => toggle(face.faceId)} />
            </li>
          ))}
        </ul>
      </section>
      <section class="panel" aria-labelledby="seen-in">
        <h2 id="seen-in">{t('people.seenIn', { n: value.total })}</h2>
        <ul class="grid">
          {value.media.map((media) => (
            <li key={media.id} class="card">
              <a class="picture" href={mediaHref(media.id, searchLibName)} aria-label={openLabel(media.title, false)}>
                <Picture class="cover" src={media.cover} position={coverFocus(media)} />
              </a>
              <p class="title">{media.title}</p>
            </li>
          ))}
        </ul>
      </section>
      {editable && (
        <div class="row">
          <button type="button" class="button" id="merge" onClick={() => setAsked('merge')}>
            <Icon name="merge" />
            {t('people.merge')}
          </button>
          <button type="button" class="button danger" id="delete-person" onClick={() => setAsked('delete')}>
            <Icon name="trash" />
            {t('people.delete')}
          </button>
        </div>
      )}
      {asked === 'merge' && <Merge id={id} library={searchLibName} onMerge={merge} onClose={() => setAsked(undefined)} />}
      {asked === 'delete' && (
        <Question
          title={t('people.deleteSure', { name: value.title })}
          verb={t('people.delete')}
          id="delete-sure"
          danger
          onYes={() => void erase()}
          onClose={() => setAsked(undefined)}
        >
          <p>{t('people.deleteText')}</p>
        </Question>
      )}
    </div>
  );
}

async function load(searchLibName: string, asked: string) {
  const engine = await client();
  const all = await loadPersons(searchLibName);
  // Links of media name people by the id by which searches know them.
  const person = all.find((one) => one.personId === asked) ?? all.find((one) => one.entityId === asked);
  const personId = person?.personId ?? asked;
  const { data } = await engine.getPersonFacesInfo({ personId, searchLibName });
  const seen = await engine.searchMedia({ EntityId: person?.entityId ?? personId, PageSize: 24, SearchLibName: searchLibName });
  return {
    id: personId,
    name: person !== undefined && isNamed(person) ? person.name : '',
    title: person === undefined ? personId : personName(person),
    faces: data.faceImageItems.filter(({ success }) => success),
    media: seen.MediaInfoList.map(detailsOf),
    total: seen.Total,
  };
}

function Name({ name, onName }: { name: string; onName: (name: string) => Promise<void> }) {
  const [words, setWords] = useState(name);
  return (
    <form
      class="row name-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (words.trim() !== '') void onName(words.trim());
      }}
    >
      <label for="person-name">{t('people.name')}</label>
      <input id="person-name" type="text" maxLength={128} value={words} autocomplete="off" onInput={(event) => setWords(event.currentTarget.value)} />
      <button type="submit" class="button primary" disabled={words.trim() === '' || words.trim() === name}>
        <Icon name="check" />
        {t('people.save')}
      </button>
    </form>
  );
}

function FaceCard({ face, index, editable, chosen, onToggle }: { face: FaceImageItem; index: number; editable: boolean; chosen: boolean; onToggle: () => void }) {
  const quality = useQuality(face.url);
  const picture = <Picture class="portrait" src={face.url} alt={editable ? '' : t('people.face', { n: index + 1 })} />;
  const measured = quality === undefined ? null : <span class="small quality">{t('people.quality', { value: quality.toFixed(2) })}</span>;
  if (!editable) {
    return (
      <div class="face-choice">
        {picture}
        {measured}
      </div>
    );
  }
  return (
    <label class="face-choice">
      {picture}
      <span class="check">
        <input type="checkbox" checked={chosen} onChange={onToggle} />
        {t('people.face', { n: index + 1 })}
      </span>
      {measured}
    </label>
  );
}

/** The engine's measure of a face (size, sharpness, pose; 0 to 1), of the picture that the library has of it. */
function useQuality(url: string | undefined): number | undefined {
  const { value } = useAsked(async () => {
    if (url === undefined || (!showPictures.value && !url.startsWith('data:'))) return undefined;
    const { faces } = await (await client()).detectFaces(await fetchPicture(url), { expression: false, smallFaces: false });
    return faces[0]?.quality.score;
  }, [url]);
  return value;
}

/** Who this is as well. */
function Merge({ id, library, onMerge, onClose }: { id: string; library: string; onMerge: (into: string) => Promise<void>; onClose: () => void }) {
  const others = (persons.value[library] ?? []).filter(({ personId }) => personId !== id);
  const [into, setInto] = useState(others[0]?.personId ?? '');
  return (
    <Question title={t('people.merge')} verb={t('people.mergeSure')} id="merge-sure" disabled={into === ''} onYes={() => void onMerge(into)} onClose={onClose}>
      <p>{t('people.mergeText')}</p>
      <label>
        {t('people.mergeWith')}{' '}
        <select id="merge-with" value={into} onChange={(event) => setInto(event.currentTarget.value)}>
          {others.map((person) => (
            <option key={person.personId} value={person.personId}>
              {`${personName(person)} (${t('count.faces', { n: person.faceCount })})`}
            </option>
          ))}
        </select>
      </label>
    </Question>
  );
}
