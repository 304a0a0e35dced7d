//! Tests of SearchMedia over libraries that are built and opened as users' are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::core::{EmbedderInfo, Embedding, EntityId, MediaId, MediaType, Rect, TimeRange};
use crate::library::{
    CatalogFields, EntityRecord, FaceRecord, LibraryContents, Manifest, MediaRecord, PublishOptions, TrackPoint,
    TrackRecord, build_library,
};

const DIM: usize = 8;

fn media(name: &str) -> MediaRecord {
    MediaRecord {
        media_id: MediaId(name.into()),
        media_type: MediaType::Image,
        path: format!("trip/{name}.jpg"),
        title: format!("Title {name}"),
        url: None,
        cover: None,
        width: 640,
        height: 480,
        bytes: 1000,
        format: "jpeg".into(),
        sha256: "cd".repeat(32),
        created_ms: None,
        modified_ms: None,
        duration_s: None,
        fields: CatalogFields::default(),
        document: "{}".into(),
    }
}

fn face(media: &str, id: u64, entity: Option<&str>, quality: f32) -> FaceRecord {
    FaceRecord {
        face_id: FaceId(id),
        media_id: MediaId(media.into()),
        entity_id: entity.map(|id| EntityId(id.into())),
        embedding: Embedding::new([vec![1.0], vec![0.0; DIM - 1]].concat()).unwrap(),
        box_px: Rect::new(468.0, 67.0, 147.0, 200.04),
        time: None,
        score: 0.75,
        quality,
        expression: None,
    }
}

fn person(id: &str, name: &str) -> EntityRecord {
    EntityRecord {
        entity_id: EntityId(id.into()),
        label_name: name.into(),
        category: "custom".into(),
        person_id: None,
        groups: Vec::new(),
        note: None,
    }
}

fn library_of(
    media: Vec<MediaRecord>,
    faces: Vec<FaceRecord>,
    entities: Vec<EntityRecord>,
    tracks: Vec<TrackRecord>,
) -> Library {
    let embedder = EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: DIM };
    let contents = LibraryContents { embedder, media, faces, entities, tracks };
    let built = build_library(&contents, &PublishOptions { shard_bytes: 1 << 20 }).unwrap();
    let manifest = Manifest::parse("test", &built.manifest).unwrap();
    Library::open("test", manifest, built.files.into_iter().map(|f| (f.name, f.bytes)).collect()).unwrap()
}

fn search(library: &Library, request: &Value) -> Result<SearchMediaResponse> {
    search_media(library, &SearchMediaRequest::parse(request)?, "r1")
}

/// The ids of a page, joined, and the total.
fn found(library: &Library, request: &Value) -> (String, usize) {
    let response = search(library, request).unwrap();
    let ids: Vec<String> = response.media_info_list.into_iter().map(|media| media.media_id).collect();
    (ids.join(" "), response.total)
}

fn set(list: &mut [MediaRecord], change: impl Fn(usize, &mut MediaRecord)) {
    for (index, record) in list.iter_mut().enumerate() {
        change(index, record);
    }
}

/// `a` to `e`: made one after the other, `e` at an unknown time; faces of Ada in `b` and `d`, of nobody in `b` and `c`.
fn small() -> Library {
    let mut list: Vec<MediaRecord> = ["a", "b", "c", "d", "e"].map(media).to_vec();
    set(&mut list, |index, record| {
        let number = i64::try_from(index).unwrap();
        record.created_ms = (index < 4).then_some(number * 1000);
        record.fields.int_field1 = Some(10 + number);
        record.fields.str_field1 = Some(["x", "y"][index % 2].into());
        record.fields.label_ids = if index == 4 { vec!["ada".into(), "car".into()] } else { Vec::new() };
        record.bytes = [5, 5, 1, 9, 1][index];
        record.title = ["Ébène", "zoo", "Apple", "apple", "Zebra"][index].into();
    });
    let faces = vec![
        face("b", 1, Some("ada"), 0.5),
        face("b", 2, None, 0.5),
        face("c", 3, None, 0.5),
        face("d", 4, Some("ada"), 0.5),
    ];
    library_of(list, faces, vec![person("ada", "Ada"), person("bob", "Bob")], Vec::new())
}

