//! Holds docs/operations.md: every row of its tables names tests that exist, and every field of the wire types has a row.
#![expect(clippy::expect_used, reason = "a test says by a panic that it failed")]

use std::collections::BTreeSet;

const DOCUMENT: &str = "docs/operations.md";
const TYPES: &str = "pkg/src/wire.ts";

/// A row of a table: the name in its first cell, and the last cell.
struct Row {
    line: usize,
    name: String,
    tests: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(DOCUMENT).expect("the document is there");
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { continue };
        let name = first.trim_start_matches('|').trim();
        if line.starts_with("| `") && cells.len() > 2 {
            rows.push(Row { line: index + 1, name: name.replace('`', ""), tests: (*last).to_owned() });
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

/// `Type.field` of every field of the interfaces in the generated types.
fn wire_fields() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(TYPES).expect("the types are there");
    let mut fields = Vec::new();
    let mut interface = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("export interface ") {
            interface = rest.trim_end_matches([' ', '{']).to_owned();
        } else if let Some((name, _)) = line.strip_prefix("  ").and_then(|field| field.split_once(": "))
            && !name.starts_with(['/', ' ', '*'])
        {
            fields.push((interface.clone(), name.trim_end_matches('?').trim_matches('"').to_owned()));
        }
    }
    fields
}

#[test]
fn every_field_of_the_wire_has_a_row() {
    let rows: BTreeSet<String> =
        rows().into_iter().map(|row| row.name.rsplit('.').next().unwrap_or_default().replace("[]", "")).collect();
    let fields = wire_fields();
    assert!(fields.len() > 150, "the types were found: {} fields", fields.len());
    let missing: Vec<String> = fields
        .iter()
        .filter(|(_, field)| !rows.contains(field))
        .map(|(interface, field)| format!("{interface}.{field}"))
        .collect();
    assert!(missing.is_empty(), "{DOCUMENT} has no row for: {}", missing.join(", "));
}
