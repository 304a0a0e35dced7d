//! Makes the short films whose truth is known, good ones and bad ones, with ffmpeg: `make_clips DIR`. What was in DIR is replaced.

use std::path::PathBuf;

#[path = "../tests/clip_maker/mod.rs"]
mod clip_maker;

fn main() -> clip_maker::Made {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("usage: make_clips DIR")?.into();
    clip_maker::make(&folder)
}