#[test]
fn without_parameters_all_media_come_newest_first() {
    assert_eq!(found(&small(), &json!({})), ("d c b a e".into(), 5));
}

#[test]
fn an_entity_filters_by_its_faces_and_by_given_labels() {
    let library = small();
    assert_eq!(found(&library, &json!({ "EntityId": "ada" })), ("d b e".into(), 3));
    assert_eq!(found(&library, &json!({ "EntityId": "car" })), ("e".into(), 1));
    assert_eq!(found(&library, &json!({ "EntityId": "bob" })), (String::new(), 0));
    assert_eq!(found(&library, &json!({ "EntityId": "nobody" })), (String::new(), 0));
    assert_eq!(
        found(&library, &json!({ "Match": "aiLabelInfo.label_id == 'ada' and title = 'APP'" })),
        ("d".into(), 1)
    );
    assert_eq!(found(&library, &json!({ "Match": "aiLabelInfo.category == 'unknown'" })), ("c b".into(), 2));
    assert_eq!(
        found(&library, &json!({ "Match": "aiLabelInfo.category == 'custom'", "EntityId": "ada" })),
        ("d b".into(), 2)
    );
}

#[test]
fn custom_fields_filter_together() {
    let library = small();
    let custom =
        |filters: Value| found(&library, &json!({ "CustomFilters": filters.to_string(), "SortBy": "mediaId" })).0;
    assert_eq!(custom(json!({ "intField1": 12 })), "c");
    assert_eq!(custom(json!({ "intField1": [10, 14, 99] })), "a e");
    assert_eq!(custom(json!({ "intField1": { "gte": 11, "lte": 13 } })), "b c d");
    assert_eq!(custom(json!({ "intField1": { "gte": 11, "lte": 13 }, "strField1": "x" })), "c");
    assert_eq!(custom(json!({ "strField1": ["x", "y"] })), "a b c d e");
    assert_eq!(custom(json!({ "strField2": "x" })), "");
}

#[test]
fn several_keys_sort_one_after_the_other_and_ids_break_ties() {
    let library = small();
    let sorted = |by: &str| found(&library, &json!({ "SortBy": by })).0;
    assert_eq!(sorted("fileSize,utcCreate:Desc"), "c e b a d");
    assert_eq!(sorted("fileSize:Desc"), "d a b c e");
    assert_eq!(sorted("title"), "c d e b a");
    assert_eq!(sorted("title:Desc,mediaId:Desc"), "a b e d c");
    assert_eq!(sorted("utcCreate"), "a b c d e");
    assert_eq!(sorted("intField1:Desc"), "e d c b a");
}

#[test]
fn pages_cut_the_list_but_not_the_total() {
    let library = small();
    let page = |no: u32, size: u32| found(&library, &json!({ "PageNo": no, "PageSize": size, "SortBy": "mediaId" }));
    assert_eq!(page(1, 2), ("a b".into(), 5));
    assert_eq!(page(2, 2), ("c d".into(), 5));
    assert_eq!(page(3, 2), ("e".into(), 5));
    assert_eq!(page(4, 2), (String::new(), 5));
    assert_eq!(page(200, 50), (String::new(), 5));
}

#[test]
fn scrolling_reaches_every_media_once_and_then_answers_empty_pages() {
    let library = small();
    let mut request = json!({ "PageSize": 2, "Match": "not title = 'zoo'" });
    let mut seen = Vec::new();
    for _ in 0..4 {
        let response = search(&library, &request).unwrap();
        assert_eq!((response.total, response.scroll_token.len()), (4, 32));
        seen.push(response.media_info_list.iter().map(|media| media.media_id.clone()).collect::<String>());
        request["ScrollToken"] = json!(response.scroll_token);
    }
    assert_eq!(seen, ["dc", "ae", "", ""]);
}

