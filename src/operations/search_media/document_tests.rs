//! Tests of the documents that SearchMedia answers.

use serde_json::{Value, json};

use super::tests::{face, library_of, media, person, search};
use super::*;
use crate::core::{MediaType, Rect, TimeRange};
use crate::library::{CatalogFields, FaceRecord, TrackPoint, TrackRecord};

/// A video of which everything is known.
fn video() -> Library {
    let mut record = media("v");
    record.media_type = MediaType::Video;
    record.path = "trip/ship.mp4".into();
    record.url = Some("https://a.example/ship.mp4".into());
    record.cover = Some("covers/v.jpg".into());
    record.bytes = 14_340_975;
    record.format = "mp4".into();
    record.created_ms = Some(1_606_852_085_000);
    record.modified_ms = Some(1_606_852_086_000);
    record.duration_s = Some(60.0);
    record.fields = CatalogFields {
        description: Some("A ship".into()),
        tags: vec!["sea".into(), "ship".into()],
        cate_id: Some(44),
        status: Some(10),
        namespace: Some("name-1".into()),
        int_field1: Some(12),
        str_field1: Some("abc".into()),
        str_field2: Some("cd".into()),
        ..CatalogFields::default()
    };
    record.document = json!({
        "BusinessType": "opening", "Source": "oss", "Category": "travel", "UserData": { "k": 1 }, "Snapshots": [{ "count": "3" }],
        "TranscodeStatus": "Init", "DeletedTime": "2020-12-01T19:48Z", "SpriteImages": "[]", "Biz": "IMS", "UploadSource": "general",
        "CateName": "Sea", "ReferenceId": "123-123", "VisionDescription": "Waves", "StreamStatus": "Active", "MediaId": "other",
        "FileInfoList": [{ "FileBasicInfo": { "Region": "cn-beijing", "ImagesInput": "{}", "FormatName": "mov,mp4" } }, { "FileBasicInfo": { "FileType": "transcode_file" } }],
        "AiData": {
            "AiLabelInfo": [{ "LabelType": "Object", "LabelName": "Car", "LabelId": "10310250338", "Occurrences": [
                { "Score": 0.5, "From": 1, "To": 2, "FinegrainName": "Bus", "FinegrainId": "7", "Content": "Pipi", "Tracks": [{ "Size": 50.2 }] }] }],
            "AsrInfo": [{ "From": 1.4, "To": 2.5, "ClipId": "c", "Content": "I am Pipi", "Timestamp": 1.4 }],
            "OcrInfo": [{ "Content": "Exit" }],
        },
        "AiRoughData": { "SaveType": "TEXT", "Status": "SaveSuccess", "AiJobId": "j", "Result": "http://x.json", "AiCategory": "V" },
        "IndexStatusList": [{ "IndexType": "mm", "IndexStatus": "Running" }, { "IndexType": "aiLabel", "IndexStatus": "Fail" }],
        "CustomFields": { "extra": [1] }, "Unknown": "ignored",
    })
    .to_string();
    let at = |id: u64, entity: Option<&str>, quality: f32, start_s: f64| FaceRecord {
        time: Some(TimeRange { start_s, end_s: start_s + 1.5 }),
        ..face("v", id, entity, quality)
    };
    let faces = vec![at(7, Some("ada"), 0.5, 3.0), at(8, None, 0.9, 2.0), at(9, Some("ada"), 0.8, 1.0)];
    let point = |timestamp_s: f64| TrackPoint { timestamp_s, box_px: Rect::new(1.0, 2.0, 30.0, 40.0) };
    let tracks = vec![TrackRecord { face_id: FaceId(7), points: vec![point(3.0), point(4.5)] }];
    library_of(vec![record], faces, vec![person("ada", "Ada")], tracks)
}

