//! What signups cost, and whether a clock betrays them. The embedded database, everything on, over HTTP on loopback.
//!
//! - `cargo bench --bench signup`: signups a second beside a bare insert through the same HTTP stack, pool and file.
//! - `cargo bench --bench signup -- timing`: whether the answer for an address that is new, pending, stamped, suppressed or
//!   has left can be told apart by its time.
//! - `cargo bench --bench signup -- bombing [SIZE]`: a bombing run with 20,000 signups of one address and 20,000 others.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a bench fails by panicking")]

mod bombing;
mod house;
#[path = "../house/settle.rs"]
mod settle;
mod speed;
mod timing;
mod wire;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match words.first().map(String::as_str) {
            Some("timing") => timing::run().await,
            Some("bombing") => bombing::run(words.get(1).and_then(|size| size.parse().ok()).unwrap_or(20_000)).await,
            Some(other) => panic!("there is signup (nothing), timing and bombing, but no {other}"),
            None => speed::run().await,
        }
    });
    runtime.shutdown_background();
}
