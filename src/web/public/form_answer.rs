//! What is said to whoever sent a form: a page to a person, JSON to a script. The same whatever is known of the address.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::filled::Filled;
use super::form::new_pass;
use super::form_page::{Asked, Back, Handed, check_inbox, form_page, moment_page};
use super::problem::{problem, problem_with};
use crate::app::App;
use crate::forms::pass::{self, Pass};
use crate::forms::{self, Form};
use crate::lists::List;
use crate::mail::EmailAddress;
use crate::subscriptions::Demand;
use crate::texts::{Language, Texts};
use crate::web::error::PageError;

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// As a page.
    Page,
    /// As JSON.
    Json,
}

/// A form that was sent.
pub(super) struct Sent<'a> {
    pub(super) app: &'a App,
    pub(super) req: &'a HttpRequest,
    pub(super) form: &'a Form,
    pub(super) list: &'a List,
    pub(super) asked: &'a Asked,
    pub(super) filled: &'a Filled,
    pub(super) wire: Wire,
}

/// What is said.
pub(super) enum Answer {
    /// "Look into your mailbox."
    Taken,
    /// Something is wrong, or an address is asked about.
    Back { problems: Vec<(String, String)>, suggestion: Option<String>, handed: Handed },
    /// The form wants to see work or a wait first.
    Demanded { demand: Demand, is_spent: bool },
    /// The network has to come back later.
    TooMany { retry_after_seconds: i64 },
}

impl Sent<'_> {
    /// The catalogue of the reader.
    pub(super) fn texts(&self) -> Texts {
        self.asked.choice.texts(self.form.wording.language)
    }

    /// The version that the person saw, and in which language of ours. A pass says both, but the language counts only
    /// where the page names the same version, as each does that we draw: any other alone knows what it shows.
    pub(super) fn seen(&self, opened: Option<&Pass>) -> (Option<i32>, Option<Language>) {
        let told = self.filled.version;
        let shown = opened.filter(|pass| told.is_none_or(|version| version == pass.version));
        let drawn = opened.filter(|pass| told == Some(pass.version));
        (shown.map(|pass| pass.version).or(told), drawn.and_then(|pass| pass.language))
    }

    /// The answer as it was wanted.
    pub(super) fn say(&self, answer: Answer) -> Result<HttpResponse, PageError> {
        match answer {
            Answer::Taken => Ok(self.taken()),
            Answer::Back { problems, suggestion, handed } => self.sent_back(problems, suggestion, &handed),
            Answer::Demanded { demand, is_spent } => Ok(self.demanded(demand, is_spent)),
            Answer::TooMany { retry_after_seconds } => self.too_many(retry_after_seconds),
        }
    }

    fn taken(&self) -> HttpResponse {
        match (self.wire, self.form.leads_to()) {
            (Wire::Json, _) => {
                let mut body = json!({ "status": "check_your_inbox" });
                let meant = EmailAddress::parse(&self.filled.address).ok().and_then(|own| forms::probably_meant(&own));
                if let (Some(meant), Some(members)) = (meant, body.as_object_mut()) {
                    members.insert("did_you_mean".to_owned(), json!(meant));
                }
                HttpResponse::Accepted().insert_header((CACHE_CONTROL, "no-store")).json(body)
            }
            // Out of a frame the reader's whole page would not follow: there our own page says it.
            (Wire::Page, Some(target)) if !self.asked.is_framed() => {
                HttpResponse::SeeOther().insert_header((LOCATION, target)).finish()
            }
            (Wire::Page, _) => check_inbox(self.form, self.asked, self.list.from_address.as_str()),
        }
    }

    fn sent_back(
        &self,
        problems: Vec<(String, String)>,
        suggestion: Option<String>,
        handed: &Handed,
    ) -> Result<HttpResponse, PageError> {
        if self.wire == Wire::Page {
            let back = Back { filled: self.filled.clone(), problems, suggestion };
            return form_page(self.form, self.asked, handed, &back);
        }
        let detail = self.texts().say("form-has-problems");
        let more = suggestion.map(|meant| json!({ "did_you_mean": meant }));
        Ok(problem_with(StatusCode::UNPROCESSABLE_ENTITY, &detail, &problems, more))
    }

    /// A pass that can still come to be enough is handed back, so that time already waited counts.
    fn demanded(&self, demand: Demand, is_spent: bool) -> HttpResponse {
        let now = self.app.clock.now();
        let opened = pass::open(&self.app.keys, self.form.id, &self.filled.pass, now);
        let kept = opened.as_ref().filter(|opened| !is_spent && opened.bits >= demand.bits);
        let (handed, waited) = match kept {
            Some(opened) => (
                Handed { pass: self.filled.pass.clone(), bits: opened.bits },
                now.since(opened.issued_at).num_seconds(),
            ),
            None => {
                let (version, language) = self.seen(opened.as_ref());
                (new_pass(self.app, self.form, (version.unwrap_or(self.form.version), language), demand.bits), 0)
            }
        };
        let wait = (demand.wait_seconds - waited).max(1);
        if self.wire == Wire::Page {
            return moment_page(self.form, self.asked, &handed, self.filled, wait);
        }
        let more = json!({ "pass": handed.pass, "bits": handed.bits, "wait_seconds": wait });
        let detail = self.texts().say("moment-line");
        problem_with(StatusCode::PRECONDITION_REQUIRED, &detail, &[], Some(more))
    }

    fn too_many(&self, retry_after: i64) -> Result<HttpResponse, PageError> {
        if self.wire == Wire::Page {
            return Err(PageError::TooMany { retry_after });
        }
        let mut answer = problem(StatusCode::TOO_MANY_REQUESTS, &self.texts().say("error-too-many-line"), &[]);
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after));
        Ok(answer)
    }
}
