//! The page itself.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::reader::{Choice, Reader};
use super::view::{Going, View, view};
use super::{Opened, open};
use crate::app::App;
use crate::forms::{Field, FieldKind};
use crate::subscriptions::{Frequency, LONGEST_PAUSE, State};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{Problems, show_with};

#[derive(Template)]
#[template(path = "public/preferences.html")]
struct PreferencesPage<'a> {
    page: Reader,
    view: View,
    token: &'a str,
    query: String,
    said: Said,
    today: String,
    last_day: String,
    now: crate::clock::Timestamp,
}

/// What was done, or what was wrong with what was typed.
#[derive(Default)]
pub(super) struct Said {
    /// A sentence that says what was done.
    pub(super) notice: Option<String>,
    /// What is wrong, by field.
    pub(super) problems: Problems,
    /// What was typed into the fields that come back.
    pub(super) typed: crate::forms::Attributes,
    /// The address that was typed.
    pub(super) address: String,
}

impl Said {
    /// Something was done.
    pub(super) fn done(notice: String) -> Self {
        Self { notice: Some(notice), ..Self::default() }
    }
}

impl PreferencesPage<'_> {
    /// The sentence that says where a subscription stands.
    fn standing(&self, going: &Going) -> String {
        let subscription = &going.subscription;
        let day = match subscription.state {
            State::Pending => subscription.requested_at,
            State::Confirmed => subscription.confirmed_at.unwrap_or(subscription.requested_at),
            State::Ended => subscription.ended_at.unwrap_or(subscription.requested_at),
        };
        self.page.say1(&format!("preferences-{}", subscription.state), "day", &self.page.texts.day(day))
    }

    /// What the reader chose, when it is not every mail.
    fn chosen(&self, going: &Going) -> Option<String> {
        if let Some(until) = going.rhythm.paused_until.filter(|_| going.rhythm.is_paused(self.now)) {
            return Some(self.page.say1("rhythm-paused", "day", &self.page.texts.day(until)));
        }
        going.rhythm.frequency.map(|frequency| self.page.say(&frequency.key()))
    }

    /// The choices of how often.
    fn frequencies(&self, going: &Going) -> Vec<(&'static str, String, bool)> {
        let chosen = going.rhythm.frequency;
        let mut choices = vec![("every", self.page.say("rhythm-every"), chosen.is_none())];
        choices.extend(Frequency::ALL.iter().map(|one| (one.word(), self.page.say(&one.key()), chosen == Some(*one))));
        choices
    }

    /// The day until which a list is paused, as a field of type date takes it.
    fn paused_until(&self, going: &Going) -> String {
        let until = going.rhythm.paused_until.filter(|_| going.rhythm.is_paused(self.now));
        until.map(|until| until.utc().format("%Y-%m-%d").to_string()).unwrap_or_default()
    }

    /// What stands in a field: what was typed, else what is known.
    fn answer_to(&self, field: &Field) -> &str {
        let known = self.view.subscriber.attributes.get(&field.name);
        self.said.typed.get(&field.name).or(known).map_or("", String::as_str)
    }

    /// The `type` of the field that takes the answer; empty for a choice among options.
    const fn input_type(&self, field: &Field) -> &'static str {
        match field.kind {
            FieldKind::Text => "text",
            FieldKind::Choice => "",
            FieldKind::Date => "date",
            FieldKind::Number => "number",
        }
    }

    fn problem_of(&self, field: &Field) -> &str {
        self.said.problems.of(&format!("attributes[{}]", field.name))
    }

    /// What is known beside the questions.
    fn other_answers(&self) -> Vec<(&String, &String)> {
        let is_asked = |name: &str| self.view.questions.iter().any(|(field, _)| field.name == name);
        self.view.subscriber.attributes.iter().filter(|(name, _)| !is_asked(name)).collect()
    }
}

/// Shows it.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    own(&app, &token, &choice, |_, _| Said::default()).await
}

/// The page of whom the token lets in, with what is to be said on it.
pub(super) async fn own(
    app: &App,
    token: &str,
    choice: &Choice,
    say: impl FnOnce(Texts, &View) -> Said,
) -> Result<HttpResponse, PageError> {
    let id = match open(app, token, choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let now = app.clock.now();
    let view = app.db.read(move |conn| view(conn, id, now)).await?.ok_or(PageError::NotFound)?;
    let texts = choice.texts(view.language);
    let title = texts.say1("preferences-title", "sender", view.sender.as_str());
    let said = say(texts, &view);
    let status = if said.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let day = |at: crate::clock::Timestamp| at.utc().format("%Y-%m-%d").to_string();
    let page = PreferencesPage {
        page: Reader::new(texts, title, &format!("/preferences/{token}")),
        view,
        token,
        query: choice.query(),
        said,
        today: day(now),
        last_day: day(now + LONGEST_PAUSE),
        now,
    };
    Ok(show_with(status, &page))
}
