//! A form on somebody else's page, in a real browser: by script, bare and styled; in a frame; flooded; and on a page that
//! the form does not know.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{form_with, url_of};
use crate::support::browser::Browser;
use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp, until};

/// Another web site on this machine, under a name of its own: every path shows the same page.
struct Site {
    origin: String,
    listener: Option<TcpListener>,
}

impl Site {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        Self { origin, listener: Some(listener) }
    }

    /// Shows this from now on, beside a heading of its own.
    fn show(&mut self, html: &str) {
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>The club</title>\
             <body style=\"font-family:monospace\"><h1>The club</h1>{html}"
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        let listener = self.listener.take().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut asked = [0_u8; 4096];
                    if stream.read(&mut asked).await.is_ok_and(|length| length > 0) {
                        stream.write_all(answer.as_bytes()).await.ok();
                    }
                });
            }
        });
    }
}

struct Stage {
    app: TestApp,
    site: Site,
    form: Value,
}

/// An installation, another site, and a form that knows this origin.
async fn stage(look: Value, is_known: bool) -> Stage {
    let mut app = TestApp::start(DatabaseKind::Sqlite).await;
    app.forgive_left_over();
    let site = Site::open().await;
    let origins = if is_known { json!([site.origin]) } else { json!([]) };
    let form = {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let more = json!({ "allowed_origins": origins, "look": look, "fields": [
            { "name": "town", "label": "Town", "required": true },
            { "name": "colour", "label": "Colour", "kind": "choice", "options": ["Red", "Blue"] },
        ] });
        form_with(&customer, &list, more).await
    };
    Stage { app, site, form }
}

async fn asked(app: &TestApp, address: &str) {
    let mail = app.inbox.next_to(address).await;
    app.confirm(&mail.link("/confirm/")).await;
}

#[test]
fn a_script_puts_the_form_into_another_site_and_says_what_is_wrong_where_it_is() {
    on(DatabaseKind::Sqlite, async {
        let Stage { app, mut site, form } = stage(json!({}), true).await;
        site.show(form["embed_html"].as_str().unwrap());
        let browser = Browser::open(1000, 900).await;
        browser.visit(&format!("{}/join", site.origin)).await;
        browser.fill("address", "rose@gmial.com").await;
        browser.fill("attributes[town]", " ").await;
        browser.tick("consent").await;
        browser.press("Sign up").await;
        browser.see("Please fill this in.").await;
        let tied = "const input = document.querySelector('[name=\"attributes[town]\"]');
            return document.getElementById(input.getAttribute('aria-describedby')).textContent";
        assert_eq!(browser.run(tied).await, "Please fill this in.");
        browser.see("Did you mean rose@gmail.com?").await;
        browser.fill("attributes[town]", "Lyon").await;
        browser.press("Sign up with rose@gmail.com").await;
        browser.see("Look into your mailbox").await;
        browser.see("The club").await;
        asked(&app, "rose@gmail.com").await;
        browser.close().await;
    });
}

#[test]
fn a_styled_form_keeps_apart_from_the_site_and_works_for_a_flooded_form() {
    on(DatabaseKind::Sqlite, async {
        let look = json!({ "style": "styled", "accent": "#b3261e", "font": "page" });
        let Stage { app, mut site, form } = stage(look, true).await;
        for at in 0..62 {
            let address = format!("victim{at}@reader.example");
            let filled = json!({ "address": address, "consent": true, "attributes": { "town": "x" } });
            app.web.post(url_of(&form)).json(&filled).send().await.unwrap();
        }
        site.show(&format!("<style>form, input {{ display: none }}</style>{}", form["embed_html"].as_str().unwrap()));
        let browser = Browser::open(1000, 900).await;
        browser.visit(&format!("{}/join", site.origin)).await;
        let inside = "const root = document.querySelector('.estampille-embed').shadowRoot;";
        until("the form is there", || async {
            let is_there = browser.run("return !!document.querySelector('.estampille-embed')?.shadowRoot").await;
            (is_there == true).then_some(())
        })
        .await;
        let styles = format!(
            "{inside} const style = (css) => getComputedStyle(root.querySelector(css));
             return [style('input').display, style('.estampille-button').backgroundColor, style('label').fontFamily]"
        );
        assert_eq!(browser.run(&styles).await, json!(["block", "rgb(179, 38, 30)", "monospace"]));
        let send = format!(
            "{inside} const form = root.querySelector('form');
             form.elements.address.value = 'rose@reader.example';
             form.elements['attributes[town]'].value = 'Lyon';
             form.elements.consent.click();
             form.requestSubmit()"
        );
        browser.run(&send).await;
        until("the form is taken", || async {
            let said = browser.run(&format!("{inside} return root.textContent")).await;
            said.as_str().unwrap().contains("Look into your mailbox").then_some(())
        })
        .await;
        asked(&app, "rose@reader.example").await;
        browser.close().await;
    });
}

#[test]
fn on_a_page_that_the_form_does_not_know_its_own_page_takes_over() {
    on(DatabaseKind::Sqlite, async {
        let Stage { app, mut site, form } = stage(json!({}), false).await;
        site.show(form["embed_html"].as_str().unwrap());
        let browser = Browser::open(1000, 900).await;
        browser.visit(&format!("{}/join", site.origin)).await;
        browser.fill("address", "rose@reader.example").await;
        browser.fill("attributes[town]", "Lyon").await;
        browser.tick("consent").await;
        browser.press("Sign up").await;
        browser.see("Look into your mailbox").await;
        assert!(browser.url().await.starts_with(&app.url), "{}", browser.url().await);
        asked(&app, "rose@reader.example").await;
        browser.close().await;
    });
}

#[test]
fn a_frame_is_as_high_as_its_form_and_takes_people_in() {
    on(DatabaseKind::Sqlite, async {
        let Stage { app, mut site, form } = stage(json!({}), true).await;
        site.show(form["frame_html"].as_str().unwrap());
        for width in [1000, 500] {
            let browser = Browser::open(width, 900).await;
            browser.visit(&format!("{}/join", site.origin)).await;
            let high = "return document.querySelector('iframe')?.style.height ?? ''";
            until("the frame is fitted", || async {
                browser.run(high).await.as_str().is_some_and(|height| height.ends_with("px")).then_some(())
            })
            .await;
            browser.enter_frame().await;
            until("nothing scrolls", || async {
                let scrolls = "const page = document.documentElement;
                    return page.scrollHeight <= page.clientHeight && page.scrollWidth <= page.clientWidth
                        && getComputedStyle(document.body).fontFamily.includes('monospace')";
                (browser.run(scrolls).await == true).then_some(())
            })
            .await;
            let who = format!("rose{width}@reader.example");
            browser.fill("address", &who).await;
            browser.fill("attributes[town]", "Lyon").await;
            browser.tick("consent").await;
            browser.press("Sign up").await;
            browser.see("Look into your mailbox").await;
            asked(&app, &who).await;
            browser.close().await;
        }
    });
}

#[test]
fn a_frame_on_a_page_that_the_form_does_not_know_shows_nothing() {
    on(DatabaseKind::Sqlite, async {
        let Stage { app: _app, mut site, form } = stage(json!({}), false).await;
        site.show(form["frame_html"].as_str().unwrap());
        let browser = Browser::open(1000, 900).await;
        browser.visit(&format!("{}/join", site.origin)).await;
        browser.enter_frame().await;
        assert_eq!(browser.count("input").await, 0);
        browser.close().await;
    });
}
