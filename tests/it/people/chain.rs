//! CON-05: the records refuse every change, and the chain names what was changed past that.

use diesel::RunQueryDsl;
use estampille::consent::{self, Break, ChainState, Difference, KeptMail};
use estampille::forms;
use estampille::storage::{Conn, ConsentRecordId};
use estampille::subscriptions::{self, EndReason, Via};

use super::world::{World, from_home, on_both};

pub(super) fn state(world: &mut World) -> ChainState {
    consent::verify_chain(&mut world.conn, &world.keys, world.account).unwrap()
}

fn breaks(world: &mut World) -> Break {
    let ChainState::Broken(found) = state(world) else { panic!("not seen") };
    found
}

/// Three people sign up and confirm, one mail is kept, one leaves: eight records.
pub(super) fn story(world: &mut World) {
    for who in ["anne@reader.example", "rose@reader.example", "jules@reader.example"] {
        world.stamp(who);
    }
    mail(world, "anne@reader.example");
    let id = world.subscription("rose@reader.example").id;
    world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, EndReason::Page, &from_home(), now));
}

/// Records that the relay took the confirmation mail to somebody.
pub(super) fn mail(world: &mut World, who: &str) -> ConsentRecordId {
    let delivery = world.mails(who).remove(0);
    let sample = b"To: nobody\r\n\r\nDo you want our letter?\r\n".to_vec();
    let message = format!("To: {who}\r\n\r\nDo you want our letter?\r\n");
    let kept = KeptMail::of(&world.keys, message.as_bytes(), sample).unwrap();
    world.write(|conn, _, now| subscriptions::record_mail(conn, &delivery, &kept, "250 2.0.0 taken", now));
    ConsentRecordId(world.count("SELECT max(id) AS number FROM consent_records"))
}

#[test]
fn con_05_the_database_refuses_every_change_of_a_record_and_every_deletion() {
    on_both(|mut world| {
        story(&mut world);
        for sql in [
            "UPDATE consent_records SET wording = 'Something else.'",
            "UPDATE consent_records SET at = at + 1 WHERE id = (SELECT max(id) FROM consent_records)",
            "UPDATE consent_records SET network = '198.51.100.1'",
            // Half an erasure is none.
            "UPDATE consent_records SET network = '', user_agent = ''",
            "UPDATE consent_records SET network = '', user_agent = '', personal_salt = NULL, detail = 'paper form'",
            "UPDATE consent_records SET network = '', user_agent = '', personal_salt = NULL, mail_hash = NULL \
             WHERE mail_hash IS NOT NULL",
            "DELETE FROM consent_records WHERE id = (SELECT max(id) FROM consent_records)",
            "UPDATE consent_mails SET kept = sample_hash",
            "DELETE FROM consent_mails",
            "UPDATE consent_samples SET sample = hash",
            "DELETE FROM consent_samples",
            "UPDATE consent_records SET network = '', user_agent = '', personal_salt = NULL, shown_in = 'fr'",
            "UPDATE form_versions SET title = 'Something else'",
            "UPDATE form_versions SET stylesheet = stylesheet",
            "DELETE FROM form_versions",
        ] {
            let refused = diesel::sql_query(sql).execute(&mut world.conn);
            assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{sql}");
        }
        assert_eq!(state(&mut world), ChainState::Whole(8));
    });
}

/// `INSERT OR REPLACE` deletes what is in its way, and asks no trigger of deletion.
#[test]
fn con_05_the_embedded_database_refuses_to_replace_a_record_a_version_and_a_seal() {
    on_both(|mut world| {
        if !matches!(world.conn, Conn::Sqlite(_)) {
            return;
        }
        story(&mut world);
        world.write(|conn, _, now| consent::seals::seal(conn, now)).unwrap();
        let insert = |world: &mut World, sql: &str| diesel::sql_query(sql).execute(&mut world.conn);
        for table in ["consent_records", "consent_mails", "consent_seals", "consent_seal_heads", "form_versions"] {
            for how in ["INSERT OR REPLACE", "REPLACE"] {
                let sql = format!("{how} INTO {table} SELECT * FROM {table} LIMIT 1");
                let refused = insert(&mut world, &sql);
                assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{sql}");
            }
        }
        // By the place of a row under another key, or with another content.
        for sql in [
            "REPLACE INTO consent_seals (rowid, day, sealed_at, accounts, heads, digest) \
             SELECT rowid, '1999-01-01', 1, 1, heads, digest FROM consent_seals",
            "REPLACE INTO consent_samples (hash, sample) SELECT hash, x'00' FROM consent_samples",
            "REPLACE INTO consent_samples (rowid, hash, sample) SELECT rowid, x'00', x'00' FROM consent_samples",
            "UPDATE OR REPLACE consent_records SET id = id - 1, network = '', user_agent = '', personal_salt = NULL \
             WHERE id = (SELECT max(id) FROM consent_records)",
        ] {
            let refused = insert(&mut world, sql);
            assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{sql}");
        }
        assert_eq!(state(&mut world), ChainState::Whole(8));
    });
}

