//! The pages for readers, in Chromium: judged by axe-core, gone through by the keyboard alone, on a narrow screen, in the
//! dark, and without any script (A11Y-01: WCAG 2.2 AA).

use chrono::TimeDelta;
use estampille::clock::Clock;
use estampille::storage::{DeliveryId, Timestamp};
use estampille::subscriptions::digests;
use fantoccini::key::Key;
use serde_json::json;

use crate::support::app::{PASSWORD, owner_of};
use crate::support::browser::Browser;
use crate::support::{Customer, DatabaseKind, Mail, TestApp, databases};

const ROSE: &str = "rose@reader.example";
/// As long as somebody waits of whose machine no work comes.
const WAIT: TimeDelta = TimeDelta::seconds(20);

/// An installation whose clock the story turns.
async fn installation() -> TestApp {
    let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
    let mut app = TestApp::start_with(DatabaseKind::Sqlite, &[], clock).await;
    // A goodbye, a second pass: not every mail of these stories is read.
    app.forgive_left_over();
    app
}

/// A list with everything that a list can have.
async fn list(customer: &Customer<'_>, name: &str, language: &str) -> String {
    let body = json!({
        "name": name, "from_name": "Imprimerie Martin", "from_address": "news@sender.example", "language": language,
        "description": "Once a month: a paper, a press, a story.", "archive": true, "welcome_mail": true,
    });
    customer.post("/lists", &body).await["id"].as_str().unwrap().to_owned()
}

async fn form(customer: &Customer<'_>, list: &str) -> String {
    let body = json!({
        "title": "Our letter", "consent_text": "I want the letter, once a month.",
        "fields": [
            { "name": "first_name", "label": "First name", "required": true },
            { "name": "town", "label": "Town", "required": false },
        ],
        "allowed_origins": [],
    });
    customer.post(&format!("/lists/{list}/forms"), &body).await["url"].as_str().unwrap().to_owned()
}

/// A customer with a list and its form: the id of the list, and the address of the form.
async fn letters(app: &TestApp) -> (Customer<'_>, String, String) {
    let customer = app.create_account("Papeterie").await;
    let list_id = list(&customer, "Letters", "en").await;
    let form = form(&customer, &list_id).await;
    (customer, list_id, form)
}

/// A campaign that went out, with pictures, a table, merge fields and a link of the reader's in it; the mail.
async fn campaign(app: &TestApp, customer: &Customer<'_>, list: &str) -> Mail {
    let body = json!({
        "list_id": list, "subject": "The paper of the month",
        "body_html": "<h1>Cotton</h1><p>Dear {{ attributes.first_name }}, <a href=\"https://paper.example/cotton\">read \
            on</a>.</p><table width=\"900\" bgcolor=\"#ff0000\"><tr><th>Weight</th><td>300 g</td></tr></table>\
            <p style=\"color:#eee\">Pale words. <a href=\"{{ unsubscribe_url }}\">Leave</a></p>",
    });
    let id = customer.post("/campaigns", &body).await["id"].as_str().unwrap().to_owned();
    customer.schedule(&id, &json!({ "spread_over": "PT1S" })).await;
    customer.until_planned(&id).await;
    app.app.clock.advance(TimeDelta::seconds(30));
    let mail = app.inbox.next_to(ROSE).await;
    customer.until_campaign(&id, "finished").await;
    mail
}

/// One page, on a desk in the light and on the narrowest phone in the dark.
async fn judge(browser: &Browser, what: &str) {
    for (width, theme) in [(1280, "light"), (320, "dark")] {
        browser.look_on(width, theme).await;
        let found = browser.axe().await;
        assert!(found.is_empty(), "{what} at {width} px, {theme}:\n{}", found.join("\n"));
        if browser.is_too_wide().await {
            panic!("{what} scrolls sideways at {width} px (WCAG 1.4.10):\n{}", browser.what_sticks_out().await);
        }
        assert_eq!(browser.count("h1").await, 1, "{what} has one heading");
    }
    browser.look_on(1280, "light").await;
}

