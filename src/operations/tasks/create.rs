//! The request of CreateFacesSearchingTask, checked; a task keeps it, and answers it again as its definition. Imports `error`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::super::params::{Params, kind_of};
use super::super::params_nested::{member, within};
use crate::error::{Error, Result};

/// The longest `UserData`, in bytes of UTF-8.
pub const MAX_USER_DATA_BYTES: usize = 2048;
/// `MaxResult` where it is left out.
pub const DEFAULT_MAX_RESULT: u32 = 5;
/// How many images one task takes.
pub const MAX_TASK_SOURCES: usize = 10_000;
const MAX_MAX_RESULT: u32 = 100;

/// What CreateFacesSearchingTask is asked: for each image, the faces of a library that are most similar to its largest face.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateFacesSearchingTaskRequest {
    /// The project's name: it groups tasks.
    pub project_name: String,
    /// The name of the library that is searched.
    pub dataset_name: String,
    /// The images. A task without any fails at once.
    #[cfg_attr(test, ts(as = "Option<Vec<FacesSearchingSource>>"))]
    pub sources: Vec<FacesSearchingSource>,
    /// How many faces are answered for each image, 1 to 100. Default: 5.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub max_result: u32,
    /// Any text, which the task and its notification answer as it is; at most 2,048 bytes of UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Where the message goes that says that the task has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<NotificationSettings>,
    /// Names and values by which ListTasks finds the task (`TagSelector`). An extension: sibling operations of the service have it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, ts(as = "Option<BTreeMap<String, String>>"))]
    pub tags: BTreeMap<String, String>,
}

/// One image of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FacesSearchingSource {
    /// Where the image is.
    #[serde(rename = "URI")]
    pub uri: String,
}

/// Where the message goes that says that a task has ended. It is delivered to the page or process that made the task in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct NotificationSettings {
    /// An address that the message is written to.
    #[serde(rename = "ExtendedMessageURI", skip_serializing_if = "Option::is_none")]
    pub extended_message_uri: Option<String>,
    /// A topic of the simple message service.
    #[serde(rename = "MNS", skip_serializing_if = "Option::is_none")]
    pub mns: Option<MnsTarget>,
    /// A topic of the message queue.
    #[serde(rename = "RocketMQ", skip_serializing_if = "Option::is_none")]
    pub rocket_mq: Option<RocketMqTarget>,
}

/// A topic of the simple message service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MnsTarget {
    /// The topic's name; in a browser, that of the `BroadcastChannel`.
    pub topic_name: String,
}

/// A topic of the message queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RocketMqTarget {
    /// The id of the queue's instance; there is none here, so it is kept and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// The topic's name; in a browser, that of the `BroadcastChannel`.
    pub topic_name: String,
}

impl CreateFacesSearchingTaskRequest {
    /// Reads a request object with the wire's names; nested parameters may come as JSON text. Unknown names are ignored.
    ///
    /// # Errors
    /// `MissingProjectName`, `MissingDatasetName`, `LimitExceeded` for too many sources, or `InvalidParameter` naming the
    /// parameter of a wrong type, value or length.
    pub fn parse(request: &Value) -> Result<Self> {
        let params = Params::of(request)?;
        Ok(Self {
            project_name: params.required_text("ProjectName")?.to_owned(),
            dataset_name: params.required_text("DatasetName")?.to_owned(),
            sources: sources(params)?,
            max_result: params.integer("MaxResult", &(1..=MAX_MAX_RESULT), DEFAULT_MAX_RESULT)?,
            user_data: params.text_up_to("UserData", MAX_USER_DATA_BYTES)?.map(str::to_owned),
            notification: notification(params)?,
            tags: tags(params)?,
        })
    }
}

fn sources(params: Params<'_>) -> Result<Vec<FacesSearchingSource>> {
    let Some(list) = params.list("Sources")? else { return Ok(Vec::new()) };
    if list.len() > MAX_TASK_SOURCES {
        return Err(Error::LimitExceeded { what: "Sources".to_owned(), limit: MAX_TASK_SOURCES as u64 });
    }
    let source = |(place, value): (usize, &Value)| {
        let path = format!("Sources[{place}]");
        let uri = within(&path, member(&path, value)?, |source| source.required_text("URI").map(str::to_owned))?;
        Ok(FacesSearchingSource { uri })
    };
    list.iter().enumerate().map(source).collect()
}

fn notification(params: Params<'_>) -> Result<Option<NotificationSettings>> {
    let Some(map) = params.object("Notification")? else { return Ok(None) };
    within("Notification", &map, |settings| {
        let extended_message_uri = settings.text("ExtendedMessageURI")?.map(str::to_owned);
        let mns = settings.object("MNS")?;
        let mns = mns.map(|map| {
            within("MNS", &map, |mns| Ok(MnsTarget { topic_name: mns.required_text("TopicName")?.to_owned() }))
        });
        let rocket_mq = settings.object("RocketMQ")?;
        let rocket_mq = rocket_mq.map(|map| {
            within("RocketMQ", &map, |queue| {
                let instance_id = queue.text("InstanceId")?.map(str::to_owned);
                Ok(RocketMqTarget { instance_id, topic_name: queue.required_text("TopicName")?.to_owned() })
            })
        });
        Ok(NotificationSettings { extended_message_uri, mns: mns.transpose()?, rocket_mq: rocket_mq.transpose()? })
    })
    .map(Some)
}

