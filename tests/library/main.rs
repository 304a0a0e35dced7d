//! Tests of the library layer: what is written is read, searched exactly, and refused where it is wrong.

mod bad_files;
mod bad_manifest;
mod bad_records;
mod bad_tables;
mod fields;
mod forge;
mod frozen;
mod hostile;
mod lookups;
mod roundtrip;
mod search;
mod support;
