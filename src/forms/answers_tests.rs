use super::super::{Offer, Purpose};
use super::*;

fn wording(consent_text: &str) -> Wording {
    Wording {
        consent_text: consent_text.to_owned(),
        fields: vec![Field::text("first_name", "First name", true), Field::text("town", "Town", false)],
        ..Wording::default()
    }
}

fn given(pairs: &[(&str, &str)], is_consent_given: bool) -> Given {
    let attributes = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Given { attributes, is_consent_given, ..Given::default() }
}

#[test]
fn only_what_the_form_asks_for_is_kept_and_trimmed() {
    let answers = given(&[("first_name", " Anne "), ("town", ""), ("is_admin", "yes")], false);
    let kept = check_answers(&wording(""), &answers).unwrap();
    assert_eq!(kept.attributes, Attributes::from([("first_name".to_owned(), "Anne".to_owned())]));
    assert_eq!((kept.lists, kept.agreed), (Vec::new(), String::new()));
}

#[test]
fn every_flaw_is_named_with_its_field() {
    let long = "x".repeat(501);
    let flaws = check_answers(&wording("I agree"), &given(&[("town", &long)], false)).unwrap_err();
    let expected = [
        ("attributes[first_name]", AnswerFlaw::Missing),
        ("attributes[town]", AnswerFlaw::TooLong),
        ("consent", AnswerFlaw::NoConsent),
    ];
    assert_eq!(flaws, expected.map(|(field, flaw)| (field.to_owned(), flaw)));
}

#[test]
fn each_kind_of_question_takes_its_kind_of_answer() {
    let field = |kind| Field { kind, options: vec!["Red".to_owned()], ..Field::text("x", "X", false) };
    for (kind, answer, kept) in [
        (FieldKind::Choice, "Red", Ok("Red")),
        (FieldKind::Choice, "red", Err(AnswerFlaw::NoOption)),
        (FieldKind::Date, "2024-02-29", Ok("2024-02-29")),
        (FieldKind::Date, "2023-02-29", Err(AnswerFlaw::NoDate)),
        (FieldKind::Date, "29.02.2024", Err(AnswerFlaw::NoDate)),
        (FieldKind::Number, "3,5", Ok("3.5")),
        (FieldKind::Number, "-12", Ok("-12")),
        (FieldKind::Number, "inf", Err(AnswerFlaw::NoNumber)),
        (FieldKind::Number, "1e5", Err(AnswerFlaw::NoNumber)),
        (FieldKind::Number, "1.2.3", Err(AnswerFlaw::NoNumber)),
    ] {
        assert_eq!(judged(&field(kind), answer), kept.map(|kept| Some(kept.to_owned())), "{kind} {answer}");
    }
}

#[test]
fn con_07_each_purpose_has_its_own_yes_and_only_ticked_words_are_agreed_to() {
    let purpose = |name: &str, required| Purpose { name: name.to_owned(), text: format!("I want {name}"), required };
    let asked = Wording { purposes: vec![purpose("calls", false), purpose("terms", true)], ..wording("I agree") };
    let mut answers = given(&[("first_name", "Anne")], true);
    assert_eq!(
        check_answers(&asked, &answers).unwrap_err(),
        vec![("consents[terms]".to_owned(), AnswerFlaw::NoConsent)]
    );
    answers.purposes.insert("terms".to_owned());
    let kept = check_answers(&asked, &answers).unwrap();
    assert_eq!(kept.agreed, "I agree\nI want terms");
    assert_eq!((kept.attributes.get("terms").map(String::as_str), kept.attributes.get("calls")), (Some("yes"), None));
}

#[test]
fn only_offered_lists_can_be_chosen_and_one_must_be() {
    let [one, two, strange] = [ListId::new(), ListId::new(), ListId::new()];
    let offer = |list_id| Offer { list_id, name: "List".to_owned(), description: String::new() };
    let asked = Wording { offers: vec![offer(one), offer(two)], ..Wording::default() };
    let choose = |lists: &[ListId]| {
        check_answers(&asked, &Given { lists: lists.iter().map(ToString::to_string).collect(), ..Given::default() })
    };
    assert_eq!(choose(&[two, strange]).unwrap().lists, vec![two]);
    assert_eq!(choose(&[two, one, one]).unwrap().lists, vec![one, two]);
    assert_eq!(choose(&[strange]).unwrap_err(), vec![("lists".to_owned(), AnswerFlaw::NoList)]);
}
