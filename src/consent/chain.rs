//! The hashes that bind the records.

use serde_json::json;

use super::{Circumstances, Difference, Record};
use crate::keyring::{digest, hex, is_same, keyed_hash};
use crate::storage::{AccountId, Language};

/// The newest way to hash a record. The first scheme knew neither its own number nor mails, the second not what stands in
/// the version of the form, the third not in which language of ours it was shown.
const NEWEST: i32 = WITH_LANGUAGES;
/// From this one on a record holds the hash of the version of the form that it names.
pub(super) const WITH_FORMS: i32 = 3;
/// From this one on a record says whether the form was shown by us, and in which language of ours.
const WITH_LANGUAGES: i32 = 4;

/// The scheme of a new record, which covers everything that it says: the oldest such one, which more programs can check.
pub(super) fn scheme_for(shown_in: Option<Language>) -> i32 {
    if shown_in.is_some() { WITH_LANGUAGES } else { WITH_FORMS }
}

/// The salted hash that stands for network and user agent.
pub(super) fn personal_hash(salt: &[u8], from: &Circumstances) -> Vec<u8> {
    let text = json!([from.network, from.user_agent]).to_string();
    keyed_hash(salt, text.as_bytes()).to_vec()
}

/// SHA-256 over the previous hash and the canonical JSON: sorted keys, no spaces, ids and times as the API prints them.
pub(super) fn hash_of(record: &Record, account: AccountId, address_hash: &[u8]) -> Vec<u8> {
    // serde_json keeps the keys of a map sorted, which makes the text canonical.
    let mut value = json!({
        "account_id": account,
        "address_hash": hex(address_hash),
        "at": record.at.micros(),
        "detail": record.detail,
        "event": record.event,
        "form_id": record.form_id,
        "form_version": record.form_version,
        "language": record.language,
        "list_id": record.list_id,
        "origin": record.circumstances.origin,
        "personal_hash": hex(&record.personal_hash),
        "subscriber_id": record.subscriber_id,
        "subscription_id": record.subscription_id,
        "via": record.via,
        "wording": record.wording,
    });
    // The records of the first scheme, and any mail that is said to belong to one, are told apart by what is missing.
    if let (Some(value), true) = (value.as_object_mut(), record.scheme != 1 || record.mail_hash.is_some()) {
        value.insert("id".to_owned(), json!(record.id));
        value.insert("mail_hash".to_owned(), json!(record.mail_hash.as_deref().map(hex)));
        value.insert("scheme".to_owned(), json!(record.scheme));
    }
    if let (Some(value), true) = (value.as_object_mut(), record.scheme >= WITH_FORMS || record.form_hash.is_some()) {
        value.insert("form_hash".to_owned(), json!(record.form_hash.as_deref().map(hex)));
    }
    if let (Some(value), true) = (value.as_object_mut(), record.scheme >= WITH_LANGUAGES || record.shown_in.is_some()) {
        value.insert("shown_in".to_owned(), json!(record.shown_in));
    }
    let before = record.previous_hash.as_deref().unwrap_or_default();
    digest(&[before, value.to_string().as_bytes()].concat()).to_vec()
}

/// Whether network, user agent and salt are what was written, or were all taken away by an erasure.
pub(super) fn is_personal_kept(record: &Record) -> bool {
    match &record.personal_salt {
        Some(salt) => is_same(&personal_hash(salt, &record.circumstances), &record.personal_hash),
        None => record.circumstances.network.is_empty() && record.circumstances.user_agent.is_empty(),
    }
}

/// What of everything else is not what was written; `address_hash` is of its person, where that person is there.
pub(super) fn difference(record: &Record, account: AccountId, address_hash: Option<&[u8]>) -> Option<Difference> {
    if record.scheme > NEWEST {
        return Some(Difference::Newer);
    }
    let is_written = address_hash.is_some_and(|hash| is_same(&hash_of(record, account, hash), &record.hash));
    (!is_written).then_some(Difference::Content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Event;
    use crate::storage::{ConsentRecordId, FormId, ListId, SubscriberId, SubscriptionId, Timestamp};

    fn record(scheme: i32) -> Record {
        let id = uuid::Uuid::from_u128;
        Record {
            id: ConsentRecordId(7),
            subscription_id: SubscriptionId(id(1)),
            subscriber_id: SubscriberId(id(2)),
            list_id: ListId(id(3)),
            at: Timestamp::from_micros(5),
            event: Event::Requested,
            via: "form".to_owned(),
            form_id: Some(FormId(id(4))),
            form_version: Some(2),
            wording: "Yes.".to_owned(),
            language: Language::ENGLISH,
            circumstances: Circumstances::default(),
            detail: String::new(),
            personal_salt: None,
            personal_hash: vec![9],
            previous_hash: None,
            hash: Vec::new(),
            scheme,
            mail_hash: None,
            form_hash: (scheme >= WITH_FORMS).then(|| vec![0xfe]),
            shown_in: (scheme >= WITH_LANGUAGES).then_some(Language::ENGLISH),
        }
    }

    /// The records that stand in databases must verify for ever.
    #[test]
    fn con_05_each_scheme_covers_what_it_covered_when_its_records_were_written() {
        let id = |number: u128| uuid::Uuid::from_u128(number);
        let text = |form_hash: &str, number: &str, mail_hash: &str, (scheme, shown_in): (&str, &str)| {
            format!(
                "{{\"account_id\":\"{}\",\"address_hash\":\"ab\",\"at\":5,\"detail\":\"\",\"event\":\"requested\",\
                 {form_hash}\"form_id\":\"{}\",\"form_version\":2,{number}\"language\":\"en\",\"list_id\":\"{}\",\
                 {mail_hash}\"origin\":\"\",\"personal_hash\":\"09\",{scheme}{shown_in}\"subscriber_id\":\"{}\",\
                 \"subscription_id\":\"{}\",\"via\":\"form\",\"wording\":\"Yes.\"}}",
                id(6),
                id(4),
                id(3),
                id(2),
                id(1),
            )
        };
        for (scheme, text) in [
            (1, text("", "", "", ("", ""))),
            (2, text("", "\"id\":7,", "\"mail_hash\":null,", ("\"scheme\":2,", ""))),
            (3, text("\"form_hash\":\"fe\",", "\"id\":7,", "\"mail_hash\":null,", ("\"scheme\":3,", ""))),
            (
                4,
                text(
                    "\"form_hash\":\"fe\",",
                    "\"id\":7,",
                    "\"mail_hash\":null,",
                    ("\"scheme\":4,", "\"shown_in\":\"en\","),
                ),
            ),
        ] {
            let found = hash_of(&record(scheme), AccountId(id(6)), &[0xab]);
            assert_eq!(found, digest(text.as_bytes()), "{scheme}: {text}");
        }
    }

    #[test]
    fn con_05_a_record_is_written_by_the_oldest_scheme_that_covers_it() {
        assert_eq!(scheme_for(None), 3);
        assert_eq!(scheme_for(Some(Language::ENGLISH)), 4);
    }

    #[test]
    fn con_05_what_was_put_into_an_older_record_is_no_part_of_it() {
        let forged = Record { form_hash: Some(vec![1]), ..record(2) };
        let account = AccountId(uuid::Uuid::from_u128(6));
        assert_ne!(hash_of(&forged, account, &[0xab]), hash_of(&record(2), account, &[0xab]));
        let forged = Record { shown_in: Some(Language::ENGLISH), ..record(3) };
        assert_ne!(hash_of(&forged, account, &[0xab]), hash_of(&record(3), account, &[0xab]));
    }
}
