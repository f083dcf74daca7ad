//! The pages of signed-in users, seen as a browser without scripts sees them.

use estampille::accounts::{passwords, users};
use estampille::pacing::Heard;
use estampille::pacing::lanes::{self, Answer};
use estampille::storage::{Conn, SubscriberId};
use estampille::subscribers;
use estampille::texts::Language;
use reqwest::{Client, Response};
use serde_json::json;

use crate::support::app::{PASSWORD, owner_of};
use crate::support::{Customer, DatabaseKind, TestApp, on_both_databases};

/// A browser that keeps its cookies and follows no redirection.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    client: Client,
}

impl<'a> Browser<'a> {
    pub(crate) async fn signed_in(app: &'a TestApp, account: &str) -> Self {
        Self::signed_in_as(app, owner_of(account)).await
    }

    /// Somebody who runs the installation.
    async fn operator(app: &'a TestApp) -> Self {
        let (address, now) = ("ops@provider.example".to_owned(), app.app.clock.now());
        let (to, hash) = (address.parse().unwrap(), passwords::hash_blocking(PASSWORD).unwrap());
        let made = move |conn: &mut Conn| users::create_operator(conn, &to, Some(&hash), Language::ENGLISH, now);
        app.app.db.write(made).await.unwrap();
        Self::signed_in_as(app, address).await
    }

    async fn signed_in_as(app: &'a TestApp, address: String) -> Self {
        let policy = reqwest::redirect::Policy::none();
        let client = Client::builder().cookie_store(true).redirect(policy).build().unwrap();
        let browser = Self { app, client };
        let form = [("address", address), ("password", PASSWORD.to_owned())];
        let answer = browser.client.post(format!("{}/sign-in", app.url)).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        browser
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.app.url)).send().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form with the token of its page.
    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.text("/settings").await;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        self.send_bare(path, &[fields, &[("csrf", csrf.as_str())]].concat()).await
    }

    /// Sends a form with a file in it.
    pub(crate) async fn upload(&self, path: &str, form: reqwest::multipart::Form) -> Response {
        self.client.post(format!("{}{path}", self.app.url)).multipart(form).send().await.unwrap()
    }

    async fn send_bare(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.client.post(format!("{}{path}", self.app.url)).form(fields).send().await.unwrap()
    }
}

/// Every page of an account that has a list, a form, a subscriber and a draft.
async fn pages_of(app: &TestApp, customer: &Customer<'_>) -> Vec<String> {
    let list = customer.list("Letter", "en").await;
    let form = customer.form(&list).await;
    let form_id = form.rsplit('/').next().unwrap().to_owned();
    customer.sign_up(&form, "anne@example.net").await;
    let campaign = customer.campaign(&list, "Hello").await;
    let subscriber = subscriber(app, customer).await;
    let plain = [
        "/",
        "/lists",
        "/lists/new",
        "/subscribers",
        "/campaigns",
        "/campaigns/new",
        "/bounces",
        "/suppressions",
        "/settings",
    ];
    let mut pages: Vec<String> = plain.iter().map(ToString::to_string).collect();
    pages.extend([
        format!("/lists/{list}"),
        format!("/lists/{list}/settings"),
        format!("/lists/{list}/forms/new"),
        format!("/lists/{list}/forms/{form_id}"),
        format!("/subscribers/{subscriber}"),
        format!("/campaigns/{campaign}"),
        format!("/campaigns/{campaign}/progress"),
        format!("/campaigns/{campaign}/edit"),
        format!("/campaigns/{campaign}/schedule"),
        format!("/campaigns/{campaign}/schedule/curve?pace=rate&per_hour=10"),
    ]);
    pages
}

async fn subscriber(app: &TestApp, customer: &Customer<'_>) -> SubscriberId {
    let account = customer.id;
    let found = app
        .app
        .db
        .read(move |conn| subscribers::find_by_address(conn, account, &"anne@example.net".parse().unwrap()))
        .await;
    found.unwrap().unwrap().id
}

async fn start(kind: DatabaseKind) -> TestApp {
    let mut app = TestApp::start(kind).await;
    app.forgive_left_over();
    app
}

