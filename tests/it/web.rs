//! What the web answers, seen from outside.

mod api_campaigns;
mod api_documents;
mod api_isolation;
mod api_people;
mod api_problems;
mod api_repeat;
mod guard;
mod methods;
pub(crate) mod pages;
mod proof;

use crate::support::{TestApp, on_both_databases};

#[test]
fn a_running_installation_is_up_and_ready() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        for path in ["/healthz", "/readyz", "/metrics"] {
            let answer = app.web.get(format!("{}{path}", app.url)).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
        app.stop().await;
    });
}
