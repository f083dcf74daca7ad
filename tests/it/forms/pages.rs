//! The page on which an account makes a form: everything it can say, what is refused, the preview, the lines to copy.

use super::{hidden, signed_in, story};
use crate::support::app::owner_of;

#[test]
fn a_form_is_made_with_look_boxes_and_lists_previewed_and_copied() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let (list, other) = (customer.list("Letters", "en").await, customer.list("Stamps", "en").await);
        let browser = signed_in(&app, &owner_of("Papeterie")).await;
        let new = format!("{}/lists/{list}/forms/new", app.url);
        let page = browser.get(&new).send().await.unwrap().text().await.unwrap();
        let csrf = hidden(&page, "csrf");
        let offered = format!("list_{other}");
        let typed = |accent: &'static str| {
            vec![
                ("csrf", csrf.as_str()),
                ("title", "Our letter"),
                ("language", "en"),
                ("consent_text", "I want it."),
                ("label_1", "Colour"),
                ("kind_1", "choice"),
                ("options_1", "Red\r\nBlue"),
                ("box_text_1", "You may call me"),
                (offered.as_str(), "yes"),
                ("look_style", "styled"),
                ("look_accent", accent),
                ("look_corners", "round"),
                ("look_font", "serif"),
                ("allowed_origins", "https://club.example"),
                ("redirect_url", "https://club.example/thanks"),
                ("refuses_roles", "yes"),
            ]
        };
        let faint = browser.post(&new).form(&typed("#ffffee")).send().await.unwrap();
        assert_eq!(faint.status(), 422);
        let faint = faint.text().await.unwrap();
        assert!(faint.contains("id=\"look_accent-problem\"") && faint.contains("value=\"You may call me\""), "{faint}");

        let drawn = browser.post(format!("{}/lists/{list}/forms/preview", app.url)).form(&typed("#b3261e")).send().await;
        let drawn = drawn.unwrap().text().await.unwrap();
        for part in ["<option value=\"Red\">", "name=\"consents[you_may_call_me]\"", "Stamps", "accent=%23b3261e"] {
            assert!(drawn.contains(part), "{part}\n{drawn}");
        }
        let (_, sheet) = drawn.split_once("/lists/look.css").unwrap();
        let sheet = format!("{}/lists/look.css{}", app.url, sheet.split_once('"').unwrap().0.replace("&#38;", "&"));
        let sheet = browser.get(sheet).send().await.unwrap();
        assert_eq!(sheet.headers()["content-type"], "text/css; charset=utf-8");
        assert!(sheet.text().await.unwrap().contains("--ef-accent:#b3261e"));
        assert_eq!(app.number("SELECT count(*) AS number FROM forms").await, 0, "a preview keeps nothing");

        let made = browser.post(&new).form(&typed("#b3261e")).send().await.unwrap();
        assert_eq!(made.status(), 303);
        let here = format!("{}{}", app.url, made.headers()["location"].to_str().unwrap());
        let page = browser.get(here).send().await.unwrap().text().await.unwrap();
        for part in ["embed.js", "frame.js", "&#60;form method=", "https://club.example/thanks", "form-preview"] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert_eq!(page.matches("data-copy=").count(), 4);
    });
}