#[test]
fn con_05_every_changed_column_breaks_the_chain_at_its_record() {
    on_both(|mut world| {
        assert_eq!(state(&mut world), ChainState::Whole(0));
        story(&mut world);
        assert_eq!(state(&mut world), ChainState::Whole(8));
        world.break_in();
        let id = world.count("SELECT min(id) + 2 AS number FROM consent_records");
        let columns = world.columns("consent_records");
        assert!(columns.len() >= 24, "{columns:?}");
        world.tamper("CREATE TABLE kept_records AS SELECT * FROM consent_records");
        for (column, kind) in columns {
            let before = format!("(SELECT k.{column} FROM kept_records k WHERE k.id = {id})");
            let forged = match (column.as_str(), kind.as_str()) {
                ("id", _) => continue,
                (_, "id") => world.new_id(),
                (_, "number") => format!("coalesce({before}, 0) + 1"),
                (_, "bytes") => "(SELECT address_key FROM accounts LIMIT 1)".to_owned(),
                _ => format!("coalesce({before}, '') || 'x'"),
            };
            world.tamper(&format!("UPDATE consent_records SET {column} = {forged} WHERE id = {id}"));
            let found = breaks(&mut world);
            // A record that names another account is missing here: the next one does not follow the one before.
            let expected = if column == "account_id" { id + 1 } else { id };
            assert_eq!(found.record, Some(ConsentRecordId(expected)), "{column}: {found:?}");
            let difference = match column.as_str() {
                "network" | "user_agent" | "personal_salt" => Difference::Personal,
                "previous_hash" | "account_id" => Difference::Link,
                "event" | "language" | "shown_in" => Difference::Unreadable,
                _ => Difference::Content,
            };
            assert_eq!(found.difference, difference, "{column}");
            world.tamper(&format!("UPDATE consent_records SET {column} = {before} WHERE id = {id}"));
            assert!(state(&mut world).is_whole(), "{column}");
        }
    });
}

#[test]
fn con_05_a_record_with_another_number_or_another_word_of_ours_is_named() {
    on_both(|mut world| {
        story(&mut world);
        world.break_in();
        let last = world.count("SELECT max(id) AS number FROM consent_records");
        world.tamper(&format!("UPDATE consent_records SET id = {last} + 5 WHERE id = {last}"));
        assert_eq!(
            (breaks(&mut world).record, breaks(&mut world).difference),
            (Some(ConsentRecordId(last + 5)), Difference::Content)
        );
        world.tamper(&format!("UPDATE consent_records SET id = {last} WHERE id = {last} + 5"));
        for (column, forged) in [("event", "'confirmed'"), ("language", "'fr'"), ("scheme", "1"), ("via", "'page'")] {
            let first = world.count("SELECT min(id) AS number FROM consent_records");
            world.tamper(&format!("UPDATE consent_records SET {column} = {forged} WHERE id = {first}"));
            assert_eq!(breaks(&mut world).record, Some(ConsentRecordId(first)), "{column}");
            let kept = [("event", "'requested'"), ("language", "'en'"), ("scheme", "3"), ("via", "'form'")];
            let (_, before) = kept.into_iter().find(|(name, _)| *name == column).unwrap();
            world.tamper(&format!("UPDATE consent_records SET {column} = {before} WHERE id = {first}"));
            assert!(state(&mut world).is_whole(), "{column}");
        }
        // A program that is older than its records says so.
        world.tamper(&format!("UPDATE consent_records SET scheme = 5 WHERE id = {last}"));
        assert_eq!(breaks(&mut world).difference, Difference::Newer);
    });
}

