//! Who may see and change what: sign-in, sessions, page forms, headers.

use estampille::accounts::{passwords, sessions, users};
use estampille::audit::Actor;
use estampille::mail::EmailAddress;
use reqwest::{Response, header};

use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp, on_both_databases};

const PASSWORD: &str = "correct horse battery";

/// An account's owner whose password is [`PASSWORD`].
async fn owner_of(app: &TestApp, name: &str) -> EmailAddress {
    app.create_account(name).await;
    let address: EmailAddress = format!("owner@{}.example", name.to_lowercase()).parse().unwrap();
    let hash = passwords::hash(PASSWORD.to_owned()).await.unwrap();
    let (owner, now) = (address.clone(), app.app.clock.now());
    app.app
        .db
        .write(move |conn| {
            let user = users::find_by_address(conn, &owner)?.unwrap();
            users::set_password(conn, user.id, &hash, now)
        })
        .await
        .unwrap();
    address
}

async fn sign_in(app: &TestApp, address: &str, password: &str) -> Response {
    let form = [("address", address), ("password", password)];
    app.web.post(format!("{}/sign-in", app.url)).form(&form).send().await.unwrap()
}

/// The `name=value` of the session cookie that an answer sets.
fn cookie(answer: &Response) -> String {
    let set = answer.headers().get(header::SET_COOKIE).expect("a cookie").to_str().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

async fn page(app: &TestApp, cookie: &str, path: &str) -> Response {
    app.web.get(format!("{}{path}", app.url)).header(header::COOKIE, cookie).send().await.unwrap()
}

/// The token of the forms on a page of this session.
async fn csrf(app: &TestApp, cookie: &str) -> String {
    let text = page(app, cookie, "/lists").await.text().await.unwrap();
    text.split("name=\"csrf\" value=\"").nth(1).expect("a form").split('"').next().unwrap().to_owned()
}

async fn sign_out(app: &TestApp, cookie: &str, csrf: &str, origin: Option<&str>) -> Response {
    let mut request = app.web.post(format!("{}/sign-out", app.url)).header(header::COOKIE, cookie);
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    request.form(&[("csrf", csrf)]).send().await.unwrap()
}

#[test]
fn web_09_signing_in_opens_a_fresh_session_and_signing_out_ends_it() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let owner = owner_of(&app, "Papeterie").await;
        let away = page(&app, "estampille_session=nonsense", "/lists?x=1").await;
        assert_eq!(
            (away.status().as_u16(), away.headers()[header::LOCATION].to_str().unwrap()),
            (303, "/sign-in?next=%2Flists%3Fx%3D1")
        );
        let wrong = sign_in(&app, owner.as_str(), "wrong horse battery").await;
        assert!(wrong.headers().get(header::SET_COOKIE).is_none(), "{}", wrong.status());
        let (one, two) = (sign_in(&app, owner.as_str(), PASSWORD).await, sign_in(&app, owner.as_str(), PASSWORD).await);
        assert_eq!(one.status(), 303);
        let (one, two) = (cookie(&one), cookie(&two));
        assert_ne!(one, two);
        assert_eq!(page(&app, &one, "/lists").await.status(), 200);
        let csrf = csrf(&app, &one).await;
        assert_eq!(sign_out(&app, &one, &csrf, None).await.status(), 303);
        assert_eq!(page(&app, &one, "/lists").await.status(), 303);
        assert_eq!(page(&app, &two, "/lists").await.status(), 200, "the other session goes on");
        app.stop().await;
    });
}

#[test]
fn web_02_a_form_without_this_session_s_token_or_from_elsewhere_changes_nothing() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let (own, foreign) = (owner_of(&app, "Papeterie").await, owner_of(&app, "Imprimerie").await);
        let own = cookie(&sign_in(&app, own.as_str(), PASSWORD).await);
        let foreign = cookie(&sign_in(&app, foreign.as_str(), PASSWORD).await);
        let (token, foreign_token) = (csrf(&app, &own).await, csrf(&app, &foreign).await);
        for (csrf, origin) in [
            ("", None),
            (foreign_token.as_str(), None),
            (token.as_str(), Some("https://evil.example")),
            (token.as_str(), Some("null")),
        ] {
            assert_eq!(sign_out(&app, &own, csrf, origin).await.status(), 403, "{origin:?}");
        }
        assert_eq!(page(&app, &own, "/lists").await.status(), 200);
        assert_eq!(sign_out(&app, &own, &token, Some(&app.url)).await.status(), 303);
        app.stop().await;
    });
}

#[test]
fn web_09_guessing_a_password_is_stopped_even_for_the_right_one() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let owner = owner_of(&app, "Papeterie").await;
        for _ in 0..10 {
            assert!(sign_in(&app, owner.as_str(), "wrong horse battery").await.status().as_u16() < 429);
        }
        let stopped = sign_in(&app, owner.as_str(), PASSWORD).await;
        assert_eq!(stopped.status(), 429);
        assert!(stopped.headers()[header::RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() > 0);
        app.stop().await;
    });
}

#[test]
fn a_disabled_user_s_page_is_gone_at_the_next_request() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let owner = owner_of(&app, "Papeterie").await;
        let cookie = cookie(&sign_in(&app, owner.as_str(), PASSWORD).await);
        let now = app.app.clock.now();
        let disable = move |conn: &mut estampille::storage::Conn| {
            let user = users::find_by_address(conn, &owner)?.unwrap();
            users::disable(conn, user.id, Actor::System, now)
        };
        assert!(app.app.db.write(disable).await.unwrap());
        assert_eq!(page(&app, &cookie, "/lists").await.status(), 303);
        app.stop().await;
    });
}

#[test]
fn a_stolen_copy_of_the_database_holds_no_session_that_works() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let owner = owner_of(&app, "Papeterie").await;
        let now = app.app.clock.now();
        let opened = move |conn: &mut estampille::storage::Conn| {
            let user = users::find_by_address(conn, &owner)?.unwrap();
            sessions::open(conn, user.id, "192.0.2.1", now)
        };
        let token = app.app.db.write(opened).await.unwrap();
        let stored = estampille::keyring::hex(&estampille::keyring::digest(token.as_bytes()));
        assert_eq!(page(&app, &format!("estampille_session={token}"), "/lists").await.status(), 200);
        assert_eq!(page(&app, &format!("estampille_session={stored}"), "/lists").await.status(), 303);
        app.stop().await;
    });
}

#[test]
fn every_answer_carries_the_headers_that_keep_browsers_careful() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        for (path, referrer) in [
            ("/sign-in", "same-origin"),
            ("/no-such-page", "same-origin"),
            ("/confirm/nonsense", "no-referrer"),
            ("/unsubscribe/nonsense", "no-referrer"),
        ] {
            let answer = app.web.get(format!("{}{path}", app.url)).send().await.unwrap();
            let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or("none");
            assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"), "{path}");
            assert!(!header("content-security-policy").contains("unsafe"), "{path}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(header("referrer-policy"), referrer, "{path}");
            assert_eq!(header("cache-control"), "no-store", "{path}");
            assert_eq!(header("strict-transport-security"), "none", "only over https: {path}");
        }
        app.stop().await;
    });
}

#[test]
fn a_page_that_is_not_there_says_so_in_the_reader_s_language() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        for (language, text) in [("fr", "Cette page n’existe pas"), ("en", "There is no such page")] {
            let request = app.web.get(format!("{}/no-such-page", app.url)).header(header::ACCEPT_LANGUAGE, language);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 404);
            assert!(answer.text().await.unwrap().contains(text), "{language}");
        }
        app.stop().await;
    });
}
