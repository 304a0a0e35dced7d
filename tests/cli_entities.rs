//! Persons whom nobody named: found by `visavis index` in real photos, corrected by `visavis person`, and the same after indexing anew.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use cli_support::{Run, Tested, index, visavis};

type Found<T> = Result<T, Box<dyn std::error::Error>>;

/// A folder of photos, and a library of it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    /// With these photos of the samples.
    fn with(photos: &[&str]) -> Found<Self> {
        let bench = Self { folder: tempfile::tempdir()? };
        fs::create_dir(bench.photos())?;
        photos.iter().try_for_each(|photo| bench.add(&Path::new("samples").join(photo)))?;
        bench.index(&[])?;
        Ok(bench)
    }

    fn photos(&self) -> PathBuf {
        self.folder.path().join("photos")
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    fn add(&self, photo: &Path) -> Tested {
        let name = photo.to_string_lossy().replace('/', "_");
        fs::copy(photo, self.photos().join(name))?;
        Ok(())
    }

    fn index(&self, more: &[&str]) -> Found<Value> {
        let summary = index(&self.photos(), &self.library(), more)?.expect_code(0)?.json()?;
        assert_eq!(summary.get("warnings"), Some(&json!([])));
        visavis(["verify", &self.library().to_string_lossy()])?.expect_code(0)?;
        Ok(summary)
    }

    fn person(&self, args: &[&str]) -> Found<Run> {
        let library = self.library();
        visavis(["person"].iter().chain(args).copied().chain(["--library", &library.to_string_lossy(), "--json"]))
    }

    fn edit(&self, args: &[&str]) -> Found<Value> {
        Ok(self.person(args)?.expect_code(0)?.json()?.get("data").cloned().ok_or("no data")?)
    }

    /// Person, name and faces of all persons, by the id.
    fn persons(&self) -> Found<BTreeMap<String, (String, BTreeSet<String>)>> {
        let list = self.edit(&["list", "--page-size", "100"])?;
        let mut persons = BTreeMap::new();
        for person in list.get("persons").and_then(Value::as_array).ok_or("no persons")? {
            let text = |name: &str| person.get(name).and_then(Value::as_str).ok_or("no text");
            let id = text("personId")?;
            let faces = serde_json::from_value(self.edit(&["get", id])?.get("faceIds").cloned().unwrap_or_default())?;
            persons.insert(id.to_owned(), (text("name")?.to_owned(), faces));
        }
        Ok(persons)
    }

    fn only_person(&self) -> Found<(String, Vec<String>)> {
        let persons = self.persons()?;
        assert_eq!(persons.len(), 1, "{persons:?}");
        let (id, (_, faces)) = persons.into_iter().next().ok_or("nobody")?;
        Ok((id, faces.into_iter().collect()))
    }
}

const TWO: [&str; 4] =
    ["gallery/barack_obama_1.jpg", "gallery/barack_obama_2.jpg", "gallery/joe_biden.jpg", "gallery/coffee.jpg"];

#[test]
fn somebody_in_two_photos_is_found_named_and_joined_by_a_new_photo() -> Tested {
    let bench = Bench::with(&TWO)?;
    let (id, faces) = bench.only_person()?;
    assert_eq!((id.len(), faces.len()), (32, 2));
    let listed = bench.edit(&["list"])?["persons"][0].clone();
    assert_eq!((&listed["category"], &listed["name"]), (&json!("unknown"), &json!("")));
    let library = bench.library().to_string_lossy().into_owned();
    let found = visavis(["search", "samples/queries/barack_obama.jpg", "--library", &library, "--json", "--scores"])?;
    assert_eq!(found.expect_code(0)?.json()?["Scores"][0]["EntityId"], json!(id));

    bench.edit(&["set", &id, "--name", "President"])?;
    bench.add(Path::new("samples/queries/barack_obama.jpg"))?;
    let summary = bench.index(&[])?;
    assert_eq!(
        (&summary["persons"], &summary["unknownPersons"], &summary["labelledFaces"]),
        (&json!(1), &json!(0), &json!(3))
    );
    let (same, faces) = bench.only_person()?;
    assert_eq!((&same, faces.len(), bench.persons()?[&id].0.as_str()), (&id, 3, "President"));
    let log = bench.library().join(".visavis/people.jsonl");
    let lines = fs::read_to_string(&log)?;
    assert_eq!(lines.lines().filter(|line| line.contains("Discover")).count(), 2);
    bench.index(&[])?;
    assert_eq!(fs::read_to_string(&log)?, lines, "nothing new is found in the same photos");
    Ok(())
}

