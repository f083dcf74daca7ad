//! Whole mails as readers get them. Only what varies from run to run is hidden; everything else is read by the snapshot.

use estampille::clock::Clock;
use estampille::storage::Conn;
use estampille::subscriptions::{Frequency, Rhythm};
use estampille::{subscribers, subscriptions};
use insta::assert_snapshot;

use crate::support::{DatabaseKind, Mail, TestApp, databases};

#[test]
fn the_confirmation_mail_in_english() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = confirmation("en").await;
        assert_snapshot!("confirmation_en", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn the_confirmation_mail_in_french() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = confirmation("fr").await;
        assert_snapshot!("confirmation_fr", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn the_mail_of_a_campaign_in_english() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = campaign("en").await;
        assert_snapshot!("campaign_en", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn the_mail_of_a_campaign_in_french() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = campaign("fr").await;
        assert_snapshot!("campaign_fr", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn the_welcome_the_goodbye_the_pass_and_the_change_of_address_in_english() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, [welcome, pass, old, new, goodbye]) = to_reader("en").await;
        assert_snapshot!("welcome_en", steady(&app, &welcome));
        assert_snapshot!("pass_en", steady(&app, &pass));
        assert_snapshot!("address_change_old_en", steady(&app, &old));
        assert_snapshot!("address_change_new_en", steady(&app, &new));
        assert_snapshot!("goodbye_en", steady(&app, &goodbye));
        app.stop().await;
    });
}

#[test]
fn the_welcome_the_goodbye_the_pass_and_the_change_of_address_in_french() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, [welcome, pass, old, new, goodbye]) = to_reader("fr").await;
        assert_snapshot!("welcome_fr", steady(&app, &welcome));
        assert_snapshot!("pass_fr", steady(&app, &pass));
        assert_snapshot!("address_change_old_fr", steady(&app, &old));
        assert_snapshot!("address_change_new_fr", steady(&app, &new));
        assert_snapshot!("goodbye_fr", steady(&app, &goodbye));
        app.stop().await;
    });
}

#[test]
fn the_digest_in_english() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = digest("en").await;
        assert_snapshot!("digest_en", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn the_digest_in_french() {
    databases::on(DatabaseKind::Sqlite, async {
        let (app, mail) = digest("fr").await;
        assert_snapshot!("digest_fr", steady(&app, &mail));
        app.stop().await;
    });
}

#[test]
fn no_snapshot_is_left_of_a_story_that_is_gone() {
    let told = include_str!("mails.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/snapshots")).unwrap() {
        let file = entry.unwrap().file_name().to_string_lossy().into_owned();
        let name = file.strip_prefix("it__mails__").and_then(|name| name.strip_suffix(".snap"));
        assert!(name.is_some_and(|name| told.contains(&format!("(\"{name}\","))), "{file}");
    }
}

/// An installation whose clock stands still on a Sunday morning.
async fn installation() -> TestApp {
    let moment = "2026-11-22T09:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    TestApp::start_with(DatabaseKind::Sqlite, &[], Clock::standing_at(moment.into())).await
}

async fn confirmation(language: &str) -> (TestApp, Mail) {
    let app = installation().await;
    let customer = app.create_account("Papeterie").await;
    let form = customer.form(&customer.list("Les Lettres", language).await).await;
    customer.sign_up(&form, "rose@reader.example").await;
    let mail = app.inbox.next_to("rose@reader.example").await;
    app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'accepted'", 1).await;
    (app, mail)
}

async fn campaign(language: &str) -> (TestApp, Mail) {
    let app = installation().await;
    let customer = app.create_account("Papeterie").await;
    let list = customer.list("Les Lettres", language).await;
    let form = customer.form(&list).await;
    customer.stamp(&form, "rose@reader.example").await;
    let campaign = customer.send_campaign(&list, "Les timbres de décembre").await;
    customer.until_planned(&campaign).await;
    app.app.clock.advance(chrono::TimeDelta::seconds(30));
    let mail = app.inbox.next_to("rose@reader.example").await;
    customer.until_campaign(&campaign, "finished").await;
    (app, mail)
}

