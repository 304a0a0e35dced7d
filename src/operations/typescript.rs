//! The TypeScript of every wire type, made from the Rust types and their documentation: `pkg/src/wire.ts`. There is nothing here but test code.
//!
//! `UPDATE_GOLDEN=1 cargo test --release --lib typescript` writes the file anew, and fails so that nobody takes that run for a test.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ts_rs::{Config, TS};

    const FILE: &str = "pkg/src/wire.ts";
    /// The public documents call the operation getPersonFacesInfo, the vendor's SDK GetFaces.
    const ALIASES: &str = "\nexport type GetPersonFacesInfoRequest = GetFacesRequest;\nexport type GetPersonFacesInfoResponse = GetFacesResponse;\n";
    const HEADER: &str = "\
/**
 * Every request and response of the operations, made from the Rust types by `src/operations/typescript.rs`; not to be edited.
 *
 * Names are those of the public service. Coordinates are pixels after EXIF orientation, origin at the upper left.
 */
";

    /// `export interface Name { .. }` (or `export type` where it is no object) with documentation, one field a line.
    fn declaration<T: TS>(config: &Config) -> String {
        let docs = T::docs().unwrap_or_default();
        let decl = T::decl(config);
        let (head, body) = decl.split_once(" = ").expect("a declaration has an equals sign");
        let name = head.trim_start_matches("type ");
        match body.strip_prefix("{ ").and_then(|fields| fields.trim_end().strip_suffix("};")) {
            Some(fields) => {
                let lines = compact(&format!("{fields}\n")).lines().fold(String::new(), |mut text, line| {
                    let _ = writeln!(text, "  {}", line.strip_suffix(',').map_or(line.to_owned(), |l| format!("{l};")));
                    text
                });
                format!("\n{}export interface {name} {{\n{lines}}}\n", compact(&docs))
            }
            None => format!("\n{}export type {name} = {body}\n", compact(&docs)),
        }
    }

    /// Documentation of one line as one line, and no trailing blanks.
    fn compact(text: &str) -> String {
        let mut compacted = String::new();
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let mut rest = lines.as_slice();
        while let Some((line, after)) = rest.split_first() {
            rest = after;
            if let ("/**", [only, " */", ..]) = (*line, after) {
                let _ = writeln!(compacted, "/** {} */", only.trim_start_matches(" * "));
                rest = &after[2..];
            } else {
                let _ = writeln!(compacted, "{line}");
            }
        }
        compacted
    }

    macro_rules! declarations {
    ($config:expr; $($name:ty),* $(,)?) => {{
        let mut text = String::from(HEADER);
        $(let _ = write!(text, "{}", declaration::<$name>($config));)*
        text.push_str(ALIASES);
        text
    }};
}

    fn wire_types() -> String {
        use super::super::*;
        let config = Config::new().with_large_int("number");
        declarations!(&config; BoxObject, ExpressionObject, FaceObject, PointObject, QualityObject, BoxPosition, SearchMediaByFaceRequest, SearchMediaByFaceResponse, MediaInfo, ScoreRow, Similarities, MapFacesRequest, FaceMap, MappedFace, SearchMediaClipByFaceRequest, SearchMediaClipByFaceResponse, MediaClip, ClipOccurrence, ClipTrackData, CreateFacesSearchingTaskRequest, FacesSearchingSource, NotificationSettings, MnsTarget, RocketMqTarget, CreateFacesSearchingTaskResponse, GetTaskRequest, GetTaskResponse, TaskStatus, ListTasksRequest, TaskSort, TaskOrder, TaskTimeRange, ListTasksResponse, TaskInfo, GetFacesSearchingResultRequest, FacesSearchingResult, SourceFaces, SimilarFace, FaceBoundary, TaskNotification, TaskNotificationContent, SearchMediaRequest, SearchMediaResponse, MediaAsset, MediaBasicInfo, FileInfo, FileBasicInfo, AiData, AiLabelInfo, LabelOccurrence, LabelTrack, TextOccurrence, AiRoughData, IndexStatus, GetFacesRequest, GetFacesResponse, GetFacesData, FaceImageItem, AddFacesRequest, AddFacesResponse, AddFacesData, AddedFaceItem, AssignFacesRequest, DeleteFacesRequest, DeleteFacesResponse, DeleteFacesData, AddPersonRequest, AddPersonResponse, PersonIdData, SetPersonRequest, SetPersonResponse, DeletePersonRequest, DeletePersonResponse, MergePersonsRequest, MergePersonsResponse, MergedPersonData, UnmergePersonsRequest, UnmergePersonsResponse, SplitPersonRequest, SplitPersonResponse, GetPersonRequest, GetPersonResponse, GetPersonData, GetPersonsRequest, GetPersonsResponse, GetPersonsData, ListPersonsRequest, ListPersonsResponse, ListPersonsData, ListedPerson, GetGroupsRequest, GetGroupsResponse, GetGroupsData, AddGroupsRequest, AddGroupsResponse, PersonGroupsData, DeleteGroupsRequest, DeleteGroupsResponse)
    }

    #[test]
    fn the_types_of_the_package_are_those_of_the_wire() {
        let made = wire_types();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(FILE, &made).expect("the file is written");
            panic!("{FILE} was written anew; run again without UPDATE_GOLDEN");
        }
        let kept = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(kept == made, "{FILE} is not what the Rust types say; run with UPDATE_GOLDEN=1 to write it anew");
    }
}
