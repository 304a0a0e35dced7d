//! `visavis media`: what `index --metadata` says is found and shown again.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

mod cli_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

use cli_support::{Run, Tested, code_of, visavis};

/// What the owner says of three of the samples; the fourth named has no more than a title.
const METADATA: &str = concat!(
    r#"{"path":"barack_obama_1.jpg","Title":"Portrait of a president","Description":"In the Oval Office","MediaTags":["official","portrait"],"CateId":44,"CateName":"People","Category":"image","Status":"Normal","CreateTime":"2012-12-06T12:00:00Z","utcModified":1600000000000,"InputURL":"https://photos.example/1.jpg","Namespace":"gov","ReferenceId":"ref-0001","UserData":"u","CustomFields":{"intField1":12,"strField1":"abc","mine":true},"FileInfoList":[{"FileBasicInfo":{"Region":"here"}}],"storageLocation":"bucket-a","AiData":{"AsrInfo":[{"From":1.5,"To":2,"Content":"good evening"}],"OcrInfo":[{"Content":"EXIT"}],"AiLabelInfo":[{"LabelName":"Flag","Category":"Symbol","LabelId":"777"}]},"AiRoughData":{"SaveType":"TEXT"},"IndexStatusList":[{"IndexType":"aiLabel","IndexStatus":"Running"}]}"#,
    "\n",
    r#"{"path":"joe_biden.jpg","Title":"Portrait of a vice president","MediaTags":"official","utcCreate":1357560000000,"intField1":13,"strField1":"cd"}"#,
    "\n",
    r#"{"path":"rocket.jpg","Title":"Lift-off","MediaTags":"space","utcCreate":1405000000000}"#,
    "\n",
);

fn make() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-media");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("m.jsonl"), METADATA)?;
    let (library, metadata) = (folder.join("library"), folder.join("m.jsonl"));
    let (library_name, metadata) = (library.to_string_lossy(), metadata.to_string_lossy());
    let fixed = ["index", "samples/gallery", "--people", "samples/people", "--quiet"];
    visavis(fixed.iter().chain(&["--out", &library_name, "--metadata", &metadata]))?.expect_code(0)?;
    Ok(library)
}

/// A library of the samples with metadata, shared by the tests of this file.
fn library() -> Result<&'static Path, Box<dyn std::error::Error>> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    Ok(MADE.get_or_init(|| make().map_err(|e| e.to_string())).as_deref().map_err(Clone::clone)?)
}

fn media(more: &[&str]) -> Result<Run, Box<dyn std::error::Error>> {
    let library = library()?.to_string_lossy().into_owned();
    visavis(["media", "--library", &library].iter().chain(more))
}

fn found(more: &[&str]) -> Result<Value, Box<dyn std::error::Error>> {
    media(&[&["--json"], more].concat())?.expect_code(0)?.json()
}

/// The titles of the media found, in their order.
fn titles(more: &[&str]) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let response = found(more)?;
    let list = response.get("MediaInfoList").and_then(Value::as_array).ok_or("no list")?;
    Ok(list.iter().filter_map(|m| Some(m.pointer("/MediaBasicInfo/Title")?.as_str()?.to_owned())).collect())
}

const OBAMA: &str = "Portrait of a president";
const BIDEN: &str = "Portrait of a vice president";
const ROCKET: &str = "Lift-off";

#[test]
fn what_the_metadata_say_is_shown() -> Tested {
    let response = found(&["--match", "title = 'of a president'"])?;
    assert_eq!(
        (&response["Total"], &response["Code"], &response["Success"]),
        (&json!(1), &json!("200"), &json!("True"))
    );
    let media = &response["MediaInfoList"][0];
    let basic = &media["MediaBasicInfo"];
    let expected = [
        ("Title", OBAMA),
        ("Description", "In the Oval Office"),
        ("MediaTags", "official,portrait"),
        ("CateName", "People"),
        ("Category", "image"),
        ("Status", "Normal"),
        ("CreateTime", "2012-12-06T12:00:00Z"),
        ("ModifiedTime", "2020-09-13T12:26:40Z"),
        ("InputURL", "https://photos.example/1.jpg"),
        ("Namespace", "gov"),
        ("ReferenceId", "ref-0001"),
        ("UserData", "u"),
        ("MediaType", "image"),
    ];
    for (name, value) in expected {
        assert_eq!(basic[name], value, "{name} of {basic}");
    }
    assert_eq!(basic["CateId"], 44);
    let file = &media["FileInfoList"][0]["FileBasicInfo"];
    assert_eq!((&file["Region"], &file["FormatName"]), (&json!("here"), &json!("jpeg")), "{file}");
    let ai = &media["AiData"];
    assert_eq!((&ai["AsrInfo"][0]["Content"], &ai["OcrInfo"][0]["Content"]), (&json!("good evening"), &json!("EXIT")));
    let labels: Vec<&Value> =
        ai["AiLabelInfo"].as_array().ok_or("no labels")?.iter().map(|l| &l["LabelName"]).collect();
    assert_eq!(labels, ["Flag", "Barack Obama"]);
    assert_eq!(media["AiRoughData"]["SaveType"], "TEXT");
    let custom: Value = serde_json::from_str(media["CustomFields"].as_str().ok_or("no text")?)?;
    assert_eq!(custom, json!({"intField1": 12, "strField1": "abc", "mine": true}));
    Ok(())
}

