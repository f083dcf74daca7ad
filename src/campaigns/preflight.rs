//! Why a campaign may not be sent: every reason at once, each with the field that it concerns.

use super::render::{Compiled, Identity, Reader, RenderError, Rendered};
use super::{BodyFormat, Content};
use crate::forms::Attributes;
use crate::mail::EmailAddress;
use crate::suppressions;
use crate::texts::{Language, Texts};

/// Longest subject line, in characters: far over what any mail program shows, far under what RFC 5322 can fold.
pub const LONGEST_SUBJECT: usize = 250;

/// What there is to know when a campaign is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation<'a> {
    /// What the campaign says.
    pub content: &'a Content,
    /// Whether the list was closed.
    pub is_list_closed: bool,
    /// How many subscribers of the list are confirmed.
    pub confirmed: i64,
    /// The domain of the list's From address.
    pub from_domain: &'a str,
    /// Whether the account may send from that domain (AUT-01).
    pub may_send_from_domain: bool,
    /// The account's postal address (LAW-01).
    pub postal_address: &'a str,
    /// Why the account is paused, if it is.
    pub account_pause: Option<&'a str>,
}

/// One reason why a campaign may not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The list was closed.
    ListClosed,
    /// Nobody on the list has confirmed.
    NobodyConfirmed,
    /// There is no subject.
    SubjectEmpty,
    /// The subject is longer than [`LONGEST_SUBJECT`].
    SubjectTooLong,
    /// The subject or the preheader holds a line break or another control character (RFC 5322, section 2.2).
    ControlCharacter(Part),
    /// There is no body.
    BodyEmpty,
    /// A part cannot be rendered; the text says where and why.
    BadTemplate(Part, String),
    /// The From domain is not verified by DNS.
    DomainUnverified(String),
    /// The account has no postal address (LAW-01).
    PostalAddressMissing,
    /// The account is paused; the text says why.
    AccountPaused(String),
    /// The pace releases nothing.
    PaceZero(PaceField),
    /// The pace would take longer than a campaign may last.
    PaceTooSlow(PaceField),
    /// The start is further away than a campaign may be planned ahead.
    StartTooFar,
    /// A test may not go to this address: its owner left, complained, or it is dead.
    AddressSuppressed(EmailAddress, suppressions::Reason),
}

/// A part of a campaign that is a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The subject line.
    Subject,
    /// The line beside the subject.
    Preheader,
    /// The body.
    Body(BodyFormat),
    /// The plain-text part.
    BodyText,
}

impl Part {
    /// The field of the API and of the page.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Body(BodyFormat::Markdown) => "body_markdown",
            Self::Body(BodyFormat::Html) => "body_html",
            Self::Body(BodyFormat::Mjml) => "body_mjml",
            Self::BodyText => "body_text",
        }
    }
}

/// By which of the two fields the pace was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceField {
    /// Spread over a length of time.
    SpreadOver,
    /// So many an hour.
    PerHour,
}

