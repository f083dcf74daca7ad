//! TLS as far as it goes, and as far as a policy demands (RFC 7435, RFC 8461).

use super::{installation, reply, send_to, until_delivery};
use crate::support::{Manners, Tls, World, on_both_databases};

const ENFORCE: &str = "version: STSv1\nmode: enforce\nmx: *.DOMAIN\nmax_age: 604800\n";

fn with(tls: Tls) -> Manners {
    Manners { tls, ..Manners::default() }
}

#[test]
fn without_a_policy_mail_goes_encrypted_to_anybody_and_in_clear_where_tls_is_broken() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let mut receivers = Vec::new();
        for (domain, tls, is_encrypted) in [
            ("good.example", Tls::Good, true),
            ("wrong.example", Tls::WrongName, true),
            ("selfsigned.example", Tls::SelfSigned, true),
            ("broken.example", Tls::Broken, false),
            ("refused.example", Tls::Refused, false),
            ("none.example", Tls::None, false),
        ] {
            receivers.push((domain, world.domain(domain, with(tls)).await, is_encrypted));
        }
        let addresses: Vec<String> = receivers.iter().map(|(domain, ..)| format!("anne@{domain}")).collect();
        let campaign = send_to(&app, &customer, &addresses).await;
        for (domain, receiver, is_encrypted) in &receivers {
            receiver.mail_to(&format!("anne@{domain}")).await;
            let visits = receiver.visits();
            let took = visits.iter().find(|visit| visit.messages == 1).unwrap();
            assert_eq!(took.is_encrypted, *is_encrypted, "{domain}: {visits:?}");
        }
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!(counts["accepted"], 6, "{counts}");
        app.stop().await;
    });
}

#[test]
fn aut_04_a_policy_in_force_fails_closed_and_one_under_test_does_not() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let mut app = installation(kind, &world, "", &[]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let mut receivers = Vec::new();
        for (domain, tls, mode) in [
            ("safe.example", Tls::Good, "enforce"),
            ("wrong.example", Tls::WrongName, "enforce"),
            ("selfsigned.example", Tls::SelfSigned, "enforce"),
            ("stripped.example", Tls::None, "enforce"),
            ("broken.example", Tls::Broken, "enforce"),
            ("tested.example", Tls::SelfSigned, "testing"),
        ] {
            world.policy(domain, &ENFORCE.replace("enforce", mode).replace("DOMAIN", domain)).await;
            receivers.push((domain, world.domain(domain, with(tls)).await));
        }
        // A server that the policy does not name.
        world.policy("foreign.example", &ENFORCE.replace("DOMAIN", "elsewhere.example")).await;
        receivers.push(("foreign.example", world.domain("foreign.example", with(Tls::Good)).await));
        let addresses: Vec<String> = receivers.iter().map(|(domain, _)| format!("anne@{domain}")).collect();
        let campaign = send_to(&app, &customer, &addresses).await;
        for (domain, receiver) in &receivers {
            let address = format!("anne@{domain}");
            if ["safe.example", "tested.example"].contains(domain) {
                receiver.mail_to(&address).await;
                assert!(receiver.visits().iter().all(|visit| visit.is_encrypted), "{domain}");
            } else {
                let deferred = until_delivery(&customer, &campaign, &address, "deferred").await;
                assert!(reply(&deferred).starts_with("451 4.7.5 "), "{deferred}");
                assert_eq!((receiver.count(), receiver.recipients().len()), (0, 0), "{domain} was told of nobody");
            }
        }
        app.stop().await;
    });
}

#[test]
fn a_policy_outlives_a_restart_and_the_silence_of_its_web_server() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        world.policy("safe.example", &ENFORCE.replace("DOMAIN", "safe.example")).await;
        let receiver = world.domain("safe.example", with(Tls::Good)).await;
        let app = installation(kind, &world, "", &[]).await;
        let customer = app.create_account("Papeterie").await;
        let campaign = send_to(&app, &customer, &["anne@safe.example".to_owned()]).await;
        receiver.mail_to("anne@safe.example").await;
        customer.until_campaign(&campaign, "finished").await;
        let kept = std::fs::read_to_string(app.app.settings.data_dir.join("mta-sts/safe.example")).unwrap();
        assert!(kept.starts_with("20261122 ") && kept.contains("mode: enforce"), "{kept}");
        app.stop().await;
    });
}
