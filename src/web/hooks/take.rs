//! One request: whose it is, whether it may be believed, and what is kept of it.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::{Certificates, Proven, Refused, mailgun, password, refused_name, sendgrid, sns};
use crate::app::App;
use crate::bounces::hook_tokens::{self, UseOutcome};
use crate::bounces::inbound_messages;
use crate::ceilings;
use crate::mail::relay_events::{self, Flaw, Provider};

/// Most bytes of a request: SendGrid sends 768 KB at most, SNS 256 KB.
const LARGEST: usize = 1024 * 1024;
/// Events that are kept in one write.
const CHUNK: usize = 250;

/// Takes the events of a provider.
pub(super) async fn take(
    app: Data<App>,
    certificates: Data<Certificates>,
    provider: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let known = provider.parse::<Provider>().ok();
    let Some(provider) = known.filter(|one| app.settings.hooks.providers().any(|taken| taken == *one)) else {
        return say(StatusCode::NOT_FOUND, "no such hook");
    };
    if !is_json(provider, field(&request, header::CONTENT_TYPE.as_str())) {
        return say(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json");
    }
    let body = match read(payload).await {
        Ok(body) => body,
        Err(status) => return say(status, "the body is too large, or broke off"),
    };
    match believe(&app, &certificates, provider, &request, &body).await {
        Ok(proven) => keep(&app, provider, proven).await,
        Err(refused) => refuse(&app, provider, refused).await,
    }
}

/// SNS says `text/plain` of its JSON.
fn is_json(provider: Provider, content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (provider == Provider::Ses && kind == "text/plain")
}

fn field<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn read(mut payload: Payload) -> Result<Bytes, StatusCode> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| StatusCode::BAD_REQUEST)?;
        if body.len() + chunk.len() > LARGEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn believe(
    app: &App,
    certificates: &Certificates,
    provider: Provider,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<Proven, Refused> {
    let (hooks, now) = (&app.settings.hooks, app.clock.now());
    let with_password = |secret: Option<&String>| {
        let secret = secret.ok_or(Refused::NotTheirs)?;
        password::check(secret, field(request, header::AUTHORIZATION.as_str()))?;
        Ok(Proven::Events(body.to_vec()))
    };
    match provider {
        Provider::Ses => sns::check(&hooks.ses, certificates, body, now).await,
        Provider::Postmark => with_password(hooks.postmark.as_ref()),
        Provider::Brevo => with_password(hooks.brevo.as_ref()),
        Provider::Mailgun => mailgun::check(hooks.mailgun.as_ref().ok_or(Refused::NotTheirs)?, body, now),
        Provider::SendGrid => {
            let key = hooks.sendgrid.as_ref().ok_or(Refused::NotTheirs)?;
            let proof = (field(request, sendgrid::SIGNATURE), field(request, sendgrid::TIMESTAMP));
            sendgrid::check(key, proof, body, now).map(|()| Proven::Events(body.to_vec()))
        }
    }
}

/// Keeps what may matter; only then is it taken.
async fn keep(app: &App, provider: Provider, proven: Proven) -> HttpResponse {
    let (body, token) = match proven {
        Proven::Events(body) => (body, None),
        Proven::EventsOnce(body, token) => (body, Some(token)),
        Proven::Nothing => return say(StatusCode::OK, "seen"),
    };
    let mut events = match relay_events::split(provider, &body) {
        Ok(events) => events,
        Err(Flaw::NoEvents) => return refuse(app, provider, Refused::Unreadable).await,
        Err(Flaw::TooMany) => return say(StatusCode::PAYLOAD_TOO_LARGE, "too many events at once"),
    };
    let now = app.clock.now();
    if let Some(token) = token {
        match app.db.write(move |conn| hook_tokens::use_up(conn, &token, &body, now)).await {
            Ok(UseOutcome::Fresh) => {}
            Ok(UseOutcome::Replayed) => return refuse(app, provider, Refused::Replayed).await,
            Err(_) => return refuse(app, provider, Refused::NotNow).await,
        }
    }
    while !events.is_empty() {
        let chunk: Vec<_> = events.drain(..events.len().min(CHUNK)).collect();
        let kept = app.db.write(move |conn| inbound_messages::store_events(conn, provider, chunk, now)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, %provider, "events could not be kept; their provider was asked to try again");
            return say(StatusCode::SERVICE_UNAVAILABLE, "not now");
        }
    }
    say(StatusCode::OK, "kept")
}

async fn refuse(app: &App, provider: Provider, refused: Refused) -> HttpResponse {
    let (status, why) = match (refused, provider) {
        (Refused::NotNow, _) => return say(StatusCode::SERVICE_UNAVAILABLE, "not now"),
        (Refused::Unreadable, _) => (StatusCode::BAD_REQUEST, "not like this"),
        // Mailgun tries again after anything but this.
        (_, Provider::Mailgun) => (StatusCode::NOT_ACCEPTABLE, "not believed"),
        (Refused::NotTheirs, Provider::Postmark | Provider::Brevo) => (StatusCode::UNAUTHORIZED, "not believed"),
        _ => (StatusCode::FORBIDDEN, "not believed"),
    };
    tracing::debug!(%provider, ?refused, "a webhook was not believed");
    let now = app.clock.now();
    let counted = app.db.write(move |conn| ceilings::hit(conn, &refused_name(provider), now)).await;
    if let Err(error) = counted {
        tracing::debug!(%error, "not counted");
    }
    let mut answer = say(status, why);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = header::HeaderValue::from_static("Basic realm=\"hooks\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

fn say(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text)
}