#[test]
fn the_document_has_every_field_that_is_known() {
    let library = video();
    let response = serde_json::to_value(search(&library, &json!({})).unwrap()).unwrap();
    assert_eq!(
        (&response["RequestId"], &response["Success"], &response["Code"], &response["Total"]),
        (&json!("r1"), &json!("True"), &json!("200"), &json!(1))
    );
    let media = &response["MediaInfoList"][0];
    assert_eq!(media["MediaId"], "v");
    assert_eq!(
        media["MediaBasicInfo"],
        json!({
            "MediaId": "v", "InputURL": "https://a.example/ship.mp4", "MediaType": "video", "BusinessType": "opening", "Source": "oss",
            "Title": "Title v", "Description": "A ship", "Category": "travel", "MediaTags": "sea,ship", "CoverURL": "covers/v.jpg",
            "UserData": "{\"k\":1}", "Snapshots": "[{\"count\":\"3\"}]", "Status": "Uploading", "TranscodeStatus": "Init",
            "CreateTime": "2020-12-01T19:48:05Z", "ModifiedTime": "2020-12-01T19:48:06Z", "DeletedTime": "2020-12-01T19:48Z",
            "SpriteImages": "[]", "CateId": 44, "Biz": "IMS", "UploadSource": "general", "CateName": "Sea", "ReferenceId": "123-123",
            "Namespace": "name-1", "VisionDescription": "Waves", "StreamStatus": "Active",
        })
    );
    assert_eq!(
        media["FileInfoList"],
        json!([{ "FileBasicInfo": {
            "FileName": "ship.mp4", "FileStatus": "Normal", "FileType": "source_file", "FileSize": "14340975",
            "FileUrl": "https://a.example/ship.mp4", "Region": "cn-beijing", "FormatName": "mov,mp4", "Duration": "60.00000",
            "Bitrate": "1912.13", "Width": "640", "Height": "480", "CreateTime": "2020-12-01T19:48:05Z",
            "ModifiedTime": "2020-12-01T19:48:06Z", "ImagesInput": "{}",
        } }, { "FileBasicInfo": { "FileType": "transcode_file" } }])
    );
    assert_eq!(media["AiRoughData"]["AiCategory"], "V");
    assert_eq!(
        media["IndexStatusList"],
        json!([
            { "IndexType": "face", "IndexStatus": "Success" }, { "IndexType": "mm", "IndexStatus": "Running" },
            { "IndexType": "aiLabel", "IndexStatus": "Fail" },
        ])
    );
    let custom: Value = serde_json::from_str(media["CustomFields"].as_str().unwrap()).unwrap();
    assert_eq!(custom, json!({ "intField1": 12, "strField1": "abc", "strField2": "cd", "extra": [1] }));
}

#[test]
fn labels_are_the_given_ones_then_one_a_person_and_one_an_unknown_face() {
    let library = video();
    let response = serde_json::to_value(search(&library, &json!({})).unwrap()).unwrap();
    let data = &response["MediaInfoList"][0]["AiData"];
    assert_eq!(
        data["AsrInfo"][0],
        json!({ "From": 1.4, "To": 2.5, "ClipId": "c", "Content": "I am Pipi", "Timestamp": 1.4 })
    );
    assert_eq!(data["OcrInfo"], json!([{ "Content": "Exit" }]));
    let version = &library.version()[..8];
    let near = |at: f64| json!([{ "Size": 171.5, "Position": "468.0;67.0;615.0;267.0", "Timestamp": at }]);
    let small = |at: f64| json!({ "Size": 34.6, "Position": "1.0;2.0;31.0;42.0", "Timestamp": at });
    let occurrence = |clip: &str, from: f64, tracks: Value| json!({ "Score": 0.75, "TableBatchSeqId": version, "clipId": clip, "From": from, "To": from + 1.5, "Tracks": tracks });
    assert_eq!(
        data["AiLabelInfo"],
        json!([
            { "LabelType": "Object", "LabelName": "Car", "LabelId": "10310250338", "Occurrences": [{ "Score": 0.5, "From": 1.0,
                "To": 2.0, "FinegrainName": "Bus", "FinegrainId": "7", "Content": "Pipi", "Tracks": [{ "Size": 50.2 }] }] },
            { "FaceId": "9", "LabelType": "Face", "Source": "vision", "Category": "custom", "LabelName": "Ada", "LabelId": "ada",
                "Occurrences": [occurrence("9", 1.0, near(1.0)), occurrence("7", 3.0, json!([small(3.0), small(4.5)]))] },
            { "FaceId": "8", "LabelType": "Face", "Source": "vision", "Category": "unknown",
                "Occurrences": [occurrence("8", 2.0, near(2.0))] },
        ])
    );
}

