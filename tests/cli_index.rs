//! `visavis index`: what it keeps, what it does again, and what an interruption leaves.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use cli_support::{Tested, command, index, many_photos, published, visavis};

fn copy(from: &str, to: &Path) -> Tested {
    fs::create_dir_all(to.parent().ok_or("no folder")?)?;
    fs::copy(from, to)?;
    Ok(())
}

fn inspect_faces(library: &Path) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    visavis(["inspect", &library.to_string_lossy(), "--faces"])?.expect_code(0)?.json_lines()
}

#[test]
fn the_number_of_jobs_does_not_change_a_byte() -> Tested {
    let folder = tempfile::tempdir()?;
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let photos = Path::new("samples/gallery");
    index(photos, &one, &["--jobs", "1", "--people", "samples/people"])?.expect_code(0)?;
    index(photos, &two, &["--jobs", "2", "--people", "samples/people"])?.expect_code(0)?;
    let files = published(&one)?;
    assert_eq!(files.keys().filter(|name| name.starts_with("faces/")).count(), 4);
    assert!(files == published(&two)?, "the libraries differ");
    Ok(())
}

/// The expression of Barack Obama's face in a library of the samples, if it has one.
fn expression(library: &Path) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let faces = inspect_faces(library)?;
    let of = |face: &Value, name: &str| face.get(name).and_then(Value::as_str).map(str::to_owned);
    let face = faces.iter().find(|face| of(face, "path").as_deref() == Some("barack_obama_1.jpg")).ok_or("no face")?;
    let media = of(face, "MediaId").ok_or("no id")?;
    let library = library.to_string_lossy();
    let clips = ["clips", "samples/queries/barack_obama.jpg", "--library", &library, "--media", &media, "--json"];
    let response = visavis(clips)?.expect_code(0)?.json()?;
    let seen = response.pointer("/MediaClipList/0/OccurrencesInfos/0").ok_or("no clip")?;
    Ok(of(seen, "Expression").filter(|name| !name.is_empty()))
}

#[test]
fn a_quick_library_has_the_same_faces_without_expressions_and_is_not_mixed_with_the_other() -> Tested {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("library");
    let photos = Path::new("samples/gallery");
    let thorough = index(photos, &out, &[])?.expect_code(0)?.json()?;
    assert!(expression(&out)?.is_some());
    let quick = index(photos, &out, &["--quick"])?.expect_code(0)?.json()?;
    assert_eq!((&quick["faces"], &quick["unchanged"]), (&thorough["faces"], &json!(0)));
    assert_eq!(expression(&out)?, None);
    let again = index(photos, &out, &["--quick"])?.expect_code(0)?.json()?;
    assert_eq!(again["embedded"], json!(0));
    Ok(())
}

