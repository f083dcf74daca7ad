//! Our own side: where mail leaves from, and what happens when nothing can leave.

use super::{installation, readers, send_to};
use crate::support::{Manners, World, on_both_databases, until};

#[test]
fn mail_leaves_from_the_sources_that_the_operator_set_under_their_names() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let receiver = world.domain("reader.example", Manners::default()).await;
        let more = "&source=127.0.2.1&helo=mta1.sender.example&source=127.0.2.2&helo=mta2.sender.example\
                    &source=127.0.2.3&helo=new.sender.example&pool=new";
        let app = installation(kind, &world, more, &[]).await;
        let customer = app.create_account("Papeterie").await;
        let campaign = send_to(&app, &customer, &readers("reader.example", 40)).await;
        customer.until_campaign(&campaign, "finished").await;
        let mut seen: Vec<(String, String)> = receiver
            .visits()
            .into_iter()
            .map(|visit| (visit.from.map(|from| from.to_string()).unwrap_or_default(), visit.helo))
            .collect();
        seen.sort();
        seen.dedup();
        let own = |address: &str, name: &str| (address.to_owned(), name.to_owned());
        assert_eq!(seen, [own("127.0.2.1", "mta1.sender.example"), own("127.0.2.2", "mta2.sender.example")]);
        app.stop().await;
    });
}

#[test]
fn without_name_servers_everybody_waits_and_nobody_is_counted_an_attempt() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let receiver = world.domain("reader.example", Manners::default()).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        world.names.go_down().await;
        let campaign = send_to(&app, &customer, &readers("reader.example", 8)).await;
        until("the trouble is known", || async { app.app.relay.trouble() }).await;
        assert_eq!(app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await, 0);
        world.names.come_back().await;
        receiver.wait_for(8).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!(counts["accepted"], 8, "{counts}");
        assert_eq!(app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await, 1);
        app.stop().await;
    });
}

#[test]
fn a_source_that_is_not_on_this_machine_is_our_trouble() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let receiver = world.domain("reader.example", Manners::default()).await;
        let mut app = installation(kind, &world, "&source=192.0.2.77", &[]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        send_to(&app, &customer, &readers("reader.example", 3)).await;
        let trouble = until("the trouble is known", || async { app.app.relay.trouble() }).await;
        assert!(trouble.contains("192.0.2.77"), "{trouble}");
        assert_eq!(app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await, 0);
        assert_eq!(receiver.visits().len(), 0);
        app.stop().await;
    });
}

#[test]
fn many_receivers_away_at_once_are_our_trouble_and_a_few_are_theirs() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let mut addresses = Vec::new();
        for at in 1..=8 {
            let domain = format!("away{at}.example");
            world.names.mx(&domain, &[(10, &format!("mx.{domain}"))]);
            world.names.address_of(&format!("mx.{domain}"), world.address());
            addresses.push(format!("anne@{domain}"));
        }
        let mut app = installation(kind, &world, "", &[]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        send_to(&app, &customer, &addresses).await;
        let trouble = until("the trouble is known", || async { app.app.relay.trouble() }).await;
        assert!(trouble.contains("no receiver can be reached"), "{trouble}");
        app.stop().await;
    });
}