#[test]
fn what_is_not_known_of_a_photo_is_left_out_and_lists_are_there() {
    let library = library_of(vec![media("p")], vec![face("p", 5, None, 0.5)], Vec::new(), Vec::new());
    let media = serde_json::to_value(&search(&library, &json!({})).unwrap().media_info_list[0]).unwrap();
    let basic = json!({ "MediaId": "p", "MediaType": "image", "Title": "Title p", "Status": "Normal" });
    assert_eq!(media["MediaBasicInfo"], basic);
    let file = &media["FileInfoList"][0]["FileBasicInfo"];
    assert!(file.get("Duration").is_none() && file.get("Bitrate").is_none() && file.get("FileUrl").is_none());
    let names: Vec<&String> = media.as_object().unwrap().keys().collect();
    assert!(!names.contains(&&"AiRoughData".to_owned()) && !names.contains(&&"CustomFields".to_owned()));
    assert_eq!((&media["AiData"]["AsrInfo"], &media["AiData"]["OcrInfo"]), (&json!([]), &json!([])));
    let occurrence = &media["AiData"]["AiLabelInfo"][0]["Occurrences"][0];
    assert_eq!((&occurrence["From"], &occurrence["To"]), (&json!(0.0), &json!(0.0)));
    assert_eq!(occurrence["Tracks"][0]["Timestamp"], json!(0.0));
}

#[test]
fn the_owners_word_wins_but_not_on_ids() {
    let mut record = media("p");
    let names = [
        "Title",
        "Description",
        "MediaTags",
        "CoverURL",
        "InputURL",
        "CreateTime",
        "ModifiedTime",
        "Status",
        "Namespace",
    ];
    let given: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!(format!("own {name}")))).collect();
    record.document = Value::Object(given).to_string();
    let library = library_of(vec![record], Vec::new(), Vec::new(), Vec::new());
    let basic =
        serde_json::to_value(&search(&library, &json!({})).unwrap().media_info_list[0].media_basic_info).unwrap();
    for name in names {
        assert_eq!(basic[name], json!(format!("own {name}")));
    }
    assert_eq!((&basic["MediaId"], &basic["MediaType"]), (&json!("p"), &json!("image")));
}

#[test]
fn a_damaged_document_is_named() {
    let mut record = media("p");
    record.document = "{\"CateId\": \"many\"}".into();
    let library = library_of(vec![record], Vec::new(), Vec::new(), Vec::new());
    let error = search(&library, &json!({})).unwrap_err();
    assert_eq!(error.code(), "LibraryMalformed");
    assert_eq!(error.to_string(), "library test: media p: document: CateId: \"many\" is not a whole number");
}

#[test]
fn addresses_are_mapped_and_pictures_filled_in() {
    let mut response = search(&video(), &json!({})).unwrap();
    let mut asked = Vec::new();
    response.map_urls(&mut |url| {
        asked.push(url.to_owned());
        url.starts_with("covers/").then(|| format!("https://l.example/{url}"))
    });
    assert_eq!(asked, ["https://a.example/ship.mp4", "covers/v.jpg", "https://a.example/ship.mp4"]);
    response.fill_images(&mut |face| (face != FaceId(8)).then(|| format!("picture {face}")));
    let media = &response.media_info_list[0];
    assert_eq!(media.media_basic_info.cover_url.as_deref(), Some("https://l.example/covers/v.jpg"));
    let images: Vec<Option<&str>> =
        media.ai_data.ai_label_info.iter().flat_map(|label| &label.occurrences).map(|o| o.image.as_deref()).collect();
    assert_eq!(images, [None, Some("picture 9"), Some("picture 7"), None]);
}

#[test]
fn the_types_for_typescript_have_the_wires_names() {
    use ts_rs::TS;
    let config = ts_rs::Config::new().with_large_int("number");
    let request = SearchMediaRequest::decl(&config);
    for member in [
        "Match?: string",
        "SortBy?: string",
        "PageNo?: number",
        "EntityId?: string",
        "ScrollToken?: string",
        "CustomFilters?: string |",
    ] {
        assert!(request.contains(member), "{member}: {request}");
    }
    let occurrence = crate::operations::LabelOccurrence::decl(&config);
    assert!(occurrence.contains("clipId?: string") && occurrence.contains("Score?: number"), "{occurrence}");
    assert!(!occurrence.contains("face:") && !occurrence.contains("Face:"), "{occurrence}");
    let basic = crate::operations::MediaBasicInfo::decl(&config);
    assert!(basic.contains("InputURL?: string") && basic.contains("CateId?: number"), "{basic}");
    let response = SearchMediaResponse::decl(&config);
    assert!(response.contains("MediaInfoList: Array<MediaAsset>") && response.contains("Total: number"), "{response}");
}