#[test]
fn unchanged_photos_are_not_embedded_again_and_vanished_ones_leave() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 4)?;
    let first = index(&photos, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!((&first["photos"], &first["embedded"], &first["unchanged"]), (&json!(4), &json!(4), &json!(0)));
    let before = published(&out)?;
    let again = index(&photos, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!((&again["embedded"], &again["unchanged"]), (&json!(0), &json!(4)));
    assert!(before == published(&out)?, "nothing changed, but the library did");
    fs::rename(photos.join("0000.jpg"), photos.join("renamed.jpg"))?;
    fs::remove_file(photos.join("0001.jpg"))?;
    copy("tests/data/exif/astronaut_2.jpg", &photos.join("new.jpg"))?;
    let changed = index(&photos, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!((&changed["photos"], &changed["embedded"], &changed["unchanged"]), (&json!(4), &json!(1), &json!(3)));
    // The tables of the library before stay until the next run.
    index(&photos, &out, &[])?.expect_code(0)?;
    let fresh = folder.path().join("fresh");
    index(&photos, &fresh, &[])?.expect_code(0)?;
    assert!(published(&fresh)? == published(&out)?, "brought up to date is not the same as made anew");
    Ok(())
}

/// Lines of the journal: files that are finished.
fn finished(library: &Path) -> usize {
    fs::read_to_string(library.join(".visavis/journal")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_killed_run_is_gone_on_with_and_gives_the_same_bytes() -> Tested {
    const PHOTOS: usize = 40;
    let folder = tempfile::tempdir()?;
    let (photos, out, whole) =
        (folder.path().join("photos"), folder.path().join("library"), folder.path().join("whole"));
    many_photos(&photos, PHOTOS)?;
    for killed_after in [3, 8] {
        let args =
            ["index".as_ref(), photos.as_os_str(), "--out".as_ref(), out.as_os_str(), "--jobs".as_ref(), "1".as_ref()];
        let mut child = command(args).stderr(Stdio::null()).spawn()?;
        while finished(&out) < killed_after && child.try_wait()?.is_none() {
            sleep(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        let done = finished(&out);
        assert!((killed_after..PHOTOS).contains(&done), "killed after {done} photos");
        assert!(!out.join("library.json").exists(), "a library was published before it was whole");
    }
    let done = finished(&out);
    let resumed = index(&photos, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!(resumed["photos"], json!(PHOTOS));
    assert_eq!(resumed["embedded"].as_u64(), Some((PHOTOS - done) as u64));
    index(&photos, &whole, &[])?.expect_code(0)?;
    assert!(published(&out)? == published(&whole)?, "the interrupted library differs from the uninterrupted one");
    Ok(())
}

#[test]
fn a_run_that_is_killed_leaves_the_old_library_whole() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 2)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let before = published(&out)?;
    many_photos(&photos, 40)?;
    let args =
        ["index".as_ref(), photos.as_os_str(), "--out".as_ref(), out.as_os_str(), "--jobs".as_ref(), "1".as_ref()];
    let mut child = command(args).stderr(Stdio::null()).spawn()?;
    while finished(&out) < 8 && child.try_wait()?.is_none() {
        sleep(Duration::from_millis(1));
    }
    child.kill()?;
    child.wait()?;
    assert!(before == published(&out)?, "the published library changed");
    visavis(["verify", &out.to_string_lossy()])?.expect_code(0)?;
    Ok(())
}

/// The names of a library's tables, of the present manifest or not.
fn tables(library: &Path) -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    Ok(published(library)?
        .into_keys()
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "arrow"))
        .collect())
}

#[test]
fn the_tables_of_the_manifest_before_stay_for_one_run() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 1)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let first = tables(&out)?;
    many_photos(&photos, 2)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let both = tables(&out)?;
    assert!(both.is_superset(&first) && both.len() > first.len(), "{first:?}, then {both:?}");
    many_photos(&photos, 3)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let third = tables(&out)?;
    // The table of people is the same in all three.
    let old: Vec<_> = first.iter().filter(|name| !name.starts_with("people-")).collect();
    assert!(old.iter().all(|name| !third.contains(*name)), "{old:?} are among {third:?}");
    assert!(both.difference(&first).all(|name| third.contains(name)), "{both:?}, then {third:?}");
    Ok(())
}

