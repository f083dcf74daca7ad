//! The fields of a delivery report (RFC 3464) and of a feedback report (RFC 5965).
#![no_main]

use estampille::mail::dsn;
use estampille::mail::feedback_report::FeedbackReport;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fields: &str| {
    drop(dsn::recipients(fields));
    drop(FeedbackReport::read(fields));
});