#[test]
fn con_05_a_record_taken_away_is_missed_in_the_middle_and_at_the_end() {
    on_both(|mut world| {
        story(&mut world);
        world.break_in();
        world.tamper("DELETE FROM consent_records WHERE id = (SELECT max(id) FROM consent_records)");
        assert_eq!(breaks(&mut world), Break { record: None, day: None, difference: Difference::Head });
        world.tamper("DELETE FROM consent_records WHERE id = (SELECT min(id) + 1 FROM consent_records)");
        assert_eq!(breaks(&mut world).difference, Difference::Link);
    });
}

#[test]
fn con_05_another_address_behind_a_record_is_noticed() {
    on_both(|mut world| {
        story(&mut world);
        world.tamper("UPDATE subscribers SET address_hash = address_key FROM accounts WHERE accounts.id = account_id AND subscribers.id = (SELECT subscriber_id FROM consent_records ORDER BY id LIMIT 1)");
        assert_eq!(breaks(&mut world).difference, Difference::Content);
    });
}

#[test]
fn con_05_a_person_blanked_without_an_erasure_is_noticed() {
    on_both(|mut world| {
        story(&mut world);
        // The one change that the triggers let through.
        let of_anne = "subscriber_id = (SELECT subscriber_id FROM consent_records ORDER BY id LIMIT 1)";
        let blank = "network = '', user_agent = '', personal_salt = NULL";
        world.tamper(&format!("UPDATE consent_records SET {blank} WHERE {of_anne}"));
        assert_eq!(breaks(&mut world).difference, Difference::Personal);
        let (account, id) = (world.account, world.subscriber("anne@reader.example").id);
        world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now));
        assert_eq!(state(&mut world), ChainState::Whole(9));
    });
}

#[test]
fn con_05_every_changed_column_of_the_form_that_was_shown_breaks_the_chain_where_it_was_first_shown() {
    on_both(|mut world| {
        story(&mut world);
        world.break_in();
        let first = ConsentRecordId(world.count("SELECT min(id) AS number FROM consent_records"));
        let columns = world.columns("form_versions");
        assert!(columns.len() >= 14, "{columns:?}");
        world.tamper("CREATE TABLE kept_versions AS SELECT * FROM form_versions");
        for (column, kind) in columns {
            let forged = match kind.as_str() {
                "id" => world.new_id(),
                "number" => format!("{column} + 1"),
                _ => format!("{column} || 'x'"),
            };
            world.tamper(&format!("UPDATE form_versions SET {column} = {forged}"));
            let expected = Break { record: Some(first), day: None, difference: Difference::Form };
            assert_eq!(breaks(&mut world), expected, "{column}");
            world.tamper(&format!("UPDATE form_versions SET {column} = (SELECT k.{column} FROM kept_versions k)"));
            assert_eq!(state(&mut world), ChainState::Whole(8), "{column}");
        }
        world.tamper("DELETE FROM form_versions");
        assert_eq!(breaks(&mut world).difference, Difference::Form);
    });
}

