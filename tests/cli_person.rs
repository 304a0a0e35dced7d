//! `visavis person` on a library of real photos: what each command does, that re-indexing keeps it, what an interruption leaves, and
//! bad input.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use cli_support::{Run, Tested, code_of, command, index, published, visavis};

type Found<T> = Result<T, Box<dyn std::error::Error>>;

/// A library of the sample gallery with its people, and a copy of its photos, in a folder of their own.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Found<Self> {
        let bench = Self { folder: tempfile::tempdir()? };
        fs::create_dir(bench.photos())?;
        for entry in fs::read_dir("samples/gallery")? {
            let entry = entry?;
            fs::copy(entry.path(), bench.photos().join(entry.file_name()))?;
        }
        bench.index()?;
        Ok(bench)
    }

    fn photos(&self) -> PathBuf {
        self.folder.path().join("photos")
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    fn log(&self) -> PathBuf {
        self.library().join(".visavis/people.jsonl")
    }

    /// Indexes, and answers the summary.
    fn index(&self) -> Found<Value> {
        index(&self.photos(), &self.library(), &["--people", "samples/people"])?.expect_code(0)?.json()
    }

    fn run(&self, args: &[&str]) -> Found<Run> {
        let library = self.library();
        let library = library.to_string_lossy();
        visavis(["person"].iter().chain(args).copied().chain(["--library", &library]))
    }

    /// The data of a command's response.
    fn data(&self, args: &[&str]) -> Found<Value> {
        let response = self.run(&[args, &["--json"]].concat())?.expect_code(0)?.json()?;
        let at = |pointer: &str| response.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!((at("/code"), at("/msg"), at("/data/code")), (json!(200), json!("OK"), json!(200)), "{response}");
        assert_eq!(at("/requestId").as_str().map(str::len), Some(36), "{response}");
        Ok(at("/data"))
    }

    fn face_ids(&self, person: &str) -> Found<Vec<String>> {
        let data = self.data(&["get", person])?;
        Ok(serde_json::from_value(data.get("faceIds").cloned().unwrap_or_default())?)
    }

    /// The id of the largest face of a photo.
    fn face_of(&self, path: &str) -> Found<String> {
        let library = self.library();
        let faces = visavis(["inspect", &library.to_string_lossy(), "--faces"])?.expect_code(0)?.json_lines()?;
        let found = faces.iter().find(|face| face.get("path").is_some_and(|p| p == path)).ok_or("no such face")?;
        Ok(found.get("FaceId").ok_or("no id")?.to_string())
    }

    /// The manifest, which names all tables by their contents, and the pictures; tables of the library before may be there too.
    fn current(&self) -> Found<BTreeMap<String, Vec<u8>>> {
        let mut files = published(&self.library())?;
        files.retain(|name, _| name == "library.json" || name.contains('/'));
        Ok(files)
    }

    fn verify(&self) -> Tested {
        visavis(["verify", &self.library().to_string_lossy()])?.expect_code(0)?;
        Ok(())
    }
}

#[test]
fn the_faces_of_a_person_are_told_with_their_pictures() -> Tested {
    let bench = Bench::new()?;
    let data = bench.data(&["faces", "Barack Obama"])?;
    let items = data["faceImageItems"].as_array().ok_or("no items")?;
    assert_eq!(items.len(), 2);
    for item in items {
        assert_eq!(item["success"], json!(true));
        assert!(item["faceId"].is_u64());
        assert!(bench.library().join(item["url"].as_str().ok_or("no url")?).is_file(), "{item}");
    }
    let id = items[1]["faceId"].to_string();
    let run = bench.run(&["faces", "Barack Obama", &id, "23088737259260929", "--json"])?.expect_code(3)?;
    assert!(run.stdout.contains("{\"success\":false,\"faceId\":23088737259260929}"), "{}", run.stdout);
    assert_eq!(run.json()?["data"]["faceImageItems"][0], items[1]);
    let text = bench.run(&["faces", "Barack Obama", &id])?.expect_code(0)?.stdout;
    assert!(text.contains(&format!("{id}  faces/{id}.jpg")), "{text}");
    Ok(())
}

