//! The proof as JSON.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shown::{ShownForm, ShownMail};
use crate::clock::Timestamp;
use crate::consent::walks::PastWalk;
use crate::consent::{Break, ChainState, Scope};
use crate::keyring::hex;
use crate::subscriptions::{Proof, ProvedStep};

/// One link of the account's chain of consent records.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentRecord)]
pub(in crate::web) struct RecordAnswer {
    /// Its number, rising along the chain.
    id: i64,
    /// The list.
    list_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `requested`, `mailed` (the relay took the confirmation mail), `confirmed` (the stamp) or `withdrawn`.
    event: &'static str,
    /// Through which door.
    via: String,
    /// The form by which it was asked.
    form_id: Option<Uuid>,
    /// Which version of it.
    form_version: Option<i32>,
    /// SHA-256 of everything that version holds, in hexadecimal; `null` in records from before it was kept.
    form_hash: Option<String>,
    /// What that version says.
    form: Option<ShownForm>,
    /// The words that the person agreed to.
    wording: String,
    /// The language of those words.
    language: &'static str,
    /// The page on which it was done, or a word such as `mail`.
    origin: String,
    /// The network address, as far as the operator keeps it; empty after an erasure.
    network: String,
    /// What the person's program calls itself; empty after an erasure.
    user_agent: String,
    /// What else shows it, such as the `source` of the API or of an import.
    detail: String,
    /// SHA-256 of the mail as it was sent, in hexadecimal.
    mail_hash: Option<String>,
    /// The mail, the secret part of its links masked; `null` after an erasure.
    mail: Option<ShownMail>,
    /// The hash of the record before, in the account's chain, in hexadecimal.
    previous_hash: Option<String>,
    /// SHA-256 over the hash before and the record, in hexadecimal.
    hash: String,
}

impl From<&ProvedStep> for RecordAnswer {
    fn from(step: &ProvedStep) -> Self {
        let record = &step.record;
        Self {
            id: record.id.0,
            list_id: record.list_id.0,
            at: record.at,
            event: record.event.word(),
            via: record.via.clone(),
            form_id: record.form_id.map(|id| id.0),
            form_version: record.form_version,
            form_hash: record.form_hash.as_deref().map(hex),
            form: step.shown.as_ref().map(ShownForm::from),
            wording: record.wording.clone(),
            language: record.language.tag(),
            origin: record.circumstances.origin.clone(),
            network: record.circumstances.network.clone(),
            user_agent: record.circumstances.user_agent.clone(),
            detail: record.detail.clone(),
            mail_hash: record.mail_hash.as_deref().map(hex),
            mail: step.mail.as_deref().and_then(ShownMail::read),
            previous_hash: record.previous_hash.as_deref().map(hex),
            hash: hex(&record.hash),
        }
    }
}

/// The first thing that is not as it was written.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentBreak)]
pub(in crate::web) struct BreakAnswer {
    /// The record, which may be about somebody else of the account; `null` where it is about none.
    record_id: Option<i64>,
    /// The day of the seal, where it is about one.
    day: Option<String>,
    /// `unreadable`, `newer`, `link`, `content`, `personal`, `mail`, `form`, `head`, `sealed_head`, `seal` or `copy`.
    difference: &'static str,
}

impl From<&Break> for BreakAnswer {
    fn from(found: &Break) -> Self {
        Self { record_id: found.record.map(|id| id.0), day: found.day.clone(), difference: found.difference.word() }
    }
}

/// A walk along the whole chain of the account.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentWalk)]
pub(in crate::web) struct WalkAnswer {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    walked_at: Timestamp,
    /// How many records it found as they were written; 0 where it found one that is not.
    records: i64,
    /// The first thing that was not.
    #[serde(rename = "break")]
    broken: Option<BreakAnswer>,
}

impl From<&PastWalk> for WalkAnswer {
    fn from(walk: &PastWalk) -> Self {
        Self { walked_at: walk.walked_at, records: walk.records, broken: walk.broken.as_ref().map(BreakAnswer::from) }
    }
}

/// The daily seal that covers the person's last record.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentSeal)]
pub(in crate::web) struct SealAnswer {
    /// The day that it closes.
    day: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    sealed_at: Timestamp,
    /// The seal, in hexadecimal.
    digest: String,
}

/// What was shown to a person and what the person did.
#[derive(Serialize, ToSchema)]
#[schema(as = Consent)]
pub(in crate::web) struct ConsentAnswer {
    /// The account's name.
    account: String,
    /// The address; `null` after an erasure.
    address: Option<String>,
    /// The records about this person, oldest first.
    records: Vec<RecordAnswer>,
    /// Whether what was checked is as it was written.
    verified: bool,
    /// What was checked: `chain`, every record of the account, or, where that is too long to wait for, `person`: the
    /// records about this person, and that each hangs together with the one before it and the one after it.
    checked: &'static str,
    /// The last walk along the whole chain, where only the person's records were checked; made once a day.
    last_walk: Option<WalkAnswer>,
    /// What is not, where it is not.
    #[serde(rename = "break")]
    broken: Option<BreakAnswer>,
    /// The seal that covers these records; `null` until the night after the last one.
    seal: Option<SealAnswer>,
}

impl From<Proof> for ConsentAnswer {
    fn from(proof: Proof) -> Self {
        let steps = proof.lists.iter().flat_map(|list| &list.steps);
        let mut records: Vec<RecordAnswer> = steps.map(RecordAnswer::from).collect();
        records.sort_by_key(|record| record.id);
        Self {
            account: proof.account.name,
            address: proof.subscriber.address.map(|address| address.to_string()),
            records,
            verified: proof.checked.state.is_whole(),
            checked: if proof.checked.scope == Scope::Chain { "chain" } else { "person" },
            last_walk: match &proof.checked.scope {
                Scope::Person(Some(walk)) => Some(walk.into()),
                Scope::Person(None) | Scope::Chain => None,
            },
            broken: match &proof.checked.state {
                ChainState::Whole(_) => None,
                ChainState::Broken(found) => Some(found.into()),
            },
            seal: proof.seal.map(|seal| SealAnswer {
                day: seal.day,
                sealed_at: seal.sealed_at,
                digest: hex(&seal.digest),
            }),
        }
    }
}
