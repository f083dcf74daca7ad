//! Our own side: where mail leaves from, and what happens when nothing can leave.

use estampille::accounts::Scope;
use estampille::accounts::tokens::{self, NewToken};
use estampille::audit::Actor;

use super::{installation, readers, send_to};
use crate::support::{Manners, TestApp, World, on_both_databases, until};

#[test]
fn mail_leaves_from_the_sources_that_the_operator_set_under_their_names() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let receiver = world.domain("reader.example", Manners::default()).await;
        let more = "&source=127.0.2.1&helo=mta1.sender.example&source=127.0.2.2&helo=mta2.sender.example\
                    &source=127.0.2.3&helo=new.sender.example&pool=new";
        let mut app = installation(kind, &world, more, &[]).await;
        app.forgive_left_over();
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
        // The operator puts the account into a pool.
        let token = operator_token(&app).await;
        let path = format!("{}/api/v1/operator/accounts/{}/limits", app.url, customer.id);
        let put = async |pool: &str| {
            let request = app.web.patch(&path).bearer_auth(&token).json(&serde_json::json!({ "pool": pool }));
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!((put("no-such-pool").await, put("new").await), (422, 200));
        assert_eq!(customer.get("/account").await["limits"]["pool"], "new");
        let said = "SELECT count(*) AS number FROM audit_entries WHERE action = 'account.pool' AND reason = 'new'";
        assert_eq!(app.number(said).await, 1);
        let from_the_pool = || receiver.visits().iter().any(|visit| visit.helo == "new.sender.example");
        let mut round = 0;
        until("mail leaves from the pool", || {
            round += 1;
            let address = format!("again{round}@reader.example");
            let (app, customer, receiver) = (&app, &customer, &receiver);
            async move {
                send_to(app, customer, std::slice::from_ref(&address)).await;
                receiver.mail_to(&address).await;
                from_the_pool().then_some(())
            }
        })
        .await;
        let seen = receiver.visits();
        let pooled: Vec<_> = seen.iter().filter(|visit| visit.helo == "new.sender.example").collect();
        assert!(pooled.iter().all(|visit| visit.from == "127.0.2.3".parse().ok()), "{pooled:?}");
        app.stop().await;
    });
}

/// A token with which the operator's programs call the API.
async fn operator_token(app: &TestApp) -> String {
    let now = app.app.clock.now();
    let new = NewToken { account_id: None, label: "tests".into(), scope: Scope::Full };
    app.app.db.write(move |conn| Ok(tokens::create(conn, &new, Actor::System, now)?.1)).await.unwrap()
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
