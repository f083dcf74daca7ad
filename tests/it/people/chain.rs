//! CON-05: the chain of consent records names what was changed.

use estampille::consent::{self, ChainState};
use estampille::subscriptions::{self, EndReason, Via};

use super::world::{World, from_home, on_both};

fn state(world: &mut World) -> ChainState {
    consent::verify_chain(&mut world.conn, world.account).unwrap()
}

/// Three people sign up and confirm, one leaves: seven records.
fn story(world: &mut World) {
    for who in ["anne@reader.example", "rose@reader.example", "jules@reader.example"] {
        world.stamp(who);
    }
    let id = world.subscription("rose@reader.example").id;
    world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, EndReason::Page, &from_home(), now));
}

#[test]
fn con_05_every_changed_column_breaks_the_chain_at_its_record() {
    on_both(|mut world| {
        assert_eq!(state(&mut world), ChainState::Whole(0));
        story(&mut world);
        assert_eq!(state(&mut world), ChainState::Whole(7));
        let first = world.count("SELECT min(id) AS number FROM consent_records");
        for (column, forged) in [
            ("wording", "'Something else.'"),
            ("origin", "'https://evil.example/'"),
            ("network", "'198.51.100.1'"),
            ("user_agent", "'Other/2'"),
            ("via", "'operator'"),
            ("event", "'confirmed'"),
            ("language", "'fr'"),
            ("detail", "'paper form'"),
            ("at", "at + 1"),
            ("form_version", "2"),
            ("personal_salt", "NULL"),
            ("hash", "personal_hash"),
        ] {
            let id = first + 2;
            world.tamper("CREATE TABLE kept AS SELECT * FROM consent_records");
            world.tamper(&format!("UPDATE consent_records SET {column} = {forged} WHERE id = {id}"));
            let ChainState::BrokenAt(broken) = state(&mut world) else { panic!("{column}: not seen") };
            assert_eq!(broken.0, id, "{column}");
            world.tamper(&format!(
                "UPDATE consent_records SET {column} = (SELECT k.{column} FROM kept k WHERE k.id = {id}) WHERE id = {id}"
            ));
            world.tamper("DROP TABLE kept");
            assert!(state(&mut world).is_whole(), "{column}");
        }
    });
}

#[test]
fn con_05_a_record_taken_away_is_missed_in_the_middle_and_at_the_end() {
    on_both(|mut world| {
        story(&mut world);
        world.tamper("DELETE FROM consent_records WHERE id = (SELECT max(id) FROM consent_records)");
        assert_eq!(state(&mut world), ChainState::Shortened);
        world.tamper("DELETE FROM consent_records WHERE id = (SELECT min(id) + 1 FROM consent_records)");
        assert!(matches!(state(&mut world), ChainState::BrokenAt(_)));
    });
}

#[test]
fn con_05_another_address_behind_a_record_is_noticed() {
    on_both(|mut world| {
        story(&mut world);
        world.tamper("UPDATE subscribers SET address_hash = address_key FROM accounts WHERE accounts.id = account_id AND subscribers.id = (SELECT subscriber_id FROM consent_records ORDER BY id LIMIT 1)");
        assert!(matches!(state(&mut world), ChainState::BrokenAt(_)));
    });
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
        assert_eq!(state(&mut world), ChainState::Whole(7));
    });
}
