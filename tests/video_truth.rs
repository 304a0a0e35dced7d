//! `visavis index` of films whose truth is known: everybody is found when and where they are seen, and nobody else; films that are none fail alone.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;
mod clip_maker;
#[path = "clip_maker/judge.rs"]
mod judge;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use cli_support::{Tested, code_of, visavis};
use clip_maker::{TRUTH, clips};

/// All films with the same picture.
const FILMS: [&str; 8] =
    ["clip.mp4", "clip.mkv", "clip.mov", "clip.webm", "clip.avi", "clip.ts", "clip-rotated.mp4", "clip-vfr.mp4"];
const STRANGERS: [&str; 2] = ["samples/queries/stranger_grace_hopper.jpg", "samples/queries/stranger_mona_lisa.jpg"];

/// A library of films, and the folder that the films are in.
struct Indexed {
    library: String,
    films: &'static Path,
    summary: Value,
    /// What SearchMedia says of every media, by the file's name.
    media: BTreeMap<String, Value>,
}

type Shared = OnceLock<Result<Option<Indexed>, String>>;

/// A fresh folder of this test.
fn work(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("video-truth").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Indexes these paths below the folder of films, once for all tests; `None` where there is no ffmpeg to make films with.
fn indexed(
    shared: &'static Shared,
    name: &str,
    paths: &[&str],
    code: i32,
) -> Result<Option<&'static Indexed>, Box<dyn Error>> {
    let make = || -> Result<Option<Indexed>, Box<dyn Error>> {
        let Some(films) = clips()? else {
            eprintln!("skipped: {}", clip_maker::NO_FFMPEG);
            return Ok(None);
        };
        let library = work(name)?.to_string_lossy().into_owned();
        let mut arguments = vec!["index".to_owned(), "--json".to_owned(), "--quiet".to_owned()];
        arguments.extend(["--people", "samples/people", "--out", &library].map(str::to_owned));
        arguments.extend(paths.iter().map(|path| films.join(path).to_string_lossy().into_owned()));
        let summary = visavis(arguments)?.expect_code(code)?.json()?;
        let media = media_of(&library)?;
        Ok(Some(Indexed { library, films, summary, media }))
    };
    let made = shared.get_or_init(|| make().map_err(|e| e.to_string()));
    Ok(made.as_ref().map_err(Clone::clone)?.as_ref())
}

fn media_of(library: &str) -> Result<BTreeMap<String, Value>, Box<dyn Error>> {
    let found = visavis(["media", "--library", library, "--json", "--page-size", "50"])?.expect_code(0)?.json()?;
    let list = found.get("MediaInfoList").and_then(Value::as_array).ok_or("no list")?;
    let named = list.iter().filter_map(|media| {
        let name = media.pointer("/FileInfoList/0/FileBasicInfo/FileName")?.as_str()?;
        Some((name.to_owned(), media.clone()))
    });
    Ok(named.collect())
}

fn good() -> Result<Option<&'static Indexed>, Box<dyn Error>> {
    static SHARED: Shared = OnceLock::new();
    indexed(&SHARED, "good", &FILMS, 0)
}

fn bad() -> Result<Option<&'static Indexed>, Box<dyn Error>> {
    static SHARED: Shared = OnceLock::new();
    indexed(&SHARED, "bad", &["bad"], 3)
}

impl Indexed {
    /// The rows of a media by its path, as `inspect --faces` has them.
    fn faces(&self, path: &str) -> Result<Vec<Value>, Box<dyn Error>> {
        let faces = visavis(["inspect", &self.library, "--faces"])?.expect_code(0)?.json_lines()?;
        Ok(faces.into_iter().filter(|face| face["path"] == path).collect())
    }

    /// What SearchMedia says of a file.
    fn listed(&self, name: &str) -> Result<&Value, Box<dyn Error>> {
        self.media.get(name).ok_or_else(|| format!("{name} is not among {:?}", self.media.keys()).into())
    }

