//! What it means that no server of a domain opened a session.

use std::time::{Duration, Instant};

use super::hosts::{Away, Why};

/// Why no server of a domain opened a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// They answered, may not be used, or have been away for long: a deferral with this reply, whatever its code.
    Refused {
        /// The reply code: the server's, or 451.
        code: u16,
        /// The whole reply.
        text: String,
    },
    /// They have been away for a little while only: no attempt.
    NotYet {
        /// Not before this has passed.
        wait: Duration,
        /// What went wrong the last time.
        text: String,
    },
    /// The server takes no more connections beside those that we have.
    Full(String),
    /// The trouble is on our side; nothing is known of the domain.
    Ours(String),
}

/// What was seen on the way through the servers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) away: Vec<Away>,
    pub(super) refused: Option<(u16, String)>,
    pub(super) insecure: Option<String>,
    /// Why a server has no address that we can connect to.
    pub(super) unknown: Option<String>,
    pub(super) is_name_server_silent: bool,
    pub(super) was_tried: bool,
}

/// The outcome of a way through all servers that led nowhere.
pub(super) struct Way {
    pub(super) what: Blocked,
    /// What the last silent server did; absent when some server answered.
    pub(super) silent: Option<String>,
    was_tried: bool,
}

impl Way {
    pub(super) const fn is_silent_try(&self) -> bool {
        self.was_tried && self.silent.is_some()
    }
}

/// Decides what it means that no server opened a session. `short` is how long servers may be away before that counts.
pub(super) fn blocked(seen: Seen, domain: &str, short: Duration, now: Instant) -> Way {
    let was_tried = seen.was_tried;
    let way = |what: Blocked, silent: Option<String>| Way { what, silent, was_tried };
    if let Some((code, text)) = seen.refused {
        return way(Blocked::Refused { code, text }, None);
    }
    if let Some(text) = seen.insecure {
        let text = format!("451 4.7.5 {domain} demands more protection {text}");
        return way(Blocked::Refused { code: 451, text }, None);
    }
    let Some(latest) = seen.away.iter().max_by_key(|away| away.since) else {
        let why = seen.unknown.unwrap_or_else(|| "it names no server".to_owned());
        let text = format!("451 4.4.4 no server of {domain} can be found: {why}");
        return way(Blocked::Refused { code: 451, text }, None);
    };
    let (code, text, silent) = match &latest.why {
        Why::Silent(text) => {
            (451, format!("451 4.4.1 no server of {domain} can be reached: {text}"), Some(text.clone()))
        }
        Why::Refused { code, text } => (*code, text.clone(), None),
    };
    let away_for = now.saturating_duration_since(latest.since);
    let until = seen.away.iter().map(|away| away.until).min().unwrap_or(now);
    let what = if away_for < short {
        Blocked::NotYet { wait: until.saturating_duration_since(now), text }
    } else {
        Blocked::Refused { code, text }
    };
    way(what, silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(120);

    fn away(since: Instant, why: Why) -> Away {
        Away { since, until: since + Duration::from_secs(300), why, wait: Duration::from_secs(15) }
    }

    fn silent() -> Why {
        Why::Silent("mx.example: connection refused".to_owned())
    }

    fn what(seen: Seen, now: Instant) -> Blocked {
        blocked(seen, "dead.example", SHORT, now).what
    }

    #[test]
    fn servers_that_are_away_for_a_moment_cost_no_attempt_and_then_they_do() {
        let start = Instant::now();
        let seen = || Seen { away: vec![away(start, silent())], ..Seen::default() };
        match what(seen(), start + Duration::from_secs(119)) {
            Blocked::NotYet { wait, .. } => assert_eq!(wait, Duration::from_secs(181)),
            other => panic!("{other:?}"),
        }
        match what(seen(), start + SHORT) {
            Blocked::Refused { code: 451, text } => assert!(text.starts_with("451 4.4.1 "), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_domain_is_away_since_the_last_of_its_servers_is() {
        let start = Instant::now();
        let later = start + Duration::from_secs(100);
        let seen = Seen { away: vec![away(start, silent()), away(later, silent())], ..Seen::default() };
        match what(seen, start + SHORT) {
            Blocked::NotYet { wait, .. } => assert_eq!(wait, Duration::from_secs(180), "the first to be tried again"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_server_said_goes_before_the_silence_of_the_others() {
        let start = Instant::now();
        let refused = Some((554, "554 5.7.1 you are on a list".to_owned()));
        let seen = Seen { away: vec![away(start, silent())], refused, was_tried: true, ..Seen::default() };
        let way = blocked(seen, "dead.example", SHORT, start);
        assert_eq!(way.what, Blocked::Refused { code: 554, text: "554 5.7.1 you are on a list".to_owned() });
        assert!(!way.is_silent_try(), "the network is there");
        let insecure = Some("(MTA-STS): mx.example does not offer STARTTLS".to_owned());
        let seen = Seen { away: vec![away(start, silent())], insecure, ..Seen::default() };
        let text =
            "451 4.7.5 dead.example demands more protection (MTA-STS): mx.example does not offer STARTTLS".to_owned();
        assert_eq!(what(seen, start), Blocked::Refused { code: 451, text });
    }

    #[test]
    fn servers_without_addresses_are_a_deferral() {
        let unknown = Some("mx.example has no address".to_owned());
        let seen = Seen { unknown, ..Seen::default() };
        assert!(
            matches!(what(seen, Instant::now()), Blocked::Refused { code: 451, text } if text.starts_with("451 4.4.4"))
        );
    }
}
