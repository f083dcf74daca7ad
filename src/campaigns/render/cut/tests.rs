//! What is cast is what is rendered.

use super::super::super::BodyFormat;
use super::super::Identity;
use super::*;
use crate::clock::Timestamp;
use crate::texts::Language;

fn identity() -> Identity {
    Identity {
        list_name: "News & more".into(),
        from_name: "Anne".into(),
        account_name: "Example Ltd".into(),
        postal_address: "1 Example Street\nLyon".into(),
        website: "https://example.org".into(),
        contact: "anne@example.org".into(),
        language: Language::ENGLISH,
    }
}

fn content(subject: &str, preheader: &str, body: &str, text: Option<&str>) -> Content {
    Content {
        subject: subject.into(),
        preheader: preheader.into(),
        body_format: BodyFormat::Markdown,
        body: body.into(),
        body_text: text.map(Into::into),
    }
}

fn reader(name: &str) -> Reader {
    Reader {
        address: "o'neill&co@example.net".into(),
        attributes: [("name".to_owned(), name.to_owned())].into_iter().collect(),
        unsubscribe_url: "https://lists.example.org/unsubscribe/abc".into(),
        preferences_url: "https://lists.example.org/preferences/abc".into(),
        confirmed_at: Some(Timestamp::from_micros(1_790_000_000_000_000)),
    }
}

#[test]
fn merge_fields_are_cast_as_they_would_be_rendered() {
    for content in [
        content("Hello", "", "Hello", None),
        content("For {{ attributes.name }}", "Hi {{ attributes.name }}", "# Hello *{{ attributes.name }}*", None),
        content(
            "{{ list }}",
            "soon",
            "[leave]({{ unsubscribe_url }}) [you]({{ preferences_url }}) {{ address }}\n\n{{address}}",
            None,
        ),
        content(
            "a",
            "b",
            "{{ attributes.name | default('you') | upper }} {{ attributes.none }}",
            Some("{{ lang }}\n\n"),
        ),
        content("{{ address }} & you", "", "x", Some("Leave: {{ unsubscribe_url }}")),
    ] {
        let compiled = Compiled::new(&content, identity()).expect("a content");
        let cut = compiled.cut.as_ref().unwrap_or_else(|| panic!("not cut: {content:?}"));
        for name in ["Léa", "<b>\"&'/", ""] {
            let reader = reader(name);
            let whole = compiled.render(&reader).expect("rendered");
            let values = compiled.fill(&reader).expect("a mould").expect("filled");
            assert_eq!(joined(&cut.subject, &values), whole.subject);
            assert_eq!(joined(&cut.text, &values), whole.text);
            assert_eq!(joined(&cut.html, &values), whole.html);
        }
    }
}

#[test]
fn conditions_loops_comments_and_what_trims_are_rendered_as_a_whole() {
    for (subject, preheader, body) in [
        ("a", "", "{% if attributes.name %}Hello{% endif %}"),
        ("a", "", "{# no #}Hello"),
        ("a", "", "Hello {{- attributes.name -}} !"),
        ("a", "{{ attributes.name }}", "Hello"),
        ("{% if true %}a{% endif %}", "", "Hello"),
        ("a", "", "{{ unsubscribe_url | upper | lower }}"),
    ] {
        let compiled = Compiled::new(&content(subject, preheader, body, None), identity()).expect("a content");
        assert!(compiled.cut.is_none(), "{body}");
        assert!(compiled.mould(b"x").is_none() && compiled.fill(&reader("Léa")).is_none());
    }
}

#[test]
fn who_confirmed_nothing_gets_a_message_rendered_as_a_whole() {
    let compiled = Compiled::new(&content("a", "", "Hello", None), identity()).expect("a content");
    assert!(compiled.fill(&Reader { confirmed_at: None, ..reader("Léa") }).is_none());
}