#[test]
fn what_is_split_off_or_taken_away_stays_so() -> Tested {
    let bench = Bench::with(&TWO)?;
    let (id, faces) = bench.only_person()?;
    let split = bench.edit(&["split", &id, &faces[0]])?;
    let other = split["personId"].as_str().ok_or("no id")?.to_owned();
    assert_eq!((&split["faceIds"], other.len()), (&json!([faces[0]]), 32));
    let divided = bench.persons()?;
    assert_eq!(divided.keys().collect::<BTreeSet<_>>(), BTreeSet::from([&id, &other]));
    bench.index(&[])?;
    assert_eq!(bench.persons()?, divided);
    let again = bench.person(&["split", &id, &faces[0]])?.expect_code(1)?.json()?["error"].clone();
    assert_eq!(again["code"], json!("ResourceNotFound"));
    let message = again["message"].as_str().ok_or("no message")?;
    assert!(message.ends_with(&format!("is not one of person {id:?}, but of person {other:?}")), "{message}");

    bench.edit(&["delete-faces", &other, &faces[0]])?;
    assert!(!bench.persons()?.contains_key(&other), "a person without name and faces goes");
    let summary = bench.index(&[])?;
    assert_eq!((&summary["unknownPersons"], bench.persons()?.len()), (&json!(1), 1));
    bench.edit(&["delete", &id])?;
    assert_eq!(bench.index(&[])?["unknownPersons"], json!(0), "who was deleted is not found again");
    Ok(())
}

#[test]
fn portraits_that_come_later_leave_what_the_hand_named_and_split() -> Tested {
    let bench = Bench::with(&TWO)?;
    bench.add(Path::new("samples/queries/barack_obama.jpg"))?;
    bench.index(&[])?;
    let (id, faces) = bench.only_person()?;
    assert_eq!(faces.len(), 3);
    bench.edit(&["set", &id, "--name", "Barack"])?;
    let other = bench.edit(&["split", &id, &faces[0]])?["personId"].as_str().ok_or("no id")?.to_owned();
    bench.edit(&["delete-faces", &id, &faces[1]])?;
    let by_hand = bench.persons()?;
    assert_eq!(by_hand[&other], (String::new(), BTreeSet::from([faces[0].clone()])));
    assert_eq!(by_hand[&id], ("Barack".to_owned(), BTreeSet::from([faces[2].clone()])));
    for _ in 0..2 {
        let people = ["--people", "samples/people"];
        let summary = index(&bench.photos(), &bench.library(), &people)?.expect_code(0)?.json()?;
        let warning = summary["warnings"][0].as_str().ok_or("no warning")?;
        assert!(warning.starts_with("person Barack Obama has no face: ") && warning.contains(&id), "{warning}");
        let mut persons = bench.persons()?;
        assert_eq!(persons.remove("Joe Biden").ok_or("nobody")?.1.len(), 1, "portraits name the others");
        assert_eq!(persons.remove("Barack Obama"), Some(("Barack Obama".to_owned(), BTreeSet::new())));
        assert_eq!(persons.remove("Eileen Collins").map(|(_, faces)| faces.len()), Some(0));
        assert_eq!(persons, by_hand);
    }
    // Once they are one, new photos go to that one, and there is nothing to warn of.
    bench.edit(&["merge", &id, "Barack Obama"])?;
    bench.index(&["--people", "samples/people"])?;
    let persons = bench.persons()?;
    assert_eq!((persons.contains_key("Barack Obama"), &persons[&id]), (false, &by_hand[&id]));
    Ok(())
}

