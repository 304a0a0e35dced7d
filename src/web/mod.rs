//! The browser's side: thin wasm-bindgen classes, downloads and the Cache API through web-sys, errors to JavaScript.
//!
//! May import every layer above it. Bindings decode, call and encode; what they call is in `session`. Runs in a window, in a
//! dedicated worker and in Node 20: nothing here names `window`. No borrow of a `RefCell` is held across an await.
//! Byte counts are bytes, times are milliseconds, coordinates are source pixels.

mod address;
#[cfg(feature = "bench")]
mod bench;
mod cache;
mod client;
mod config;
mod download;
mod failure;
mod host;
mod input;
mod libraries;
mod library_download;
mod media;
mod network;
mod operate;
mod output;
mod own_files;
mod persons;
mod probing;
mod session;
mod tasks;
mod wait;
mod watch;

#[cfg(feature = "bench")]
pub use bench::{BenchIndex, BenchLibrary, BenchModel, BenchPipeline, bench_memory_bytes};
pub use client::{WebClient, set_panic_handler};
pub use media::{FileHash, WebVideo};
pub use watch::WebWatch;
