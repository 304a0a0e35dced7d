//! Records that cannot be published are refused by id.

use visavis::core::{EntityId, FaceId, MediaId, Rect, TimeRange};
use visavis::library::{LibraryContents, PublishOptions, build_library};

use crate::forge::check;
use crate::support::{Numbers, TestResult, contents, full_contents};

/// Applies `change` to the first record of a list.
fn first<T>(records: &mut [T], change: impl FnOnce(&mut T)) {
    if let Some(record) = records.first_mut() {
        change(record);
    }
}

/// One change of the contents, and what the message then says.
type Case = (&'static str, fn(&mut LibraryContents), &'static str);

const CASES: [Case; 31] = [
    ("embedder id", |c| c.embedder.id.clear(), "the id is empty"),
    ("embedder hash", |c| c.embedder.sha256 = "beef".into(), "sha256 is \"beef\", expected 64 lower-case"),
    ("dim", |c| c.embedder.dim = 0, "embeddings have 1 to 4096 numbers, not 0"),
    ("other dim", |c| c.embedder.dim = 32, "its embedding has 16 numbers, but those of synthetic-16 have 32"),
    ("media twice", |c| c.media.extend(c.media.first().cloned()), "the id is there twice: holiday/"),
    ("entity twice", |c| c.entities.extend(c.entities.first().cloned()), "the id is there twice"),
    ("face twice", |c| c.faces.extend(c.faces.first().cloned()), "the id is there twice"),
    (
        "no media",
        |c| first(&mut c.faces, |f| f.media_id = MediaId("0".repeat(32))),
        "there is no media 00000000000000000000000000000000",
    ),
    (
        "no entity",
        |c| first(&mut c.faces, |f| f.entity_id = Some(EntityId("1".repeat(32)))),
        "there is no entity 1111111111",
    ),
    ("media id", |c| first(&mut c.media, |m| m.media_id.0.clear()), "media_id is empty"),
    ("cover", |c| first(&mut c.media, |m| m.cover = Some("/covers/a.jpg".into())), "cover is \"/covers/a.jpg\""),
    ("duration", |c| first(&mut c.media, |m| m.duration_s = Some(f64::NAN)), "duration_s is no duration"),
    ("category", |c| first(&mut c.entities, |e| e.category = "Custom".into()), "category is \"Custom\""),
    (
        "face id",
        |c| first(&mut c.faces, |f| f.face_id = FaceId(1 << 53)),
        "face 9007199254740992: the id is not below 2^53",
    ),
    ("box", |c| first(&mut c.faces, |f| f.box_px = Rect::new(0.0, 0.0, f32::INFINITY, 1.0)), "which is no box"),
    (
        "time",
        |c| first(&mut c.faces, |f| f.time = Some(TimeRange { start_s: 2.0, end_s: 1.0 })),
        "the time from 2 s to 1 s is no range",
    ),
    (
        "negative time",
        |c| first(&mut c.faces, |f| f.time = Some(TimeRange { start_s: -2.0, end_s: 1.0 })),
        "the time from -2 s",
    ),
    ("expression", |c| first(&mut c.faces, |f| f.expression = Some(String::new())), "expression is empty"),
    (
        "groups",
        |c| first(&mut c.entities, |e| e.groups = vec!["b".into(), "a".into()]),
        "groups are [\"b\", \"a\"], expected ids in ascending order",
    ),
    (
        "group twice",
        |c| first(&mut c.entities, |e| e.groups = vec!["a".into(), "a".into()]),
        "groups are [\"a\", \"a\"]",
    ),
    ("empty group", |c| first(&mut c.entities, |e| e.groups = vec![String::new()]), "and none empty"),
    ("track twice", |c| c.tracks.extend(c.tracks.first().cloned()), "the face has two tracks"),
    ("no face", |c| first(&mut c.tracks, |t| t.face_id = FaceId(5)), "track of face 5: there is no such face"),
    ("no points", |c| first(&mut c.tracks, |t| t.points.clear()), "the track has no points"),
    (
        "order of points",
        |c| first(&mut c.tracks, |t| t.points.reverse()),
        "2.25 s stands before 2 s, but the order is that of time",
    ),
    (
        "point outside",
        |c| first(&mut c.tracks, |t| first(&mut t.points, |p| p.timestamp_s = 0.25)),
        "the track has a point at 0.25 s, but the face is seen from 0.5 s to 2.25 s",
    ),
    (
        "box of a point",
        |c| first(&mut c.tracks, |t| first(&mut t.points, |p| p.box_px = Rect::new(0.0, 0.0, -1.0, 1.0))),
        "box is 0, 0, -1 x 1, which is no box",
    ),
    ("track of a photo", |c| c.faces.iter_mut().for_each(|f| f.time = None), "the face has a track, but no time"),
    ("score", |c| first(&mut c.faces, |f| f.score = f32::NAN), "score is NaN, which is not within 0 and 1"),
    ("quality", |c| first(&mut c.faces, |f| f.quality = -0.5), "quality is -0.5"),
    ("long text", |c| first(&mut c.media, |m| m.document = "x".repeat(17 << 20)), "more than 16777216 bytes of text"),
];

#[test]
fn records_that_cannot_be_published_are_refused_by_id() -> TestResult {
    for (what, change, part) in CASES {
        let mut contents = full_contents(16, 30, 1)?;
        contents.tracks.retain(|track| track.points.len() == 8);
        change(&mut contents);
        let Err(error) = build_library(&contents, &PublishOptions::default()) else {
            return Err(format!("{what} was published").into());
        };
        check(what, &error, "LibraryMalformed", &["library to be published: ", part]);
    }
    Ok(())
}

#[test]
fn an_embedding_of_another_length_is_refused() -> TestResult {
    let mut contents = contents(16, 6, 1)?;
    let embedding = Numbers(5).embedding(15)?;
    first(&mut contents.faces, |face| face.embedding = embedding);
    let refusal = build_library(&contents, &PublishOptions::default()).map(|_| ()).map_err(|e| e.to_string());
    assert!(refusal.is_err_and(|message| message.contains("has 15 numbers, but those of synthetic-16 have 16")));
    Ok(())
}