#[test]
fn a_merger_is_undone_after_indexing_anew() -> Tested {
    let bench = Bench::with(&["gallery/barack_obama_1.jpg", "gallery/barack_obama_2.jpg"])?;
    let (id, faces) = bench.only_person()?;
    bench.edit(&["add", "tom", "--name", "Tom", "--group", "g"])?;
    let before = bench.persons()?;
    bench.edit(&["merge", "tom", &id])?;
    let merged = bench.persons()?;
    assert_eq!(merged["tom"].1.len(), 2);
    bench.add(Path::new("samples/queries/barack_obama.jpg"))?;
    bench.index(&[])?;
    assert_eq!(bench.persons()?["tom"].1.len(), 3, "a new face joins the person as the person is now");
    let back = bench.edit(&["unmerge", "tom", &id])?;
    assert_eq!((&back["faceIds"], &back["groupIds"]), (&json!(faces), &json!(["g"])));
    let after = bench.persons()?;
    assert_eq!((&after[&id], after["tom"].1.len()), (&before[&id], 1));
    bench.index(&[])?;
    assert_eq!(bench.persons()?, after);
    let again = bench.person(&["unmerge", "tom", &id])?.expect_code(1)?.json()?;
    assert_eq!(again["error"]["code"], json!("ResourceNotFound"));
    assert_eq!(again["error"]["message"], json!(format!("person {id:?} was not merged into \"tom\"")));
    Ok(())
}

#[test]
fn nobody_is_looked_for_where_that_is_asked_for() -> Tested {
    let bench = Bench::with(&TWO[2..])?;
    for photo in &TWO[..2] {
        bench.add(&Path::new("samples").join(photo))?;
    }
    assert_eq!(bench.index(&["--min-faces", "0"])?["unknownPersons"], json!(0));
    assert_eq!(bench.index(&["--min-faces", "3"])?["unknownPersons"], json!(0));
    assert_eq!(bench.index(&[])?["unknownPersons"], json!(1));
    Ok(())
}

#[test]
fn persons_of_lfw_are_found_in_one_go_and_in_parts() -> Tested {
    let images = Path::new("../shared/data/lfw-dev/images");
    if !images.is_dir() {
        eprintln!("skipped: {} is not there", images.display());
        return Ok(());
    }
    let mut folders: Vec<PathBuf> = fs::read_dir(images)?.map(|entry| Ok(entry?.path())).collect::<Found<_>>()?;
    folders.sort();
    let mut photos = Vec::new();
    for folder in folders.iter().take(60) {
        photos.extend(fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Found<Vec<_>>>()?);
    }
    photos.sort();
    let bench = Bench { folder: tempfile::tempdir()? };
    fs::create_dir(bench.photos())?;
    let mut before = BTreeMap::new();
    for part in photos.chunks(photos.len().div_ceil(3)) {
        for photo in part {
            fs::copy(photo, bench.photos().join(photo.file_name().ok_or("no name")?))?;
        }
        bench.index(&[])?;
        let now = bench.persons()?;
        for (id, (_, faces)) in &before {
            let (_, more): &(String, BTreeSet<String>) = now.get(id).ok_or("somebody is gone")?;
            assert!(more.is_superset(faces), "{id}");
        }
        before = now;
    }
    let library = bench.library().to_string_lossy().into_owned();
    let rows = visavis(["inspect", &library, "--faces"])?.expect_code(0)?.json_lines()?;
    // Each person of two or more photos is somebody; the names of the photos end with their numbers.
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["EntityId"].is_string()) {
        let path = row["path"].as_str().ok_or("no path")?;
        let name = path.rsplit_once('_').ok_or("no number")?.0.to_owned();
        names.entry(row["EntityId"].to_string()).or_default().insert(name);
    }
    let pure = names.values().filter(|names| names.len() == 1).count();
    assert!(names.len() >= 10 && pure + 1 >= names.len(), "{names:?}");
    Ok(())
}
