//! An address or a mark: only what was made with our key opens.
#![no_main]

use std::sync::LazyLock;

use estampille::keyring::Keyring;
use estampille::mail::{marks, return_path};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Keyring> = LazyLock::new(|| Keyring::new(vec![[7; 32]]).expect("a key"));

fuzz_target!(|text: &str| {
    assert!(return_path::open(&KEYS, text).is_none());
    assert!(marks::open_message_id(&KEYS, text).is_none());
    assert!(marks::open_trace(&KEYS, text).is_none());
    assert!(marks::open_complaint_id(&KEYS, text).is_none());
});
