//! What a first search downloads, measured in the built package and held to its budget: the lines of `docs/size.md`.

use std::fs;
use std::path::Path;

use crate::fail;
use crate::shell::{Context as _, Outcome, capture, command, say, step};

/// Where the budgets stand.
const BUDGETS: &str = "docs/size.md";

/// A line of the table: a file, or an entry with the modules that it imports.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    name: String,
    /// Bytes after brotli at its best: at most so many, or so many as there are.
    bytes: u64,
}

/// Prints raw bytes, brotli bytes and the budget of each file, and fails where one is over its budget or has none.
///
/// # Errors
/// A message that names each such file with its size and budget; also when Node.js cannot read the files.
pub fn check(root: &Path) -> Outcome {
    let measured = step("measuring the package", || {
        capture(command("node", root).arg("xtask/sizes.mjs").arg(root.join("pkg/dist")))
    })?;
    let table = fs::read_to_string(root.join(BUDGETS)).context(|| BUDGETS.to_owned())?;
    let budgets = budgets_of(&table);
    let mut sizes = Vec::new();
    for line in measured.lines() {
        let (name, raw, bytes) =
            fields(line).ok_or_else(|| crate::shell::Failure(format!("xtask/sizes.mjs said: {line}")))?;
        let budget = budgets.iter().find(|budget| budget.name == name).map_or(0, |budget| budget.bytes);
        say(format_args!("{name:<50} {raw:>9} bytes, brotli {bytes:>8} of {budget:>8}"));
        sizes.push(Line { name: name.to_owned(), bytes });
    }
    let faults = faults(&sizes, &budgets);
    if faults.is_empty() { Ok(()) } else { fail!("{BUDGETS}: {}", faults.join("; ")) }
}

fn fields(line: &str) -> Option<(&str, u64, u64)> {
    let mut fields = line.split('\t');
    let (name, raw, brotli) = (fields.next()?, fields.next()?, fields.next()?);
    Some((name, raw.parse().ok()?, brotli.parse().ok()?))
}

/// The rows of the Markdown table that begin with a file's name in code style and end with a number of bytes.
fn budgets_of(table: &str) -> Vec<Line> {
    let row = |line: &str| {
        let mut cells = line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        let bytes = cells.next_back()?.replace(' ', "").parse().ok()?;
        Some(Line { name, bytes })
    };
    table.lines().filter_map(row).collect()
}

/// A sentence for each file that is over its budget or has none, and for each budget without a file.
fn faults(sizes: &[Line], budgets: &[Line]) -> Vec<String> {
    let over = sizes.iter().filter_map(|size| {
        let name = &size.name;
        let Some(budget) = budgets.iter().find(|budget| budget.name == *name) else {
            return Some(format!("{name} has {} bytes (brotli) and no line", size.bytes));
        };
        let is_over = size.bytes > budget.bytes;
        is_over.then(|| format!("{name} has {} bytes (brotli), {} at most", size.bytes, budget.bytes))
    });
    let gone = budgets.iter().filter(|budget| sizes.iter().all(|size| size.name != budget.name));
    over.chain(gone.map(|budget| format!("{} has a line and is not there", budget.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# Size
| File | What it is | At most |
| --- | --- | ---: |
| `wasm/engine.wasm` | the engine | 1 200 000 |
| `index.js` | the page | 20000 |
";

    fn line(name: &str, bytes: u64) -> Line {
        Line { name: name.to_owned(), bytes }
    }

    #[test]
    fn the_rows_of_the_document_are_the_budgets() {
        assert_eq!(budgets_of(TABLE), [line("wasm/engine.wasm", 1_200_000), line("index.js", 20_000)]);
    }

    #[test]
    fn files_within_their_budgets_are_no_fault() {
        let sizes = [line("wasm/engine.wasm", 1_200_000), line("index.js", 1)];
        assert_eq!(faults(&sizes, &budgets_of(TABLE)), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_outgrew_its_line_is_named_with_its_size_and_its_budget() {
        let sizes = [line("wasm/engine.wasm", 1_200_001), line("index.js", 1)];
        assert_eq!(
            faults(&sizes, &budgets_of(TABLE)),
            ["wasm/engine.wasm has 1200001 bytes (brotli), 1200000 at most"]
        );
    }

    #[test]
    fn a_file_without_a_line_and_a_line_without_a_file_are_named() {
        let sizes = [line("wasm/engine.wasm", 5), line("wasm/other.wasm", 7)];
        let expected = ["wasm/other.wasm has 7 bytes (brotli) and no line", "index.js has a line and is not there"];
        assert_eq!(faults(&sizes, &budgets_of(TABLE)), expected);
    }
}
