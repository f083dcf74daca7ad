//! A reader's own page at one sender: lists, how often, answers, address, everything that is kept, erasure.
//!
//! The link in a mail opens nothing (`ask.rs`): the page opens with a pass, which is mailed to the address and good for a
//! day. GET shows, POST acts.

mod acts;
mod address;
mod ask;
mod erase;
mod export;
mod page;
mod view;

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;

use super::reader::Choice;
use crate::app::App;
use crate::storage::SubscriberId;
use crate::subscriptions::{self, Door};
use crate::web::allowing::Allowing;
use crate::web::error::PageError;

/// Every route of the page.
#[rustfmt::skip]
pub(super) fn routes(cfg: &mut ServiceConfig) {
    let at = Allowing::at;
    cfg.service(at("/preferences/{token}").shows(page::show).takes(ask::mail_pass))
        .service(at("/preferences/{token}/leave").takes(acts::leave))
        .service(at("/preferences/{token}/join").takes(acts::join))
        .service(at("/preferences/{token}/rhythm").takes(acts::choose_rhythm))
        .service(at("/preferences/{token}/answers").takes(acts::answer))
        .service(at("/preferences/{token}/address").takes(acts::change_address))
        .service(at("/preferences/{token}/export.json").shows(export::export))
        .service(at("/preferences/{token}/erase").shows(erase::ask).takes(erase::erase))
        .service(at("/address/{token}").shows(address::show).takes(address::agree))
        .service(at("/address/{token}/refuse").takes(address::refuse));
}

/// Whom a token lets in; everybody else is shown the door by [`ask`].
async fn let_in(app: &App, token: &str) -> Result<Door, PageError> {
    let (keys, now, token) = (app.keys.clone(), app.clock.now(), token.to_owned());
    let door = app.db.read(move |conn| subscriptions::door(conn, &keys, &token, now)).await?;
    door.ok_or(PageError::NotFound)
}

/// What a token opens.
enum Opened {
    /// The page of this person.
    Own(SubscriberId),
    /// Nothing: this page offers to mail a new pass.
    Away(HttpResponse),
}

async fn open(app: &App, token: &str, choice: &Choice) -> Result<Opened, PageError> {
    Ok(match let_in(app, token).await? {
        Door::Open(person) => Opened::Own(person.id),
        Door::Closed(person) => Opened::Away(ask::page(app, token, choice, &person).await?),
    })
}
