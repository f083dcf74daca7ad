//! The mail that tells an account's users what a brake found.

use askama::Template;

use super::Standing;
use crate::accounts::users;
use crate::campaigns::{State, find};
use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::mail::{EmailAddress, Mailbox, Notice};
use crate::storage::{CampaignId, Conn, StoreError};
use crate::texts::Texts;

struct Letter {
    texts: Texts,
    subject: String,
    /// What happened, in numbers.
    finding: String,
    /// What to do.
    advice: String,
    link: String,
    is_paused: bool,
    is_finished: bool,
}

#[derive(Template)]
#[template(path = "mail/brake/body.txt", escape = "none")]
struct TextPart<'a> {
    mail: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/brake/body.html")]
struct HtmlPart<'a> {
    mail: &'a Letter,
}

/// The mail of a delivery of kind *notice*; `None` when there is nothing to tell any more: the campaign was resumed or
/// ended, or the user is gone.
///
/// # Errors
/// When the database cannot be read.
pub fn mail(conn: &mut Conn, settings: &Settings, delivery: &Delivery) -> Result<Option<Notice>, StoreError> {
    let id = delivery.cause.as_deref().and_then(|cause| uuid::Uuid::from_slice(cause).ok()).map(CampaignId);
    let (Some(id), Some(address)) = (id, &delivery.address) else { return Ok(None) };
    let Some(user) = users::find_by_address(conn, address)? else { return Ok(None) };
    let Some(account) = user.account_id else { return Ok(None) };
    let (Some(campaign), Some(standing)) = (find(conn, account, id)?, super::standing(conn, id)?) else {
        return Ok(None);
    };
    let is_worth_telling = match campaign.state {
        State::Paused => standing.is_paused,
        State::Sending | State::Finished => !standing.is_paused,
        State::Draft | State::Scheduled | State::Cancelled => false,
    };
    if !is_worth_telling {
        return Ok(None);
    }
    let link = settings.link(&format!("/campaigns/{id}"));
    let is_finished = campaign.state == State::Finished;
    let letter = letter(Texts(user.language), &campaign.content.subject, standing, (link, is_finished));
    letter.notice(settings, user.address).map(Some)
}

fn letter(texts: Texts, name: &str, standing: Standing, (link, is_finished): (String, bool)) -> Letter {
    let Standing { finding, is_paused } = standing;
    let key = if is_paused { "brake-paused-subject" } else { "brake-warned-subject" };
    Letter {
        texts,
        subject: texts.say1(key, "campaign", name.to_owned()),
        finding: finding.say(&texts),
        advice: finding.advice(&texts, is_finished),
        link,
        is_paused,
        is_finished,
    }
}

impl Letter {
    fn notice(self, settings: &Settings, to: EmailAddress) -> Result<Notice, StoreError> {
        let broken = |error: askama::Error| StoreError::Refused(format!("a mail about a brake: {error}"));
        Ok(Notice {
            from: Mailbox {
                name: "Estampille".to_owned(),
                address: EmailAddress::of_installation("noreply", &settings.mail_domain),
            },
            reply_to: None,
            to,
            text: TextPart { mail: &self }.render().map_err(broken)?,
            html: HtmlPart { mail: &self }.render().map_err(broken)?,
            language: self.texts.0,
            of_list: None,
            subject: self.subject,
        })
    }
}
