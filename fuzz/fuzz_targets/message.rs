//! A whole message as it comes in: what it is, and what it says of each recipient.
#![no_main]

use estampille::bounces::verdicts;
use estampille::mail::inbound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    drop(inbound::recipients(message));
    if let Some(read) = inbound::read(message) {
        drop(verdicts(&read));
    }
});
