//! The program `estampille`; what it does lives in the library.

use std::process::ExitCode;

/// Memory that sign-ins and messages took goes back to the system, which glibc's allocator would keep.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    use_small_pages();
    estampille::cli::main()
}

/// Where Linux backs memory with pages of two megabytes by itself, twice as much is held for nothing; a kernel that will
/// not be told costs memory and nothing else.
fn use_small_pages() {
    #[cfg(target_os = "linux")]
    let _is_told = rustix::thread::disable_transparent_huge_pages(true).is_ok();
}
