//! A quick way for most JPEGs: baseline, one scan, YCbCr with colour at full, half or quarter size. Imports `kernels`.
//!
//! For WebAssembly, where the `image` crate's decoder has no SIMD: with the inverse cosine transform and colours as kernels, a photo takes
//! half the time. Pixels are exactly the same. It is a way for whole and valid files only: whatever is progressive, in other
//! colours, damaged or only unusual has no pixels here, and goes to the `image` crate.

mod bits;
mod headers;
mod huffman;
mod scan;
#[cfg(test)]
mod tests;

pub(super) use headers::Headers;
