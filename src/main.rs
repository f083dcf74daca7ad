//! The program `estampille`; what it does lives in the library.

use std::process::ExitCode;

/// Memory that sign-ins and messages took goes back to the system, which glibc's allocator would keep.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    estampille::cli::main()
}
