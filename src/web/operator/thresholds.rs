//! `/operator/thresholds`: when mail that comes back ends a subscription, and where every campaign stops at the latest.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use crate::accounts::brakes::{self, Bounds, BoundsChange, OutOfBounds, SetOutcome};
use crate::bounces::judge::Threshold;
use crate::campaigns::brakes::percent;
use crate::texts::Texts;
use crate::web::admin::brakes::hundredths;
use crate::web::admin::visit::{Sent, Visit, again};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems, see_other};

/// The thresholds, as they are typed: percent with a point or a comma.
#[derive(Deserialize, Default, Clone)]
pub(super) struct ThresholdsForm {
    #[serde(default)]
    soft_bounces: String,
    #[serde(default)]
    soft_bounce_days: String,
    #[serde(default)]
    bounces: String,
    #[serde(default)]
    complaints: String,
}

impl ThresholdsForm {
    /// What is in force.
    fn of(bounds: Bounds, texts: Texts) -> Self {
        Self {
            soft_bounces: bounds.soft_bounces.to_string(),
            soft_bounce_days: bounds.soft_bounce_days.to_string(),
            bounces: percent(bounds.bounces, texts),
            complaints: percent(bounds.complaints, texts),
        }
    }

    /// What is no number is 0, which no threshold may be.
    fn change(&self) -> BoundsChange {
        BoundsChange {
            soft_bounces: Some(self.soft_bounces.trim().parse().unwrap_or_default()),
            soft_bounce_days: Some(self.soft_bounce_days.trim().parse().unwrap_or_default()),
            bounces: Some(hundredths(&self.bounces)),
            complaints: Some(hundredths(&self.complaints)),
        }
    }
}

#[derive(Template)]
#[template(path = "operator/thresholds.html")]
struct ThresholdsPage {
    page: Page,
    typed: ThresholdsForm,
    problems: Problems,
    /// What no operator sets: how soon dead and closed mailboxes leave.
    fixed: String,
}

async fn thresholds(visit: &Visit, typed: ThresholdsForm, problems: Problems) -> Result<ThresholdsPage, PageError> {
    let page = visit.page_of(Place::Operator, "thresholds-title").await?;
    let (closed, doubted) = (Threshold::INACTIVE, Threshold::DOUBTED);
    let times = page.texts.number(i64::try_from(closed.days).unwrap_or(i64::MAX));
    let days = |threshold: Threshold| page.texts.number(threshold.over.num_days());
    let numbers = [("times", times.into()), ("days", days(closed).into()), ("doubted", days(doubted).into())];
    let fixed = page.texts.say_with("thresholds-fixed", &numbers);
    Ok(ThresholdsPage { page, typed, problems, fixed })
}

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let bounds = visit.read(brakes::bounds).await?;
    let typed = ThresholdsForm::of(bounds, visit.texts());
    Ok(page::show(&thresholds(&visit, typed, Problems::default()).await?))
}

pub(super) async fn set(sent: Sent<ThresholdsForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    visit.user.must_be_operator()?;
    let (by, texts, wanted) = (visit.user.actor(), visit.texts(), typed.change());
    match visit.write(move |conn| brakes::set_bounds(conn, wanted, by, now)).await? {
        SetOutcome::Set(_) => Ok(see_other("/operator/thresholds?done=saved")),
        SetOutcome::NoSuch => Err(PageError::NotFound),
        SetOutcome::Refused(wrong) => {
            let mut problems = Problems::default();
            for OutOfBounds { field, least, most } in wrong {
                let is_share = matches!(field, "bounces" | "complaints");
                let said = |number: i64| if is_share { percent(number, texts) } else { texts.number(number) };
                let range = [("least", said(least).into()), ("most", said(most).into())];
                problems.add(field, texts.say_with("brakes-range", &range));
            }
            Ok(again(&problems, &thresholds(&visit, typed, problems.clone()).await?))
        }
    }
}