#[test]
fn a_scroll_token_belongs_to_its_query_and_to_its_version_of_the_library() {
    let library = small();
    let token = search(&library, &json!({ "PageSize": 2, "Match": "title = 'a'" })).unwrap().scroll_token;
    let error = |library: &Library, request: Value| search(library, &request).unwrap_err().to_string();
    let same = json!({ "PageSize": 3, "Match": "TITLE  =  \"a\"", "ScrollToken": token, "PageNo": 7 });
    assert!(search(&library, &same).is_ok(), "spelling, page size and page number are free");
    for (name, value) in
        [("SortBy", json!("title")), ("EntityId", json!("ada")), ("CustomFilters", json!("{\"intField1\":1}"))]
    {
        let other = json!({ "Match": "title = 'a'", "ScrollToken": token, name: value });
        assert!(error(&library, other).starts_with("ScrollToken: it belongs to another query"), "{name}");
    }
    let changed = library_of(vec![media("a")], Vec::new(), Vec::new(), Vec::new());
    assert!(error(&changed, same).starts_with("ScrollToken: it is stale: the library changed"));
}

#[test]
fn scrolling_ends_after_a_thousand_media() {
    let list = (0..1100).map(|n| media(&format!("{n:04}"))).collect();
    let library = library_of(list, Vec::new(), Vec::new(), Vec::new());
    let mut request = json!({ "PageSize": 48 });
    let mut reached = 0;
    loop {
        let response = search(&library, &request).unwrap();
        assert_eq!(response.total, 1100);
        reached += response.media_info_list.len();
        request["ScrollToken"] = json!(response.scroll_token);
        if reached >= 1000 {
            break;
        }
    }
    assert_eq!(reached, 1000);
    let error = search(&library, &request).unwrap_err().to_string();
    assert_eq!(error, "ScrollToken: scrolling ends after 1000 media; narrow the query");
}

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

proptest! {
    #[test]
    fn a_page_is_what_a_full_sort_of_the_list_has_there(
        values in proptest::collection::vec((0_i64..4, 0_i64..3, any::<bool>()), 0..40),
        by in proptest::sample::select(vec!["utcCreate:Desc,intField1", "intField1:Desc,utcCreate", "cateId,mediaId:Desc", "utcCreate"]),
        offset in 0_usize..45, size in 0_usize..20,
    ) {
        let mut list: Vec<MediaRecord> = (0..values.len()).map(|n| media(&format!("{:02}", (n * 17) % 41))).collect();
        set(&mut list, |index, record| {
            let (created, custom, has) = values[index];
            record.created_ms = has.then_some(created);
            record.fields.int_field1 = (custom > 0).then_some(custom);
            record.fields.cate_id = (custom > 1).then_some(created);
        });
        let catalog = Catalog::new(&list, std::iter::empty());
        let order = SortOrder::parse(by).unwrap();
        let mut rows: Vec<usize> = (0..list.len()).collect();
        let last = |value: Option<i64>, descending: bool| value.map_or((1, 0), |v| (0, if descending { -v } else { v }));
        rows.sort_by_key(|row| {
            let record = &list[*row];
            let (created, custom, cate) = (record.created_ms, record.fields.int_field1, record.fields.cate_id);
            let keys = match by {
                "utcCreate:Desc,intField1" => (last(created, true), last(custom, false)),
                "intField1:Desc,utcCreate" => (last(custom, true), last(created, false)),
                "cateId,mediaId:Desc" => (last(cate, false), (0, -record.media_id.0.parse::<i64>().unwrap())),
                _ => (last(created, false), (0, 0)),
            };
            (keys, record.media_id.clone())
        });
        let expected: Vec<usize> = rows.into_iter().skip(offset).take(size).collect();
        prop_assert_eq!(order.page(&catalog, &RowSet::all(list.len()), offset, size), expected);
    }
}
