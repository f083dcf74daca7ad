//! Receivers with the manners of the big providers.

use estampille::audit::Actor;
use estampille::pacing::lanes::{self, Override};
use estampille::storage::Conn;
use serde_json::json;

use super::{delivery, installation, readers, reply, send_to, until_delivery};
use crate::support::{DatabaseKind, Manners, World, databases, on_both_databases, until};

#[test]
fn every_receiver_gets_its_mail_in_its_own_manner() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "&helo=mta1.sender.example", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let manners = [
            ("gmail.example", Manners::gmail()),
            ("outlook.example", Manners::microsoft()),
            ("yahoo.example", Manners::yahoo()),
            ("orange.example", Manners::orange()),
            ("free.example", Manners::free()),
            ("icloud.example", Manners::apple()),
            ("gmx.example", Manners::gmx()),
            ("old.example", Manners::old()),
        ];
        let mut receivers = Vec::new();
        for (domain, manners) in manners {
            receivers.push((domain, world.domain(domain, manners).await));
        }
        let mut addresses: Vec<String> = receivers.iter().flat_map(|(domain, _)| readers(domain, 12)).collect();
        addresses.extend(readers("yahoo.example", 30).split_off(12));
        let unknown: Vec<String> = receivers.iter().map(|(domain, _)| format!("nobody@{domain}")).collect();
        addresses.extend(unknown.iter().cloned());
        let campaign = send_to(&app, &customer, &addresses).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        let expected = (addresses.len() - unknown.len(), unknown.len());
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(expected.0), &json!(expected.1)), "{counts}");
        for (domain, receiver) in &receivers {
            for address in addresses.iter().filter(|address| address.ends_with(&format!("@{domain}"))) {
                let wanted = usize::from(!address.starts_with("nobody@"));
                assert_eq!(receiver.count_to(address), wanted, "{address}");
            }
            let welcome: Vec<_> = receiver.visits().into_iter().filter(|visit| visit.was_welcome).collect();
            assert!(welcome.iter().all(|visit| visit.helo == "mta1.sender.example"), "{domain}: {welcome:?}");
            let has_tls = !["free.example", "old.example"].contains(domain);
            assert!(welcome.iter().all(|visit| visit.is_encrypted == has_tls), "{domain}: {welcome:?}");
            assert!(receiver.most_open() <= 6, "{domain}: {} at once, of ten in all", receiver.most_open());
        }
        let most_messages = |at: usize| receivers[at].1.visits().iter().map(|visit| visit.messages).max();
        assert!(most_messages(2) <= Some(20) && most_messages(5) <= Some(5), "Yahoo twenty, Apple five");
        let reused = receivers[0].1.visits().len();
        assert!(reused < 12, "{reused} connections for twelve messages");
        app.stop().await;
    });
}

#[test]
fn what_the_last_server_says_is_what_the_sender_reads() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let _outlook = world.domain("outlook.example", Manners::microsoft()).await;
        let refuses = Some("550 5.7.1 Service unavailable, Client host [127.0.0.1] blocked (S3140)");
        let _blocks = world.domain("blocks.example", Manners { refuses, ..Manners::default() }).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let addresses = ["nobody@outlook.example".to_owned(), "anne@blocks.example".to_owned()];
        let campaign = send_to(&app, &customer, &addresses).await;
        let unknown = until_delivery(&customer, &campaign, &addresses[0], "failed").await;
        assert_eq!(reply(&unknown), "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)");
        let blocked = until_delivery(&customer, &campaign, &addresses[1], "failed").await;
        assert!(reply(&blocked).starts_with("550 5.7.1 Service unavailable"), "{blocked}");
        assert_eq!((&unknown["attempts"], &blocked["attempts"]), (&json!(1), &json!(1)));
        app.stop().await;
    });
}

#[test]
fn bnc_09_a_greylisted_delivery_comes_again_and_a_refused_one_does_not() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let free = world.domain("free.example", Manners::free()).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let addresses = ["anne@free.example".to_owned(), "nobody@free.example".to_owned()];
        let campaign = send_to(&app, &customer, &addresses).await;
        free.mail_to("anne@free.example").await;
        customer.until_campaign(&campaign, "finished").await;
        let named = |address: &str| free.recipients().iter().filter(|seen| *seen == address).count();
        assert_eq!((named("anne@free.example"), named("nobody@free.example")), (2, 1));
        assert_eq!(delivery(&customer, &campaign, "anne@free.example").await.unwrap()["attempts"], 2);
        app.stop().await;
    });
}