#[test]
fn persons_are_listed_and_shown() -> Tested {
    let bench = Bench::new()?;
    let data = bench.data(&["list", "--page-size", "2", "--page-no", "1"])?;
    assert_eq!(data["totalCount"], json!(3));
    let first = &data["persons"][0];
    assert_eq!((&first["personId"], &first["faceCount"]), (&json!("Barack Obama"), &json!(2)));
    let by_entity = bench.data(&["get", first["entityId"].as_str().ok_or("no id")?])?;
    assert_eq!(by_entity["name"], json!("Barack Obama"));
    assert!(bench.run(&["list"])?.expect_code(0)?.stdout.starts_with("3 persons, 3 on this page\n"));
    assert!(bench.run(&["get", "Joe Biden"])?.expect_code(0)?.stdout.starts_with("person  Joe Biden\n"));
    Ok(())
}

#[test]
fn every_edit_is_published_and_outlives_indexing_anew() -> Tested {
    let bench = Bench::new()?;
    let obama = bench.face_ids("Barack Obama")?;
    let biden = bench.face_of("joe_biden.jpg")?;

    let added = bench.data(&["add", "tom", "--name", "Tom", "--note", "a note", "--group", "g2", "--group", "g1"])?;
    assert_eq!(added, json!({ "code": 200, "personId": "tom", "groupIds": ["g1", "g2"] }));
    let data = bench.data(&["add-faces", "tom", "samples/queries/stranger_grace_hopper.jpg"])?;
    let item = &data["faceImageItems"][0];
    assert_eq!((&item["success"], &item["url"]), (&json!(true), &json!("samples/queries/stranger_grace_hopper.jpg")));
    let hopper = item["faceId"].to_string();
    assert_eq!(bench.data(&["assign", "tom", &biden])?["faceImageItems"][0]["success"], json!(true));
    bench.data(&["set", "Barack Obama", "--name", "President Obama"])?;
    let deleted = bench.data(&["delete-faces", "Barack Obama", &obama[0]])?;
    assert_eq!(deleted, json!({ "code": 200, "personId": "Barack Obama", "faceIds": [obama[0]], "deleteCount": 1 }));
    bench.data(&["merge", "tom", "Eileen Collins"])?;
    bench.data(&["delete-groups", "tom", "g1"])?;
    bench.data(&["add-groups", "Barack Obama", "presidents", "g2"])?;

    let state = || -> Found<Vec<Value>> {
        let list = bench.data(&["list"])?;
        let groups = bench.data(&["groups"])?;
        Ok(vec![list, groups, bench.data(&["get", "tom"])?, bench.data(&["get", "Barack Obama"])?])
    };
    let edited = state()?;
    assert_eq!(edited[0]["totalCount"], json!(3), "Joe Biden is a person still, without faces");
    assert_eq!(edited[1]["groupIds"], json!(["g2", "presidents"]));
    assert_eq!((&edited[2]["name"], &edited[2]["note"]), (&json!("Tom"), &json!("a note")));
    let of_tom: BTreeSet<String> = serde_json::from_value(edited[2]["faceIds"].clone())?;
    assert_eq!(of_tom, BTreeSet::from([hopper.clone(), biden, bench.face_of("eileen_collins.jpg")?]));
    assert_eq!((&edited[3]["name"], &edited[3]["faceIds"]), (&json!("President Obama"), &json!([obama[1]])));
    assert!(bench.library().join(format!("faces/{hopper}.jpg")).is_file());
    bench.verify()?;

    let files = bench.current()?;
    let summary = bench.index()?;
    assert_eq!((&summary["warnings"], &summary["embedded"]), (&json!([]), &json!(0)));
    assert_eq!((&summary["photos"], &summary["labelledFaces"]), (&json!(8), &json!(4)));
    assert_eq!(state()?, edited);
    assert!(files == bench.current()?, "indexing anew makes the same library");

    // The added photo is found by its person, and a photo that goes takes its face with it.
    let library = bench.library();
    let library = library.to_string_lossy();
    let found =
        visavis(["search", "samples/queries/stranger_grace_hopper.jpg", "--library", &library, "--json", "--scores"])?;
    let row = found.expect_code(0)?.json()?["Scores"][0].clone();
    assert_eq!((&row["LabelName"], &row["path"]), (&json!("Tom"), &json!("people/tom/stranger_grace_hopper.jpg")));
    fs::remove_file(bench.photos().join("joe_biden.jpg"))?;
    assert_eq!(bench.index()?["warnings"], json!(["person tom: no longer there: 1 assigned face"]));
    assert_eq!(bench.face_ids("tom")?.len(), 2);
    bench.verify()
}

