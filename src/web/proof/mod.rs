//! The proof of one person's consent: a page made to be printed, and the same as JSON.

mod answer;
mod masked;
mod page;
mod shown;
mod styles;

pub(in crate::web) use answer::ConsentAnswer;
pub(in crate::web) use page::{Reader, break_in_words, print};
pub(in crate::web) use styles::styles;
