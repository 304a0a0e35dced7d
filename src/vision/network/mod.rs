//! From an ONNX graph to layers with kernels of our own, and their running. Imports `kernels`; names no inference library.

mod chain;
mod compile;
mod constants;
mod conv;
mod fuse;
mod graph;
mod heads;
mod layers;
mod others;

pub(super) use compile::compile;
pub(super) use graph::{Array, Attributes, Graph, Node};
pub(super) use layers::{Layer, Network, Reading, Size, Values};
