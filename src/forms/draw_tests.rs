use super::super::{Corners, Font, Offer, Purpose, Style};
use super::*;
use crate::keyring::{digest, hex};
use crate::storage::ListId;

/// A form with everything a form can have.
fn rich() -> Wording {
    let offer = |number: u128, name: &str| Offer {
        list_id: ListId(uuid::Uuid::from_u128(number)),
        name: name.to_owned(),
        description: "Once a month".to_owned(),
    };
    Wording {
        title: "Our <letter>".to_owned(),
        intro: "News of the house".to_owned(),
        consent_text: "I want the letter & nothing else.".to_owned(),
        fields: vec![
            Field::text("first_name", "First name", true),
            Field {
                kind: FieldKind::Choice,
                options: vec!["Red".to_owned(), "\"Blue\"".to_owned()],
                ..Field::text("colour", "Colour", false)
            },
            Field { kind: FieldKind::Date, ..Field::text("born", "Born", false) },
            Field { kind: FieldKind::Number, ..Field::text("shoes", "Shoes", false) },
        ],
        purposes: vec![Purpose { name: "calls".to_owned(), text: "You may call me.".to_owned(), required: false }],
        offers: vec![offer(1, "Letters"), offer(2, "Stamps")],
        ..Wording::default()
    }
}

fn problems(names: &[&str]) -> Filling {
    let problems = names.iter().map(|name| ((*name).to_owned(), "wrong".to_owned())).collect();
    Filling { problems, ..Filling::default() }
}

/// When this fails, what is on people's screens has changed: raise [`EDITION`], then write the new names here.
#[test]
fn what_is_drawn_belongs_to_its_edition() {
    let name = |text: &str| hex(digest(text.as_bytes()).get(..8).unwrap());
    // A further language draws further forms, and none of these differently.
    let drawings = drawings(&rich()).unwrap();
    let drawn = ["en", "fr"].map(|tag| drawings[tag].as_str()).concat();
    let colour = |text: &str| text.parse().ok();
    let look = Look {
        style: Style::Styled,
        accent: colour("#b3261e"),
        text: colour("#222222"),
        background: colour("#ffffff"),
        corners: Corners::Round,
        font: Font::Serif,
    };
    let styles = stylesheet(&look);
    let found = (EDITION, name(&drawn), name(&styles));
    assert_eq!(found, (3, "d3d305a342f69033".to_owned(), "02aaaff26c31dc0c".to_owned()), "{drawn}\n{styles}");
}

#[test]
fn texts_of_the_customer_are_texts_and_no_markup() {
    let html = draw(&rich(), Language::ENGLISH, &Filling::default()).unwrap();
    assert!(!html.contains("<letter>") && !html.contains("\"Blue\"\""), "{html}");
}

#[test]
fn con_07_no_box_is_ever_ticked_beforehand() {
    let answers = [("first_name", "on"), ("calls", "yes")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for filling in [
        Filling::default(),
        Filling { answers: answers.into(), ..Filling::default() },
        problems(&["consent", "lists", "consents[calls]"]),
    ] {
        let html = draw(&rich(), Language::ENGLISH, &filling).unwrap();
        assert!(!html.contains("checked") && html.matches("type=\"checkbox\"").count() == 4, "{html}");
    }
}

#[test]
fn a_problem_is_tied_to_its_field_and_the_first_one_gets_the_cursor() {
    let html = draw(&rich(), Language::ENGLISH, &problems(&["attributes[born]", "consent"])).unwrap();
    for part in [
        "id=\"field-born\" name=\"attributes[born]\" type=\"date\"",
        "aria-invalid=\"true\" aria-describedby=\"problem-born\" autofocus",
        "<p class=\"estampille-problem\" id=\"problem-born\">wrong</p>",
        "aria-invalid=\"true\" aria-describedby=\"consent-problem\">",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    assert_eq!(html.matches("autofocus").count(), 1);
}

#[test]
fn what_was_typed_stands_there_again() {
    let answers = [("colour", "Red"), ("first_name", "A\"B")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let filling = Filling { address: "a@b".to_owned(), answers: answers.into(), prefix: "x-", ..Filling::default() };
    let html = draw(&rich(), Language::ENGLISH, &filling).unwrap();
    for part in [
        "value=\"a@b\"",
        "<option value=\"Red\" selected>",
        "value=\"A&#34;B\"",
        "for=\"x-address\"",
        "id=\"x-address\"",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
}
