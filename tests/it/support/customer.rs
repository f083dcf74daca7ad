//! What a customer does, by the documented API.

use estampille::storage::AccountId;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{TestApp, until};

/// An account and the token its programs use.
pub(crate) struct Customer<'a> {
    app: &'a TestApp,
    /// Its id.
    pub(crate) id: AccountId,
    /// Its API token.
    pub(crate) token: String,
}

impl<'a> Customer<'a> {
    pub(super) fn new(app: &'a TestApp, id: AccountId, token: String) -> Self {
        Self { app, id, token }
    }

    /// Calls the API and returns status and body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let url = format!("{}/api/v1{path}", self.app.url);
        let mut request = self.app.web.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    /// Reads something that must be there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// Asks for something that must be granted.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call("POST", path, Some(body)).await;
        assert!(status.is_success(), "POST {path} {body}: {status} {answer}");
        answer
    }

    /// A list in this language; its id.
    pub(crate) async fn list(&self, name: &str, language: &str) -> String {
        let body = json!({
            "name": name, "from_name": name, "from_address": "news@sender.example",
            "language": language, "description": "News of the house",
        });
        id_of(&self.post("/lists", &body).await)
    }

    /// A signup form of a list; its public address.
    pub(crate) async fn form(&self, list: &str) -> String {
        let body = json!({
            "title": "Our letter", "consent_text": "I want the letter, twice a month.",
            "fields": [], "allowed_origins": [],
        });
        let form = self.post(&format!("/lists/{list}/forms"), &body).await;
        form["url"].as_str().unwrap_or_else(|| panic!("a form has a url: {form}")).to_owned()
    }

    /// Signs an address up on a form, as a browser does.
    pub(crate) async fn sign_up(&self, form: &str, address: &str) {
        let fields = [("address", address), ("consent", "yes")];
        let answer = self.app.web.post(form).form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    /// Signs an address up on a form that asks for a first name.
    pub(crate) async fn sign_up_as(&self, form: &str, address: &str, first_name: &str) {
        let fields = [("address", address), ("consent", "yes"), ("attributes[first_name]", first_name)];
        let answer = self.app.web.post(form).form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    /// Signs up, waits for the confirmation mail, and confirms.
    pub(crate) async fn stamp(&self, form: &str, address: &str) {
        self.sign_up(form, address).await;
        let mail = self.app.inbox.next_to(address).await;
        self.app.confirm(&mail.link("/confirm/")).await;
    }

    /// A campaign to a list, not scheduled yet; its id.
    pub(crate) async fn campaign(&self, list: &str, subject: &str) -> String {
        let body = json!({
            "list_id": list, "subject": subject,
            "body_markdown": "# Hello\n\nThe **stamps** of this month are here.",
        });
        id_of(&self.post("/campaigns", &body).await)
    }

    /// Schedules a campaign by a plan such as `{"spread_over": "PT10S"}`.
    pub(crate) async fn schedule(&self, campaign: &str, plan: &Value) {
        self.post(&format!("/campaigns/{campaign}/schedule"), plan).await;
    }

    /// Writes a campaign and sends it as fast as one may.
    pub(crate) async fn send_campaign(&self, list: &str, subject: &str) -> String {
        let campaign = self.campaign(list, subject).await;
        self.schedule(&campaign, &json!({ "spread_over": "PT1S" })).await;
        campaign
    }

    /// Waits until a campaign is in this state, and returns its counts.
    pub(crate) async fn until_campaign(&self, campaign: &str, state: &str) -> Value {
        let path = format!("/campaigns/{campaign}");
        until(&format!("the campaign is {state}"), || async {
            let body = self.get(&path).await;
            (body["state"] == state).then(|| body["counts"].clone())
        })
        .await
    }

    /// Waits until the plan of a campaign has begun, for whoever turns the clock then: it is sending before that, while its
    /// audience is written, and the plan begins when that is done.
    pub(crate) async fn until_planned(&self, campaign: &str) {
        self.until_campaign(campaign, "sending").await;
        let freezing = "SELECT count(*) AS number FROM campaigns WHERE state = 'sending' AND frozen_at IS NULL";
        self.app.until_number(freezing, 0).await;
    }

    /// The one subscription of an address, as the API shows it.
    pub(crate) async fn subscription(&self, address: &str) -> Value {
        let found = self.get(&format!("/subscribers?address={}", address.replace('+', "%2B"))).await;
        let subscriber = if found["items"].is_array() { found["items"][0].clone() } else { found };
        subscriber["subscriptions"][0].clone()
    }

    /// Waits until the one subscription of an address is in this state.
    pub(crate) async fn until_subscription(&self, address: &str, state: &str) -> Value {
        until(&format!("{address} is {state}"), || async {
            let subscription = self.subscription(address).await;
            (subscription["state"] == state).then_some(subscription)
        })
        .await
    }
}

fn id_of(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("an id in {body}")).to_owned()
}