/// Two letters that were held back for a reader of digests.
async fn digest(language: &str) -> (TestApp, Mail) {
    let app = installation().await;
    let customer = app.create_account("Papeterie").await;
    let list = customer.list("Les Lettres", language).await;
    customer.stamp(&customer.form(&list).await, "rose@reader.example").await;
    let (account, now) = (customer.id, app.app.clock.now());
    let choose = move |conn: &mut Conn| {
        let rose = "rose@reader.example".parse().unwrap();
        let rose = subscribers::find_by_address(conn, account, &rose)?.unwrap().id;
        let subscription = subscriptions::of_subscriber(conn, rose)?.remove(0).id;
        let digest = Rhythm { frequency: Some(Frequency::DigestWeekly), paused_until: None };
        subscriptions::choose_rhythm(conn, rose, subscription, digest, now)
    };
    assert!(app.app.db.write(choose).await.unwrap());
    for subject in ["Les timbres de décembre", "Un mot <de plus> & d’excuse"] {
        let campaign = customer.send_campaign(&list, subject).await;
        customer.until_planned(&campaign).await;
        app.app.clock.advance(chrono::TimeDelta::seconds(30));
        customer.until_campaign(&campaign, "finished").await;
    }
    app.app.clock.advance(chrono::TimeDelta::days(2));
    app.restart_worker().await;
    let mail = app.inbox.next_to("rose@reader.example").await;
    app.until_number("SELECT count(*) AS number FROM deliveries WHERE kind = 'digest' AND state = 'accepted'", 1).await;
    (app, mail)
}

/// The mails that follow from what a reader does.
async fn to_reader(language: &str) -> (TestApp, [Mail; 5]) {
    let app = installation().await;
    let customer = app.create_account("Papeterie").await;
    let list = customer.list("Les Lettres", language).await;
    let both = serde_json::json!({ "welcome_mail": true, "goodbye_mail": true });
    assert_eq!(customer.call("PATCH", &format!("/lists/{list}"), Some(&both)).await.0, 200);
    customer.stamp(&customer.form(&list).await, "rose@reader.example").await;
    let welcome = app.inbox.next_to("rose@reader.example").await;
    let press = |url: String| app.web.post(url).send();
    assert_eq!(press(welcome.link("/preferences/")).await.unwrap().status(), 200);
    let pass = app.inbox.next_to("rose@reader.example").await;
    let wish = [("address", "rose@balbec.example")];
    let asked = app.web.post(format!("{}/address", pass.link("/preferences/"))).form(&wish).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let old = app.inbox.next_to("rose@reader.example").await;
    let new = app.inbox.next_to("rose@balbec.example").await;
    assert_eq!(press(welcome.link("/unsubscribe/")).await.unwrap().status(), 200);
    let goodbye = app.inbox.next_to("rose@reader.example").await;
    app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'accepted'", 6).await;
    (app, [welcome, pass, old, new, goodbye])
}

/// The envelope, the header as it stands, and the decoded parts, without what differs between two runs.
fn steady(app: &TestApp, mail: &Mail) -> String {
    let raw = mail.raw();
    let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    let head: Vec<String> = head.split("\r\n").map(hide_value).collect();
    let text = format!(
        "MAIL FROM:<{}>\nRCPT TO:<{}>\n\n{}\n\n── text ──\n{}\n── html ──\n{}",
        mail.from,
        mail.to.join(", "),
        head.join("\n"),
        mail.text().replace("\r\n", "\n"),
        mail.html().replace("\r\n", "\n"),
    );
    hide_marks(&text.replace(&app.url, "https://estampille.example"))
}

/// Fields whose value varies as a whole.
fn hide_value(line: &str) -> String {
    match line.split_once(':') {
        Some((name @ "DKIM-Signature", _)) => format!("{name}: …"),
        Some((name @ "Feedback-ID", value)) => {
            let fields: Vec<&str> = value.trim().split(':').collect();
            format!("{name}: «campaign»:«account»:{}", fields[2..].join(":"))
        }
        Some((name @ "Content-Type", value)) => {
            format!("{name}:{}", value.split("boundary").next().unwrap().trim_end_matches([' ', ';']))
        }
        _ => line.to_owned(),
    }
}

/// Signed marks, tokens and ids: runs of at least twenty letters, digits and hyphens with a digit among them. One token in
/// a few hundred has no digit; no word has twenty-four letters in a row.
fn hide_marks(text: &str) -> String {
    let is_of_mark = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let mut shown = String::new();
    let mut run = String::new();
    for letter in text.chars().chain(['\0']) {
        if is_of_mark(letter) {
            run.push(letter);
            continue;
        }
        let has_digit = run.bytes().any(|byte| byte.is_ascii_digit());
        let is_mark = run.len() >= 20 && (has_digit || run.split('-').any(|part| part.len() >= 24));
        shown.push_str(if is_mark { "«mark»" } else { &run });
        run.clear();
        if letter != '\0' {
            shown.push(letter);
        }
    }
    shown
}