#[test]
fn what_was_added_by_hand_goes_with_its_pictures() -> Tested {
    let bench = Bench::new()?;
    let before = bench.current()?;
    bench.data(&["add", "grace"])?;
    let photo = "samples/queries/stranger_grace_hopper.jpg";
    let id = bench.data(&["add-faces", "grace", photo])?["faceImageItems"][0]["faceId"].to_string();
    assert_eq!(bench.data(&["add-faces", "grace", photo])?["faceImageItems"][0]["faceId"].to_string(), id);
    assert_eq!(bench.face_ids("grace")?, [id.as_str()]);
    assert_eq!(bench.current()?.len(), before.len() + 2, "a cover and a face");
    bench.data(&["delete-faces", "grace", &id])?;
    assert_eq!(bench.current()?.len(), before.len());
    bench.data(&["add-faces", "grace", photo])?;
    bench.data(&["delete", "grace"])?;
    assert!(bench.current()? == before, "nothing is left of grace");
    bench.index()?;
    assert!(bench.current()? == before, "nothing comes back of grace");
    bench.verify()
}

#[test]
fn of_a_deleted_person_neither_name_nor_embedding_is_kept() -> Tested {
    let bench = Bench::new()?;
    bench.data(&["add", "tom", "--name", "Tom Secret", "--note", "owes money", "--group", "debtors"])?;
    bench.data(&["add-faces", "tom", "samples/queries/stranger_grace_hopper.jpg"])?;
    bench.data(&["assign", "tom", &bench.face_of("joe_biden.jpg")?])?;
    bench.data(&["add", "ann"])?;
    assert!(fs::read_to_string(bench.log())?.contains("\"numbers\""));
    bench.data(&["delete", "tom"])?;
    let text = fs::read_to_string(bench.log())?;
    for word in ["Secret", "owes", "debtors", "numbers", "stranger_grace_hopper"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    for (name, bytes) in published(&bench.library())? {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("Secret") && !text.contains("owes money"), "{name} is still there");
    }
    let files = bench.current()?;
    assert_eq!(bench.index()?["warnings"], json!([]));
    assert!(bench.current()? == files, "the face that tom was given is nobody's still");
    bench.data(&["set", "ann", "--note", "kept"])?;
    bench.verify()
}

#[test]
fn an_empty_note_clears_the_note() -> Tested {
    let bench = Bench::new()?;
    bench.data(&["add", "tom", "--name", "Tom", "--note", "a note"])?;
    bench.data(&["set", "tom", "--name", "Tommy"])?;
    assert_eq!(bench.data(&["get", "tom"])?["note"], json!("a note"));
    bench.data(&["set", "tom", "--note", ""])?;
    let without = bench.data(&["get", "tom"])?;
    assert_eq!((without.get("note"), &without["name"]), (None, &json!("Tommy")));
    bench.index()?;
    assert_eq!(bench.data(&["get", "tom"])?, without);
    Ok(())
}

#[test]
fn a_photo_that_is_in_the_library_only_gives_its_face() -> Tested {
    let bench = Bench::new()?;
    let biden = bench.face_of("joe_biden.jpg")?;
    bench.data(&["add", "tom"])?;
    let data = bench.data(&["add-faces", "tom", "samples/gallery/joe_biden.jpg"])?;
    assert_eq!(data["faceImageItems"][0]["faceId"].to_string(), biden);
    assert_eq!(bench.face_ids("tom")?, [biden]);
    assert_eq!(bench.index()?["photos"], json!(7));
    bench.verify()
}