#[test]
fn every_page_answers_its_owner_sends_strangers_to_sign_in_and_is_missing_for_others() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        let (ours, _theirs) = (app.create_account("Papeterie").await, app.create_account("Librairie").await);
        let pages = pages_of(&app, &ours).await;
        let (owner, other) = (Browser::signed_in(&app, "Papeterie").await, Browser::signed_in(&app, "Librairie").await);
        for page in &pages {
            let text = owner.text(page).await;
            assert!(!text.contains("style=\"") && !text.contains("onclick"), "{page} has something inline");
            let away = app.web.get(format!("{}{page}", app.url)).send().await.unwrap();
            assert_eq!(away.status(), 303, "{page}");
            // A page with an id in it is nobody else's.
            let wanted = if page.contains('-') { 404 } else { 200 };
            assert_eq!(other.get(page).await.status(), wanted, "{page}");
        }
        assert_eq!(owner.get("/operator").await.status(), 404);
        assert_eq!(owner.get("/tray").await.status(), 404);
        app.stop().await;
    });
}

#[test]
fn a_form_without_its_token_changes_nothing_and_with_it_makes_a_list() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        app.create_account("Papeterie").await;
        let owner = Browser::signed_in(&app, "Papeterie").await;
        let fields =
            [("name", "Letter"), ("from_name", "Anne"), ("from_address", "anne@papeterie.example"), ("language", "fr")];
        assert_eq!(owner.send_bare("/lists/new", &fields).await.status(), 403);
        assert_eq!(app.number("SELECT count(*) AS number FROM lists").await, 0);
        assert_eq!(owner.send("/lists/new", &fields).await.status(), 303);
        assert_eq!(app.number("SELECT count(*) AS number FROM lists").await, 1);
        app.stop().await;
    });
}

#[test]
fn a_form_comes_back_with_what_was_typed_and_its_problems_beside_their_fields() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        app.create_account("Papeterie").await;
        let owner = Browser::signed_in(&app, "Papeterie").await;
        let fields = [("name", "Lettre <d’été>"), ("from_name", " "), ("from_address", "anne@"), ("language", "fr")];
        let answer = owner.send("/lists/new", &fields).await;
        assert_eq!(answer.status(), 422);
        let text = answer.text().await.unwrap();
        assert!(text.contains("value=\"Lettre &#60;d’été&#62;\""), "what was typed is kept, and escaped");
        for field in ["from_name", "from_address"] {
            assert!(text.contains(&format!("id=\"{field}-problem\"")), "{field}");
        }
        assert!(!text.contains("id=\"name-problem\""));
        app.stop().await;
    });
}

#[test]
fn a_preview_runs_in_a_policy_in_which_nothing_acts() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        app.create_account("Papeterie").await;
        let owner = Browser::signed_in(&app, "Papeterie").await;
        let fields = [("subject", "Hi"), ("body_format", "markdown"), ("body", "# Big\n<script>alert(1)</script>")];
        let answer = owner.send("/campaigns/preview", &fields).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("<h1>Big</h1>") && !text.contains("<script"), "{text}");
        app.stop().await;
    });
}

#[test]
fn a_schedule_that_is_refused_names_every_reason_and_stays_a_draft() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letter", "en").await;
        let campaign = customer.campaign(&list, "Hello").await;
        let owner = Browser::signed_in(&app, "Papeterie").await;
        let fields = [("pace", "rate"), ("per_hour", "0"), ("timezone", "UTC")];
        let answer = owner.send(&format!("/campaigns/{campaign}/schedule"), &fields).await;
        assert_eq!(answer.status(), 422);
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("Nobody on this list has confirmed yet.") && text.contains("This pace would send nothing."),
            "{text}"
        );
        assert_eq!(app.number("SELECT count(*) AS number FROM campaigns WHERE state = 'draft'").await, 1);
        app.stop().await;
    });
}

