//! CON-04: the confirmation mail as it was sent belongs to the proof, and an erasure takes it away.

use estampille::consent::{self, ChainState, Difference, Event};
use estampille::keyring::{Keyring, digest};
use estampille::subscriptions;

use super::chain::{mail, state, story};
use super::world::{from_home, on_both};
use crate::support::{TestApp, on_both_databases};

#[test]
fn con_04_the_proof_holds_the_very_bytes_that_the_relay_got() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "fr").await).await;
        for who in ["anne@reader.example", "bo@elsewhere.example"] {
            shop.sign_up(&form, who).await;
            let got = app.inbox.next_to(who).await;
            let (account, address) = (shop.id, who.parse().unwrap());
            app.until_number(
                &format!(
                    "SELECT count(*) AS number FROM consent_records r JOIN subscribers s ON s.id = r.subscriber_id \
                     WHERE r.event = 'mailed' AND s.address = '{who}'"
                ),
                1,
            )
            .await;
            let keys = app.app.keys.clone();
            let (record, message) = app
                .app
                .db
                .read(move |conn| {
                    let person = estampille::subscribers::find_by_address(conn, account, &address)?.unwrap();
                    let records = consent::of_subscriber(conn, account, person.id)?;
                    let record = records.into_iter().find(|record| record.event == Event::Mailed).unwrap();
                    let message = consent::mail_of(conn, &keys, account, record.id)?;
                    Ok((record, message))
                })
                .await
                .unwrap();
            assert_eq!(record.mail_hash.as_deref(), Some(digest(&got.message).as_slice()));
            assert_eq!(message.as_deref(), Some(got.message.as_slice()));
            assert!(record.detail.contains("answer: 250"), "{}", record.detail);
        }
        // Two mails of one list share their sample, and what each adds is small.
        assert_eq!(app.number("SELECT count(*) AS number FROM consent_samples").await, 1);
        let largest = app.number("SELECT CAST(max(length(kept)) AS BIGINT) AS number FROM consent_mails").await;
        assert!(largest < 1000, "{largest} bytes");
        let account = shop.id;
        let keys = app.app.keys.clone();
        let chain = app.app.db.read(move |conn| consent::verify_chain(conn, &keys, account)).await.unwrap();
        assert_eq!(chain, ChainState::Whole(4));
    });
}

#[test]
fn con_05_a_kept_mail_that_was_changed_exchanged_or_taken_away_is_named() {
    on_both(|mut world| {
        story(&mut world);
        let other = mail(&mut world, "jules@reader.example");
        let first = world.count("SELECT min(record_id) AS number FROM consent_mails");
        world.break_in();
        world.tamper("CREATE TABLE kept_mails AS SELECT * FROM consent_mails");
        world.tamper("CREATE TABLE kept_samples AS SELECT * FROM consent_samples");
        for sql in [
            "UPDATE consent_mails SET kept = sample_hash".to_owned(),
            format!("UPDATE consent_mails SET kept = (SELECT k.kept FROM kept_mails k WHERE k.record_id = {other})"),
            "UPDATE consent_mails SET sample_hash = (SELECT address_key FROM accounts LIMIT 1)".to_owned(),
            "DELETE FROM consent_mails".to_owned(),
            "UPDATE consent_samples SET sample = hash".to_owned(),
        ] {
            world.tamper(&sql);
            let ChainState::Broken(found) = state(&mut world) else { panic!("not seen: {sql}") };
            assert_eq!((found.record.map(|id| id.0), found.difference), (Some(first), Difference::Mail), "{sql}");
            world.tamper("DELETE FROM consent_mails");
            world.tamper("DELETE FROM consent_samples");
            world.tamper("INSERT INTO consent_samples SELECT * FROM kept_samples");
            world.tamper("INSERT INTO consent_mails SELECT * FROM kept_mails");
            assert!(state(&mut world).is_whole());
        }
        world.keys = Keyring::new(vec![[9; 32]]).unwrap();
        let ChainState::Broken(found) = state(&mut world) else { panic!("opened without its key") };
        assert_eq!(found.difference, Difference::Mail);
    });
}

#[test]
fn uns_12_an_erasure_takes_the_kept_mails_away_and_the_chain_still_holds() {
    on_both(|mut world| {
        story(&mut world);
        mail(&mut world, "jules@reader.example");
        let (account, id) = (world.account, world.subscriber("jules@reader.example").id);
        world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now));
        assert_eq!(world.count("SELECT count(*) AS number FROM consent_mails"), 1, "the other person's mail stays");
        assert_eq!(state(&mut world), ChainState::Whole(10));
    });
}
