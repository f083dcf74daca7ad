//! Where addresses come from, and why some origins are refused whatever else is said of them. Pure.

use chrono::NaiveDate;

use crate::storage::words;

/// What is said of a file's origin; every consent record of its rows keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Where the addresses were collected.
    pub source: String,
    /// When.
    pub collected_on: NaiveDate,
    /// On what basis they may be written to.
    pub basis: String,
    /// What shows that they were confirmed elsewhere; only the operator gives this.
    pub evidence: Option<String>,
}

words! {
    /// What is said of a file, by its name in the API.
    pub enum Field {
        /// Where the addresses were collected.
        Source = "source",
        /// When.
        CollectedAt = "collected_at",
        /// On what basis they may be written to.
        Basis = "basis",
        /// What shows that they were confirmed elsewhere.
        Evidence = "evidence",
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is said.
    #[error("the {0} is empty")]
    Empty(Field),
    /// More is said than a proof can show.
    #[error("the {0} is longer than {LONGEST} characters")]
    TooLong(Field),
    /// Addresses that somebody else collected, whatever they are called (Microsoft B14: never buy lists).
    #[error("addresses that were {1} are never taken: their owners did not ask you")]
    ForeignAddresses(Field, &'static str),
    /// The day lies ahead.
    #[error("the day of collection lies in the future")]
    Future,
}

impl Refusal {
    /// The field that it is about.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::Empty(field) | Self::TooLong(field) | Self::ForeignAddresses(field, _) => *field,
            Self::Future => Field::CollectedAt,
        }
    }

    /// The key of its text for people.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Empty(_) => "import-refused-empty",
            Self::TooLong(_) => "import-refused-long",
            Self::ForeignAddresses(..) => "import-refused-foreign",
            Self::Future => "import-refused-future",
        }
    }
}

/// The longest text, in characters.
const LONGEST: usize = 500;

/// Stems in English and French, each with the plain word for it.
const FOREIGN: [(&str, &str); 14] = [
    ("bought", "bought"),
    ("purchas", "bought"),
    ("achet", "bought"),
    ("achat", "bought"),
    ("rented", "rented"),
    ("rental", "rented"),
    ("loué", "rented"),
    ("louer", "rented"),
    ("location de fichier", "rented"),
    ("partner", "passed on by a partner"),
    ("partenaire", "passed on by a partner"),
    ("append", "appended"),
    ("scrap", "scraped"),
    ("harvest", "scraped"),
];

/// Why a file of this origin is not taken; `None` when it is.
#[must_use]
pub fn judge(provenance: &Provenance, today: NaiveDate) -> Option<Refusal> {
    let said = [
        (Field::Source, Some(provenance.source.as_str())),
        (Field::Basis, Some(provenance.basis.as_str())),
        (Field::Evidence, provenance.evidence.as_deref()),
    ];
    for (field, text) in said.iter().filter_map(|(field, text)| Some((*field, (*text)?))) {
        if text.trim().is_empty() {
            return Some(Refusal::Empty(field));
        }
        if text.chars().count() > LONGEST {
            return Some(Refusal::TooLong(field));
        }
        let folded = text.to_lowercase();
        if let Some((_, word)) = FOREIGN.iter().find(|(stem, _)| folded.contains(stem)) {
            return Some(Refusal::ForeignAddresses(field, word));
        }
    }
    (provenance.collected_on > today).then_some(Refusal::Future)
}

impl Provenance {
    /// What the consent records keep.
    #[must_use]
    pub fn detail(&self) -> String {
        let mut text = format!("source: {}; collected: {}; basis: {}", self.source, self.collected_on, self.basis);
        if let Some(evidence) = &self.evidence {
            text.push_str("; evidence: ");
            text.push_str(evidence);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn of(source: &str, basis: &str) -> Provenance {
        let (source, basis) = (source.to_owned(), basis.to_owned());
        Provenance { source, collected_on: day("2026-03-01"), basis, evidence: None }
    }

    #[test]
    fn b14_bought_rented_partnered_and_appended_lists_are_refused_in_either_language() {
        let today = day("2026-11-22");
        for (source, basis) in [
            ("Purchased from ListCo", "consent"),
            ("fair", "double opt-in list we bought"),
            ("rented list", "consent"),
            ("our partners", "consent"),
            ("fichier acheté", "accord"),
            ("nos partenaires", "accord"),
            ("e-mail append", "consent"),
        ] {
            assert!(
                matches!(judge(&of(source, basis), today), Some(Refusal::ForeignAddresses(..))),
                "{source}/{basis}"
            );
        }
        assert_eq!(judge(&of("shop checkout", "ticked box"), today), None);
        assert_eq!(judge(&of(" ", "ticked box"), today), Some(Refusal::Empty(Field::Source)));
        assert_eq!(judge(&of("shop", "box"), day("2026-02-01")), Some(Refusal::Future));
        let hollow = Provenance { evidence: Some(String::new()), ..of("shop", "box") };
        assert_eq!(judge(&hollow, today), Some(Refusal::Empty(Field::Evidence)));
        let long = of(&"x".repeat(501), "box");
        assert_eq!(judge(&long, today).map(|refusal| refusal.field()), Some(Field::Source));
        let foreign = judge(&of("shop", "rented in May"), today);
        assert_eq!(
            foreign.map(|refusal| (refusal.field(), refusal.key())),
            Some((Field::Basis, "import-refused-foreign"))
        );
    }
}
