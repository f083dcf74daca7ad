//! Whether the relay is there. Its trouble is nobody's fault: everything waits, and nobody is counted an attempt.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The relay as all senders of this node know it.
#[derive(Debug, Clone, Default)]
pub struct RelayState(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    trouble: Option<Trouble>,
    is_watched: bool,
}

#[derive(Debug)]
struct Trouble {
    text: String,
    wait: Duration,
    until: Instant,
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl RelayState {
    /// What is wrong with the relay, if something is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.lock().trouble.as_ref().map(|trouble| trouble.text.clone())
    }

    /// Somebody in this process sends from now on, and tells what the relay does.
    pub fn watch(&self) {
        self.lock().is_watched = true;
    }

    /// Whether anybody in this process would know.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.lock().is_watched
    }

    /// Whether nothing is to be tried yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.is_waiting_at(Instant::now())
    }

    fn is_waiting_at(&self, now: Instant) -> bool {
        self.lock().trouble.as_ref().is_some_and(|trouble| now < trouble.until)
    }

    /// Whether the next message is a try.
    #[must_use]
    pub fn is_on_trial(&self) -> bool {
        self.lock().trouble.is_some()
    }

    /// The relay did not do its part: wait, twice as long as the last time. Said once.
    pub fn failed(&self, text: &str) {
        self.failed_at(text, Instant::now());
    }

    fn failed_at(&self, text: &str, now: Instant) {
        let mut inner = self.lock();
        let wait = match &inner.trouble {
            None => {
                tracing::warn!(trouble = text, "the relay does not take mail; deliveries wait");
                FIRST_WAIT
            }
            // Another connection of the same moment.
            Some(trouble) if now < trouble.until => return,
            Some(trouble) => (trouble.wait * 2).min(LONGEST_WAIT),
        };
        inner.trouble = Some(Trouble { text: text.to_owned(), wait, until: now + wait });
    }

    /// The relay answered.
    pub fn worked(&self) {
        if self.lock().trouble.take().is_some() {
            tracing::info!("the relay takes mail again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_ends_with_the_first_answer() {
        let relay = RelayState::default();
        let mut now = Instant::now();
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            relay.failed_at("no answer", now);
            relay.failed_at("the same, on another connection", now);
            now += Duration::from_secs(seconds);
            assert!(relay.is_waiting_at(now.checked_sub(Duration::from_millis(1)).expect("later")), "{seconds}");
            assert!(!relay.is_waiting_at(now) && relay.is_on_trial(), "{seconds}");
        }
        relay.worked();
        assert_eq!((relay.is_on_trial(), relay.trouble()), (false, None));
    }
}
