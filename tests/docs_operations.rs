//! Holds docs/operations.md: every row of its tables names tests that exist, and every field of the wire types has a row
//! in the section of its operation, under its whole path.
#![expect(clippy::expect_used, reason = "a test says by a panic that it failed")]

use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &str = "docs/operations.md";
const TYPES: &str = "pkg/src/wire.ts";

/// A row of a table: the heading that it stands below, the name in its first cell, and the last cell.
struct Row {
    line: usize,
    section: String,
    name: String,
    tests: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(DOCUMENT).expect("the document is there");
    let mut rows = Vec::new();
    let mut section = String::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            line.trim_start_matches('#').trim().clone_into(&mut section);
        }
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { continue };
        let name = first.trim_start_matches('|').trim();
        if line.starts_with("| `") && cells.len() > 2 {
            let (name, tests) = (name.replace('`', ""), (*last).to_owned());
            rows.push(Row { line: index + 1, section: section.clone(), name, tests });
        }
    }
    rows
}

/// Every `file` + `test` of a cell: `` `path` › `name` ``, several of them separated by `<br>`.
fn named_tests(cell: &str) -> Vec<(String, String)> {
    let one = |part: &str| {
        let mut quoted = part.split('`').skip(1).step_by(2);
        Some((quoted.next()?.to_owned(), quoted.next()?.to_owned()))
    };
    cell.split("<br>").filter_map(one).collect()
}

#[test]
fn every_cell_names_a_test_that_exists() {
    let rows = rows();
    assert!(rows.len() > 150, "the tables were found: {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let tests = named_tests(&row.tests);
        if tests.is_empty() {
            wrong.push(format!("line {}: {} names no test", row.line, row.name));
        }
        for (file, test) in tests {
            let source = std::fs::read_to_string(&file).unwrap_or_default();
            if !source.contains(&test) {
                wrong.push(format!("line {}: {}: {file} has no {test:?}", row.line, row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{DOCUMENT}:\n{}", wrong.join("\n"));
}

/// The fields of each interface in the generated types, with their types.
type Interfaces = BTreeMap<String, Vec<(String, String)>>;

fn interfaces() -> Interfaces {
    let text = std::fs::read_to_string(TYPES).expect("the types are there");
    let mut interfaces = Interfaces::new();
    let mut interface = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("export interface ") {
            rest.trim_end_matches([' ', '{']).clone_into(&mut interface);
        } else if let Some((name, kind)) = line.strip_prefix("  ").and_then(|field| field.split_once(": "))
            && !name.starts_with(['/', ' ', '*'])
        {
            let name = name.trim_end_matches('?').trim_matches('"').to_owned();
            interfaces.entry(interface.clone()).or_default().push((name, kind.trim_end_matches(';').to_owned()));
        }
    }
    interfaces
}

/// What is part of every request and response of the operations on persons has its rows here.
const OF_ALL_PERSONS: &str = "getPersonFacesInfo";

/// The interfaces that are part of no other one, each with the sections in which its fields have their rows, one section or another.
fn roots(interfaces: &Interfaces, headings: &BTreeSet<String>) -> Vec<(String, Vec<String>)> {
    let mut roots = vec![
        ("Face".to_owned(), vec!["detectFaces and embedFaces".to_owned()]),
        ("FacesSearchingResult".to_owned(), vec!["Response of GetFacesSearchingResult".to_owned()]),
        ("Similarities".to_owned(), vec!["Similarities".to_owned()]),
        ("FaceMap".to_owned(), vec!["MapFaces".to_owned()]),
        ("TaskNotification".to_owned(), vec!["The message of a task's end".to_owned()]),
    ];
    for interface in interfaces.keys() {
        for what in ["Request", "Response"] {
            let Some(operation) = interface.strip_suffix(what) else { continue };
            // The vendor's SDK and its documents have two names for it.
            let operation = if operation == "GetFaces" { OF_ALL_PERSONS } else { operation };
            let own = format!("{what} of {operation}");
            let sections = match (headings.contains(&own), operation, interface.as_str()) {
                (true, OF_ALL_PERSONS, _) => vec![own, OF_ALL_PERSONS.to_owned()],
                (true, ..) => vec![own],
                // It has the response of AddFaces.
                (_, _, "AddFacesResponse") => vec!["AddFaces".to_owned(), OF_ALL_PERSONS.to_owned()],
                _ => vec![operation.to_owned(), OF_ALL_PERSONS.to_owned()],
            };
            roots.push((interface.clone(), sections));
        }
    }
    roots
}

/// The path of every field of an interface and of those in it, `[]` for each item of a list.
fn paths(interfaces: &Interfaces, interface: &str, prefix: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
    seen.insert(interface.to_owned());
    let mut found = Vec::new();
    for (name, kind) in interfaces.get(interface).into_iter().flatten() {
        let path = format!("{prefix}{name}");
        let (inner, is_list) = match kind.strip_prefix("Array<").or_else(|| kind.strip_prefix('[')) {
            Some(items) => (items.split([',', '>', ']']).next().unwrap_or_default(), true),
            None => (kind.as_str(), false),
        };
        found.push(path.clone());
        if interfaces.contains_key(inner) {
            let prefix = format!("{path}{}.", if is_list { "[]" } else { "" });
            found.extend(paths(interfaces, inner, &prefix, seen));
        }
    }
    found
}

#[test]
fn every_field_of_the_wire_has_a_row_in_the_section_of_its_operation() {
    let mut rows_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows() {
        let name = row.name.strip_suffix("[]").unwrap_or(&row.name).to_owned();
        rows_of.entry(row.section).or_default().insert(name);
    }
    let interfaces = interfaces();
    let headings: BTreeSet<String> = rows_of.keys().cloned().collect();
    let mut seen = BTreeSet::new();
    let (mut missing, mut count) = (Vec::new(), 0);
    for (root, sections) in roots(&interfaces, &headings) {
        for path in paths(&interfaces, &root, "", &mut seen) {
            count += 1;
            let has_row = |section: &String| rows_of.get(section).is_some_and(|rows| rows.contains(&path));
            if !sections.iter().any(has_row) {
                missing.push(format!("{path} of {root} below {:?}", sections.first()));
            }
        }
    }
    // Its lists of faces are those of GetFacesSearchingResult, to which the document leads.
    seen.insert("TaskNotificationContent".to_owned());
    let message = rows_of.get("The message of a task's end").cloned().unwrap_or_default();
    for (field, _) in interfaces.get("TaskNotificationContent").into_iter().flatten() {
        if !message.contains(field) {
            missing.push(format!("{field} of TaskNotificationContent"));
        }
    }
    assert!(count > 250, "the types were found: {count} fields");
    assert!(missing.is_empty(), "{DOCUMENT} has no row for:\n{}", missing.join("\n"));
    let unseen: Vec<&String> = interfaces.keys().filter(|interface| !seen.contains(*interface)).collect();
    assert!(unseen.is_empty(), "no operation has these types, so no row is looked for: {unseen:?}");
}
