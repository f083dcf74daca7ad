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
use actix_web::web::{self, ServiceConfig};

use super::reader::Choice;
use crate::app::App;
use crate::storage::SubscriberId;
use crate::subscriptions::{self, Door};
use crate::web::error::PageError;

/// Every route of the page.
#[rustfmt::skip]
pub(super) fn routes(cfg: &mut ServiceConfig) {
    let resource = web::resource::<&str>;
    cfg.service(resource("/preferences/{token}").get(page::show).head(page::show).post(ask::mail_pass))
        .service(resource("/preferences/{token}/leave").post(acts::leave))
        .service(resource("/preferences/{token}/join").post(acts::join))
        .service(resource("/preferences/{token}/rhythm").post(acts::choose_rhythm))
        .service(resource("/preferences/{token}/answers").post(acts::answer))
        .service(resource("/preferences/{token}/address").post(acts::change_address))
        .service(resource("/preferences/{token}/export.json").get(export::export).head(export::export))
        .service(resource("/preferences/{token}/erase").get(erase::ask).head(erase::ask).post(erase::erase))
        .service(resource("/address/{token}").get(address::show).head(address::show).post(address::agree))
        .service(resource("/address/{token}/refuse").post(address::refuse));
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
