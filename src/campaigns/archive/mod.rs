//! What a list shows to everybody of what it sent: finished campaigns, as nobody in particular got them.
//!
//! No merge field of anybody and no link of anybody's is in it: the template is rendered for a reader of whom nothing is
//! known, without the footer, and what it says is cleaned of everything that acts, styles or leads nowhere (WEB-04). A
//! campaign that went to a part of the list only is not shown to all.

mod store;

use std::collections::{HashMap, HashSet};

use ammonia::UrlRelative;

use super::Campaign;
use super::render::{Compiled, Identity};
use crate::accounts;
use crate::clock::Timestamp;
use crate::lists::List;
use crate::storage::{CampaignId, Conn, StoreError};

/// One letter of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The campaign that it was.
    pub id: CampaignId,
    /// Its subject, on one line.
    pub subject: String,
    /// When the last of it was sent.
    pub at: Timestamp,
    /// What it said, safe to stand in a page of ours.
    pub html: String,
}

/// The latest letters of a list, newest first, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn letters(conn: &mut Conn, list: &List, limit: i64) -> Result<Vec<Letter>, StoreError> {
    let account_name = accounts::find(conn, list.account_id)?.map(|account| account.name).unwrap_or_default();
    let sent = store::finished(conn, list.account_id, list.id, None, limit)?;
    Ok(sent.iter().filter_map(|campaign| letter(campaign, list, &account_name)).collect())
}

/// One letter of a list.
///
/// # Errors
/// When the database cannot be read.
pub fn one_letter(conn: &mut Conn, list: &List, id: CampaignId) -> Result<Option<Letter>, StoreError> {
    let account_name = accounts::find(conn, list.account_id)?.map(|account| account.name).unwrap_or_default();
    let sent = store::finished(conn, list.account_id, list.id, Some(id), 1)?;
    Ok(sent.first().and_then(|campaign| letter(campaign, list, &account_name)))
}

/// A campaign in whatever state as the archive of its list would show it; `None` for one that cannot be rendered without a
/// reader.
pub(super) fn as_shown(conn: &mut Conn, campaign: &Campaign, list: &List) -> Result<Option<Letter>, StoreError> {
    let account_name = accounts::find(conn, list.account_id)?.map(|account| account.name).unwrap_or_default();
    Ok(letter(campaign, list, &account_name))
}

/// The letter as nobody got it; `None` for one that cannot be rendered without a reader.
fn letter(campaign: &Campaign, list: &List, account_name: &str) -> Option<Letter> {
    let identity = Identity {
        list_name: list.name.clone(),
        from_name: list.from_name.clone(),
        account_name: account_name.to_owned(),
        postal_address: String::new(),
        website: String::new(),
        contact: String::new(),
        language: list.language,
    };
    let rendered = Compiled::new(&campaign.content, identity).and_then(|compiled| compiled.render_for_nobody()).ok()?;
    Some(Letter {
        id: campaign.id,
        subject: rendered.subject.split_whitespace().collect::<Vec<_>>().join(" "),
        at: campaign.finished_at.unwrap_or(campaign.created_at),
        html: clean(&rendered.html),
    })
}

/// Leaves the words, their structure, pictures and links. Sizes and styles go, so that the text fits any window and any
/// theme; headings go down one step, below the heading of the page.
fn clean(html: &str) -> String {
    let layout = ["width", "height", "align", "valign", "bgcolor", "border", "cellpadding", "cellspacing"];
    let mut attributes = HashMap::from([("img", HashSet::from(["src", "alt"])), ("a", HashSet::from(["href"]))]);
    attributes.insert("ol", HashSet::from(["start"]));
    attributes.insert("th", HashSet::from(["scope", "colspan", "rowspan"]));
    attributes.insert("td", HashSet::from(["colspan", "rowspan"]));
    let cleaned = ammonia::Builder::default()
        .tag_attributes(attributes)
        .rm_generic_attributes(layout)
        .clean_content_tags(HashSet::from(["script", "style", "title"]))
        .url_relative(UrlRelative::Deny)
        .clean(html)
        .to_string();
    step_down(cleaned.trim())
}

/// `h1` becomes `h2`, and so on. Ammonia writes tags in lower case and text with its brackets escaped, so nothing but a
/// heading looks like one.
fn step_down(html: &str) -> String {
    (1..6).rev().fold(html.to_owned(), |html, level| {
        html.replace(&format!("<h{level}"), &format!("<h{}", level + 1))
            .replace(&format!("</h{level}>"), &format!("</h{}>", level + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_letter_is_words_pictures_and_whole_links() {
        let html = clean(
            "<html><head><title>T</title><style>p{}</style></head><body style=\"margin:0\"><h1 style=\"x\">Hi</h1>\
             <p onclick=\"x()\">a <a href=\"https://a.example/\">link</a> <a href=\"\">leave</a> \
             <a href=\"javascript:x()\">js</a></p><img src=\"https://a.example/x.png\" width=\"900\" alt=\"A\">\
             <script>x()</script><iframe src=\"https://evil.example\"></iframe></body></html>",
        );
        assert_eq!(
            html,
            "<h2>Hi</h2><p>a <a href=\"https://a.example/\" rel=\"noopener noreferrer\">link</a> \
             <a rel=\"noopener noreferrer\">leave</a> <a rel=\"noopener noreferrer\">js</a></p>\
             <img src=\"https://a.example/x.png\" alt=\"A\">"
        );
    }
}