#[test]
fn every_field_of_the_metadata_can_be_searched_by() -> Tested {
    let cases: [(&str, &[&str]); 14] = [
        ("title = 'PORTRAIT'", &[BIDEN, OBAMA]),
        ("description = 'oval'", &[OBAMA]),
        ("tagList in ('space', 'portrait')", &[ROCKET, OBAMA]),
        ("cateId == 44", &[OBAMA]),
        ("utcCreate = [1357560000000, 1405000000000]", &[ROCKET, BIDEN]),
        ("utcCreate = (1357560000000, 1405000000000)", &[]),
        ("utcModified = [1600000000000, ]", &[OBAMA]),
        ("fileInfo.storageLocation == 'bucket-a'", &[OBAMA]),
        ("ocrInfo.tracks.content = 'exit'", &[OBAMA]),
        ("aiLabelInfo.category == 'Symbol'", &[OBAMA]),
        ("aiLabelInfo.label_id == '777'", &[OBAMA]),
        ("status == 3 and title = 'lift'", &[ROCKET]),
        ("(title = 'lift' or description = 'oval') and mediaType == 'image'", &[ROCKET, OBAMA]),
        ("mediaType == 'video'", &[]),
    ];
    for (expression, expected) in cases {
        assert_eq!(titles(&["--match", expression])?, expected, "{expression}");
    }
    assert_eq!(titles(&["--custom-filters", r#"{"intField1":{"gte":12,"lte":12}}"#])?, [OBAMA]);
    assert_eq!(titles(&["--custom-filters", r#"{"strField1":["abc","cd"]}"#])?, [BIDEN, OBAMA]);
    let sorted = titles(&["--match", "utcCreate = [0,]", "--sort-by", "utcCreate:Asc"])?;
    assert_eq!(sorted, [OBAMA, BIDEN, ROCKET]);
    Ok(())
}

#[test]
fn a_face_search_is_narrowed_by_what_the_metadata_say() -> Tested {
    let library = library()?.to_string_lossy().into_owned();
    let total = |more: &[&str]| -> Result<Value, Box<dyn std::error::Error>> {
        let fixed = ["search", "samples/queries/barack_obama.jpg", "--library", &library, "--json"];
        Ok(visavis(fixed.iter().chain(more))?.expect_code(0)?.json()?["Total"].clone())
    };
    assert_eq!(total(&[])?, 2);
    assert_eq!(total(&["--custom-filters", r#"{"intField1":12}"#])?, 1);
    assert_eq!(total(&["--custom-filters", r#"{"intField1":[13]}"#])?, 0);
    assert_eq!(total(&["--utc-create", r#"{"gte":1354795200000,"lte":1354795200000}"#])?, 1);
    assert_eq!(total(&["--utc-create", r#"{"gte":1354795200001}"#])?, 0);
    assert_eq!(total(&["--namespace", "gov"])?, 1);
    assert_eq!(total(&["--namespace", "elsewhere"])?, 0);
    Ok(())
}

#[test]
fn pages_and_scroll_tokens_go_through_all_media() -> Tested {
    let first = found(&["--page-size", "3"])?;
    let list = |response: &Value| response["MediaInfoList"].as_array().cloned().unwrap_or_default();
    assert_eq!((&first["Total"], list(&first).len()), (&json!(7), 3));
    let mut all = list(&first);
    let mut token = first["ScrollToken"].as_str().unwrap_or_default().to_owned();
    assert_eq!(token.len(), 32);
    for expected in [3, 1] {
        let next = found(&["--page-size", "3", "--scroll-token", &token])?;
        assert_eq!(list(&next).len(), expected);
        all.extend(list(&next));
        token = next["ScrollToken"].as_str().unwrap_or_default().to_owned();
    }
    let by_page: Vec<Value> = (1..=3)
        .map(|n| found(&["--page-size", "3", "--page-no", &n.to_string()]))
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .flat_map(list)
        .collect();
    assert_eq!(all, by_page);
    assert_eq!(token, "", "the list has ended");
    let says_more = |more: &[&str]| Ok(media(more)?.expect_code(0)?.stdout.contains("more with --scroll-token"));
    let pages: [&[&str]; 4] =
        [&["--page-size", "3"], &["--page-size", "7"], &["--page-size", "3", "--page-no", "3"], &["--page-no", "9"]];
    let said: Vec<bool> = pages.into_iter().map(says_more).collect::<Result<_, Box<dyn std::error::Error>>>()?;
    assert_eq!(said, [true, false, false, false]);
    Ok(())
}

#[test]
fn faces_come_with_their_pictures_where_these_are_asked_for() -> Tested {
    let image = |more: &[&str]| -> Result<Value, Box<dyn std::error::Error>> {
        let response = found(&[&["--match", "title = 'vice'"], more].concat())?;
        Ok(response["MediaInfoList"][0]["AiData"]["AiLabelInfo"][0]["Occurrences"][0]["Image"].clone())
    };
    assert_eq!(image(&[])?, Value::Null);
    let text = image(&["--face-images"])?;
    // Base64 of the first three bytes of every JPEG file.
    assert!(text.as_str().is_some_and(|text| text.starts_with("/9j/") && text.len() > 1000), "{text}");
    media(&["--face-images"])?.expect_code(2)?;
    Ok(())
}

#[test]
fn an_entity_is_found_in_all_its_media() -> Tested {
    let obama = found(&["--match", "title = 'of a president'"])?;
    let labels = obama["MediaInfoList"][0]["AiData"]["AiLabelInfo"].as_array().cloned().unwrap_or_default();
    let label = labels.iter().find(|label| label["LabelName"] == "Barack Obama").ok_or("no label")?;
    let entity = label["LabelId"].as_str().ok_or("no id")?;
    assert_eq!(found(&["--entity-id", entity])?["Total"], 2);
    assert_eq!(found(&["--entity-id", "nobody"])?["Total"], 0);
    Ok(())
}

#[test]
fn without_json_it_is_a_table() -> Tested {
    let table = media(&["--match", "title = 'vice'"])?.expect_code(0)?.stdout;
    assert!(table.starts_with("1 media, 1 on this page\n"), "{table}");
    for word in ["MediaId", BIDEN, "Joe Biden", "joe_biden.jpg", "2013-01-07T12:00:00Z"] {
        assert!(table.contains(word), "{word} is not in {table}");
    }
    assert_eq!(media(&["--match", "title = 'nothing'"])?.expect_code(0)?.stdout, "0 media, 0 on this page\n");
    Ok(())
}

#[test]
fn wrong_values_fail_as_they_do_in_the_browser() -> Tested {
    let long = "x".repeat(61);
    let cases: [(&[&str], &str, &[&str]); 9] = [
        (&["--match", "title = "], "InvalidParameter", &["Match"]),
        (&["--match", "titel = 'x'"], "InvalidParameter", &["Match", "titel"]),
        (&["--match", &format!("title = '{long}'")], "InvalidParameter", &["Match", "60"]),
        (&["--sort-by", "title:Up"], "InvalidParameter", &["SortBy"]),
        (&["--page-size", "51"], "InvalidParameter", &["PageSize", "51"]),
        (&["--page-no", "0"], "InvalidParameter", &["PageNo"]),
        (&["--custom-filters", "{"], "InvalidParameter", &["CustomFilters"]),
        (&["--custom-filters", r#"{"intField1":"x"}"#], "InvalidParameter", &["CustomFilters", "intField1"]),
        (&["--scroll-token", "abc"], "InvalidParameter", &["ScrollToken"]),
    ];
    for (arguments, code, words) in cases {
        let run = media(&[&["--json"], arguments].concat())?.expect_code(1)?;
        let answer = run.json()?;
        assert_eq!(code_of(&answer), Some(code), "{run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "{word} is not in {run:?}");
        }
    }
    let run = visavis(["media", "--library", "samples", "--json"])?.expect_code(1)?;
    assert_eq!(code_of(&run.json()?), Some("LibraryNotFound"));
    Ok(())
}

#[test]
fn metadata_that_are_wrong_leave_no_library() -> Tested {
    let folder = tempfile::tempdir()?;
    let (metadata, out) = (folder.path().join("m.jsonl"), folder.path().join("library"));
    for (row, words) in [
        (r#"{"path":"rocket.jpg","CateId":"x"}"#, ["line 1", "CateId: \"x\" is not a whole number"]),
        (r#"{"path":"rocket.jpg","Status":99}"#, ["line 1", "Status: 99 is not a status"]),
        (r#"{"path":"rocket.jpg","AiData":{"OcrInfo":[{"From":"a"}]}}"#, ["line 1", "AiData.OcrInfo.From"]),
    ] {
        fs::write(&metadata, row)?;
        let run = cli_support::index(Path::new("samples/gallery"), &out, &["--metadata", &metadata.to_string_lossy()])?;
        let run = run.expect_code(1)?;
        assert_eq!(code_of(&run.json()?), Some("InvalidParameter"));
        assert!(words.iter().all(|word| run.stderr.contains(word)) && run.stderr.contains("m.jsonl"), "{run:?}");
        assert!(!out.exists());
    }
    Ok(())
}