#[test]
fn con_05_any_byte_of_the_form_that_was_shown_changed_in_the_file_is_found_and_named() {
    let mut world = World::new(crate::support::DatabaseKind::Sqlite);
    story(&mut world);
    world.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    let path = world.database.setting().trim_start_matches("sqlite://").to_owned();
    let file = std::fs::read(&path).unwrap();
    let (account, form) = (world.account, world.form.id);
    let first = ConsentRecordId(world.count("SELECT min(id) AS number FROM consent_records"));
    let place = |needle: &[u8]| file.windows(needle.len()).position(|bytes| bytes == needle);
    // The id of the form, then the title: version 1 takes no byte.
    let id = place(&[form.bytes().as_slice(), b"Our letter"].concat()).unwrap();
    let mut bytes: Vec<usize> =
        (id..id + 16 + "Our letter".len() + "I want the letter, twice a month.".len()).collect();
    // The markup and the style sheet go on over pages of their own.
    let drawn = forms::draw_again(&mut world.conn, account, (form, 1), None).unwrap().unwrap();
    let markup = serde_json::to_string(&drawn.html).unwrap();
    for text in [markup.as_bytes(), drawn.stylesheet.as_bytes()] {
        let found: Vec<usize> = text.windows(24).step_by(67).filter_map(&place).collect();
        assert!(found.len() > text.len() / 67 / 2, "{} of {}", found.len(), text.len());
        bytes.extend(found);
    }
    let copy = tempfile::TempDir::new().unwrap();
    let copied = copy.path().join("tampered.db");
    for at in bytes {
        let mut changed = file.clone();
        changed[at] ^= 0x01;
        std::fs::write(&copied, &changed).unwrap();
        let mut conn = Conn::open_sqlite(copied.to_str().unwrap()).unwrap();
        let expected = ChainState::Broken(Break { record: Some(first), day: None, difference: Difference::Form });
        assert_eq!(consent::verify_chain(&mut conn, &world.keys, account).unwrap(), expected, "byte {at}");
    }
}

#[test]
fn each_account_has_a_chain_of_its_own() {
    on_both(|mut world| {
        story(&mut world);
        let first = world.account;
        world.account = world.other_account("Other");
        world.list = world.other_list(world.account, "Letters");
        world.sign_up("anne@reader.example", Via::Api);
        assert_eq!(state(&mut world), ChainState::Whole(1));
        world.account = first;
        assert_eq!(state(&mut world), ChainState::Whole(8));
    });
}

#[test]
fn con_05_any_byte_of_a_record_changed_in_the_file_is_found_and_named() {
    let mut world = World::new(crate::support::DatabaseKind::Sqlite);
    story(&mut world);
    world.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    let path = world.database.setting().trim_start_matches("sqlite://").to_owned();
    let file = std::fs::read(&path).unwrap();
    let account = world.account;
    let id = world.count("SELECT min(id) + 2 AS number FROM consent_records");
    let subscriber = subscriber_of(&mut world, id);
    let record = consent::of_subscriber(&mut world.conn, account, subscriber).unwrap();
    let record = record.into_iter().find(|record| record.id.0 == id).unwrap();
    // SQLite keeps the values of a row one after the other, the short ones in front of the wording, the hash near the end.
    let place = |needle: &[u8]| {
        let found: Vec<usize> =
            file.windows(needle.len()).enumerate().filter(|(_, bytes)| *bytes == needle).map(|(at, _)| at).collect();
        found
    };
    // The hash also stands in the next record, as the one before it, and there it comes first or last.
    let end = place(&record.hash).into_iter().find(|at| {
        let back = &file[at.saturating_sub(32)..*at];
        record.previous_hash.as_deref() == Some(back)
    });
    let end = end.unwrap() + record.hash.len();
    let before_wording = 16 * 5 + 8 + record.event.word().len() + record.via.len();
    let wording = place(record.wording.as_bytes()).into_iter().filter(|at| *at < end).max().unwrap();
    let start = wording - before_wording;
    assert!((250..900).contains(&(end - start)), "{start} to {end}");
    let copy = tempfile::TempDir::new().unwrap();
    let copied = copy.path().join("tampered.db");
    for at in start..end {
        for bit in [0x01, 0x80] {
            let mut changed = file.clone();
            changed[at] ^= bit;
            std::fs::write(&copied, &changed).unwrap();
            let mut conn = Conn::open_sqlite(copied.to_str().unwrap()).unwrap();
            match consent::verify_chain(&mut conn, &world.keys, account).unwrap() {
                ChainState::Broken(found) => assert_eq!(found.record, Some(record.id), "byte {at}: {found:?}"),
                ChainState::Whole(_) => panic!("byte {} of {} is not missed", at - start, end - start),
            }
        }
    }
}

fn subscriber_of(world: &mut World, record: i64) -> estampille::storage::SubscriberId {
    for who in ["anne@reader.example", "rose@reader.example", "jules@reader.example"] {
        let id = world.subscriber(who).id;
        let records = consent::of_subscriber(&mut world.conn, world.account, id).unwrap();
        if records.iter().any(|found| found.id.0 == record) {
            return id;
        }
    }
    panic!("nobody's record")
}
