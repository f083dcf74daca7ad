//! `/settings/brakes`: at which shares of dead addresses and complaints a campaign stops.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::settings::settings_page;
use super::visit::{Sent, again};
use crate::accounts::brakes::{self, Brakes, BrakesChange, OutOfBounds, SetOutcome};
use crate::campaigns::brakes::percent;
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{Problems, see_other};

/// The brakes, as they are typed: percent with a point or a comma.
#[derive(Deserialize, Default, Clone)]
pub(super) struct BrakesForm {
    #[serde(default)]
    pub(super) bounces: String,
    #[serde(default)]
    pub(super) complaints: String,
    #[serde(default)]
    pub(super) sample: String,
}

impl BrakesForm {
    /// What is in force.
    pub(super) fn of(brakes: Brakes, texts: Texts) -> Self {
        Self {
            bounces: percent(brakes.bounces, texts),
            complaints: percent(brakes.complaints, texts),
            sample: brakes.sample.to_string(),
        }
    }

    fn change(&self) -> BrakesChange {
        BrakesChange {
            bounces: Some(hundredths(&self.bounces)),
            complaints: Some(hundredths(&self.complaints)),
            sample: Some(self.sample.trim().parse().unwrap_or_default()),
        }
    }
}

/// Percent as hundredths of a percent; 0, which no brake may be, for what is no number.
pub(in crate::web) fn hundredths(typed: &str) -> i64 {
    let typed = typed.trim().trim_end_matches('%').trim().replace(',', ".");
    let (whole, rest) = typed.split_once('.').unwrap_or((&typed, ""));
    let rest = format!("{rest:0<2}");
    let is_number = rest.len() == 2 && format!("{whole}{rest}").bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{whole}{rest}").parse().unwrap_or_default() } else { 0 }
}

pub(super) async fn change(sent: Sent<BrakesForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    let (account, by, texts, wanted) = (visit.account_id()?, visit.user.actor(), visit.texts(), typed.change());
    match visit.write(move |conn| brakes::set(conn, account, wanted, by, now)).await? {
        SetOutcome::Set(_) => Ok(see_other("/settings?done=saved#brakes")),
        SetOutcome::NoSuch => Err(PageError::NotFound),
        SetOutcome::Refused(wrong) => {
            let mut problems = Problems::default();
            for OutOfBounds { field, least, most } in wrong {
                let said = |number: i64| if field == "sample" { texts.number(number) } else { percent(number, texts) };
                let range = [("least", said(least).into()), ("most", said(most).into())];
                problems.add(field, texts.say_with("brakes-range", &range));
            }
            let mut page = settings_page(&visit, None, problems.clone(), None).await?;
            page.brakes = typed;
            Ok(again(&problems, &page))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn percent_is_read_with_a_point_or_a_comma() {
        for (typed, wanted) in [("5", 500), ("0.3", 30), ("0,08 %", 8), (" 2.50 ", 250)] {
            assert_eq!(hundredths(typed), wanted, "{typed}");
        }
        for typed in ["", "five", "-1", "0.001", "1.2.3"] {
            assert_eq!(hundredths(typed), 0, "{typed}");
        }
    }
}
