//! The pages of a file: chosen, looked at, started, followed, and its refused rows taken home.

use reqwest::multipart::{Form, Part};

use crate::support::{TestApp, on_both_databases, until};
use crate::web::pages::Browser;

#[test]
fn a_file_is_looked_at_before_it_runs_and_its_refused_rows_are_a_safe_file() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let shop = app.create_account("Papeterie").await;
        let list = shop.list("Letters", "en").await;
        let browser = Browser::signed_in(&app, "Papeterie").await;
        assert!(browser.text("/imports").await.contains("No file yet"));
        let page = browser.text("/imports/new").await;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let file = b"address;town\nanne@reader.example;Orl\xe9ans\n=cmd();\n".to_vec();
        let form = |source: &str, csrf: &str| {
            Form::new()
                .text("csrf", csrf.to_owned())
                .text("list_id", list.clone())
                .text("source", source.to_owned())
                .text("collected_at", "2026-03-01")
                .text("basis", "they ticked the box")
                .text("encoding", "")
                .text("delimiter", "")
                .text("per_day", "1000")
                .part("file", Part::bytes(file.clone()).file_name("people.csv"))
        };
        assert_eq!(browser.upload("/imports", form("shop", "forged")).await.status(), 403);
        let refused = browser.upload("/imports", form("rented from a partner", &csrf)).await;
        assert_eq!(refused.status(), 422);
        let text = refused.text().await.unwrap();
        assert!(text.contains("their owners did not ask you") && text.contains("they ticked the box"), "{text}");
        let sent = browser.upload("/imports", form("shop", &csrf)).await;
        assert_eq!(sent.status(), 303, "{}", sent.text().await.unwrap());
        let place = sent.headers()["location"].to_str().unwrap().to_owned();
        let look = browser.text(&place).await;
        for words in ["WINDOWS-1252", "Semicolon", "Orléans", "Is this your file?"] {
            assert!(look.contains(words), "{words} in {look}");
        }
        assert_eq!(app.number("SELECT count(*) AS number FROM subscriptions").await, 0, "nothing was done yet");
        assert_eq!(browser.send(&format!("{place}/start"), &[]).await.status(), 303);
        let page = until("the rows are read", || async {
            let page = browser.text(&place).await;
            page.contains("Asking people").then_some(page)
        })
        .await;
        assert!(page.contains("This is no address.") && page.contains("refused.csv"), "{page}");
        assert!(browser.text(&format!("{place}/progress")).await.contains("class=\"bar\""));
        let file = browser.text(&format!("{place}/refused.csv")).await;
        assert_eq!(file, "\u{feff}line,address,reason,explanation\r\n3,'=cmd(),bad_address,This is no address.\r\n");
        assert_eq!(browser.send(&format!("{place}/pause"), &[]).await.status(), 303);
        assert!(browser.text(&place).await.contains("somebody of your account paused it"));
        assert_eq!(browser.send(&format!("{place}/cancel"), &[]).await.status(), 303);
        assert!(browser.text(&place).await.contains("Given up"));
        app.create_account("Other").await;
        let stranger = Browser::signed_in(&app, "Other").await;
        assert_eq!(stranger.get(&place).await.status(), 404);
        assert_eq!(stranger.get(&format!("{place}/refused.csv")).await.status(), 404);
        app.stop().await;
    });
}