#[test]
fn an_address_beyond_ascii_travels_only_where_it_is_understood() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let books = world.domain("xn--bcher-kva.example", Manners::default()).await;
        let _old = world.domain("old.example", Manners::old()).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let addresses = ["zoë@bücher.example".to_owned(), "zoë@old.example".to_owned()];
        let campaign = send_to(&app, &customer, &addresses).await;
        books.mail_to("zoë@xn--bcher-kva.example").await;
        let refused = until_delivery(&customer, &campaign, "zoë@old.example", "failed").await;
        assert!(reply(&refused).starts_with("553 5.6.7"), "{refused}");
        customer.until_campaign(&campaign, "finished").await;
        app.stop().await;
    });
}

#[test]
fn a_provider_keeps_its_ceiling_whatever_we_could_send() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        // Two hosts of one provider, for two domains: the ceiling of two is for both together.
        let manners = || Manners { delay: std::time::Duration::from_millis(20), ..Manners::default() };
        world.names.mx("orange.fr", &[(10, "smtp-in.orange.fr")]);
        world.names.mx("wanadoo.fr", &[(10, "smtp-in.orange.fr")]);
        let orange = world.server("smtp-in.orange.fr", manners()).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let mut addresses = readers("orange.fr", 12);
        addresses.extend(readers("wanadoo.fr", 12));
        send_to(&app, &customer, &addresses).await;
        until("the first have come", || async { (orange.count() >= 10).then_some(()) }).await;
        assert!(orange.most_open() <= 2, "{} connections to Orange at once", orange.most_open());
        until("all have come", || async { (orange.count() == 24).then_some(()) }).await;
        assert!(orange.most_open() <= 2, "{} connections to Orange at once", orange.most_open());
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'accepted'", 24).await;
        app.stop().await;
    });
}

/// PAC-01: three nodes on one database have together no more connections to a provider than one would.
#[test]
fn pac_01_nodes_keep_the_ceiling_of_connections_together() {
    databases::on(DatabaseKind::Postgres, async {
        let world = World::start().await;
        let manners = Manners { delay: std::time::Duration::from_millis(30), ..Manners::default() };
        world.names.mx("orange.fr", &[(10, "smtp-in.orange.fr")]);
        let orange = world.server("smtp-in.orange.fr", manners).await;
        let app = installation(DatabaseKind::Postgres, &world, "", &[]).await;
        let (second, _second) = app.another_node().await;
        let (third, _third) = app.another_node().await;
        let customer = app.create_account("Papeterie").await;
        // Enough for every node to claim some.
        let campaign = send_to(&app, &customer, &readers("orange.fr", 36)).await;
        let held = "SELECT count(DISTINCT node) AS number FROM connection_places WHERE lane = ''";
        app.until_number(held, 3).await;
        customer.until_campaign(&campaign, "finished").await;
        assert!(orange.most_open() <= 2, "{} connections to Orange at once", orange.most_open());
        assert_eq!(orange.count(), 36);
        second.stop().await;
        third.stop().await;
        app.until_number(held, 1).await;
        app.stop().await;
        assert_eq!(app.number("SELECT count(*) AS number FROM connection_places").await, 0);
    });
}

/// AUT-04: a lane that demands TLS gets nothing in clear, and the operator may say otherwise.
#[test]
fn aut_04_a_lane_that_demands_tls_gets_nothing_in_clear() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        world.names.mx("gmail.com", &[(10, "gmail-smtp-in.l.google.com")]);
        let google = world.server("gmail-smtp-in.l.google.com", Manners::old()).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let campaign = send_to(&app, &customer, &["anne@gmail.com".to_owned()]).await;
        let put_off = until_delivery(&customer, &campaign, "anne@gmail.com", "deferred").await;
        assert!(reply(&put_off).starts_with("451 4.7.5") && reply(&put_off).contains("STARTTLS"), "{put_off}");
        assert_eq!(google.count(), 0);
        let offered = Override { demands_tls: Some(false), ..Override::default() };
        let now = app.app.clock.now();
        let set = move |conn: &mut Conn| lanes::set(conn, "google", offered, Actor::System, now);
        app.app.db.write(set).await.unwrap();
        customer.until_campaign(&campaign, "finished").await;
        assert_eq!(google.count(), 1);
        app.stop().await;
    });
}
