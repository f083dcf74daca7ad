//! What was on a person's screen can be drawn again, whatever became of the form and its list since.

use chrono::TimeDelta;
use estampille::forms::{self, Field, FormChange, Look, Style};
use estampille::lists::{self, ListChange};
use estampille::storage::FormId;
use serde_json::json;

use super::{form_with, story, url_of};
use crate::people::world::on_both;

#[test]
fn a_version_is_drawn_again_as_it_was_after_words_look_list_and_form_are_gone() {
    on_both(|mut world| {
        let (account, form, list) = (world.account, world.form.id, world.list.id);
        let first = forms::draw_again(&mut world.conn, account, (form, 1), None).unwrap().unwrap();
        assert!(first.html.contains("I want the letter, twice a month."), "{}", first.html);
        assert_eq!((first.shown_from, first.shown_until), (world.now, None));
        let began = world.now;
        world.later(TimeDelta::days(1));
        let change = FormChange {
            title: Some("Another letter".to_owned()),
            fields: Some(vec![Field::text("town", "Town", true)]),
            look: Some(Look { style: Style::Styled, accent: "#b3261e".parse().ok(), ..Look::default() }),
            ..FormChange::default()
        };
        world.write(|conn, _, now| forms::change(conn, account, form, &change, now));
        let changed_at = world.now;
        world.later(TimeDelta::days(1));
        world.write(|conn, _, now| forms::close(conn, account, form, now));
        world.write(|conn, _, now| lists::close(conn, account, list, now));
        world.break_in();
        world.tamper("UPDATE form_versions SET stylesheet = stylesheet || '.of-then{}' WHERE version = 1");
        let first = forms::Drawn { stylesheet: format!("{}.of-then{{}}", first.stylesheet), ..first };
        let again = forms::draw_again(&mut world.conn, account, (form, 1), None).unwrap().unwrap();
        assert_eq!((&again.html, &again.stylesheet, &again.wording), (&first.html, &first.stylesheet, &first.wording));
        assert_eq!((again.shown_from, again.shown_until), (began, Some(changed_at)));
        let second = forms::draw_again(&mut world.conn, account, (form, 2), None).unwrap().unwrap();
        assert!(
            second.html.contains("Another letter") && second.stylesheet.contains("--ef-accent:#b3261e"),
            "{second:?}"
        );
        let other = world.other_account("Other");
        for (account, form, version) in [(other, form, 1), (account, form, 3), (account, FormId::new(), 1)] {
            assert_eq!(forms::draw_again(&mut world.conn, account, (form, version), None).unwrap(), None);
        }
    });
}

#[test]
fn a_version_from_before_pages_were_kept_is_drawn_from_its_words_and_renewed_when_it_is_shown() {
    on_both(|mut world| {
        let (account, form) = (world.account, world.form.id);
        let kept = forms::draw_again(&mut world.conn, account, (form, 1), None).unwrap().unwrap();
        world.break_in();
        world.tamper("UPDATE form_versions SET drawn = '{}', stylesheet = '', edition = 0");
        assert_eq!(forms::draw_again(&mut world.conn, account, (form, 1), None).unwrap().unwrap(), kept);
        let old = forms::find_public(&mut world.conn, form).unwrap().unwrap();
        assert!(forms::is_stale(&mut world.conn, &old).unwrap());
        let new = world.write(|conn, _, now| forms::renew(conn, form, now)).unwrap();
        assert_eq!((new.version, &new.wording), (2, &old.wording));
        assert!(!forms::is_stale(&mut world.conn, &new).unwrap());
        let same = world.write(|conn, _, now| forms::renew(conn, form, now)).unwrap();
        assert_eq!(same.version, 2, "nothing changed since");
    });
}

#[test]
fn a_list_that_says_something_else_of_itself_makes_a_new_version_when_the_form_is_shown() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = form_with(&customer, &list, json!({})).await;
        let url = url_of(&form);
        assert!(app.web.get(&url).send().await.unwrap().text().await.unwrap().contains("News of the house"));
        let (account, id) = (customer.id, list.parse().unwrap());
        let change = ListChange { description: Some("News of the garden".to_owned()), ..ListChange::default() };
        app.app.db.write(move |conn| lists::change(conn, account, id, &change)).await.unwrap();
        for _ in 0..3 {
            let page = app.web.get(&url).send().await.unwrap().text().await.unwrap();
            assert!(page.contains("News of the garden"), "{page}");
        }
        let now = customer.get(&format!("/forms/{}", form["id"].as_str().unwrap())).await;
        assert_eq!((form["version"].as_i64(), now["version"].as_i64()), (Some(1), Some(2)));
    });
}

#[test]
fn what_the_page_shows_is_what_is_drawn_again() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "fr").await;
        let form =
            form_with(&customer, &list, json!({ "fields": [{ "name": "x", "label": "Né le", "kind": "date" }] })).await;
        let (account, id) = (customer.id, form["id"].as_str().unwrap().parse().unwrap());
        let drawn =
            app.app.db.read(move |conn| forms::draw_again(conn, account, (id, 1), None)).await.unwrap().unwrap();
        let page = app.web.get(url_of(&form)).send().await.unwrap().text().await.unwrap();
        let words = |html: &str| {
            let from = html.find("<label").unwrap();
            let until = html.rfind("</form>").unwrap();
            html[from..until].to_owned()
        };
        assert_eq!(words(&page), words(&drawn.html));
    });
}