#[test]
fn publishing_that_fails_leaves_the_old_library_whole() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out, fresh) =
        (folder.path().join("photos"), folder.path().join("library"), folder.path().join("fresh"));
    many_photos(&photos, 1)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let before = published(&out)?;
    let cover = before.keys().find(|name| name.starts_with("covers/")).ok_or("no cover")?;
    many_photos(&photos, 2)?;
    index(&photos, &fresh, &[])?.expect_code(0)?;
    let (old, new) = (tables(&out)?, tables(&fresh)?);
    let obstacle = out.join(new.difference(&old).find(|name| name.starts_with("faces-")).ok_or("no new table")?);
    fs::create_dir(&obstacle)?;
    // A thumbnail of a published name with other bytes, as a run with another detector would make it.
    let staged = out.join(".visavis/staged").join(cover);
    copy("samples/gallery/joe_biden.jpg", &staged)?;
    let run = index(&photos, &out, &[])?.expect_code(1)?;
    assert!(run.stderr.contains("(IoError)") && run.stderr.contains("faces-"), "{run:?}");
    let after = published(&out)?;
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "a published file changed");
    visavis(["verify", &out.to_string_lossy()])?.expect_code(0)?;
    fs::remove_dir(&obstacle)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    assert!(fs::read(out.join("library.json"))? == fs::read(fresh.join("library.json"))?);
    assert!(fs::read(out.join(cover))? == fs::read("samples/gallery/joe_biden.jpg")?, "the thumbnail is still the old");
    visavis(["verify", &out.to_string_lossy()])?.expect_code(0)?;
    Ok(())
}

#[test]
fn a_forged_journal_removes_nothing_outside_the_library() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out, precious) =
        (folder.path().join("photos"), folder.path().join("library"), folder.path().join("precious.jpg"));
    many_photos(&photos, 1)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    fs::write(&precious, b"precious")?;
    let rows = json!({"width": 1, "height": 1, "format": "jpeg", "bytes": 1, "created_ms": null, "faces": []});
    let entry = json!({
        "key": "m/x", "size": 1, "mtime_ns": 1, "sha256": "../../precious", "settings": "", "rows": rows
    })
    .to_string();
    let checksum = visavis::core::sha256(entry.as_bytes()).to_string();
    let line = format!("{} {entry}\n", checksum.get(..16).ok_or("short")?);
    fs::OpenOptions::new().append(true).open(out.join(".visavis/journal"))?.write_all(line.as_bytes())?;
    index(&photos, &out, &[])?.expect_code(0)?;
    assert_eq!(fs::read(&precious)?, b"precious");
    Ok(())
}

#[test]
fn a_second_writer_is_refused() -> Tested {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join(".visavis"))?;
    let lock = File::create(folder.path().join(".visavis/lock"))?;
    lock.lock()?;
    let run = index(Path::new("samples/gallery"), folder.path(), &[])?.expect_code(1)?;
    assert_eq!(run.json()?["error"]["code"], "LibraryBusy");
    assert!(run.stderr.contains(&*folder.path().to_string_lossy()), "{run:?}");
    lock.unlock()?;
    index(Path::new("samples/gallery"), folder.path(), &[])?.expect_code(0)?;
    Ok(())
}

#[test]
fn unreadable_photos_are_reported_with_their_codes_and_do_not_stop_the_run() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    copy("samples/gallery/joe_biden.jpg", &photos.join("a/good.jpg"))?;
    fs::write(photos.join("empty.jpg"), b"")?;
    fs::write(photos.join("text.jpg"), b"not a picture")?;
    fs::write(photos.join("clip.mp4"), b"a video")?;
    fs::write(photos.join("notes.txt"), b"notes")?;
    // The second time the errors come from the journal.
    for _ in 0..2 {
        let run = index(&photos, &out, &[])?.expect_code(3)?;
        let summary = run.json()?;
        let unreadable = summary["unreadable"].as_array().ok_or("no list")?;
        let found: Vec<_> = unreadable.iter().map(|u| (u["path"].as_str(), u["error"]["code"].as_str())).collect();
        let expected = [
            (Some("clip.mp4"), Some("VideoUnsupported")),
            (Some("empty.jpg"), Some("ImageEmpty")),
            (Some("text.jpg"), Some("ImageFormatUnsupported")),
        ];
        assert_eq!(found, expected);
        assert_eq!((&summary["photos"], &summary["othersSkipped"]), (&json!(1), &json!(1)));
        assert!(run.stderr.contains("empty.jpg: the file is empty (0 bytes) (ImageEmpty)"), "{}", run.stderr);
    }
    Ok(())
}