    /// The clips of a film for a query photo.
    fn clips(&self, path: &str, query: &str) -> Result<Vec<Value>, Box<dyn Error>> {
        let id = self.listed(path)?.get("MediaId").and_then(Value::as_str).ok_or("no id")?;
        let arguments = ["clips", query, "--library", &self.library, "--media", id, "--json", "--page-size", "50"];
        let response = visavis(arguments)?.expect_code(0)?.json()?;
        Ok(response.get("MediaClipList").and_then(Value::as_array).ok_or("no list")?.clone())
    }

    /// The code that a file failed with.
    fn code(&self, name: &str) -> Option<&str> {
        let list = self.summary.get("unreadable")?.as_array()?;
        list.iter().find(|file| file["path"].as_str().is_some_and(|path| path.ends_with(name))).and_then(code_of)
    }
}

fn truth(films: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&fs::read(films.join(TRUTH))?)?)
}

#[test]
fn everybody_is_found_when_and_where_they_are_seen_in_every_container() -> Tested {
    let Some(library) = good()? else { return Ok(()) };
    let truth = truth(library.films)?;
    let mut faults = Vec::new();
    for film in FILMS {
        for (person, query) in judge::people(&truth)? {
            let clips = library.clips(film, query)?;
            faults.extend(judge::faults(&truth, person, &clips)?.into_iter().map(|fault| format!("{film}: {fault}")));
            let names: Vec<&str> = clips.iter().filter_map(|clip| clip["LabelName"].as_str()).collect();
            if names != [person] {
                faults.push(format!("{film}: {query} found {names:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn nobody_is_found_who_is_not_there() -> Tested {
    let Some(library) = good()? else { return Ok(()) };
    let truth = truth(library.films)?;
    let mut faults = Vec::new();
    for stranger in STRANGERS {
        let clips = library.clips("clip.mp4", stranger)?;
        if !clips.is_empty() {
            faults.push(format!("{stranger} was found: {clips:?}"));
        }
    }
    for film in FILMS {
        let tracks: Vec<String> =
            library.faces(film)?.iter().map(|face| format!("{} {}", face["LabelName"], face["box"])).collect();
        if tracks.len() != judge::appearances(&truth)? || tracks.iter().any(|track| track.starts_with("null")) {
            faults.push(format!("{film}: {} tracks: {tracks:?}", tracks.len()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn a_film_is_listed_with_its_upright_size_and_its_duration() -> Tested {
    let Some(library) = good()? else { return Ok(()) };
    assert_eq!(library.media.len(), FILMS.len());
    for (name, film) in &library.media {
        let file = film.pointer("/FileInfoList/0").ok_or("no file")?;
        assert_eq!(film["MediaBasicInfo"]["MediaType"], "video", "{name}: {film}");
        let (width, height) = (&file["FileBasicInfo"]["Width"], &file["FileBasicInfo"]["Height"]);
        assert_eq!((width.as_str(), height.as_str()), (Some("640"), Some("360")), "{name}: {file}");
        let duration: f64 = file["FileBasicInfo"]["Duration"].as_str().ok_or("no duration")?.parse()?;
        assert!((duration - 20.0).abs() < 0.2, "{name}: {duration} s");
    }
    Ok(())
}

#[test]
fn films_that_are_none_fail_alone_and_say_why() -> Tested {
    let Some(library) = bad()? else { return Ok(()) };
    let wanted: [(&str, &[&str]); 13] = [
        ("audio-only.mp4", &["VideoNoTrack"]),
        ("m4a-named.mp4", &["VideoNoTrack"]),
        ("subtitles-only.mp4", &["VideoNoTrack"]),
        ("zero-frames.mp4", &["VideoEmpty"]),
        ("truncated-index-first.mp4", &["VideoTruncated"]),
        ("truncated-index-last.mp4", &["VideoTruncated", "VideoMalformed"]),
        ("truncated.mkv", &["VideoTruncated"]),
        ("truncated.webm", &["VideoTruncated"]),
        ("empty.mp4", &["VideoEmpty"]),
        ("text.mp4", &["VideoUnsupported"]),
        ("playlist.mp4", &["VideoUnsupported"]),
        ("playlist.avi", &["VideoUnsupported"]),
        ("concat.mp4", &["VideoUnsupported"]),
    ];
    let faults: Vec<String> = wanted
        .iter()
        .filter(|(name, codes)| !library.code(name).is_some_and(|code| codes.contains(&code)))
        .map(|(name, codes)| format!("{name}: {:?}, and not one of {codes:?}", library.code(name)))
        .collect();
    assert!(faults.is_empty(), "{}\n{:#}", faults.join("\n"), library.summary["unreadable"]);
    for file in library.summary["unreadable"].as_array().ok_or("no list")? {
        let (path, message) =
            (file["path"].as_str().ok_or("no path")?, file["error"]["message"].as_str().ok_or("no message")?);
        assert!(message.contains(path.rsplit('/').next().unwrap_or(path)), "{message} does not name {path}");
        assert!(!message.contains("root:"), "{message}");
    }
    Ok(())
}

#[test]
fn odd_films_are_indexed_all_the_same() -> Tested {
    let Some(library) = bad()? else { return Ok(()) };
    let query = "samples/queries/eileen_collins_rendition.jpg";
    for (film, size, seconds) in [
        ("portrait.mp4", ("360", "640"), 2.0),
        ("8k.mp4", ("7680", "4320"), 1.0),
        ("one-frame.mp4", ("640", "360"), 0.04),
    ] {
        let file = &library.listed(film)?["FileInfoList"][0]["FileBasicInfo"];
        assert_eq!((file["Width"].as_str(), file["Height"].as_str()), (Some(size.0), Some(size.1)), "{film}");
        let [clip] = library.clips(film, query)?.try_into().map_err(|clips| format!("{film}: {clips:?}"))?;
        assert_eq!(clip["LabelName"], "Eileen Collins", "{film}");
        let [occurrence]: [Value; 1] = serde_json::from_value(clip["OccurrencesInfos"].clone())?;
        let (start, end) =
            (occurrence["StartTime"].as_f64().ok_or("no start")?, occurrence["EndTime"].as_f64().ok_or("no end")?);
        assert!(start < 0.01 && (end - seconds).abs() <= judge::SECONDS_OFF, "{film}: {start} to {end}");
        let place = &occurrence["TrackData"][0]["BoxPosition"];
        let middle = |at: &str, side: &str| Some(place[at].as_f64()? + place[side].as_f64()? / 2.0);
        let (x, y) = middle("X", "W").zip(middle("Y", "H")).ok_or("no box")?;
        let (width, height): (f64, f64) = (size.0.parse()?, size.1.parse()?);
        assert!(
            (x / width - 0.5).abs() < 0.03 && (y / height - 0.5).abs() < 0.03,
            "{film}: {place} is not in the middle"
        );
    }
    Ok(())
}

#[test]
fn the_contents_decide_what_a_file_is_and_not_its_name() -> Tested {
    let Some(library) = bad()? else { return Ok(()) };
    let truth = truth(library.films)?;
    for film in ["webm-named.mp4", "film-named.jpg"] {
        let clips = library.clips(film, "samples/queries/eileen_collins_rendition.jpg")?;
        assert_eq!(judge::faults(&truth, "Eileen Collins", &clips)?, Vec::<String>::new(), "{film}");
    }
    assert_eq!(library.listed("photo-named.mp4")?["MediaBasicInfo"]["MediaType"], "image");
    let [face]: [Value; 1] = library.faces("photo-named.mp4")?.try_into().map_err(|faces| format!("{faces:?}"))?;
    assert_eq!(face["LabelName"], "Joe Biden");
    Ok(())
}

#[test]
fn persons_whom_nobody_named_are_one_each_over_photos_and_films() -> Tested {
    let Some(films) = clips()? else { return Ok(()) };
    let library = work("unnamed")?.to_string_lossy().into_owned();
    let film = films.join("clip.mp4").to_string_lossy().into_owned();
    visavis(["index", "samples/gallery", &film, "--out", &library, "--quiet"])?.expect_code(0)?;
    let mut persons: BTreeMap<String, usize> = BTreeMap::new();
    for face in visavis(["inspect", &library, "--faces"])?.json_lines()? {
        let entity = face["EntityId"].as_str().ok_or_else(|| format!("a face of nobody: {face}"))?;
        *persons.entry(entity.to_owned()).or_default() += 1;
    }
    let mut faces: Vec<usize> = persons.into_values().collect();
    faces.sort_unstable();
    // Photos and tracks: Collins 1 and 1, Biden 1 and 3, Obama 2 and 3.
    assert_eq!(faces, [2, 4, 5]);
    Ok(())
}

/// A film with other bytes and the same picture: a box that every reader passes over is appended (ISO/IEC 14496-12, 8.1.2).
fn another(film: &[u8], number: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = format!("copy {number:03}");
    let length = u32::try_from(text.len() + 8)?.to_be_bytes();
    Ok([film, &length, b"free", text.as_bytes()].concat())
}

#[test]
fn names_that_ffmpeg_could_take_for_something_else_are_names() -> Tested {
    let Some(films) = clips()? else { return Ok(()) };
    let folder = work("names")?;
    let film = fs::read(films.join("bad/one-frame.mp4"))?;
    let names = [
        "-i.mp4",
        "a%03d.mp4",
        "http:x.mp4",
        "pipe:0.mp4",
        "concat:a|b.mp4",
        "two\nlines.mp4",
        "quote'\"`$(x).mp4",
        "ü 人.mp4",
        "*.mp4",
    ];
    for (number, name) in names.into_iter().enumerate() {
        fs::write(folder.join(name), another(&film, number)?)?;
    }
    let library = work("names-library")?.to_string_lossy().into_owned();
    let photos = folder.to_string_lossy();
    let summary = visavis(["index", &photos, "--out", &library, "--json", "--quiet"])?.expect_code(0)?.json()?;
    assert_eq!(
        (&summary["faces"], &summary["unreadable"]),
        (&names.len().into(), &Value::Array(Vec::new())),
        "{summary:#}"
    );
    Ok(())
}

#[test]
fn a_playlist_with_a_films_name_reaches_neither_the_net_nor_other_films() -> Tested {
    let Some(films) = clips()? else { return Ok(()) };
    let folder = work("playlists")?;
    let other = work("playlists-other")?.join("secret.ts");
    fs::copy(films.join("clip.ts"), &other)?;
    let net = TcpListener::bind("127.0.0.1:0")?;
    net.set_nonblocking(true)?;
    let aims = [
        format!("http://{}/secret.ts", net.local_addr()?),
        other.display().to_string(),
        format!("file:{}", other.display()),
    ];
    for (number, aim) in aims.iter().enumerate() {
        let list = format!("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{aim}\n#EXT-X-ENDLIST\n");
        let dash = format!(
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT20S\"><Period>\
             <AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1000\"><BaseURL>{aim}</BaseURL></Representation></AdaptationSet>\
             </Period></MPD>"
        );
        for (kind, text) in [("hls", list), ("concat", format!("ffconcat version 1.0\nfile '{aim}'\n")), ("dash", dash)]
        {
            for extension in ["mp4", "mkv", "webm", "mov", "avi"] {
                fs::write(folder.join(format!("{kind}-{number}.{extension}")), format!("{text}#{extension}\n"))?;
            }
        }
    }
    fs::copy("samples/gallery/coffee.jpg", folder.join("coffee.jpg"))?;
    let library = work("playlists-library")?.to_string_lossy().into_owned();
    let paths = folder.to_string_lossy();
    let summary = visavis(["index", &paths, "--out", &library, "--json", "--quiet"])?.expect_code(3)?.json()?;
    assert_eq!(summary["faces"], 0, "{summary:#}");
    assert_eq!(summary["unreadable"].as_array().map(Vec::len), Some(45), "{summary:#}");
    assert!(net.accept().is_err(), "somebody asked for a file over the net");
    Ok(())
}