/// BNC-05, PAC-07: the operator sees and sets when mail that comes back has consequences.
#[test]
fn bnc_05_the_operator_sees_and_sets_the_thresholds() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (operator, owner) = (Browser::operator(&app).await, Browser::signed_in(&app, "Papeterie").await);
        let path = "/operator/thresholds";
        assert_eq!(owner.get(path).await.status(), 404);
        let text = operator.text(path).await;
        for shown in ["name=\"soft_bounces\" value=\"5\"", "name=\"soft_bounce_days\" value=\"15\"", "value=\"0.3\""] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert!(operator.text("/operator").await.contains(path), "there is a way to it");
        let wanted = [("soft_bounces", "4"), ("soft_bounce_days", "20"), ("bounces", "4,5"), ("complaints", "0.2")];
        assert_eq!(owner.send(path, &wanted).await.status(), 404);
        assert_eq!(operator.send(path, &wanted).await.status(), 303);
        let text = operator.text(path).await;
        assert!(text.contains("name=\"soft_bounces\" value=\"4\"") && text.contains("value=\"4.5\""), "{text}");
        assert_eq!(customer.get("/account/brakes").await["complaints_percent"], 0.2, "it holds at once");
        let nonsense = [("soft_bounces", "1"), ("soft_bounce_days", "x"), ("bounces", "21"), ("complaints", "")];
        let answer = operator.send(path, &nonsense).await;
        assert_eq!(answer.status(), 422);
        let text = answer.text().await.unwrap();
        assert_eq!(
            text.matches("aria-invalid").count(),
            4,
            "each wrong field says so, and keeps what was typed: {text}"
        );
        assert!(text.contains("value=\"21\"") && text.contains("Between 15 and 180"), "{text}");
        assert_eq!(customer.get("/account/brakes").await["complaints_percent"], 0.2, "nothing was changed");
        let acts =
            "SELECT count(*) AS number FROM audit_entries WHERE action = 'brakes.bounds' AND actor LIKE 'operator:%'";
        assert_eq!(app.number(acts).await, 1);
        app.stop().await;
    });
}

#[test]
fn the_operator_sees_the_lanes_sets_one_opens_one_and_limits_an_account() {
    on_both_databases(|kind| async move {
        let app = start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (operator, owner) = (Browser::operator(&app).await, Browser::signed_in(&app, "Papeterie").await);
        let now = app.app.clock.now();
        let reply = "451 4.7.650 rate limited due to IP reputation".to_owned();
        let answer = Answer { lane: "microsoft".to_owned(), account: None, reply, heard: Heard::Throttled };
        app.app.db.write(move |conn| lanes::hear(conn, &answer, now)).await.unwrap();
        for page in ["/operator/lanes", "/operator/lanes/now"] {
            let text = operator.text(page).await;
            assert!(text.contains("Stopped") && text.contains("4.7.650") && text.contains("Orange"), "{page}: {text}");
            assert!(!text.contains("style=\"") && !text.contains("onclick"), "{page} has something inline");
            assert_eq!(owner.get(page).await.status(), 404, "{page}");
        }
        let ceilings = [("hourly", "1234"), ("connections", ""), ("messages", "77")];
        assert_eq!(owner.send("/operator/lanes/google", &ceilings).await.status(), 404);
        assert_eq!(operator.send("/operator/lanes/google", &ceilings).await.status(), 303);
        let text = operator.text("/operator/lanes").await;
        assert!(text.contains("value=\"1234\"") && text.contains("value=\"77\""), "{text}");
        let nonsense = [("hourly", "0")];
        let answer = operator.send("/operator/lanes/google", &nonsense).await;
        assert!(answer.headers()["location"].to_str().unwrap().ends_with("lane-bad-count"));
        assert_eq!(operator.send("/operator/lanes/nobody", &ceilings).await.status(), 404);
        operator.send("/operator/lanes/microsoft/open", &[("reason", "they answered our letter")]).await;
        assert!(!operator.text("/operator/lanes").await.contains("4.7.650"));
        let path = format!("/operator/accounts/{}/limits", customer.id);
        operator.send(&path, &[("hourly", "500"), ("daily", "")]).await;
        let limits = customer.get("/account").await["limits"].clone();
        assert_eq!(limits, json!({ "hourly": 500, "daily": null, "pool": null }));
        let acts = "SELECT count(*) AS number FROM audit_entries \
             WHERE action IN ('lane.set', 'lane.open', 'account.limits') AND actor LIKE 'operator:%'";
        assert_eq!(app.number(acts).await, 3);
        app.stop().await;
    });
}