/// A11Y-01.
#[test]
fn a11y_01_axe_finds_nothing_on_any_page_for_readers_in_either_language() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = installation().await;
        for language in ["en", "fr"] {
            let customer = app.create_account(&format!("Papeterie {language}")).await;
            let list = list(&customer, &format!("Letters {language}"), language).await;
            let form = form(&customer, &list).await;
            let browser = Browser::open(1280, 900).await;
            browser.forbid_workers().await;
            come(&app, &browser, &form, language).await;
            let mail = campaign(&app, &customer, &list).await;
            own_page(&app, &browser, &mail).await;
            go(&app, &browser, &mail).await;
            for page in ["", "/00000000-0000-0000-0000-000000000000"] {
                browser.visit(&format!("{}/archive/{list}{page}", app.url)).await;
                judge(&browser, "the archive").await;
            }
            browser.visit(&format!("{}/archive/{list}", app.url)).await;
            browser.leaving(browser.press("The paper of the month")).await;
            browser.see("Dear").await;
            judge(&browser, "a letter").await;
            let held = app.number("SELECT max(id) AS number FROM deliveries WHERE kind = 'campaign'").await;
            let token = digests::letter_token(&app.app.keys, DeliveryId(held));
            browser.visit(&format!("{}/letter/{token}", app.url)).await;
            browser.see("Dear").await;
            judge(&browser, "a letter of a digest").await;
            browser.close().await;
            app.app.clock.advance(TimeDelta::days(40));
        }
        app.stop().await;
    });
}

/// The form, and everything up to the stamp.
async fn come(app: &TestApp, browser: &Browser, form: &str, language: &str) {
    ask(app, browser, &format!("{form}?language={language}")).await;
    let link = app.inbox.next_to(ROSE).await.link("/confirm/");
    browser.visit(&link).await;
    judge(browser, "the confirmation").await;
    browser.leaving(browser.submit()).await;
    browser.wait_for(".stamp").await;
    judge(browser, "the stamp").await;
    browser.visit(&link).await;
    judge(browser, "already confirmed").await;
    app.inbox.next_to(ROSE).await;
}

/// The form, sent with flaws, too quickly, and well.
async fn ask(app: &TestApp, browser: &Browser, form: &str) {
    browser.visit(form).await;
    judge(browser, "the form").await;
    fill_in(browser, "nobody@nowhere", " ").await;
    browser.wait_for("[role='alert']").await;
    judge(browser, "the form that comes back").await;
    fill_in(browser, ROSE, "Rose").await;
    // Of who was so quick some work is asked; where it cannot be done, the page waits for a person.
    browser.wait_for("[data-wait]:not([hidden])").await;
    judge(browser, "one moment").await;
    app.app.clock.advance(WAIT);
    browser.leaving(browser.submit()).await;
    assert_eq!(browser.count("form").await, 0, "the signup was refused:\n{}", browser.text().await);
    judge(browser, "check your inbox").await;
}

async fn fill_in(browser: &Browser, address: &str, first_name: &str) {
    browser.fill("address", address).await;
    browser.fill("attributes[first_name]", first_name).await;
    browser.tick("consent").await;
    browser.leaving(browser.submit()).await;
}

/// From the link of a mail to the page, and everything that can be done there.
async fn own_page(app: &TestApp, browser: &Browser, mail: &Mail) {
    browser.visit(&mail.link("/preferences/")).await;
    judge(browser, "the door of the own page").await;
    browser.leaving(browser.submit()).await;
    judge(browser, "a pass is on its way").await;
    let own = app.inbox.next_to(ROSE).await.link("/preferences/");
    browser.visit(&own).await;
    browser.open_details().await;
    judge(browser, "the own page").await;
    browser.fill("attributes[first_name]", " ").await;
    browser.leaving(browser.submit_to("/answers")).await;
    browser.wait_for("[role='alert']").await;
    judge(browser, "the own page with a refused answer").await;
    another_address(app, browser).await;
    browser.visit(&format!("{own}/erase")).await;
    judge(browser, "the second step of an erasure").await;
}

/// A change of address that one of the two mailboxes refuses.
async fn another_address(app: &TestApp, browser: &Browser) {
    browser.fill("address", "rose@balbec.example").await;
    browser.leaving(browser.submit_to("/address")).await;
    browser.wait_for("[role='status']").await;
    judge(browser, "the own page after a wish").await;
    let change = app.inbox.next_to(ROSE).await.link("/address/");
    browser.visit(&change).await;
    judge(browser, "a new address?").await;
    browser.leaving(browser.submit()).await;
    judge(browser, "the other mailbox").await;
    browser.visit(&app.inbox.next_to("rose@balbec.example").await.link("/address/")).await;
    browser.leaving(browser.submit_to("/refuse")).await;
    judge(browser, "the address stays").await;
    browser.visit(&change).await;
    judge(browser, "a change that is over").await;
}

