//! What may be done at each address that needs no sign-in, and what is answered to everything else (RFC 9110, 15.5.6).

use reqwest::Method;

use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp};

const LOOK: &str = "GET, HEAD";
const ACT: &str = "POST";
const BOTH: &str = "GET, HEAD, POST";

/// `ID` stands for an id that nothing has.
const PATHS: [(&str, &str); 36] = [
    ("/healthz", LOOK),
    ("/readyz", LOOK),
    ("/metrics", LOOK),
    ("/assets/x/estampille.css", LOOK),
    ("/forms/ID", "GET, HEAD, POST, OPTIONS"),
    ("/forms/ID/embed", LOOK),
    ("/forms/ID/embed.js", LOOK),
    ("/forms/ID/frame.js", LOOK),
    ("/forms/ID/look.css", LOOK),
    ("/forms/ID/pass", LOOK),
    ("/confirm/x", BOTH),
    ("/confirm/x/not-me", ACT),
    ("/confirm/x/again", ACT),
    ("/archive/ID", LOOK),
    ("/archive/ID/feed.xml", LOOK),
    ("/archive/ID/ID", LOOK),
    ("/letter/x", LOOK),
    ("/unsubscribe/x", BOTH),
    ("/unsubscribe/x/undo", BOTH),
    ("/unsubscribe/x/reason", BOTH),
    ("/preferences/x", BOTH),
    ("/preferences/x/leave", ACT),
    ("/preferences/x/join", ACT),
    ("/preferences/x/rhythm", ACT),
    ("/preferences/x/answers", ACT),
    ("/preferences/x/address", ACT),
    ("/preferences/x/export.json", LOOK),
    ("/preferences/x/erase", BOTH),
    ("/address/x", BOTH),
    ("/address/x/refuse", ACT),
    ("/hooks/ses", ACT),
    ("/sign-in", BOTH),
    ("/sign-out", ACT),
    ("/language", ACT),
    ("/invitation/x", BOTH),
    ("/api/openapi.json", LOOK),
];

#[test]
fn every_public_address_says_what_may_be_done_there_when_something_else_is_tried() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        for (path, allowed) in PATHS {
            let url = format!("{}{}", app.url, path.replace("ID", "00000000-0000-0000-0000-000000000000"));
            for method in ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"] {
                let may = allowed.split(", ").any(|one| one == method);
                let answer =
                    app.web.request(Method::from_bytes(method.as_bytes()).unwrap(), &url).send().await.unwrap();
                assert_eq!(answer.status() == 405, !may, "{method} {path}: {}", answer.status());
                if !may {
                    assert_eq!(answer.headers()["allow"], allowed, "{method} {path}");
                }
            }
        }
        let page = app.web.get(format!("{}/confirm/x/not-me", app.url)).header("accept-language", "fr").send().await;
        assert!(page.unwrap().text().await.unwrap().contains("rien à voir ici"), "a person reads a sentence");
        app.stop().await;
    });
}
