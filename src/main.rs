//! The command line, `visavis`. Everything is in the library, `visavis::cli`.

use std::process::ExitCode;

/// glibc's allocator (2.36) was seen to hold up to 1 GB after 500 photos, most likely because it does not reuse freed aligned
/// blocks (its bug 14581), which tensors are. With this one it is 0.1 GB a job.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    visavis::cli::main()
}
