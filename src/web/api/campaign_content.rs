//! What a campaign says, as it comes in and goes out.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Moment;
use super::fields::{Fields, Read};
use crate::campaigns::{BodyFormat, Campaign, Content, Counts, Draft, expected_end};
use crate::storage::ListId;

/// A campaign to be written. Exactly one of `body_markdown`, `body_html` and `body_mjml`.
#[derive(ToSchema)]
#[schema(as = NewCampaign)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewCampaignSchema {
    /// The list whose confirmed subscribers shall get it.
    list_id: Uuid,
    /// The subject line.
    subject: String,
    /// The line that mail programs show beside the subject.
    preheader: Option<String>,
    /// The body in CommonMark.
    body_markdown: Option<String>,
    /// The body in HTML.
    body_html: Option<String>,
    /// The body in MJML.
    body_mjml: Option<String>,
    /// The plain-text part; made from the body where it is missing.
    body_text: Option<String>,
}

/// What shall change of a draft; what is missing stays.
#[derive(ToSchema)]
#[schema(as = CampaignChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct CampaignChangeSchema {
    /// The list whose confirmed subscribers shall get it.
    list_id: Option<Uuid>,
    /// The subject line.
    subject: Option<String>,
    /// The line that mail programs show beside the subject; `null` takes it away.
    preheader: Option<String>,
    /// The body in CommonMark, in place of the one before.
    body_markdown: Option<String>,
    /// The body in HTML, in place of the one before.
    body_html: Option<String>,
    /// The body in MJML, in place of the one before.
    body_mjml: Option<String>,
    /// The plain-text part; `null` takes it away.
    body_text: Option<String>,
}

/// How many deliveries of a campaign stand where.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignCounts)]
pub(super) struct CountsAnswer {
    /// Deliveries in all; before the audience is frozen, how many are expected.
    audience: i64,
    /// Not tried yet.
    queued: i64,
    /// The relay answered 2xx.
    accepted: i64,
    /// Got a 4xx; waits for the next attempt.
    deferred: i64,
    /// A 5xx, or tried for too long.
    failed: i64,
    /// Not sent, because they may not be any more.
    skipped: i64,
    /// Mail came back, at once or later.
    bounced: i64,
    /// Readers reported the message as unwanted.
    complained: i64,
    /// Readers left the list after this message.
    unsubscribed: i64,
}

impl From<Counts> for CountsAnswer {
    fn from(counts: Counts) -> Self {
        let Counts { audience, queued, accepted, deferred, failed, skipped, bounced, complained, unsubscribed } =
            counts;
        Self { audience, queued, accepted, deferred, failed, skipped, bounced, complained, unsubscribed }
    }
}

/// A campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = Campaign)]
pub(super) struct CampaignAnswer {
    /// Its id.
    id: Uuid,
    /// The list whose confirmed subscribers get it.
    list_id: Uuid,
    /// The subject line.
    subject: String,
    /// The line that mail programs show beside the subject.
    preheader: Option<String>,
    /// The body, when it was written in CommonMark.
    body_markdown: Option<String>,
    /// The body, when it was written in HTML.
    body_html: Option<String>,
    /// The body, when it was written in MJML.
    body_mjml: Option<String>,
    /// The plain-text part; made from the body where it is `null`.
    body_text: Option<String>,
    /// `draft`, `scheduled`, `sending`, `paused`, `finished` or `cancelled`.
    state: &'static str,
    /// Why it is paused.
    paused_reason: Option<String>,
    /// When the first delivery may go; `null` while a draft.
    start_at: Option<Moment>,
    /// How many deliveries stand where.
    counts: CountsAnswer,
    /// When the last delivery will have been tried, as far as the plan goes; `null` when nothing is planned.
    expected_end_at: Option<Moment>,
    /// When it was made.
    created_at: Moment,
    /// When its audience began to be frozen.
    started_at: Option<Moment>,
    /// When its last delivery ended, or when it was cancelled.
    finished_at: Option<Moment>,
}

impl CampaignAnswer {
    pub(super) fn of(campaign: Campaign, counts: Counts) -> Self {
        let expected_end_at = expected_end(&campaign).map(Moment::from);
        let Content { subject, preheader, body_format, body, body_text } = campaign.content;
        let written_in = |format| (body_format == format).then(|| body.clone());
        Self {
            id: campaign.id.0,
            list_id: campaign.list_id.0,
            subject,
            preheader: Some(preheader).filter(|preheader| !preheader.is_empty()),
            body_markdown: written_in(BodyFormat::Markdown),
            body_html: written_in(BodyFormat::Html),
            body_mjml: written_in(BodyFormat::Mjml),
            body_text,
            state: campaign.state.word(),
            paused_reason: campaign.paused_reason,
            start_at: campaign.start_at.map(Moment::from),
            counts: counts.into(),
            expected_end_at,
            created_at: campaign.created_at.into(),
            started_at: campaign.started_at.map(Moment::from),
            finished_at: campaign.finished_at.map(Moment::from),
        }
    }
}

pub(super) struct NewCampaign(pub(super) Draft);

impl Read for NewCampaign {
    fn read(fields: &mut Fields) -> Option<Self> {
        let list_id = fields.word("list_id", "the id of a list");
        let subject = fields.text("subject");
        let preheader = fields.maybe_text("preheader").unwrap_or_default();
        let body = body(fields, true);
        let body_text = fields.maybe_text("body_text");
        let (body_format, body) = body?;
        let content = Content { subject: subject?, preheader, body_format, body, body_text };
        Some(Self(Draft { list_id: list_id?, content }))
    }
}

/// What shall change of a draft.
pub(super) struct CampaignChange {
    list_id: Option<ListId>,
    subject: Option<String>,
    preheader: Option<Option<String>>,
    body: Option<(BodyFormat, String)>,
    body_text: Option<Option<String>>,
}

impl Read for CampaignChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self {
            list_id: fields.maybe_word("list_id", "the id of a list"),
            subject: fields.maybe_text("subject"),
            preheader: fields.clearable_text("preheader"),
            body: body(fields, false),
            body_text: fields.clearable_text("body_text"),
        })
    }
}

impl CampaignChange {
    /// The draft as it shall read.
    pub(super) fn applied(self, campaign: Campaign) -> Draft {
        let old = campaign.content;
        let (body_format, body) = self.body.unwrap_or((old.body_format, old.body));
        Draft {
            list_id: self.list_id.unwrap_or(campaign.list_id),
            content: Content {
                subject: self.subject.unwrap_or(old.subject),
                preheader: self.preheader.map_or(old.preheader, Option::unwrap_or_default),
                body_format,
                body,
                body_text: self.body_text.unwrap_or(old.body_text),
            },
        }
    }
}

/// The one body that is given.
fn body(fields: &mut Fields, is_needed: bool) -> Option<(BodyFormat, String)> {
    let formats =
        [("body_markdown", BodyFormat::Markdown), ("body_html", BodyFormat::Html), ("body_mjml", BodyFormat::Mjml)];
    let given: Vec<_> = formats
        .into_iter()
        .filter_map(|(name, format)| fields.maybe_text(name).map(|text| (name, format, text)))
        .collect();
    if let [_, rest @ ..] = given.as_slice() {
        for (name, ..) in rest {
            fields.refuse(name, "cannot stand beside another body");
        }
    } else if is_needed {
        fields.refuse("body_markdown", "one of body_markdown, body_html and body_mjml is needed");
    }
    given.into_iter().next().map(|(_, format, text)| (format, text))
}
