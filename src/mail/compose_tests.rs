//! Whole mails, read back by an independent parser.

use mail_parser::{HeaderValue, MessageParser};
use proptest::prelude::*;

use super::super::OfList;
use super::*;
use crate::texts::Language;

fn keys() -> Keyring {
    Keyring::new(vec![[7; 32]]).expect("a key")
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn sent(subject: &str, name: &str, list_name: &str, text: &str, html: &str) -> String {
    let keys = keys();
    let stationery = Stationery {
        keys: &keys,
        mail_domain: "lists.example.org",
        delivery: DeliveryId(42),
        date: Timestamp::from_micros(1_790_000_000_000_000),
    };
    let token = "t".repeat(44);
    let link = format!("https://lists.example.org/unsubscribe/{token}");
    let bytes = list_mail(
        &stationery,
        &ListMail {
            account_id: AccountId(uuid::Uuid::from_u128(1)),
            campaign_id: CampaignId(uuid::Uuid::from_u128(2)),
            list_id: ListId(uuid::Uuid::from_u128(3)),
            list_name,
            from: &Mailbox { name: name.to_owned(), address: address("news@example.org") },
            reply_to: Some(&address("answers@example.org")),
            to: &address("anne@example.net"),
            subject,
            body: Body::Parts { text, html },
            unsubscribe: Some(Unsubscribe { link: &link, token: &token }),
        },
    );
    String::from_utf8(bytes).expect("seven bits")
}

/// The names of the top header fields, in lower case.
fn field_names(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let is_start = |line: &&str| !line.starts_with([' ', '\t']);
    head.split("\r\n").filter(is_start).map(|line| line.split(':').next().unwrap_or_default().to_lowercase()).collect()
}

fn ordinary() -> Vec<String> {
    field_names(&sent("Hello", "Example", "News", "text", "<p>html</p>"))
}

/// A link cannot be folded: RFC 5322 asks for 78 where there is white space.
fn is_one_word(line: &str) -> bool {
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim();
    value.starts_with('<') && !value.contains([' ', '\t'])
}

fn assert_well_formed(message: &str) {
    let without_line_ends = message.replace("\r\n", "");
    assert!(!without_line_ends.contains(['\r', '\n', '\0']), "only CRLF");
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    assert!(head.split("\r\n").all(|line| line.len() <= 78 || is_one_word(line)), "folded at 78: {head}");
    assert!(message.split("\r\n").all(|line| line.len() <= 998), "no line over 998");
    assert!(message.is_ascii(), "seven bits");
}

/// UNS-01, HDR-02, HDR-04: exactly these fields, each once.
#[test]
fn hdr_02_a_list_mail_has_every_field_once() {
    let names = ordinary();
    let wanted = [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "reply-to",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-help",
        "list-post",
        "precedence",
        "feedback-id",
        "cfbl-address",
        "cfbl-feedback-id",
        "x-estampille-trace",
        "mime-version",
        "content-type",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn uns_01_the_way_out_is_one_https_link_and_one_address() {
    let message = sent("Hello", "Example", "News", "text", "<p>html</p>");
    let unfolded = message.replace("\r\n ", " ").replace("  ", " ");
    let token = "t".repeat(44);
    assert!(
        unfolded.contains(&format!(
            "List-Unsubscribe: <https://lists.example.org/unsubscribe/{token}>, \
         <mailto:u-{token}@lists.example.org?subject=unsubscribe>\r\n"
        )),
        "{message}"
    );
    assert!(unfolded.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert!(unfolded.contains("\r\nCFBL-Address: fbl@lists.example.org; report=arf\r\n"));
}

/// HDR-04: the id of a list stays when its name changes.
#[test]
fn hdr_04_a_renamed_list_keeps_its_id() {
    let id = |name| {
        let message = sent("Hello", "Example", name, "text", "html").replace("\r\n ", " ");
        let line = message.split("\r\n").find(|line| line.starts_with("List-Id:")).map(str::to_owned);
        line.and_then(|line| line.split('<').nth(1).map(str::to_owned)).expect("an id")
    };
    assert_eq!(id("News"), id("Nouvelles d’été"));
}

/// HDR-03: nothing that comes in a merge field adds a field, a part or a command.
#[test]
fn hdr_03_no_merge_field_can_add_a_header() {
    let wanted = ordinary();
    for attack in [
        "x\r\nBcc: victim@example.org",
        "x\nBcc: victim@example.org",
        "x\rBcc: victim@example.org",
        "x\r\n\r\n<script>",
        "x\0y",
        "x\r\n.\r\nMAIL FROM:<a@example.org>",
        "=?utf-8?Q?x=0D=0ABcc:_victim@example.org?=",
        "x\u{2028}Bcc: victim@example.org",
        "x\u{85}Bcc: v",
        "\"><img src=x>",
        "a <b@c.d>, e",
        "\\\" <evil@example.org>",
    ] {
        let message = sent(attack, attack, attack, attack, attack);
        assert_eq!(field_names(&message), wanted, "{attack:?}");
        assert_well_formed(&message);
        let parsed = MessageParser::new().parse(message.as_bytes()).expect("a message");
        assert_eq!(parsed.from().map(|from| from.iter().count()), Some(1), "{attack:?}: one From address");
        assert_eq!(parsed.from().and_then(|f| f.first()).and_then(|a| a.address()), Some("news@example.org"));
        assert!(matches!(parsed.header("Bcc"), None | Some(HeaderValue::Empty)));
    }
}

#[test]
fn a_notice_says_that_a_program_wrote_it_and_carries_no_list_fields() {
    let keys = keys();
    let stationery =
        Stationery { keys: &keys, mail_domain: "localhost", delivery: DeliveryId(1), date: Timestamp::from_micros(0) };
    let mail = Notice {
        from: Mailbox { name: "Estampille".into(), address: address("noreply@example.org") },
        reply_to: None,
        to: address("anne@example.net"),
        subject: "Est-ce bien vous ?".into(),
        text: "Bonjour".into(),
        html: "<p>Bonjour</p>".into(),
        language: Language::ENGLISH,
        of_list: None,
    };
    let message = String::from_utf8(notice(&stationery, &mail)).expect("seven bits");
    assert!(message.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(field_names(&message).iter().all(|name| !name.starts_with("list-")));
    assert_eq!(message, String::from_utf8(notice(&stationery, &mail)).expect("seven bits"), "alike at each attempt");
}

#[test]
fn uns_01_a_greeting_can_be_left_like_any_mail_of_its_list() {
    let keys = keys();
    let stationery =
        Stationery { keys: &keys, mail_domain: "localhost", delivery: DeliveryId(1), date: Timestamp::from_micros(0) };
    let list = OfList {
        account_id: AccountId::new(),
        list_id: ListId::new(),
        name: "News".into(),
        kind: "welcome",
        link: "https://lists.example.org/unsubscribe/x".into(),
        token: "x".into(),
    };
    let mail = Notice {
        from: Mailbox { name: "News".into(), address: address("news@example.org") },
        reply_to: None,
        to: address("anne@example.net"),
        subject: "Welcome".into(),
        text: "Welcome".into(),
        html: "<p>Welcome</p>".into(),
        language: Language::ENGLISH,
        of_list: Some(list),
    };
    let message = String::from_utf8(notice(&stationery, &mail)).expect("seven bits").replace("\r\n ", " ");
    let ways =
        "List-Unsubscribe: <https://lists.example.org/unsubscribe/x>, <mailto:u-x@localhost?subject=unsubscribe>";
    assert!(message.replace("  ", " ").contains(ways), "{message}");
    assert!(message.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{message}");
    assert!(message.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{message}");
    let mut greeting: Vec<_> = field_names(&message).into_iter().filter(|name| *name != "auto-submitted").collect();
    greeting.retain(|name| name != "content-language");
    let mut ordinary = ordinary();
    ordinary.retain(|name| name != "reply-to");
    assert_eq!(greeting, ordinary, "nothing else tells it from a campaign's mail");
}

proptest! {
    /// HDR-01: whatever it says, it is well formed and reads back.
    #[test]
    fn hdr_01_what_was_written_is_read_back(
        subject in "\\PC{1,200}", name in "\\PC{0,80}", list in "\\PC{0,80}", text in "(\\PC|\n){0,2000}"
    ) {
        let message = sent(&subject, &name, &list, &text, &text);
        assert_well_formed(&message);
        prop_assert_eq!(field_names(&message), ordinary());
        let parsed = MessageParser::new().parse(message.as_bytes()).expect("a message");
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(squeezed(parsed.subject().unwrap_or_default()), squeezed(&one_line(&subject)));
        let read = parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        prop_assert_eq!(read.trim_end_matches('\n'), text.trim_end_matches('\n'));
    }
}
