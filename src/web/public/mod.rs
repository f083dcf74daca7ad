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
mod held_letter;
mod left;
mod origins;
mod preferences;
mod problem;
mod reader;
mod unsubscribe;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;

use super::allowing::Allowing;

/// The largest filled-in form: every answer at its longest, in letters that take the most room.
const LARGEST_FORM: usize = 256 * 1024;

/// Every public route.
#[rustfmt::skip]
pub fn routes(cfg: &mut ServiceConfig) {
    let at = Allowing::at;
    cfg.service(at("/forms/{form_id}").up_to(LARGEST_FORM).shows(form::show).takes(form::take).on(Method::OPTIONS, form::preflight))
        .service(at("/forms/{form_id}/embed").shows(embed::frame))
        .service(at("/forms/{form_id}/embed.js").shows(embed::script))
        .service(at("/forms/{form_id}/frame.js").shows(embed::frame_script))
        .service(at("/forms/{form_id}/look.css").shows(embed::look))
        .service(at("/forms/{form_id}/pass").shows(embed::pass))
        .service(at("/confirm/{token}").shows(confirm::show).takes(confirm::stamp))
        .service(at("/confirm/{token}/not-me").takes(confirm::not_me))
        .service(at("/confirm/{token}/again").takes(confirm::again))
        .service(at("/archive/{list_id}").shows(archive::show))
        .service(at("/archive/{list_id}/feed.xml").shows(archive::feed))
        .service(at("/archive/{list_id}/{campaign_id}").shows(archive::letter))
        .service(at("/letter/{token}").shows(held_letter::show))
        .service(at("/unsubscribe/{token}/undo").shows(unsubscribe::show).takes(left::undo))
        .service(at("/unsubscribe/{token}/reason").shows(unsubscribe::show).takes(left::why))
        // Whatever a mail program adds to the path, the first part of it is the token (UNS-03).
        .service(at("/unsubscribe/{token:.*}").shows(unsubscribe::show).takes(unsubscribe::leave));
    preferences::routes(cfg);
}