#[test]
fn an_edit_that_was_kept_but_not_published_is_done_by_the_next_command() -> Tested {
    let bench = Bench::new()?;
    bench.data(&["add", "tom"])?;
    let line = fs::read_to_string(bench.log())?;
    // As if two more runs had been killed between keeping and publishing, and a third while keeping.
    let mut log = File::options().append(true).open(bench.log())?;
    log.write_all(line.replace("tom", "ann").as_bytes())?;
    log.write_all(line.replace("tom", "bob").as_bytes())?;
    log.write_all(br#"{"edit":"AddPerson","gro"#)?;
    drop(log);
    assert_eq!(bench.data(&["list"])?["totalCount"], json!(4), "not published yet");
    // The same edit again completes the last one rather than failing because the person is there.
    bench.data(&["add", "bob"])?;
    assert_eq!(bench.data(&["list"])?["totalCount"], json!(6));
    assert_eq!(fs::read_to_string(bench.log())?.lines().count(), 3);
    assert_eq!(fs::read_to_string(bench.library().join(".visavis/people.applied"))?, "3\n");
    assert_eq!(code_of(&bench.run(&["add", "bob", "--json"])?.expect_code(1)?.json()?), Some("InvalidParameter"));
    assert_eq!(fs::read_to_string(bench.log())?.lines().count(), 3, "an edit that fails is not kept");
    bench.verify()
}

#[test]
fn a_damaged_line_is_named_and_nothing_is_changed() -> Tested {
    let bench = Bench::new()?;
    bench.data(&["add", "tom"])?;
    let good = fs::read_to_string(bench.log())?;
    fs::write(bench.log(), format!("{good}oops\n{good}"))?;
    let before = published(&bench.library())?;
    for run in [
        bench.run(&["add", "ann", "--json"])?,
        index(&bench.photos(), &bench.library(), &["--people", "samples/people"])?,
    ] {
        let report = run.expect_code(1)?.json()?;
        assert_eq!(code_of(&report), Some("IoError"));
        let message = report["error"]["message"].as_str().ok_or("no message")?;
        assert!(message.contains("people.jsonl: line 2: not JSON"), "{message}");
    }
    assert!(before == published(&bench.library())?);
    Ok(())
}

#[test]
fn a_library_that_is_being_written_is_busy() -> Tested {
    let bench = Bench::new()?;
    let lock = File::options().write(true).open(bench.library().join(".visavis/lock"))?;
    lock.try_lock()?;
    let report = bench.run(&["add", "tom", "--json"])?.expect_code(1)?.json()?;
    assert_eq!(code_of(&report), Some("LibraryBusy"));
    drop(lock);
    bench.data(&["add", "tom"])?;
    Ok(())
}

#[test]
fn photos_that_cannot_be_used_are_reported_and_the_others_added() -> Tested {
    let bench = Bench::new()?;
    let photo = "samples/queries/stranger_grace_hopper.jpg";
    bench.data(&["add", "grace"])?;
    let run = bench.run(&["add-faces", "grace", "samples/gallery/coffee.jpg", photo, "--json"])?.expect_code(3)?;
    let items = run.json()?["data"]["faceImageItems"].clone();
    assert_eq!((&items[0]["success"], &items[0]["errorCode"]), (&json!(false), &json!("NoFace")));
    assert_eq!(items[1]["success"], json!(true));
    assert!(run.stderr.contains("coffee.jpg: no face was found"), "{}", run.stderr);
    let run = bench.run(&["assign", "grace", "5", &bench.face_of("joe_biden.jpg")?])?.expect_code(3)?;
    assert!(run.stderr.contains("face \"5\" was not found (ResourceNotFound)"), "{}", run.stderr);
    bench.data(&["add-groups", "grace", "g"])?;
    let run = bench.run(&["delete-groups", "grace", "g", "h"])?.expect_code(3)?;
    assert!(run.stderr.contains("group \"h\" was not found"), "{}", run.stderr);
    Ok(())
}

#[test]
fn bad_input_is_named_and_leaves_the_library_as_it_was() -> Tested {
    let bench = Bench::new()?;
    let before = published(&bench.library())?;
    let long = "x".repeat(129);
    let many = vec!["samples/gallery/joe_biden.jpg"; 21];
    let too_many = [&["add-faces", "Joe Biden"], many.as_slice()].concat();
    let table: [(&[&str], &str, &str); 21] = [
        (&["get", "nobody"], "ResourceNotFound", "person \"nobody\" was not found"),
        (&["faces", "nobody"], "ResourceNotFound", "person \"nobody\" was not found"),
        (&["set", "nobody", "--name", "x"], "ResourceNotFound", "person \"nobody\""),
        (&["delete", "nobody"], "ResourceNotFound", "person \"nobody\""),
        (&["merge", "Joe Biden", "nobody"], "ResourceNotFound", "person \"nobody\""),
        (&["add-faces", "nobody", "samples/gallery/joe_biden.jpg"], "ResourceNotFound", "person \"nobody\""),
        (&["assign", "nobody", "1"], "ResourceNotFound", "person \"nobody\""),
        (&["list", "--group", "nothing"], "ResourceNotFound", "group \"nothing\""),
        (&["delete-groups", "Joe Biden", "g"], "ResourceNotFound", "group of person Joe Biden \"g\""),
        (&["assign", "Joe Biden", "5"], "ResourceNotFound", "face \"5\" was not found"),
        (&["delete-faces", "Joe Biden", "18446744073709551615"], "ResourceNotFound", "face \"18446744073709551615\""),
        (&["assign", "Joe Biden", "five"], "InvalidParameter", "faceIds[0]: \"five\" is no face id"),
        (&["faces", "Joe Biden", "18446744073709551616"], "InvalidParameter", "faceIds[0]: \"18446744073709551616\""),
        (&["merge", "Joe Biden", "Joe Biden"], "InvalidParameter", "cannot be merged with itself"),
        (&["add", "Joe Biden"], "InvalidParameter", "personId: \"Joe Biden\" is a person already"),
        (&["add", &long], "InvalidParameter", "personId: 129 characters"),
        (&["add", ""], "MissingpersonId", "personId is required"),
        (&["list", "--page-size", "101"], "InvalidParameter", "pageSize: 101 is out of range"),
        (&["add-faces", "Joe Biden", "no/such.jpg"], "IoError", "no/such.jpg"),
        (&["add-faces", "Joe Biden", "samples/gallery/coffee.jpg"], "NoFace", "coffee.jpg: no face was found"),
        (&too_many, "LimitExceededError", "21 urls: at most 20 are allowed"),
    ];
    for (args, code, says) in table {
        let report = bench.run(&[args, &["--json"]].concat())?.expect_code(1)?.json()?;
        let message = report["error"]["message"].as_str().ok_or("no message")?;
        assert_eq!(code_of(&report), Some(code), "{args:?}: {message}");
        assert!(message.contains(says), "{args:?}: {message}");
    }
    assert!(before == published(&bench.library())?);
    assert!(!bench.log().exists(), "nothing was kept");
    Ok(())
}

#[test]
fn a_folder_without_a_library_stays_as_it_is() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_string_lossy();
    for args in [["list", "--library"].as_slice(), &["add", "tom", "--library"], &["groups", "--library"]] {
        let run = visavis(["person"].iter().chain(args).copied().chain([&*path, "--json"]))?.expect_code(1)?;
        assert_eq!(code_of(&run.json()?), Some("LibraryNotFound"));
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn arguments_that_are_missing_are_asked_for() -> Tested {
    for args in [vec![], vec!["get"], vec!["set", "tom", "--library", "x"], vec!["merge", "tom", "--library", "x"]] {
        let output = command(["person"].into_iter().chain(args.iter().copied())).output()?;
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let help = visavis(["person", "--help"])?.expect_code(0)?.stdout;
    assert!(help.contains("visavis person add-faces tom tom1.jpg") && help.contains("Exit codes:"), "{help}");
    Ok(())
}

#[test]
fn the_library_is_edited_where_it_was_copied_to() -> Tested {
    let bench = Bench::new()?;
    // As a published copy would be: without the folder of state.
    fs::remove_dir_all(bench.library().join(".visavis"))?;
    bench.data(&["set", "Joe Biden", "--note", "copied"])?;
    assert_eq!(bench.data(&["get", "Joe Biden"])?["note"], json!("copied"));
    assert!(Path::new(&bench.log()).is_file());
    bench.verify()?;
    // What 'index' knew of it is gone, and its names would be lost.
    let before = published(&bench.library())?;
    let refused = index(&bench.photos(), &bench.library(), &["--people", "samples/people"])?.expect_code(1)?;
    assert!(refused.stderr.contains("made elsewhere") && refused.stderr.contains("--out"), "{}", refused.stderr);
    assert!(published(&bench.library())? == before);
    fs::remove_file(bench.library().join("library.json"))?;
    bench.index().map(drop)
}
