//! The proof of one person's consent: a page made to be printed, and the same as JSON.

mod answer;
mod masked;
mod page;

pub(in crate::web) use answer::ConsentAnswer;
pub(in crate::web) use page::{Reader, print};