/// Leaving, and what follows.
async fn go(app: &TestApp, browser: &Browser, mail: &Mail) {
    let link = mail.link("/unsubscribe/");
    browser.visit(&link).await;
    judge(browser, "the way out").await;
    browser.leaving(browser.submit()).await;
    browser.wait_for("#why").await;
    judge(browser, "out").await;
    browser.choose("reason", "too_often").await;
    browser.fill("comment", "Twice a day!").await;
    browser.leaving(browser.submit_to("/reason")).await;
    browser.wait_for("[role='status']").await;
    judge(browser, "thank you").await;
    app.app.clock.advance(TimeDelta::hours(1));
    browser.visit(&link).await;
    judge(browser, "out before").await;
    browser.leaving(browser.submit_to("/undo")).await;
    judge(browser, "asked for again").await;
    let again = app.inbox.next_to(ROSE).await.link("/confirm/");
    app.app.clock.advance(TimeDelta::days(8));
    browser.visit(&again).await;
    judge(browser, "too late").await;
    browser.visit(&format!("{}/confirm/nonsense", app.url)).await;
    judge(browser, "no such page").await;
}

/// A11Y-01: WCAG 2.1.1, 2.4.3, 2.4.7, 2.4.11.
#[test]
fn a11y_01_every_journey_of_a_reader_can_be_gone_by_the_keyboard_alone() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = installation().await;
        let (customer, list_id, form) = letters(&app).await;
        let browser = Browser::open(1280, 900).await;
        come_by_keyboard(&app, &browser, &form).await;
        let mail = campaign(&app, &customer, &list_id).await;
        own_page_by_keyboard(&app, &browser, &mail).await;
        go_by_keyboard(&app, &browser, &mail).await;
        browser.close().await;
        app.stop().await;
    });
}

/// From the form to the stamp.
async fn come_by_keyboard(app: &TestApp, browser: &Browser, form: &str) {
    browser.visit(form).await;
    browser.tab_to("Your mail address").await;
    browser.type_in(ROSE).await;
    browser.tab_to("First name").await;
    browser.type_in("Rose").await;
    browser.tab_to("I want the letter").await;
    browser.type_in(" ").await;
    // So quickly that some work is asked: the page in between does it and goes on by itself.
    browser.enter_on("Sign up").await;
    browser.see("Look into your mailbox").await;
    browser.visit(&app.inbox.next_to(ROSE).await.link("/confirm/")).await;
    browser.leaving(browser.enter_on("Yes, I confirm")).await;
    browser.see("Confirmed").await;
    app.inbox.next_to(ROSE).await;
}

/// How often, an answer, another address.
async fn own_page_by_keyboard(app: &TestApp, browser: &Browser, mail: &Mail) {
    browser.visit(&mail.link("/preferences/")).await;
    browser.leaving(browser.enter_on("Send me the link")).await;
    browser.see("Look into your mailbox").await;
    browser.visit(&app.inbox.next_to(ROSE).await.link("/preferences/")).await;
    browser.enter_on("Less often, or a pause").await;
    browser.tab_to("Every mail").await;
    browser.key(Key::Down).await;
    browser.key(Key::Down).await;
    // The words of the choice stand on the page before it as well.
    browser.leaving(browser.enter_on("Save")).await;
    browser.see("At most one mail a week").await;
    browser.tab_to("Town").await;
    browser.type_in("Combray").await;
    browser.leaving(browser.enter_on("Save")).await;
    browser.see("Saved.").await;
    browser.tab_to("New address").await;
    browser.type_in("rose@balbec.example").await;
    browser.leaving(browser.enter_on("Change the address")).await;
    browser.see("rose@balbec.example waits").await;
    for who in [ROSE, "rose@balbec.example"] {
        browser.visit(&app.inbox.next_to(who).await.link("/address/")).await;
        browser.leaving(browser.enter_on("Yes, I agree")).await;
    }
    browser.see("The address has changed").await;
}

/// Out, why, and asked for again by somebody who then says no.
async fn go_by_keyboard(app: &TestApp, browser: &Browser, mail: &Mail) {
    browser.visit(&mail.link("/unsubscribe/")).await;
    browser.leaving(browser.enter_on("Leave the list")).await;
    browser.see("You have left").await;
    browser.tab_to("It was too much mail").await;
    browser.type_in(" ").await;
    browser.tab_to("In your own words").await;
    browser.type_in("Twice a day").await;
    browser.leaving(browser.enter_on("Send the answer")).await;
    browser.see("Thank you").await;
    app.app.clock.advance(TimeDelta::hours(1));
    browser.leaving(browser.enter_on("Ask for the list again")).await;
    browser.see("Look into your mailbox").await;
    browser.visit(&app.inbox.next_to("rose@balbec.example").await.link("/confirm/")).await;
    browser.leaving(browser.enter_on("I did not ask for this")).await;
    browser.see("Understood").await;
}

