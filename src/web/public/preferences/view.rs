//! What a sender knows of a reader, read for the page.

use crate::accounts;
use crate::forms::{Field, Form};
use crate::lists::{self, List};
use crate::storage::{Conn, Language, StoreError, SubscriberId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::subscriptions::{self, Rhythm, State, Subscription};

/// Everything that the page shows.
pub(in super::super) struct View {
    pub(in super::super) subscriber: Subscriber,
    /// The account's name.
    pub(in super::super) sender: String,
    pub(in super::super) language: Language,
    /// The subscriptions that go on.
    pub(in super::super) going: Vec<Going>,
    /// The other lists of the sender, each with the form in whose words it is asked for.
    pub(in super::super) joinable: Vec<(List, Form)>,
    /// The questions of the forms of the reader's lists, each with the language of its words.
    pub(in super::super) questions: Vec<(Field, Language)>,
    /// An address that waits for a yes of both mailboxes.
    pub(in super::super) next_address: Option<String>,
}

/// One subscription that goes on.
pub(in super::super) struct Going {
    pub(in super::super) subscription: Subscription,
    pub(in super::super) list: List,
    pub(in super::super) rhythm: Rhythm,
}

impl Going {
    pub(in super::super) fn is_confirmed(&self) -> bool {
        self.subscription.state == State::Confirmed
    }
}

/// Reads it; `None` when the person is not there.
pub(in super::super) fn view(conn: &mut Conn, id: SubscriberId, now: Timestamp) -> Result<Option<View>, StoreError> {
    let Some(subscriber) = subscribers::find_any(conn, id)? else { return Ok(None) };
    let sender = accounts::find(conn, subscriber.account_id)?.map(|account| account.name).unwrap_or_default();
    let mut going = Vec::new();
    let mut language = None;
    for subscription in subscriptions::of_subscriber(conn, id)? {
        let list = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)?;
        let Some(list) = list else { continue };
        language = language.or(Some(list.language));
        if subscription.state != State::Ended && !list.is_closed() {
            let rhythm = subscriptions::rhythm(conn, subscription.id)?;
            going.push(Going { subscription, list, rhythm });
        }
    }
    let changes = subscriptions::address_changes::of_subscriber(conn, id)?;
    let next_address = changes.into_iter().rev().find(|change| change.is_open(now)).and_then(|open| open.new_address);
    Ok(Some(View {
        sender,
        language: language.unwrap_or(Language::ENGLISH),
        going,
        joinable: subscriptions::joinable(conn, id)?,
        questions: subscriptions::own_questions(conn, id)?,
        next_address: next_address.map(|address| address.to_string()),
        subscriber,
    }))
}
