//! Pages of signed-in users: one file a page, with its form and its handlers.

mod bounces;
pub(in crate::web) mod brakes;
pub(in crate::web) mod campaign;
mod campaigns;
mod compose;
mod form;
mod form_flaws;
mod form_flood;
mod form_form;
mod form_preview;
mod home;
mod import;
mod imports;
mod invitation;
mod list;
mod list_form;
mod lists;
mod password;
mod pause;
mod person_acts;
mod preview;
pub(in crate::web) mod proof;
mod schedule;
mod schedule_form;
mod sending_domain;
mod settings;
pub(in crate::web) mod sign_in;
mod subscriber;
mod subscribers;
mod suppressions;
mod tokens;
mod trial;
pub(in crate::web) mod visit;

use crate::web::allowing::Allowing;
use crate::web::{operator, tray};
use actix_web::web::{ServiceConfig, get, post, resource};

/// Every route of signed-in users, and the sign-in itself.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/", get().to(home::show));
    sign_in_routes(cfg);
    list_routes(cfg);
    campaign_routes(cfg);
    people_routes(cfg);
    settings_routes(cfg);
    operator::routes(cfg);
    tray::routes(cfg);
}

fn sign_in_routes(cfg: &mut ServiceConfig) {
    cfg.service(Allowing::at("/sign-in").shows(sign_in::show_form).takes(sign_in::sign_in))
        .service(Allowing::at("/sign-out").takes(sign_in::sign_out))
        .service(Allowing::at("/language").takes(sign_in::change_language))
        .service(Allowing::at("/invitation/{token}").shows(invitation::show_form).takes(invitation::accept));
}

fn list_routes(cfg: &mut ServiceConfig) {
    cfg.route("/lists", get().to(lists::all))
        .route("/lists/look.css", get().to(form_preview::look))
        .service(resource("/lists/new").route(get().to(lists::show_new)).route(post().to(lists::create)))
        .route("/lists/{id}", get().to(list::show))
        .service(resource("/lists/{id}/settings").route(get().to(list_form::show)).route(post().to(list_form::change)))
        .route("/lists/{id}/close", post().to(list_form::close))
        .route("/lists/{list}/forms/preview", post().to(form_preview::draw))
        .service(resource("/lists/{list}/forms/new").route(get().to(form::show_new)).route(post().to(form::create)))
        .service(resource("/lists/{list}/forms/{id}").route(get().to(form::show)).route(post().to(form::change)))
        .route("/lists/{list}/forms/{id}/held", post().to(form_flood::decide))
        .route("/lists/{list}/forms/{id}/close", post().to(form::close));
}

fn campaign_routes(cfg: &mut ServiceConfig) {
    cfg.route("/campaigns", get().to(campaigns::all))
        .service(resource("/campaigns/new").route(get().to(compose::show_new)).route(post().to(compose::create)))
        .route("/campaigns/preview", post().to(preview::show))
        .route("/campaigns/{id}", get().to(campaign::show))
        .route("/campaigns/{id}/progress", get().to(campaign::part))
        .service(resource("/campaigns/{id}/edit").route(get().to(compose::show)).route(post().to(compose::change)))
        .route("/campaigns/{id}/delete", post().to(compose::delete))
        .route("/campaigns/{id}/test", post().to(trial::send))
        .service(
            resource("/campaigns/{id}/schedule").route(get().to(schedule::show)).route(post().to(schedule::schedule)),
        )
        .route("/campaigns/{id}/schedule/curve", get().to(schedule::curve))
        .route("/campaigns/{id}/pause", post().to(pause::pause))
        .route("/campaigns/{id}/resume", post().to(pause::resume))
        .route("/campaigns/{id}/cancel", post().to(pause::cancel))
        .route("/campaigns/{id}/pace", post().to(pause::change_pace));
}

fn people_routes(cfg: &mut ServiceConfig) {
    cfg.route("/subscribers", get().to(subscribers::all))
        .route("/subscribers/{id}", get().to(subscriber::show))
        .route("/subscribers/{id}/proof", get().to(proof::show))
        .route("/subscribers/{id}/proof.json", get().to(proof::json))
        .route("/subscribers/{id}/proof.css", get().to(proof::css))
        .route("/subscribers/{id}/suppress", post().to(person_acts::suppress))
        .route("/subscribers/{id}/erase", post().to(person_acts::erase))
        .service(resource("/imports").route(get().to(imports::all)).route(post().to(imports::create)))
        .route("/imports/new", get().to(imports::show_new))
        .route("/imports/{id}", get().to(import::show))
        .route("/imports/{id}/progress", get().to(import::part))
        .route("/imports/{id}/refused.csv", get().to(import::refused))
        .route("/imports/{id}/start", post().to(import::start))
        .route("/imports/{id}/pause", post().to(import::pause))
        .route("/imports/{id}/resume", post().to(import::resume))
        .route("/imports/{id}/cancel", post().to(import::cancel))
        .route("/bounces", get().to(bounces::all))
        .service(resource("/suppressions").route(get().to(suppressions::all)).route(post().to(suppressions::add)))
        .route("/suppressions/{id}/lift", post().to(suppressions::lift));
}

fn settings_routes(cfg: &mut ServiceConfig) {
    cfg.service(resource("/settings").route(get().to(settings::show)).route(post().to(settings::change)))
        .route("/settings/tokens", post().to(tokens::create))
        .route("/settings/tokens/{id}/revoke", post().to(tokens::revoke))
        .route("/settings/brakes", post().to(brakes::change))
        .route("/settings/password", post().to(password::change))
        .route("/settings/domains", post().to(sending_domain::add))
        .route("/settings/domains/{id}", get().to(sending_domain::show))
        .route("/settings/domains/{id}/check", post().to(sending_domain::check))
        .route("/settings/domains/{id}/signing", post().to(sending_domain::sign))
        .route("/settings/domains/{id}/remove", post().to(sending_domain::remove));
}
