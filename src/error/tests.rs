//! Tests of the errors.

use super::*;

#[test]
fn a_missing_parameter_answers_the_vendors_code() {
    let error = Error::MissingParameter { parameter: "FaceSearchToken".into() };
    assert_eq!(error.code(), "MissingFaceSearchToken");
    assert_eq!(error.parameter(), Some("FaceSearchToken"));
}

#[test]
fn an_unknown_task_and_too_much_of_something_answer_the_vendors_codes() {
    let unknown = Error::TaskNotFound { task_id: "x".into() };
    assert_eq!((unknown.code().as_str(), unknown.parameter()), ("InvalidTaskId.NotFound", Some("TaskId")));
    let too_many = Error::LimitExceeded { what: "tasks".into(), limit: 10 };
    assert_eq!(too_many.code(), "LimitExceededError");
    assert_eq!(too_many.to_string(), "tasks: at most 10 are allowed");
}

#[test]
fn an_error_about_a_library_names_the_parameter_of_the_call() {
    let unknown =
        Error::UnknownLibrary { parameter: "SearchLibName".into(), name: "zz".into(), known: "family".into() };
    assert_eq!(unknown.parameter(), Some("SearchLibName"));
    let unknown = unknown.of_library("library");
    assert_eq!(unknown.parameter(), Some("library"));
    assert_eq!(unknown.to_string(), "library \"zz\": no such library; known are: family");
    let fixed = Error::LibraryReadOnly { parameter: "SearchLibName".into(), library: "family".into() };
    assert_eq!(fixed.of_library("searchLibName").parameter(), Some("searchLibName"));
    assert_eq!(Error::Aborted.of_library("library"), Error::Aborted);
}

#[test]
fn naming_an_image_error_changes_the_message() {
    let error = Error::ImageEmpty { name: "image".into() }.named("holiday.jpg");
    assert_eq!(error.to_string(), "holiday.jpg: the file is empty (0 bytes)");
}
