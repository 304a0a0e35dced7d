//! Tests of SearchMedia over libraries that are built and opened as users' are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::core::{EmbedderInfo, Embedding, EntityId, MediaId, MediaType, Rect};
use crate::library::{
    CatalogFields, EntityRecord, FaceRecord, LibraryContents, Manifest, MediaRecord, PublishOptions, TrackRecord,
    build_library,
};

const DIM: usize = 8;

pub(super) fn media(name: &str) -> MediaRecord {
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

pub(super) fn face(media: &str, id: u64, entity: Option<&str>, quality: f32) -> FaceRecord {
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

pub(super) fn person(id: &str, name: &str) -> EntityRecord {
    EntityRecord {
        merged: Vec::new(),
        entity_id: EntityId(id.into()),
        label_name: name.into(),
        category: "custom".into(),
        person_id: None,
        groups: Vec::new(),
        note: None,
    }
}

pub(super) fn library_of(
    media: Vec<MediaRecord>,
    faces: Vec<FaceRecord>,
    entities: Vec<EntityRecord>,
    tracks: Vec<TrackRecord>,
) -> Library {
    let embedder = EmbedderInfo { id: "m".into(), sha256: "ab".repeat(32), dim: DIM };
    let contents =
        LibraryContents { settled: std::collections::BTreeSet::new(), embedder, media, faces, entities, tracks };
    let built = build_library(&contents, &PublishOptions { shard_bytes: 1 << 20 }).unwrap();
    let manifest = Manifest::parse("test", &built.manifest).unwrap();
    Library::open("test", manifest, built.files.into_iter().map(|f| (f.name, f.bytes)).collect()).unwrap()
}

pub(super) fn search(library: &Library, request: &Value) -> Result<SearchMediaResponse> {
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
fn every_key_sorts_by_a_field_of_its_own() {
    let mut list: Vec<MediaRecord> = ["a", "b", "c", "d"].map(media).to_vec();
    set(&mut list, |index, record| {
        let place = |places: [u8; 4]| i64::from(places[index]);
        record.created_ms = Some(place([0, 1, 2, 3]));
        record.modified_ms = Some(place([1, 0, 2, 3]));
        record.fields.cate_id = Some(place([0, 2, 1, 3]));
        record.fields.status = Some(place([0, 1, 3, 2]));
        record.duration_s = Some(f64::from([4_u8, 2, 3, 1][index]));
        record.bytes = [2, 1, 0, 3][index];
        record.fields.int_field1 = Some(place([1, 2, 3, 0]));
    });
    let library = library_of(list, Vec::new(), Vec::new(), Vec::new());
    for (by, wanted) in [
        ("utcCreate", "a b c d"),
        ("utcModified", "b a c d"),
        ("cateId", "a c b d"),
        ("status", "a b d c"),
        ("duration", "d b c a"),
        ("fileSize", "c b a d"),
        ("intField1", "d a b c"),
        ("mediaId:Desc", "d c b a"),
    ] {
        assert_eq!(found(&library, &json!({ "SortBy": by })).0, wanted, "{by}");
    }
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
fn scrolling_reaches_every_media_once_and_ends_with_an_empty_token() {
    let library = small();
    for (size, pages) in [(2, vec!["dc", "ae"]), (3, vec!["dca", "e"]), (4, vec!["dcae"]), (50, vec!["dcae"])] {
        let mut request = json!({ "PageSize": size, "Match": "not title = 'zoo'" });
        let mut seen = Vec::new();
        loop {
            let response = search(&library, &request).unwrap();
            assert_eq!(response.total, 4);
            seen.push(response.media_info_list.iter().map(|media| media.media_id.clone()).collect::<String>());
            if response.scroll_token.is_empty() {
                break;
            }
            assert_eq!(response.scroll_token.len(), 32);
            request["ScrollToken"] = json!(response.scroll_token);
        }
        assert_eq!(seen, pages);
    }
}

#[test]
fn no_token_is_answered_where_nothing_follows() {
    let library = small();
    let token = |request: Value| search(&library, &request).unwrap().scroll_token;
    assert_eq!(token(json!({ "PageNo": 3, "PageSize": 2 })), "", "the last page");
    assert_eq!(token(json!({ "PageNo": 200, "PageSize": 50 })), "", "a page behind the last");
    assert_eq!(token(json!({ "Match": "title = 'nothing has this'" })), "", "an empty list");
    assert_eq!(token(json!({ "PageNo": 2, "PageSize": 2 })).len(), 32);
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
    for size in [48, 50] {
        let mut request = json!({ "PageSize": size });
        let mut reached = 0;
        loop {
            let response = search(&library, &request).unwrap();
            assert_eq!(response.total, 1100);
            reached += response.media_info_list.len();
            if response.scroll_token.is_empty() {
                break;
            }
            request["ScrollToken"] = json!(response.scroll_token);
        }
        assert_eq!(reached, 1000);
    }
    let token = |page_no: u32| search(&library, &json!({ "PageNo": page_no, "PageSize": 50 })).unwrap().scroll_token;
    assert_eq!((token(19).len(), token(20), token(21)), (32, String::new(), String::new()));
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
