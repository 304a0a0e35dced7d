//! visavis: face search that runs wholly in the visitor's browser, and the command line that makes its libraries.
//!
//! The layers, each importing only what stands above it in this list (a test holds this):
//! [`error`], `kernels`, [`core`], [`vision`] and [`library`], [`indexing`], [`operations`], then `web` and `cli`.
//! ARCHITECTURE.md tells the life of one query.

pub mod core;
pub mod error;
pub mod indexing;
#[doc(hidden)]
pub mod kernels;
pub mod library;
pub mod operations;
pub mod vision;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "web")]
pub mod web;

pub use error::{Error, Result};
