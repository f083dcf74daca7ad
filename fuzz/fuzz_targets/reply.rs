//! One reply of SMTP, and the same told in a report.
#![no_main]

use estampille::bounces::classify::classify;
use estampille::bounces::classify_reply;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|reply: &str| {
    drop(classify_reply(reply));
    let (status, rest) = reply.split_once('\n').unwrap_or((reply, ""));
    drop(classify(status, rest, reply));
});