#[test]
fn copies_of_a_photo_are_one_media_by_its_first_path() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    for name in ["b.jpg", "a.jpg", "z/c.jpg"] {
        copy("samples/gallery/joe_biden.jpg", &photos.join(name))?;
    }
    let summary = index(&photos, &out, &[])?.expect_code(0)?.json()?;
    assert_eq!((&summary["photos"], &summary["embedded"]), (&json!(1), &json!(1)));
    assert_eq!(summary["duplicates"], json!([{"path": "b.jpg", "of": "a.jpg"}, {"path": "z/c.jpg", "of": "a.jpg"}]));
    assert_eq!(inspect_faces(&out)?.first().ok_or("no face")?["path"], "a.jpg");
    Ok(())
}

#[test]
fn people_alone_are_their_own_gallery() -> Tested {
    let folder = tempfile::tempdir()?;
    let people = folder.path().join("people");
    copy("samples/gallery/barack_obama_1.jpg", &people.join("Barack Obama/1.jpg"))?;
    copy("samples/gallery/joe_biden.jpg", &people.join("Joe Biden/1.jpg"))?;
    copy("samples/gallery/rocket.jpg", &people.join("Nobody/rocket.jpg"))?;
    let out = folder.path().join("library").to_string_lossy().into_owned();
    let run = visavis(["index", "--people", &people.to_string_lossy(), "--out", &out, "--json"])?.expect_code(0)?;
    let summary = run.json()?;
    assert_eq!((&summary["persons"], &summary["labelledFaces"], &summary["photos"]), (&json!(2), &json!(2), &json!(3)));
    assert!(run.stderr.contains("person Nobody has no usable portrait"), "{}", run.stderr);
    let named: Vec<_> =
        inspect_faces(Path::new(&out))?.iter().map(|f| (f["path"].clone(), f["LabelName"].clone())).collect();
    assert_eq!(
        named,
        [(json!("Barack Obama/1.jpg"), json!("Barack Obama")), (json!("Joe Biden/1.jpg"), json!("Joe Biden"))]
    );
    Ok(())
}

#[test]
fn metadata_fills_the_catalog_and_unknown_rows_are_reported() -> Tested {
    let folder = tempfile::tempdir()?;
    let (metadata, out) = (folder.path().join("m.csv"), folder.path().join("library"));
    fs::write(&metadata, "path,title,utcCreate,tag\njoe_biden.jpg,Portrait,1693152758000,official\nnowhere.jpg,x,,\n")?;
    let file = metadata.to_string_lossy();
    let run = index(Path::new("samples/gallery"), &out, &["--metadata", &file, "--base-url", "https://a.example/p"])?
        .expect_code(0)?;
    let warnings = [
        "--metadata line 2: no field is called tag; it was passed over",
        "--metadata describes nowhere.jpg, which is not in the library",
    ];
    assert_eq!(run.json()?["warnings"], json!(warnings));
    let found = visavis([
        "search",
        "samples/queries/joe_biden_rendition.jpg",
        "--library",
        &out.to_string_lossy(),
        "--json",
        "--scores",
    ])?
    .json()?;
    let row = &found["Scores"][0];
    assert_eq!((&row["Title"], &row["Url"]), (&json!("Portrait"), &json!("https://a.example/p/joe_biden.jpg")));
    fs::write(&metadata, "path,utcCreate\njoe_biden.jpg,soon\n")?;
    let run = index(Path::new("samples/gallery"), &out, &["--metadata", &file])?.expect_code(1)?;
    assert!(run.stderr.contains("line 2: utcCreate") && run.stderr.contains("(InvalidParameter)"), "{run:?}");
    Ok(())
}

