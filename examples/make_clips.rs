//! Makes the short films whose truth is known, good ones and bad ones, with ffmpeg: `make_clips [DIR]`. Films that were in DIR are replaced.
//! Without DIR they come to `target/clips`, where they are not there yet; the tests of videos look for them there.

use std::path::Path;

#[path = "../tests/clip_maker/mod.rs"]
mod clip_maker;

fn main() -> clip_maker::Made {
    match std::env::args_os().nth(1) {
        Some(folder) => clip_maker::make(Path::new(&folder)),
        None => match clip_maker::clips()? {
            Some(_) => Ok(()),
            None => Err(clip_maker::NO_FFMPEG.into()),
        },
    }
}