/// A11Y-01: nothing on the pages for readers needs a script.
#[test]
fn a11y_01_every_journey_of_a_reader_works_in_a_browser_without_scripts() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = installation().await;
        let (customer, list_id, form) = letters(&app).await;
        let browser = Browser::open(1280, 900).await;
        browser.forbid_scripts().await;
        come_without_scripts(&app, &browser, &form).await;
        let mail = campaign(&app, &customer, &list_id).await;
        stay_and_go_without_scripts(&app, &browser, &mail).await;
        browser.close().await;
        app.stop().await;
    });
}

/// From the form to the stamp.
async fn come_without_scripts(app: &TestApp, browser: &Browser, form: &str) {
    browser.visit(form).await;
    browser.fill("address", ROSE).await;
    browser.fill("attributes[first_name]", "Rose").await;
    browser.tick("consent").await;
    browser.leaving(browser.press("Sign up")).await;
    browser.see("One moment").await;
    app.app.clock.advance(WAIT);
    browser.leaving(browser.press("Go on")).await;
    browser.see("Look into your mailbox").await;
    browser.visit(&app.inbox.next_to(ROSE).await.link("/confirm/")).await;
    browser.leaving(browser.press("Yes, I confirm")).await;
    browser.see("Confirmed").await;
    app.inbox.next_to(ROSE).await;
}

/// The own page, a way in and back, and out.
async fn stay_and_go_without_scripts(app: &TestApp, browser: &Browser, mail: &Mail) {
    browser.visit(&mail.link("/preferences/")).await;
    browser.leaving(browser.press("Send me the link")).await;
    browser.see("Look into your mailbox").await;
    browser.visit(&app.inbox.next_to(ROSE).await.link("/preferences/")).await;
    browser.press("Less often, or a pause").await;
    browser.choose("frequency", "month").await;
    // The words of the choice stand on the page before it as well.
    browser.leaving(browser.press("Save")).await;
    browser.see("At most one mail a month").await;
    browser.leaving(browser.press("Erase everything")).await;
    browser.leaving(browser.press("Back, erase nothing")).await;
    browser.leaving(browser.press("Leave “Letters”")).await;
    browser.see("You have left “Letters”.").await;
    browser.visit(&mail.link("/unsubscribe/")).await;
    browser.leaving(browser.press("Ask for the list again")).await;
    browser.see("Look into your mailbox").await;
}

#[test]
fn axe_finds_nothing_on_the_pages_of_a_user() {
    databases::on(DatabaseKind::Sqlite, async {
        let app = installation().await;
        let (customer, list_id, form) = letters(&app).await;
        customer.sign_up_as(&form, ROSE, "Rose").await;
        app.confirm(&app.inbox.next_to(ROSE).await.link("/confirm/")).await;
        app.inbox.next_to(ROSE).await;
        campaign(&app, &customer, &list_id).await;
        let draft = customer.campaign(&list_id, "A draft").await;
        let person = customer.get(&format!("/subscribers?address={ROSE}")).await["items"][0]["id"].clone();
        let form = format!("/lists/{list_id}/forms/{}", form.rsplit('/').next().unwrap());
        let browser = Browser::open(1280, 900).await;
        browser.visit(&format!("{}/sign-in", app.url)).await;
        judge(&browser, "sign-in").await;
        browser.sign_in(&app.url, &owner_of("Papeterie"), PASSWORD).await;
        let own = [
            format!("/lists/{list_id}"),
            format!("/lists/{list_id}/settings"),
            form,
            format!("/campaigns/{draft}"),
            format!("/campaigns/{draft}/edit"),
            format!("/campaigns/{draft}/schedule"),
            format!("/subscribers/{}", person.as_str().unwrap()),
        ];
        let pages =
            ["/", "/lists", "/lists/new", "/subscribers", "/campaigns", "/bounces", "/suppressions", "/settings"];
        for page in pages.map(str::to_owned).into_iter().chain(own) {
            browser.visit(&format!("{}{page}", app.url)).await;
            judge(&browser, &page).await;
        }
        browser.close().await;
        app.stop().await;
    });
}
