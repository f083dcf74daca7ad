//! The daily seals: they name a chain that was written anew, and a copy kept elsewhere names a seal that was.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use estampille::consent::{ChainState, Difference, seals};
use estampille::keyring::hex;

use super::chain::{state, story};
use super::world::{World, on_both};

fn seal(world: &mut World) -> Option<seals::Seal> {
    world.write(|conn, _, now| seals::seal(conn, now))
}

fn verify(world: &mut World, copies: &[(&str, &str)]) -> Result<u64, (Option<String>, Difference)> {
    let copies: BTreeMap<String, String> =
        copies.iter().map(|(day, copy)| ((*day).to_owned(), (*copy).to_owned())).collect();
    let found = seals::verify_seals(&mut world.conn, &copies).unwrap();
    found.map_err(|(_, found)| (found.day, found.difference))
}

#[test]
fn con_05_a_day_is_sealed_once_and_each_seal_is_bound_to_the_one_before() {
    on_both(|mut world| {
        assert_eq!(seal(&mut world), None, "there is nothing to seal");
        story(&mut world);
        let first = seal(&mut world).unwrap();
        assert_eq!((first.day.as_str(), first.accounts, &first.previous), ("2027-01-14", 1, &None));
        assert_eq!(seal(&mut world), None, "the day is sealed");
        world.later(TimeDelta::days(3));
        world.sign_up("zoe@reader.example", estampille::subscriptions::Via::Form);
        let second = seal(&mut world).unwrap();
        assert_eq!((second.day.as_str(), second.previous.as_ref()), ("2027-01-17", Some(&first.digest)));
        world.later(TimeDelta::days(1));
        let third = seal(&mut world).unwrap();
        assert_eq!(third.heads, second.heads, "nothing was recorded meanwhile");
        assert_eq!(verify(&mut world, &[]), Ok(3));
        assert_eq!(verify(&mut world, &[("2027-01-17", &hex(&second.digest).to_uppercase())]), Ok(3));
        assert!(state(&mut world).is_whole());
        for sql in
            ["UPDATE consent_seals SET accounts = 2", "DELETE FROM consent_seals", "DELETE FROM consent_seal_heads"]
        {
            let refused = diesel::sql_query(sql).execute(&mut world.conn);
            assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{sql}");
        }
    });
}

#[test]
fn con_05_a_chain_cut_short_and_headed_anew_is_named_by_the_seal() {
    on_both(|mut world| {
        story(&mut world);
        seal(&mut world).unwrap();
        world.break_in();
        // Somebody who knows the rules takes the last record away and mends the head: every hash fits.
        world.tamper(
            "UPDATE accounts SET consent_head = (SELECT previous_hash FROM consent_records ORDER BY id DESC LIMIT 1)",
        );
        world.tamper("DELETE FROM consent_records WHERE id = (SELECT max(id) FROM consent_records)");
        let ChainState::Broken(found) = state(&mut world) else { panic!("not seen") };
        assert_eq!((found.day.as_deref(), found.difference), (Some("2027-01-14"), Difference::SealedHead));
    });
}

#[test]
fn con_05_every_changed_column_of_a_seal_is_named_with_its_day() {
    on_both(|mut world| {
        story(&mut world);
        let first = seal(&mut world).unwrap();
        world.later(TimeDelta::days(1));
        world.sign_up("zoe@reader.example", estampille::subscriptions::Via::Form);
        seal(&mut world).unwrap();
        world.break_in();
        world.tamper("CREATE TABLE kept_seals AS SELECT * FROM consent_seals");
        world.tamper("CREATE TABLE kept_heads AS SELECT * FROM consent_seal_heads");
        let day = "2027-01-15";
        for (column, forged) in [
            ("sealed_at", "sealed_at + 1"),
            ("accounts", "accounts + 1"),
            ("heads", "digest"),
            ("previous", "heads"),
            ("previous", "NULL"),
            ("digest", "heads"),
            ("day", "'2027-01-16'"),
        ] {
            world.tamper(&format!("UPDATE consent_seals SET {column} = {forged} WHERE day = '{day}'"));
            let shown = if column == "day" { "2027-01-16" } else { day };
            assert_eq!(verify(&mut world, &[]), Err((Some(shown.to_owned()), Difference::Seal)), "{column}");
            world.tamper("DELETE FROM consent_seals");
            world.tamper("INSERT INTO consent_seals SELECT * FROM kept_seals");
            assert_eq!(verify(&mut world, &[]), Ok(2), "{column}");
        }
        let other = world.new_id();
        for change in [format!("account_id = {other}"), "head = (SELECT digest FROM consent_seals LIMIT 1)".to_owned()]
        {
            world.tamper(&format!("UPDATE consent_seal_heads SET {change} WHERE day = '{day}'"));
            assert_eq!(verify(&mut world, &[]), Err((Some(day.to_owned()), Difference::Seal)), "{change}");
            world.tamper("DELETE FROM consent_seal_heads");
            world.tamper("INSERT INTO consent_seal_heads SELECT * FROM kept_heads");
        }
        // All seals written anew fit each other; only the copy that lies elsewhere knows better.
        world.tamper("DELETE FROM consent_seal_heads WHERE day = '2027-01-15'");
        world.tamper("DELETE FROM consent_seals WHERE day = '2027-01-15'");
        assert_eq!(verify(&mut world, &[("2027-01-14", &hex(&first.digest))]), Ok(1));
        let copies = [("2027-01-15", "00")];
        assert_eq!(verify(&mut world, &copies), Err((Some(day.to_owned()), Difference::Copy)));
    });
}
