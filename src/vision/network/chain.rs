//! Layers one after the other, a row at a time, so that what lies between them stays in the cache. Imports `kernels`.

use crate::kernels::{
    BLOCK, Planes, PlanesMut, Residual, add_doubled_row, blocks_of, depthwise_row, max_pool_row, patch_row, pointwise,
    sum_rows,
};

use super::layers::{Layer, Reading, Size, Values, patch_of_pixels};

/// Row by row layers, each reading what the one before writes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain {
    links: Vec<Link>,
}

/// One layer of a chain.
#[derive(Debug, Clone, PartialEq)]
struct Link {
    layer: Layer,
    from: Size,
    to: Size,
    /// Which input of the chain is added, if one is.
    add: Option<usize>,
}

/// What a link wrote last: the rows that the next may still read. The last link of a chain writes to its output and holds none.
struct Rows {
    values: Vec<f32>,
    /// Numbers of a row, and of a block in it.
    row: usize,
    block: usize,
    /// How many rows there is room for.
    held: usize,
    /// The row that comes next.
    next: usize,
}

/// What a run has besides the rows.
struct Run<'a, 'b, 'c> {
    inputs: &'a [(Values<'b>, Size)],
    outputs: &'a mut [&'c mut [f32]],
    patches: Option<PatchRows<'b>>,
}

impl Chain {
    /// A chain of one link.
    pub(super) fn new(layer: Layer, from: Size, to: Size, add: Option<usize>) -> Self {
        Self { links: vec![Link { layer, from, to, add }] }
    }

    /// Puts a layer behind the last; `add` is the chain's input that it adds.
    pub(super) fn push(&mut self, layer: Layer, from: Size, to: Size, add: Option<usize>) {
        self.links.push(Link { layer, from, to, add });
    }

    /// Reads pixels; see `Network::of_pixels`.
    pub(super) fn of_pixels(&mut self, reading: Reading) {
        if let Some(Layer::Patch { weights, fill, .. }) = self.links.first_mut().map(|link| &mut link.layer) {
            patch_of_pixels(weights, fill, reading);
        }
    }

    /// Computes the output of the last link (and its sum, where that is asked for) from the inputs.
    pub(super) fn run(&self, inputs: &[(Values<'_>, Size)], outputs: &mut [&mut [f32]]) {
        let (Some((input, _)), Some(first)) = (inputs.first(), self.links.first()) else { return };
        let readers = self.links.iter().skip(1).map(|link| Some(link.layer.window().rows)).chain([None]);
        let mut rows: Vec<Rows> = self.links.iter().zip(readers).map(|(link, rows)| Rows::new(link.to, rows)).collect();
        let patches = match &first.layer {
            Layer::Patch { weights, left, fill, .. } => {
                Some(PatchRows::new(*input, first.from, weights.width_in(first.to.width), *left, *fill))
            }
            _ => None,
        };
        let mut run = Run { inputs, outputs, patches };
        let height = self.links.last().map_or(0, |link| link.to.height);
        for y in 0..height {
            self.make(self.links.len() - 1, y, &mut rows, &mut run);
        }
    }

    /// Makes the rows of a link up to this one.
    fn make(&self, at: usize, last: usize, rows: &mut [Rows], run: &mut Run<'_, '_, '_>) {
        let Some(link) = self.links.get(at) else { return };
        let window = link.layer.window();
        while let Some(y) = rows.get(at).map(|rows| rows.next).filter(|next| *next <= last) {
            if at > 0 {
                let wanted = (y * window.stride + window.rows - 1).saturating_sub(window.top);
                self.make(at - 1, wanted.min(link.from.height - 1), rows, run);
            }
            let (before, own) = rows.split_at_mut(at);
            let Some(own) = own.first_mut() else { return };
            link.row(y, before.last(), own, run);
            own.next += 1;
        }
    }
}

impl Link {
    /// Makes one row.
    fn row(&self, y: usize, before: Option<&Rows>, own: &mut Rows, run: &mut Run<'_, '_, '_>) {
        let Run { inputs, outputs, patches } = run;
        let window = self.layer.window();
        // Row r of what this one sees, None beyond the edges.
        let seen = |r: usize| {
            let row = (y * window.stride + r).checked_sub(window.top).filter(|row| *row < self.from.height)?;
            match before {
                Some(rows) => rows.get(row),
                None => inputs.first().and_then(|(values, size)| row_of(values.numbers(), *size, row)),
            }
        };
        let mut outputs = outputs.iter_mut();
        let is_between = own.held > 0;
        let output = if is_between {
            let slot = y % own.held * own.row;
            own.values.get_mut(slot..).map(|values| PlanesMut { values, block: own.block })
        } else {
            outputs.next().and_then(|values| row_of_mut(values, self.to, y))
        };
        let Some(output) = output else { return };
        match &self.layer {
            Layer::Patch { weights, .. } => {
                if let Some(patches) = patches {
                    let rows = patches.rows(y * window.stride, window.top);
                    patch_row(weights, rows, self.to.width, output);
                }
            }
            Layer::Pointwise { weights, .. } => {
                let add = self
                    .add
                    .and_then(|add| inputs.get(add))
                    .and_then(|(values, size)| row_of(values.numbers(), *size, y));
                let sum = if is_between { None } else { outputs.next() };
                let sum = sum.and_then(|values| row_of_mut(values, self.to, y));
                if let Some(input) = seen(0) {
                    pointwise(weights, self.to.width, input, Residual { add, sum }, output);
                }
            }
            Layer::Depthwise { weights, .. } => {
                depthwise_row(weights, [seen(0), seen(1), seen(2)], self.from.width, self.to.width, output);
            }
            Layer::MaxPool => {
                if let (Some(upper), Some(lower)) = (seen(0), seen(1)) {
                    max_pool_row(blocks_of(self.to.channels), self.to.width, upper, lower, output);
                }
            }
            Layer::AddDoubled => {
                let half = self.add.and_then(|add| inputs.get(add));
                let half = half.and_then(|(values, size)| row_of(values.numbers(), *size, y / 2));
                if let (Some(plain), Some(half)) = (seen(0), half) {
                    add_doubled_row(blocks_of(self.to.channels), self.to.width, plain, half, output);
                }
            }
            _ => {}
        }
    }
}

impl Rows {
    /// Room for so many rows of a picture; none where the output itself is written.
    fn new(size: Size, held: Option<usize>) -> Self {
        let block = size.width * BLOCK;
        let row = blocks_of(size.channels) * block;
        let held = held.unwrap_or(0);
        Self { values: vec![0.0; row * held], row, block, held, next: 0 }
    }

    fn get(&self, row: usize) -> Option<Planes<'_>> {
        let slot = row.checked_rem(self.held)? * self.row;
        Some(Planes { values: self.values.get(slot..)?, block: self.block })
    }
}

/// A row of a whole picture.
fn row_of(values: &[f32], size: Size, row: usize) -> Option<Planes<'_>> {
    Some(Planes { values: values.get(row * size.width * BLOCK..)?, block: size.block() })
}

