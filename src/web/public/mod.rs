//! Pages for readers: no login, no cookie, no script needed. Signup, confirmation, unsubscription, preferences, archive.
//!
//! A token page changes nothing on GET and HEAD, since mail scanners open every link (CON-02, UNS-04).

mod archive;
mod asked;
mod confirm;
mod embed;
mod filled;
mod form;
mod form_answer;
mod form_judge;
mod form_page;
mod left;
mod origins;
mod preferences;
mod problem;
mod reader;
mod unsubscribe;

use actix_web::web::{self, ServiceConfig};

/// The largest filled-in form: every answer at its longest, in letters that take the most room.
const LARGEST_FORM: usize = 256 * 1024;

/// Every public route.
#[rustfmt::skip]
pub fn routes(cfg: &mut ServiceConfig) {
    let resource = web::resource::<&str>;
    cfg.service(resource("/forms/{form_id}").app_data(web::PayloadConfig::new(LARGEST_FORM)).get(form::show).head(form::show).post(form::take)
            .route(web::method(actix_web::http::Method::OPTIONS).to(form::preflight)))
        .service(resource("/forms/{form_id}/embed").get(embed::frame).head(embed::frame))
        .service(resource("/forms/{form_id}/embed.js").get(embed::script).head(embed::script))
        .service(resource("/forms/{form_id}/frame.js").get(embed::frame_script).head(embed::frame_script))
        .service(resource("/forms/{form_id}/look.css").get(embed::look).head(embed::look))
        .service(resource("/forms/{form_id}/pass").get(embed::pass))
        .service(resource("/confirm/{token}").get(confirm::show).head(confirm::show).post(confirm::stamp))
        .service(resource("/confirm/{token}/not-me").post(confirm::not_me))
        .service(resource("/confirm/{token}/again").post(confirm::again))
        .service(resource("/archive/{list_id}").get(archive::show).head(archive::show))
        .service(resource("/archive/{list_id}/feed.xml").get(archive::feed).head(archive::feed))
        .service(resource("/archive/{list_id}/{campaign_id}").get(archive::letter).head(archive::letter))
        .service(resource("/unsubscribe/{token}/undo").get(unsubscribe::show).head(unsubscribe::show).post(left::undo))
        .service(resource("/unsubscribe/{token}/reason").get(unsubscribe::show).head(unsubscribe::show).post(left::why))
        // Whatever a mail program adds to the path, the first part of it is the token (UNS-03).
        .service(resource("/unsubscribe/{token:.*}").get(unsubscribe::show).head(unsubscribe::show).post(unsubscribe::leave));
    preferences::routes(cfg);
}
