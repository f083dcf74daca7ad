//! The OpenAPI document and the readable page against what is served.

use reqwest::Method;
use serde_json::Value;

use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp};

#[test]
fn every_documented_route_is_served_and_refuses_every_undocumented_method() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let document: Value =
            app.web.get(format!("{}/api/openapi.json", app.url)).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["servers"][0]["url"], "/api/v1");
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() > 25, "{}", paths.len());
        for (path, methods) in paths {
            let url = format!("{}/api/v1{}", app.url, path.replace("{id}", "00000000-0000-0000-0000-000000000000"));
            for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE, Method::PUT] {
                let is_told = methods.get(method.as_str().to_lowercase()).is_some();
                let answer = app.web.request(method.clone(), &url).send().await.unwrap();
                let wanted = if is_told { 401 } else { 405 };
                assert_eq!(answer.status(), wanted, "{method} {path}");
                assert_eq!(answer.headers()["content-type"], "application/problem+json", "{method} {path}");
                assert_eq!(answer.headers().contains_key("allow"), !is_told, "{method} {path}");
            }
        }
        app.stop().await;
    });
}

#[test]
fn the_readable_page_names_every_route_and_loads_nothing_from_elsewhere() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let document: Value =
            app.web.get(format!("{}/api/openapi.json", app.url)).send().await.unwrap().json().await.unwrap();
        let answer = app.web.get(format!("{}/api/docs", app.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let page = answer.text().await.unwrap();
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("/api/v1{path}")), "{path}");
        }
        for attribute in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "<script", "style=\""] {
            assert!(!page.contains(attribute), "{attribute}");
        }
        app.stop().await;
    });
}