fn row_of_mut(values: &mut [f32], size: Size, row: usize) -> Option<PlanesMut<'_>> {
    Some(PlanesMut { values: values.get_mut(row * size.width * BLOCK..)?, block: size.block() })
}

/// The input's rows, pixel by pixel and with their padding; the last three are held.
struct PatchRows<'a> {
    input: Values<'a>,
    size: Size,
    left: usize,
    /// A row of padding.
    plain: Vec<f32>,
    held: [(Option<usize>, Vec<f32>); 3],
}

impl<'a> PatchRows<'a> {
    fn new(input: Values<'a>, size: Size, width: usize, left: usize, fill: [f32; 3]) -> Self {
        let plain: Vec<f32> = std::iter::repeat_n(fill, width).flatten().collect();
        let held = std::array::from_fn(|_| (None, plain.clone()));
        Self { input, size, left, plain, held }
    }

    /// The three rows from `first` on, of which `top` are padding.
    fn rows(&mut self, first: usize, top: usize) -> [&[f32]; 3] {
        for r in 0..3 {
            self.hold(first + r, top);
        }
        let [(_, a), (_, b), (_, c)] = &self.held;
        let held = [a.as_slice(), b, c];
        [0, 1, 2].map(|r| held.get((first + r) % 3).copied().unwrap_or_default())
    }

    fn hold(&mut self, place: usize, top: usize) {
        let wanted = place.checked_sub(top).filter(|row| *row < self.size.height);
        let Some((held, values)) = self.held.get_mut(place % 3) else { return };
        if *held == wanted {
            return;
        }
        // What stands left and right of the pixels was there from the beginning, and no row overwrites it.
        let Some(row) = wanted else {
            *held = None;
            return values.copy_from_slice(&self.plain);
        };
        *held = wanted;
        let width = self.size.width;
        let values = values.get_mut(self.left * 3..).unwrap_or_default();
        match self.input {
            Values::Pixels(bytes) => {
                let bytes = bytes.get(row * width * 3..).unwrap_or_default();
                let length = (width * 3).min(values.len()).min(bytes.len());
                if let Some(numbers) = values.get_mut(..length) {
                    sum_rows(&[(bytes, 1.0)], numbers);
                }
            }
            Values::Numbers(numbers) => {
                let plane = |c: usize| numbers.iter().skip((c * self.size.height + row) * width).take(width);
                let pixels = values.as_chunks_mut::<3>().0.iter_mut();
                for (((pixel, a), b), c) in pixels.zip(plane(0)).zip(plane(1)).zip(plane(2)) {
                    *pixel = [*a, *b, *c];
                }
            }
        }
    }
}