#[test]
fn times_of_files_change_nothing() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 1)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let before = published(&out)?;
    let photo = fs::File::options().write(true).open(photos.join("0000.jpg"))?;
    photo.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000))?;
    drop(photo);
    index(&photos, &out, &[])?.expect_code(0)?;
    assert!(before == published(&out)?);
    let rows = visavis(["media", "--library", &out.to_string_lossy(), "--json"])?.expect_code(0)?.json()?;
    let basic = rows["MediaInfoList"][0]["MediaBasicInfo"].as_object().ok_or("no media")?;
    assert!(!basic.contains_key("CreateTime") && !basic.contains_key("ModifiedTime"), "{basic:?}");
    let help = visavis(["index", "--help"])?.expect_code(0)?.stdout;
    assert!(help.contains("ModifiedTime from the metadata only"), "{help}");
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_written_is_named() -> Tested {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    fs::write(&file, b"x")?;
    let run = index(Path::new("samples/gallery"), &file.join("library"), &[])?.expect_code(1)?;
    assert_eq!(run.json()?["error"]["code"], "IoError");
    assert!(run.stderr.contains("library"), "{run:?}");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named() -> Tested {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555))?;
    if fs::write(folder.path().join("probe"), b"x").is_ok() {
        let _ = writeln!(std::io::stderr(), "skipped: this user may write everywhere");
        return Ok(());
    }
    let run = index(Path::new("samples/gallery"), folder.path(), &[])?.expect_code(1)?;
    assert_eq!(run.json()?["error"]["code"], "IoError");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[test]
fn nothing_to_index_leaves_the_library_as_it_is() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 1)?;
    index(&photos, &out, &[])?.expect_code(0)?;
    let before = published(&out)?;
    fs::write(photos.join("0000.jpg"), b"")?;
    index(&photos, &out, &[])?.expect_code(1)?;
    fs::remove_file(photos.join("0000.jpg"))?;
    let run = index(&photos, &out, &[])?.expect_code(1)?;
    assert!(run.stderr.contains("no photo or video was found in"), "{run:?}");
    let run = index(&folder.path().join("gone"), &out, &[])?.expect_code(1)?;
    assert!(run.stderr.contains("gone") && run.stderr.contains("(IoError)"), "{run:?}");
    assert!(before == published(&out)?);
    Ok(())
}

#[test]
fn what_another_program_or_a_newer_version_wrote_is_not_replaced() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 1)?;
    fs::create_dir(&out)?;
    let newer = r#"{"format":"visavis-library","version":2}"#;
    for (manifest, code) in [(newer, "LibraryVersionUnsupported"), (r#"{"mine":1}"#, "LibraryMalformed")] {
        fs::write(out.join("library.json"), manifest)?;
        let run = index(&photos, &out, &[])?.expect_code(1)?;
        assert!(run.stderr.contains(&format!("({code})")), "{run:?}");
        assert_eq!(fs::read_to_string(out.join("library.json"))?, manifest);
    }
    Ok(())
}

#[test]
fn more_jobs_than_photos_cost_nothing() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 1)?;
    // One worker a job took minutes here.
    index(&photos, &out, &["--jobs", "65535"])?.expect_code(0)?;
    Ok(())
}

#[test]
fn a_library_among_the_photos_is_passed_over_with_a_word() -> Tested {
    let folder = tempfile::tempdir()?;
    let (photos, out) = (folder.path().join("photos"), folder.path().join("library"));
    many_photos(&photos, 2)?;
    let old = photos.join("old");
    index(Path::new("samples/gallery"), &old, &[])?.expect_code(0)?;
    assert!(published(&old)?.keys().any(|name| name.starts_with("faces/")), "it has pictures");
    let run = index(&photos, &out, &[])?.expect_code(0)?;
    let summary = run.json()?;
    assert_eq!((&summary["photos"], &summary["librariesSkipped"]), (&json!(2), &json!(["old"])));
    assert!(run.stderr.contains("1 library passed over with its pictures:\n  old\n"), "{}", run.stderr);
    Ok(())
}
