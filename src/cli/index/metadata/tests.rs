//! JSON lines and CSV say the same, and whatever is wrong is named.

use super::*;
use serde_json::json;

/// Every field, nested as in the response.
fn whole_json() -> Value {
    json!({
        "path": "./a.jpg",
        "MediaBasicInfo": {
            "InputURL": "oss://b/a.jpg", "BusinessType": "opening", "Source": "oss", "Title": "A", "Description": "d",
            "Category": "image", "MediaTags": "x, y", "CoverURL": "c.jpg", "UserData": {"a": 1}, "Snapshots": "[]",
            "Status": "Normal", "TranscodeStatus": "Init", "CreateTime": "2020-12-01T19:48:05Z",
            "ModifiedTime": 1_606_852_085_001_i64, "DeletedTime": "2020-12-01T19:48Z", "SpriteImages": "[]", "CateId": 44,
            "Biz": "IMS", "UploadSource": "general", "CateName": "n", "ReferenceId": "123-123", "Namespace": "name-1",
            "VisionDescription": "goal", "StreamStatus": "Active",
        },
        "storageLocation": "bucket",
        "CustomFields": {"intField1": 7, "strField1": "s1", "strField2": "s2", "mine": [1]},
        "FileInfoList": [{"FileBasicInfo": {"FileName": "f", "FileSize": 5, "Duration": 1.5, "Width": "10", "Region": "r"}}],
        "AiData": {
            "AiLabelInfo": [{"Category": "Transportation", "LabelName": "Car", "LabelId": "103", "Occurrences": [
                {"Score": 0.75, "clipId": "k", "From": 1.4, "To": "2.5", "Tracks": [
                    {"Size": 50.2, "Position": "468.0;67.0;615.0;267.0", "Timestamp": 1.4}]}]}],
            "AsrInfo": [{"From": 1, "To": 2, "ClipId": "k", "Content": "said", "Timestamp": 1}],
            "OcrInfo": [{"Content": "read"}, {"Content": "read"}, {"Content": "too"}],
        },
        "AiRoughData": {"SaveType": "TEXT", "Status": "SaveSuccess", "AiJobId": "j", "Result": "http://x", "AiCategory": "v"},
        "IndexStatusList": [{"IndexType": "aiLabel", "IndexStatus": "Success"}],
    })
}

