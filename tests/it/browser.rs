//! What a person sees in headless Chromium, with scripts, styles and policies as they are served.

mod demo;
mod readers;

use crate::support::app::{PASSWORD, owner_of};
use crate::support::browser::Browser;
use crate::support::{DatabaseKind, TestApp, databases};

#[test]
fn a_user_signs_in_and_finds_every_page_fit_for_a_phone_and_a_desk() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("A list of letters with quite a long name", "en").await;
        let form = customer.form(&list).await;
        let campaign = customer.campaign(&list, "The stamps of November, and what came of them").await;
        for (width, height) in [(1280, 900), (500, 800), (360, 740)] {
            let browser = Browser::open(width, height).await;
            browser.sign_in(&app.url, &owner_of("Papeterie"), PASSWORD).await;
            let pages = ["/", "/lists", "/lists/new", "/campaigns", "/campaigns/new"].map(str::to_owned);
            let own = [format!("/lists/{list}"), format!("/campaigns/{campaign}"), form.replace(&app.url, "")];
            for page in pages.into_iter().chain(own) {
                browser.visit(&format!("{}{page}", app.url)).await;
                assert_eq!(browser.count("h1").await, 1, "{page} has one heading\n{}", browser.text().await);
                assert!(!browser.is_too_wide().await, "{page} scrolls sideways at {width} px");
            }
            browser.close().await;
        }
        app.stop().await;
    });
}

#[test]
fn a_wrong_password_is_refused_in_words_that_tell_nobody_who_has_an_account() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        app.create_account("Papeterie").await;
        let browser = Browser::open(1280, 900).await;
        let mut answers = Vec::new();
        for address in [owner_of("Papeterie"), "stranger@papeterie.example".to_owned()] {
            browser.visit(&format!("{}/sign-in", app.url)).await;
            browser.fill("address", &address).await;
            browser.fill("password", "not the password").await;
            browser.press("Sign in").await;
            browser.wait_for("[aria-invalid='true'], [role='alert'], .problem").await;
            answers.push(browser.text().await.replace(&address, "…"));
        }
        assert_eq!(answers[0], answers[1]);
        browser.close().await;
        app.stop().await;
    });
}