impl Reason {
    /// The key of the sentence in the catalogues; see [`Reason::detail`] for its argument.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::ListClosed => "preflight-list-closed",
            Self::NobodyConfirmed => "preflight-nobody-confirmed",
            Self::SubjectEmpty => "preflight-subject-empty",
            Self::SubjectTooLong => "preflight-subject-too-long",
            Self::ControlCharacter(_) => "preflight-control-character",
            Self::BodyEmpty => "preflight-body-empty",
            Self::BadTemplate(..) => "preflight-bad-template",
            Self::DomainUnverified(_) => "preflight-domain-unverified",
            Self::PostalAddressMissing => "preflight-postal-address-missing",
            Self::AccountPaused(_) => "preflight-account-paused",
            Self::PaceZero(_) => "preflight-pace-zero",
            Self::PaceTooSlow(_) => "preflight-pace-too-slow",
            Self::StartTooFar => "preflight-start-too-far",
            Self::AddressSuppressed(..) => "preflight-address-suppressed",
        }
    }

    /// The field of the API and of the page that it concerns.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::ListClosed | Self::NobodyConfirmed => "list_id",
            Self::SubjectEmpty | Self::SubjectTooLong => "subject",
            Self::ControlCharacter(part) | Self::BadTemplate(part, _) => part.field(),
            Self::BodyEmpty => "body",
            Self::DomainUnverified(_) => "from_address",
            Self::PostalAddressMissing => "postal_address",
            Self::AccountPaused(_) => "account",
            Self::PaceZero(field) | Self::PaceTooSlow(field) => match field {
                PaceField::SpreadOver => "spread_over",
                PaceField::PerHour => "per_hour",
            },
            Self::StartTooFar => "start_at",
            Self::AddressSuppressed(..) => "addresses",
        }
    }

    /// The sentence that a person reads.
    #[must_use]
    pub fn say(&self, texts: Texts) -> String {
        let (detail, why) = (self.detail().into(), self.suppressed_because(texts).into());
        texts.say_with(self.key(), &[("detail", detail), ("limit", LONGEST_SUBJECT.into()), ("why", why)])
    }

    /// The argument `why` of the sentence: what stands against an address; empty without one.
    fn suppressed_because(&self, texts: Texts) -> String {
        match self {
            Self::AddressSuppressed(_, reason) => {
                texts.say(&format!("suppression-reason-{}", reason.word().replace('_', "-")))
            }
            _ => String::new(),
        }
    }

    /// The argument `detail` of the sentence: a domain, a pause's reason, an address, where a template breaks;
    /// empty without one.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::BadTemplate(_, text) | Self::DomainUnverified(text) | Self::AccountPaused(text) => text,
            Self::AddressSuppressed(address, _) => address.as_str(),
            _ => "",
        }
    }
}

/// Every reason why the campaign may not be sent as things stand; none when it may.
#[must_use]
pub fn preflight(situation: &Situation<'_>) -> Vec<Reason> {
    let mut reasons = content_reasons(situation.content);
    reasons.extend(standing_reasons(situation));
    reasons
}

/// What is wrong with the content, whoever sends it.
#[must_use]
pub fn content_reasons(content: &Content) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if content.subject.trim().is_empty() {
        reasons.push(Reason::SubjectEmpty);
    }
    if content.subject.chars().count() > LONGEST_SUBJECT {
        reasons.push(Reason::SubjectTooLong);
    }
    for (part, text) in [(Part::Subject, &content.subject), (Part::Preheader, &content.preheader)] {
        if text.chars().any(char::is_control) {
            reasons.push(Reason::ControlCharacter(part));
        }
    }
    if content.body.trim().is_empty() {
        reasons.push(Reason::BodyEmpty);
    }
    if let Err(error) = rendered_for_nobody(content) {
        reasons.push(Reason::BadTemplate(error.part, error.trouble));
    }
    reasons
}

/// Renders the content for a made-up reader who told nothing: what fails here would fail for everybody.
fn rendered_for_nobody(content: &Content) -> Result<Rendered, RenderError> {
    let made_up = || "x".to_owned();
    let identity = Identity {
        list_name: made_up(),
        from_name: made_up(),
        account_name: made_up(),
        postal_address: made_up(),
        website: made_up(),
        contact: made_up(),
        language: Language::ENGLISH,
    };
    let reader = Reader {
        address: made_up(),
        attributes: Attributes::new(),
        unsubscribe_url: made_up(),
        preferences_url: made_up(),
        confirmed_at: None,
    };
    Compiled::new(content, identity)?.render(&reader)
}