fn tags(params: Params<'_>) -> Result<BTreeMap<String, String>> {
    let Some(map) = params.object("Tags")? else { return Ok(BTreeMap::new()) };
    let tag = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        other => Err(Error::invalid(&format!("Tags.{name}"), format!("it must be a string, not {}", kind_of(other)))),
    };
    map.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whole() -> Value {
        json!({ "ProjectName": "p", "DatasetName": "d", "Sources": [{ "URI": "oss://b/ü.jpg" }, { "URI": "b.jpg" }],
            "MaxResult": 7, "UserData": "{\"ID\":1}", "Tags": { "test": "val1" },
            "Notification": { "ExtendedMessageURI": "https://a.example/m", "MNS": { "TopicName": "t1" },
                "RocketMQ": { "InstanceId": "i", "TopicName": "t2" } } })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut request = whole();
        request[name] = value;
        request
    }

    #[test]
    fn every_parameter_is_read_and_written_again() {
        let parsed = CreateFacesSearchingTaskRequest::parse(&whole()).unwrap();
        assert_eq!(parsed.sources[0].uri, "oss://b/ü.jpg");
        assert_eq!(serde_json::to_value(&parsed).unwrap(), whole());
    }

    #[test]
    fn nested_parameters_and_numbers_may_come_as_text() {
        let mut request = whole();
        for name in ["Sources", "Notification", "Tags", "MaxResult"] {
            request[name] = json!(whole()[name].to_string());
        }
        let parsed = CreateFacesSearchingTaskRequest::parse(&request).unwrap();
        assert_eq!(parsed, CreateFacesSearchingTaskRequest::parse(&whole()).unwrap());
    }

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        let request = json!({ "ProjectName": "p", "DatasetName": "d", "UserData": "", "Notification": null, "X": 1 });
        let parsed = CreateFacesSearchingTaskRequest::parse(&request).unwrap();
        assert_eq!((parsed.max_result, parsed.sources.len()), (5, 0));
        assert_eq!((parsed.user_data, parsed.notification, parsed.tags.len()), (None, None, 0));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_code() {
        let long = "x".repeat(2049);
        let twice = json!([{ "URI": "a" }, { "URI": "" }]);
        let many: Vec<Value> = (0..=MAX_TASK_SOURCES).map(|_| json!({ "URI": "a" })).collect();
        for (name, value, code, message) in [
            ("ProjectName", json!(null), "MissingProjectName", "ProjectName is required"),
            ("ProjectName", json!(""), "MissingProjectName", "ProjectName is required"),
            ("ProjectName", json!(7), "InvalidParameter", "ProjectName: it must be a string, not a number"),
            ("DatasetName", json!(null), "MissingDatasetName", "DatasetName is required"),
            ("DatasetName", json!(["d"]), "InvalidParameter", "DatasetName: it must be a string, not an array"),
            ("MaxResult", json!(0), "InvalidParameter", "MaxResult: 0 is out of range; an integer from 1 to 100 is"),
            ("MaxResult", json!("101"), "InvalidParameter", "MaxResult: \"101\" is out of range; an integer from 1"),
            ("MaxResult", json!("five"), "InvalidParameter", "MaxResult: \"five\" is not an integer"),
            ("UserData", json!(long), "InvalidParameter", "UserData: it is 2049 bytes long; at most 2048 are allowed"),
            ("UserData", json!({}), "InvalidParameter", "UserData: it must be a string, not an object"),
            ("Sources", json!("a.jpg"), "InvalidParameter", "Sources: its text is not JSON"),
            ("Sources", json!({ "URI": "a" }), "InvalidParameter", "Sources: it must be an array, not an object"),
            ("Sources", json!(["a"]), "InvalidParameter", "Sources[0]: it must be an object, not a string"),
            ("Sources", json!([{}]), "InvalidParameter", "Sources[0].URI: it is required"),
            ("Sources", twice, "InvalidParameter", "Sources[1].URI: it is required"),
            ("Sources", json!([{ "URI": 1 }]), "InvalidParameter", "Sources[0].URI: it must be a string, not a number"),
            ("Sources", json!(many), "LimitExceededError", "Sources: at most 10000 are allowed"),
            ("Notification", json!("t"), "InvalidParameter", "Notification: its text is not JSON"),
            ("Notification", json!([]), "InvalidParameter", "Notification: it must be an object, not an array"),
            ("Notification", json!({ "MNS": {} }), "InvalidParameter", "Notification.MNS.TopicName: it is required"),
            ("Notification", json!({ "MNS": 1 }), "InvalidParameter", "Notification.MNS: it must be an object, not a"),
            ("Notification", json!({ "RocketMQ": {} }), "InvalidParameter", "Notification.RocketMQ.TopicName: it is"),
            ("Tags", json!({ "a": 1 }), "InvalidParameter", "Tags.a: it must be a string, not a number"),
            ("Tags", json!(["a"]), "InvalidParameter", "Tags: it must be an object, not an array"),
        ] {
            let error = CreateFacesSearchingTaskRequest::parse(&with(name, value)).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
        let most = with("UserData", json!("x".repeat(2048)));
        assert!(CreateFacesSearchingTaskRequest::parse(&most).is_ok());
    }
}