/// The same in one row of CSV.
fn whole_csv() -> String {
    let labels = whole_json()["AiData"]["AiLabelInfo"].to_string();
    let cells = [
        ("path", "a.jpg"),
        ("inputurl", "oss://b/a.jpg"),
        ("BusinessType", "opening"),
        ("Source", "oss"),
        ("title", "A"),
        ("description", "d"),
        ("Category", "image"),
        ("tagList", "[\"x\", \"y\"]"),
        ("CoverURL", "c.jpg"),
        ("UserData", "{\"a\":1}"),
        ("Snapshots", "[]"),
        ("status", "3"),
        ("TranscodeStatus", "Init"),
        ("utcCreate", "1606852085000"),
        ("utcModified", "1606852085001"),
        ("DeletedTime", "2020-12-01T19:48Z"),
        ("SpriteImages", "[]"),
        ("cateId", "44"),
        ("Biz", "IMS"),
        ("UploadSource", "general"),
        ("CateName", "n"),
        ("ReferenceId", "123-123"),
        ("Namespace", "name-1"),
        ("VisionDescription", "goal"),
        ("StreamStatus", "Active"),
        ("fileInfo.storageLocation", "bucket"),
        ("intField1", "7"),
        ("CustomFields.strField1", "s1"),
        ("strField2", "s2"),
        ("CustomFields", "{\"mine\":[1]}"),
        ("FileName", "f"),
        ("FileSize", "5"),
        ("Duration", "1.5"),
        ("Width", "10"),
        ("FileBasicInfo.Region", "r"),
        ("AiLabelInfo", labels.as_str()),
        ("AsrInfo", "[{\"From\":1,\"To\":2,\"ClipId\":\"k\",\"Content\":\"said\",\"Timestamp\":1}]"),
        ("OcrText", "[\"read\",\"read\",\"too\"]"),
        ("AiRoughData.SaveType", "TEXT"),
        ("AiRoughData.Status", "SaveSuccess"),
        ("AiJobId", "j"),
        ("AiRoughData.Result", "http://x"),
        ("AiCategory", "v"),
        ("IndexStatusList", "[{\"IndexType\":\"ailabel\",\"IndexStatus\":\"success\"}]"),
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.map(|(name, _)| name)).unwrap();
    writer.write_record(cells.map(|(_, cell)| cell)).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn record(path: &str) -> MediaRecord {
    MediaRecord {
        media_id: crate::core::MediaId("ab".repeat(16)),
        media_type: crate::core::MediaType::Image,
        path: path.to_owned(),
        title: "file".to_owned(),
        url: None,
        cover: None,
        width: 1,
        height: 1,
        bytes: 1,
        format: "jpeg".to_owned(),
        sha256: "ab".repeat(32),
        created_ms: Some(1),
        modified_ms: None,
        duration_s: None,
        fields: crate::library::CatalogFields::default(),
        document: "{}".to_owned(),
    }
}

/// The media `a.jpg` with this metadata, and the warnings.
fn applied(text: &str) -> (MediaRecord, Vec<String>) {
    let mut media = [record("a.jpg")];
    let warnings = Metadata::parse(text).unwrap().apply(&mut media, &BTreeMap::from([("a.jpg".to_owned(), 0)]));
    let [record] = media;
    (record, warnings)
}

#[test]
fn json_lines_and_csv_say_the_same_of_every_field() {
    let (from_json, warnings) = applied(&whole_json().to_string());
    assert_eq!(warnings, [""; 0]);
    let (from_csv, warnings) = applied(&whole_csv());
    assert_eq!(warnings, [""; 0]);
    assert_eq!(from_json, from_csv);
    let fields = &from_json.fields;
    assert_eq!((from_json.title.as_str(), from_json.url.as_deref()), ("A", Some("oss://b/a.jpg")));
    assert_eq!((from_json.created_ms, from_json.modified_ms), (Some(1_606_852_085_000), Some(1_606_852_085_001)));
    assert_eq!((fields.description.as_deref(), fields.namespace.as_deref()), (Some("d"), Some("name-1")));
    assert_eq!(
        (fields.cate_id, fields.status, fields.storage_location.as_deref()),
        (Some(44), Some(3), Some("bucket"))
    );
    assert_eq!(
        (&fields.tags[..], &fields.ocr_texts[..]),
        (&["x", "y"].map(String::from)[..], &["read", "too"].map(String::from)[..])
    );
    assert_eq!(
        (&fields.label_categories[..], &fields.label_ids[..]),
        (&["Transportation".to_owned()][..], &["103".to_owned()][..])
    );
    assert_eq!(
        (fields.int_field1, fields.str_field1.as_deref(), fields.str_field2.as_deref()),
        (Some(7), Some("s1"), Some("s2"))
    );
    let document: Value = serde_json::from_str(&from_json.document).unwrap();
    assert_eq!(document["CustomFields"], json!({"mine": [1]}));
    assert_eq!(document["UserData"], "{\"a\":1}");
    assert_eq!(
        document["FileInfoList"][0]["FileBasicInfo"],
        json!({"FileName": "f", "FileSize": "5", "Duration": "1.5", "Width": "10", "Region": "r"})
    );
    assert_eq!(document["AiData"]["AiLabelInfo"][0]["Occurrences"][0]["To"], 2.5);
    assert_eq!(document["IndexStatusList"], json!([{"IndexType": "aiLabel", "IndexStatus": "Success"}]));
}

#[test]
fn labels_and_texts_have_short_forms() {
    let (record, _) = applied(
        "path,aiLabelInfo.category,aiLabelInfo.label_id,AiLabelInfo.LabelName,ocrInfo.tracks.content\na.jpg,Animal,7,Cat,STOP\n",
    );
    let document: Value = serde_json::from_str(&record.document).unwrap();
    let expected = json!({"AiLabelInfo": [{"Category": "Animal", "LabelId": "7", "LabelName": "Cat"}], "OcrInfo": [{"Content": "STOP"}]});
    assert_eq!(document["AiData"], expected);
    assert_eq!((record.fields.label_ids, record.fields.ocr_texts), (vec!["7".to_owned()], vec!["STOP".to_owned()]));
}

#[test]
fn what_says_nothing_changes_nothing() {
    let (from_csv, _) = applied("path,Title,MediaTags,CateId,UserData\na.jpg,,,,\n");
    let (from_json, _) = applied("{\"path\": \"a.jpg\", \"Title\": \"\", \"MediaTags\": null}");
    assert_eq!((&from_csv, &from_json), (&record("a.jpg"), &record("a.jpg")));
}

#[test]
fn rows_by_path_and_by_id_meet_in_one_media() {
    let rows = "{\"path\": \"a.jpg\", \"Title\": \"A\", \"Biz\": \"b\"}\n{\"MediaId\": \"ABababababababababababababababab\", \"CateId\": 1, \"Source\": \"s\"}\n";
    let (record, warnings) = applied(rows);
    assert_eq!(
        (record.title.as_str(), record.fields.cate_id, record.document.as_str()),
        ("A", Some(1), "{\"Biz\":\"b\",\"Source\":\"s\"}")
    );
    assert_eq!(warnings, [""; 0]);
    let (record, _) = applied("{\"path\": \"a.jpg\", \"MediaId\": \"of-elsewhere\", \"Title\": \"B\"}");
    assert_eq!(record.title, "B");
}

#[test]
fn nested_parts_of_two_rows_for_one_media_come_together() {
    let first = json!({"path": "a.jpg", "Width": 10, "AiData": {"OcrInfo": [{"Content": "one"}], "AsrInfo": [{"Content": "said"}],
        "AiLabelInfo": [{"Category": "Animal", "LabelId": "7"}]}, "CustomFields": {"mine": {"a": 1}}});
    let second = json!({"MediaId": "ab".repeat(16), "Region": "r", "CustomFields": {"mine": {"b": 2}, "more": 3},
        "AiData": {"OcrInfo": [{"Content": "one"}, {"Content": "two"}], "AiLabelInfo": [{"Category": "Plant", "LabelId": "8"}]}});
    let (record, _) = applied(&format!("{first}\n{second}\n"));
    let document: Value = serde_json::from_str(&record.document).unwrap();
    let expected = json!({
        "OcrInfo": [{"Content": "one"}, {"Content": "two"}], "AsrInfo": [{"Content": "said"}],
        "AiLabelInfo": [{"Category": "Animal", "LabelId": "7"}, {"Category": "Plant", "LabelId": "8"}],
    });
    assert_eq!(document["AiData"], expected);
    assert_eq!(document["CustomFields"], json!({"mine": {"a": 1, "b": 2}, "more": 3}));
    assert_eq!(document["FileInfoList"], json!([{"FileBasicInfo": {"Width": "10", "Region": "r"}}]));
    assert_eq!(record.fields.ocr_texts, ["one", "two"]);
    assert_eq!(
        (record.fields.label_categories, record.fields.label_ids),
        (vec!["Animal".to_owned(), "Plant".to_owned()], vec!["7".to_owned(), "8".to_owned()],)
    );
}

#[test]
fn the_same_under_two_names_and_in_two_forms_is_no_contradiction() {
    let row = json!({
        "path": "a.jpg", "Path": "./a.jpg", "tagList": ["a", "b"], "MediaTags": "a, b", "utcCreate": 1_606_852_085_000_i64,
        "CreateTime": "2020-12-01T20:48:05+01:00", "CateId": 12, "MediaBasicInfo": {"CateId": "12", "Status": "Normal"},
        "status": "3", "Width": 10, "FileBasicInfo.Width": "10.0", "UserData": {"a": 1}, "userdata": "{\"a\": 1}",
        "DeletedTime": "2020-12-01T19:48Z", "deletedTime": 1_606_852_080_000_i64,
    });
    let (record, warnings) = applied(&row.to_string());
    assert_eq!((record.fields.tags.len(), record.created_ms), (2, Some(1_606_852_085_000)));
    assert_eq!((record.fields.cate_id, record.fields.status, warnings.len()), (Some(12), Some(3), 0));
    for (name, value, other) in [
        ("CreateTime", json!("2020-12-01T19:48:06Z"), "utcCreate"),
        ("MediaTags", json!("a"), "tagList"),
        ("FileBasicInfo.Width", json!(11), "Width"),
    ] {
        let mut row = row.clone();
        row[name] = value;
        let reason = Metadata::parse(&row.to_string()).err().unwrap_or_default();
        assert!(reason.contains("in the same row says") && reason.contains(other), "{reason}");
    }
}

#[test]
fn unknown_names_are_told_once_each_and_the_rest_is_taken() {
    let text = "{\"path\": \"a.jpg\", \"titel\": \"x\", \"AiData\": {\"OcrInfo\": [{\"Text\": \"y\"}]}}\n{\"path\": \"b.jpg\", \"titel\": \"y\"}\n";
    let (_, warnings) = applied(text);
    let expected = [
        "--metadata line 1: no field is called AiData.OcrInfo.Text; it was passed over",
        "--metadata line 1: no field is called titel; it was passed over",
        "--metadata describes b.jpg, which is not in the library",
    ];
    assert_eq!(warnings, expected);
}

/// Field, value, and what is said of it; the fields that are flat.
fn wrong_flat_fields() -> Vec<(&'static str, Value, String)> {
    let moment = "a moment: whole milliseconds since 1970, or a text such as 2020-12-01T19:48:05Z";
    let status = "a status: one of 0, 1, 2, 3, 10, 12, 13, 14, 15, 16, 17, 18, or a name such as Normal";
    vec![
        ("Title", json!(5), "Title: 5 is not a text".to_owned()),
        ("description", json!(["x"]), "description: [\"x\"] is not a text".to_owned()),
        ("CateId", json!("twelve"), "CateId: \"twelve\" is not a whole number".to_owned()),
        ("CateId", json!(1.5), "CateId: 1.5 is not a whole number".to_owned()),
        ("cateid", json!("99999999999999999999"), "cateid: \"99999999999999999999\" is not a whole number".to_owned()),
        ("Status", json!(4), format!("Status: 4 is not {status}")),
        ("Status", json!("99"), format!("Status: \"99\" is not {status}")),
        ("Status", json!("Abnormal"), format!("Status: \"Abnormal\" is not {status}")),
        ("CreateTime", json!("yesterday"), format!("CreateTime: \"yesterday\" is not {moment}")),
        ("utcModified", json!(i64::MAX), format!("utcModified: 9223372036854775807 is not {moment}")),
        ("DeletedTime", json!("2020-12-01"), format!("DeletedTime: \"2020-12-01\" is not {moment}")),
        ("MediaTags", json!([1]), "MediaTags: [1] is not a text or a list of texts".to_owned()),
        (
            "ReferenceId",
            json!("12345"),
            "ReferenceId: \"12345\" is not 6 to 64 letters, digits, '-' and '_'".to_owned(),
        ),
        (
            "ReferenceId",
            json!("123 456"),
            "ReferenceId: \"123 456\" is not 6 to 64 letters, digits, '-' and '_'".to_owned(),
        ),
    ]
}

/// The same for custom fields, labels, texts, files and the like.
fn wrong_nested_fields() -> Vec<(&'static str, Value, String)> {
    vec![
        ("intField1", json!("x"), "intField1: \"x\" is not a whole number".to_owned()),
        ("CustomFields", json!("{"), "CustomFields: \"{\" is not an object or the JSON text of one".to_owned()),
        ("CustomFields", json!({"strField1": 5}), "CustomFields.strField1: 5 is not a text".to_owned()),
        ("AiData", json!([]), "AiData: [] is not an object or the JSON text of one".to_owned()),
        ("OcrInfo", json!("STOP"), "OcrInfo: \"STOP\" is not a list of objects or the JSON text of one".to_owned()),
        (
            "AiData",
            json!({"OcrInfo": ["STOP"]}),
            "AiData.OcrInfo: \"STOP\" is not an object or the JSON text of one".to_owned(),
        ),
        (
            "AiData",
            json!({"AsrInfo": [{"From": "start"}]}),
            "AiData.AsrInfo.From: \"start\" is not a number".to_owned(),
        ),
        (
            "AiLabelInfo",
            json!([{"Occurrences": [{"Tracks": [{"Position": "1;2;3"}]}]}]),
            "AiLabelInfo.Occurrences.Tracks.Position: \"1;2;3\" is not four numbers as \"x1;y1;x2;y2\"".to_owned(),
        ),
        ("Width", json!("wide"), "Width: \"wide\" is not a number".to_owned()),
        (
            "FileInfoList",
            json!([{"FileBasicInfo": 5}]),
            "FileInfoList.FileBasicInfo: 5 is not an object or the JSON text of one".to_owned(),
        ),
        ("AiRoughData.Status", json!(5), "AiRoughData.Status: 5 is not a text".to_owned()),
        (
            "IndexStatusList",
            json!([{"IndexType": "text"}]),
            "IndexStatusList.IndexType: \"text\" is not one of mm, face, aiLabel".to_owned(),
        ),
        (
            "IndexStatusList",
            json!([{"IndexStatus": 1}]),
            "IndexStatusList.IndexStatus: 1 is not one of Running, Fail, Success".to_owned(),
        ),
    ]
}

#[test]
fn a_wrong_field_is_named_with_its_line_what_was_found_and_what_is_expected() {
    for (name, value, expected) in wrong_flat_fields().into_iter().chain(wrong_nested_fields()) {
        let text = format!("{}\n\n{}\n", json!({"path": "first.jpg"}), json!({"path": "a.jpg", name: value}));
        assert_eq!(Metadata::parse(&text).err(), Some(format!("line 3: {expected}")));
        // The same in CSV, where all cells are texts.
        if let Some(cell) = value.as_str() {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["path", name]).unwrap();
            writer.write_record(["a.jpg", cell]).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            assert_eq!(Metadata::parse(&text).err(), Some(format!("line 2: {expected}")));
        }
    }
}

#[test]
fn rows_that_are_none_are_named_by_their_line() {
    let error = |text: &str| Metadata::parse(text).err().unwrap_or_default();
    assert_eq!(error("{\"path\": \"a\"}\n{\"title\": \"b\"}"), "line 2: neither 'path' nor 'MediaId' is given");
    assert_eq!(error("path\na\na\n"), "line 3: path: a is described twice");
    assert_eq!(error("path,title,title\na,b,c\n"), "line 1: column title is there twice");
    assert_eq!(
        error("{\"path\": \"a\", \"Title\": \"b\", \"title\": \"c\"}"),
        "line 1: title: it says \"c\", but Title in the same row says \"b\""
    );
    assert!(error("{\"path\": ").starts_with("line 1: not a JSON object"));
    assert!(error("path,title\na\n").contains("line: 2"));
}