fn standing_reasons(situation: &Situation<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if situation.is_list_closed {
        reasons.push(Reason::ListClosed);
    } else if situation.confirmed == 0 {
        reasons.push(Reason::NobodyConfirmed);
    }
    if !situation.may_send_from_domain {
        reasons.push(Reason::DomainUnverified(situation.from_domain.to_owned()));
    }
    if situation.postal_address.trim().is_empty() {
        reasons.push(Reason::PostalAddressMissing);
    }
    if let Some(reason) = situation.account_pause {
        reasons.push(Reason::AccountPaused(reason.to_owned()));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut Content);

    fn address() -> EmailAddress {
        "anne@reader.example".parse().unwrap()
    }

    fn content() -> Content {
        Content {
            subject: "Stamps of {{ attributes.month }}".to_owned(),
            preheader: String::new(),
            body_format: BodyFormat::Markdown,
            body: "Hello {{ attributes.name }}".to_owned(),
            body_text: None,
        }
    }

    fn situation(content: &Content) -> Situation<'_> {
        Situation {
            content,
            is_list_closed: false,
            confirmed: 1,
            from_domain: "sender.example",
            may_send_from_domain: true,
            postal_address: "12 rue du Tampon, Paris",
            account_pause: None,
        }
    }

    #[test]
    fn nothing_stands_against_a_campaign_that_is_complete() {
        assert_eq!(preflight(&situation(&content())), []);
    }

    #[test]
    fn each_thing_that_is_wrong_with_the_content_is_its_own_reason_on_its_own_field() {
        let cases: [(Spoil, &str, &str); 9] = [
            (|c| c.subject = " ".into(), "preflight-subject-empty", "subject"),
            (|c| c.subject = "x".repeat(251), "preflight-subject-too-long", "subject"),
            (|c| c.subject = "a\r\nBcc: b@c.example".into(), "preflight-control-character", "subject"),
            (|c| c.preheader = "a\nb".into(), "preflight-control-character", "preheader"),
            (|c| c.body = "\n".into(), "preflight-body-empty", "body"),
            (|c| c.body = "{{ oops".into(), "preflight-bad-template", "body_markdown"),
            (|c| c.subject = "{% if %}".into(), "preflight-bad-template", "subject"),
            (|c| c.body_text = Some("{{ 1 | nothing }}".into()), "preflight-bad-template", "body_text"),
            (
                |c| (c.body_format, c.body) = (BodyFormat::Mjml, "<mjml><mj-body>".into()),
                "preflight-bad-template",
                "body_mjml",
            ),
        ];
        for (spoil, key, field) in cases {
            let mut content = content();
            spoil(&mut content);
            let reasons = preflight(&situation(&content));
            assert_eq!(reasons.iter().map(|r| (r.key(), r.field())).collect::<Vec<_>>(), [(key, field)], "{content:?}");
        }
    }

    /// AUT-01, LAW-01.
    #[test]
    fn every_reason_is_told_at_once() {
        let content = Content { subject: String::new(), body: String::new(), ..content() };
        let worst = Situation {
            confirmed: 0,
            may_send_from_domain: false,
            postal_address: " ",
            account_pause: Some("complaints"),
            ..situation(&content)
        };
        let keys: Vec<&str> = preflight(&worst).iter().map(Reason::key).collect();
        let wanted = [
            "preflight-subject-empty",
            "preflight-body-empty",
            "preflight-nobody-confirmed",
            "preflight-domain-unverified",
            "preflight-postal-address-missing",
            "preflight-account-paused",
        ];
        assert_eq!(keys, wanted);
        let closed = Situation { is_list_closed: true, ..worst };
        assert!(preflight(&closed).contains(&Reason::ListClosed));
        assert!(!preflight(&closed).contains(&Reason::NobodyConfirmed), "a closed list is reason enough");
    }

    #[test]
    fn every_reason_has_a_sentence_in_every_language() {
        use PaceField::PerHour;
        let reasons = [
            Reason::ListClosed,
            Reason::NobodyConfirmed,
            Reason::SubjectEmpty,
            Reason::SubjectTooLong,
            Reason::ControlCharacter(Part::Subject),
            Reason::BodyEmpty,
            Reason::BadTemplate(Part::Subject, "line 7".into()),
            Reason::DomainUnverified("sender.example".into()),
            Reason::PostalAddressMissing,
            Reason::AccountPaused("complaints".into()),
            Reason::PaceZero(PerHour),
            Reason::PaceTooSlow(PerHour),
            Reason::StartTooFar,
            Reason::AddressSuppressed(address(), suppressions::Reason::Complaint),
        ];
        for language in Language::all() {
            for reason in &reasons {
                let sentence = reason.say(Texts(*language));
                assert!(!sentence.starts_with("preflight-") && sentence.contains(reason.detail()), "{sentence}");
                assert!(!sentence.contains('{'), "{sentence}");
            }
        }
    }
}
