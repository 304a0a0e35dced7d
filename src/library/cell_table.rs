//! The side file of cells: which cell of faces lies where, and around which centroid. Written only for libraries of more
//! than one shard. Imports `error`.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, UInt64Array};
use arrow_schema::DataType;

use super::ipc::{Source, column, read_table, write_table};
use super::schema;
use crate::error::{Error, Result};

/// One cell: consecutive rows of one shard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// Number of the shard among the files of the role `faces`, from 0.
    pub(super) shard: usize,
    /// The first row of the cell in its shard.
    pub(super) first_row: usize,
    /// How many rows it has.
    pub(super) rows: usize,
    /// The mean of its embeddings, of unit length unless they cancel out.
    pub(super) centroid: Vec<f32>,
}

/// The cells as an Arrow IPC file.
pub(super) fn write_cells(cells: &[Cell], dim: usize) -> Result<Vec<u8>> {
    let internal = |e: arrow_schema::ArrowError| Error::Internal { reason: format!("table of cells: {e}") };
    let number = |value: fn(&Cell) -> usize| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(cells.iter().map(|c| value(c) as u64)))
    };
    let values = Float32Array::from_iter_values(cells.iter().flat_map(|cell| cell.centroid.iter().copied()));
    let length = i32::try_from(dim).unwrap_or(0);
    let centroids = FixedSizeListArray::try_new(schema::item(DataType::Float32), length, Arc::new(values), None)
        .map_err(internal)?;
    let columns =
        vec![number(|c| c.shard), number(|c| c.first_row), number(|c| c.rows), Arc::new(centroids) as ArrayRef];
    write_table(&RecordBatch::try_new(Arc::new(schema::cells(dim)), columns).map_err(internal)?)
}

/// Reads the cells and checks that they cover every row of every shard once. `shard_rows` has the rows of each shard.
pub(super) fn read_cells(source: Source<'_>, bytes: &[u8], dim: usize, shard_rows: &[usize]) -> Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for batch in read_table(source, bytes, &schema::cells(dim))? {
        append(&mut cells, &batch, dim).ok_or_else(|| source.malformed("a column has the wrong type"))?;
    }
    if cells.iter().any(|cell| cell.centroid.iter().any(|number| !number.is_finite())) {
        return Err(source.malformed("a centroid has a number that is not finite"));
    }
    let mut order: Vec<&Cell> = cells.iter().collect();
    order.sort_by_key(|cell| (cell.shard, cell.first_row, cell.rows));
    let mut order = order.into_iter().peekable();
    for (shard, rows) in shard_rows.iter().enumerate() {
        let mut next = 0_usize;
        while let Some(cell) = order.next_if(|cell| cell.shard == shard) {
            if cell.first_row != next {
                return Err(
                    source.malformed(format!("the cells of shard {shard} overlap or leave out rows at row {next}"))
                );
            }
            next = next.saturating_add(cell.rows);
        }
        if next != *rows {
            return Err(
                source.malformed(format!("the cells of shard {shard} have {next} rows, but the shard has {rows}"))
            );
        }
    }
    if order.next().is_some() {
        return Err(source.malformed(format!("a cell lies in a shard that is not one of the {}", shard_rows.len())));
    }
    Ok(cells)
}

fn append(cells: &mut Vec<Cell>, batch: &RecordBatch, dim: usize) -> Option<()> {
    let lists: &FixedSizeListArray = column(batch, "centroid")?;
    let values = lists.values().as_any().downcast_ref::<Float32Array>()?.values();
    let shards: &UInt64Array = column(batch, "shard")?;
    let firsts: &UInt64Array = column(batch, "first_row")?;
    let rows: &UInt64Array = column(batch, "rows")?;
    let places = shards.values().iter().zip(firsts.values()).zip(rows.values());
    for (((shard, first), rows), centroid) in places.zip(values.chunks_exact(dim)) {
        let number = |value: &u64| usize::try_from(*value).unwrap_or(usize::MAX);
        cells.push(Cell {
            shard: number(shard),
            first_row: number(first),
            rows: number(rows),
            centroid: centroid.to_vec(),
        });
    }
    Some(())
}
