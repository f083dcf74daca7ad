//! Domains and servers with which something is wrong.

use std::time::{Duration, Instant};

use super::{delivery, installation, readers, reply, send_to, until_delivery};
use crate::support::{Manners, World, on_both_databases};

#[test]
fn a_domain_that_takes_no_mail_fails_at_once_and_one_without_answer_waits() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        world.names.null_mx("null.example");
        world.names.breaks("broken.example");
        let mut app = installation(kind, &world, "", &[]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let addresses: Vec<String> =
            ["null.example", "nowhere.example", "broken.example"].map(|domain| format!("anne@{domain}")).into();
        let campaign = send_to(&app, &customer, &addresses).await;
        let null = until_delivery(&customer, &campaign, "anne@null.example", "failed").await;
        assert!(reply(&null).starts_with("556 5.1.10 "), "{null}");
        let nowhere = until_delivery(&customer, &campaign, "anne@nowhere.example", "failed").await;
        assert!(reply(&nowhere).starts_with("550 5.1.2 "), "{nowhere}");
        let broken = until_delivery(&customer, &campaign, "anne@broken.example", "deferred").await;
        assert!(reply(&broken).starts_with("451 4.4.3 "), "{broken}");
        app.stop().await;
    });
}

#[test]
fn names_that_are_written_in_odd_ways_are_found() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let server = world.server("real.example", Manners::default()).await;
        world.names.mx("alias.example", &[(10, "mx.alias.example")]);
        world.names.alias("mx.alias.example", "real.example");
        // No MX at all: the domain itself (RFC 5321, section 5.1).
        world.names.address_of("implicit.example", server.address.ip());
        world.names.mx("second.example", &[(10, "dead.second.example"), (20, "real.example")]);
        world.names.address_of("dead.second.example", world.address());
        world.names.mx("half.example", &[(10, "gone.half.example"), (10, "real.example")]);
        let six = world.server_at("::1".parse().unwrap(), "six.example", Manners::default()).await;
        world.names.mx("six.example", &[(10, "mx.six.example")]);
        world.names.address_of("mx.six.example", "::1".parse().unwrap());
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let domains = ["alias.example", "implicit.example", "second.example", "half.example"];
        let mut addresses: Vec<String> = domains.iter().map(|domain| format!("anne@{domain}")).collect();
        addresses.push("anne@six.example".to_owned());
        let campaign = send_to(&app, &customer, &addresses).await;
        six.mail_to("anne@six.example").await;
        for domain in domains {
            server.mail_to(&format!("anne@{domain}")).await;
        }
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!(counts["accepted"], 5, "{counts}");
        app.stop().await;
    });
}

#[test]
fn a_server_that_wants_nobody_or_hangs_up_is_a_deferral_with_its_own_words() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let banner = "554 5.7.1 mx.closed.example: your address is on a list".to_owned();
        let closed = world.domain("closed.example", Manners { banner, ..Manners::default() }).await;
        let banner = "421 4.3.2 too busy".to_owned();
        let _busy = world.domain("busy.example", Manners { banner, ..Manners::default() }).await;
        let rude = world.domain("rude.example", Manners { hangs_up_after_rcpt: true, ..Manners::default() }).await;
        let mut app = installation(kind, &world, "", &[]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let addresses: Vec<String> =
            ["closed.example", "busy.example", "rude.example"].map(|domain| format!("anne@{domain}")).into();
        let campaign = send_to(&app, &customer, &addresses).await;
        for (domain, words) in [
            ("closed.example", "554 5.7.1 mx.closed.example: your address is on a list"),
            ("busy.example", "421 4.3.2 too busy"),
            ("rude.example", "451 4.4.2 mx.rude.example ended the connection"),
        ] {
            let deferred = until_delivery(&customer, &campaign, &format!("anne@{domain}"), "deferred").await;
            assert!(reply(&deferred).starts_with(words), "{deferred}");
        }
        assert_eq!((closed.count(), rude.count()), (0, 0));
        assert_eq!(app.number("SELECT count(*) AS number FROM suppressions").await, 0, "nobody is blamed");
        app.stop().await;
    });
}

#[test]
fn a_dead_server_costs_no_attempt_at_first_then_one_and_in_the_end_the_delivery() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let dead = world.address();
        world.names.mx("dead.example", &[(10, "mx.dead.example")]);
        world.names.address_of("mx.dead.example", dead);
        let changes = [("RETRY_FOR", "PT6S")];
        let app = installation(kind, &world, "", &changes).await;
        let customer = app.create_account("Papeterie").await;
        let address = "anne@dead.example".to_owned();
        let campaign = send_to(&app, &customer, std::slice::from_ref(&address)).await;
        let first = until_delivery(&customer, &campaign, &address, "deferred").await;
        assert_eq!(first["attempts"], 0, "{first}");
        assert!(reply(&first).contains("no server of dead.example can be reached"), "{first}");
        let failed = until_delivery(&customer, &campaign, &address, "failed").await;
        assert!(reply(&failed).starts_with("451 4.4.1 "), "{failed}");
        assert!(failed["attempts"].as_i64() > Some(1), "{failed}");
        assert_eq!(app.number("SELECT count(*) AS number FROM suppressions").await, 0);
        app.stop().await;
    });
}

#[test]
fn silent_servers_do_not_hold_the_mail_of_others_back() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let silent = Manners { delay: Duration::from_secs(3600), ..Manners::default() };
        let mut receivers = Vec::new();
        for at in 1..=5 {
            receivers.push(world.domain(&format!("silent{at}.example"), silent.clone()).await);
        }
        let good = world.domain("good.example", Manners::default()).await;
        let mut app = installation(kind, &world, "", &[("RELAY_CONNECTIONS", "4")]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let mut addresses: Vec<String> = (1..=5).flat_map(|at| readers(&format!("silent{at}.example"), 6)).collect();
        addresses.extend(readers("good.example", 30));
        let begun = Instant::now();
        let campaign = send_to(&app, &customer, &addresses).await;
        good.wait_for(30).await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} for thirty mails", begun.elapsed());
        let most = world.silence.most_at_once();
        assert!((1..=3).contains(&most), "{most} of four connections waited in silence at once");
        let waiting = delivery(&customer, &campaign, "anne1@silent1.example").await.unwrap();
        assert_eq!(waiting["attempts"], 0, "{waiting}");
        drop(receivers);
        app.stop().await;
    });
}

#[test]
fn a_server_that_takes_few_messages_and_connections_gets_all_of_them_all_the_same() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let manners = Manners {
            connections: Some((1, "421 4.7.0 Too many connections")),
            messages: Some((3, "421 4.7.0 That is enough")),
            ..Manners::default()
        };
        let strict = world.domain("strict.example", manners).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let campaign = send_to(&app, &customer, &readers("strict.example", 20)).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&20.into(), &0.into()), "{counts}");
        let most = app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await;
        assert_eq!(most, 1, "no attempt is lost to the manners of a server");
        let refused = strict.visits().iter().filter(|visit| !visit.was_welcome).count();
        assert!(refused <= 4, "{refused} connections too many: it is not learnt");
        app.stop().await;
    });
}
