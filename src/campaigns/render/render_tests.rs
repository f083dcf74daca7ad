//! What a reader gets, whatever the author wrote.

use super::*;

const LINK: &str = "https://lists.example.org/unsubscribe/abc";
const OWN_PAGE: &str = "https://lists.example.org/preferences/abc";

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

fn reader(name: &str) -> Reader {
    Reader {
        address: "reader@example.net".into(),
        attributes: [("name".to_owned(), name.to_owned())].into_iter().collect(),
        unsubscribe_url: LINK.into(),
        preferences_url: OWN_PAGE.into(),
        confirmed_at: Some(Timestamp::from_micros(1_790_000_000_000_000)),
    }
}

fn content(body: &str, text: Option<&str>) -> Content {
    Content {
        subject: "For {{ attributes.name }}".into(),
        preheader: "Hello {{ attributes.name }}".into(),
        body_format: BodyFormat::Markdown,
        body: body.into(),
        body_text: text.map(Into::into),
    }
}

fn rendered(body: &str, text: Option<&str>, name: &str) -> Rendered {
    Compiled::new(&content(body, text), identity())
        .and_then(|compiled| compiled.render(&reader(name)))
        .expect("rendered")
}

/// UNS-08, LAW-01.
#[test]
fn uns_08_both_parts_have_the_way_out_the_sender_and_the_reason_once() {
    for (body, text) in [
        ("Hello", None),
        ("Hello, [leave]({{ unsubscribe_url }})", None),
        ("Hello", Some("Only text")),
        ("Hello", Some("Leave: {{ unsubscribe_url }}")),
        ("{# {{ unsubscribe_url }} #}Hello{% if false %}{{ unsubscribe_url }}{% endif %}", None),
    ] {
        let mail = rendered(body, text, "Léa");
        for part in [&mail.html, &mail.text] {
            assert_eq!((part.matches(LINK).count(), part.matches(OWN_PAGE).count()), (1, 1), "{part}");
            for wanted in ["Example Ltd", "1 Example Street", "reader@example.net", "21 September 2026"] {
                assert!(part.contains(wanted), "{wanted} in {part}");
            }
        }
        assert!(mail.html.contains("News &amp; more") && mail.text.contains("News & more"));
        assert!(mail.html.contains("<html lang=\"en\">"));
    }
}

#[test]
fn a_merge_field_is_escaped_in_html_and_plain_in_text_and_subject() {
    let mail = rendered("Hello **{{ attributes.name }}**{{ attributes.unknown.deeper }}", None, "<b>R&D</b>");
    assert!(mail.html.contains("<strong>&lt;b&gt;R&amp;D&lt;&#x2f;b&gt;</strong>"), "{}", mail.html);
    assert!(mail.text.contains("<b>R&D</b>"), "{}", mail.text);
    assert_eq!(mail.subject, "For <b>R&D</b>");
}

#[test]
fn a_template_inside_a_merge_field_is_not_rendered() {
    let mail = rendered("Hello {{ attributes.name }}", None, "{{ unsubscribe_url }}");
    assert!(mail.text.contains("Hello {{ unsubscribe_url }}"), "{}", mail.text);
}

#[test]
fn the_preheader_comes_first_and_the_footer_last_in_a_whole_document() {
    let body = "<!doctype html><HTML><body class=x><p>Body</p></BODY></html>";
    let html = Content { body_format: BodyFormat::Html, ..content(body, None) };
    let mail = Compiled::new(&html, identity()).and_then(|c| c.render(&reader("Léa"))).expect("rendered");
    let at = |text: &str| mail.html.find(text).expect(text);
    assert!(at("<body class=x>") < at("Hello Léa") && at("Hello Léa") < at("<p>Body</p>"));
    assert!(at("<p>Body</p>") < at(LINK) && at(LINK) < at("</BODY>"));
}

#[test]
fn a_test_mail_says_that_it_is_one() {
    let compiled = Compiled::new(&content("Hello", None), identity()).expect("compiled");
    let mail = compiled.render(&Reader { confirmed_at: None, ..reader("Léa") }).expect("rendered");
    assert!(mail.text.contains("This is a test"));
}

#[test]
fn what_is_no_template_is_named_with_its_part() {
    let broken = Content { subject: "{{ x".into(), ..content("Hello", None) };
    assert_eq!(Compiled::new(&broken, identity()).map_err(|error| error.part).err(), Some(Part::Subject));
    let broken = content("{% for x in range(1000000) %}{% for y in range(1000000) %}a{% endfor %}{% endfor %}", None);
    let endless = Compiled::new(&broken, identity()).and_then(|compiled| compiled.render(&reader("x")));
    assert_eq!(endless.map_err(|error| error.part), Err(Part::Body(BodyFormat::Markdown)));
}

#[test]
fn what_everybody_may_read_names_nobody_and_has_nobodys_link() {
    let compiled = Compiled::new(
        &content("Hello {{ attributes.name }}{{ address }}, [leave]({{ unsubscribe_url }})", None),
        identity(),
    );
    let read = compiled.and_then(|compiled| compiled.render_for_nobody()).expect("rendered");
    assert_eq!(read.subject, "For ");
    assert!(read.html.contains("<p>Hello , <a href=\"\">leave</a></p>"), "{}", read.html);
    for foreign in ["Hello Hello", "Example Ltd", "unsubscribe/", "preferences/"] {
        assert!(!read.html.contains(foreign), "{foreign} in {}", read.html);
    }
}
