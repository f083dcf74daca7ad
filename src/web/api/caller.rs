//! Who calls: the bearer token (RFC 6750), what it may do, and the key of a request that may be repeated.

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::{Ready, ready};

use super::problem::Problem;
use crate::accounts::Scope;
use crate::accounts::tokens::{self, TokenHolder};
use crate::app::App;
use crate::audit::Actor;
use crate::storage::{AccountId, ApiTokenId};

/// What a token needs to be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Reads: an account's token of scope full or read.
    Read,
    /// Changes: an account's token of scope full.
    Change,
    /// Asks for a subscription: an account's token of scope full or subscribe.
    Subscribe,
    /// Reads the installation: an operator's token of scope full or read.
    OperatorRead,
    /// Changes the installation: an operator's token of scope full.
    OperatorChange,
}

impl Access {
    /// Whether a token lets its holder through.
    pub(super) const fn allows(self, is_operator: bool, scope: Scope) -> bool {
        match (self, is_operator) {
            (Self::Read, false) | (Self::OperatorRead, true) => matches!(scope, Scope::Full | Scope::Read),
            (Self::Change, false) | (Self::OperatorChange, true) => matches!(scope, Scope::Full),
            (Self::Subscribe, false) => matches!(scope, Scope::Full | Scope::Subscribe),
            (Self::Read | Self::Change | Self::Subscribe, true) => false,
            (Self::OperatorRead | Self::OperatorChange, false) => false,
        }
    }

    /// In the documentation.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Read => "A token of an account, of scope `full` or `read`.",
            Self::Change => "A token of an account, of scope `full`.",
            Self::Subscribe => "A token of an account, of scope `full` or `subscribe`.",
            Self::OperatorRead => "A token of the operator, of scope `full` or `read`.",
            Self::OperatorChange => "A token of the operator, of scope `full`.",
        }
    }
}

/// Lets a request through to its route when its token may do that, and says who calls.
pub(super) async fn guard(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match admit(access, request.request()).await {
        Ok(holder) => {
            request.extensions_mut().insert(holder);
            next.call(request).await
        }
        Err(problem) => {
            let (request, _) = request.into_parts();
            Ok(ServiceResponse::from_err(problem, request))
        }
    }
}

async fn admit(access: Access, request: &HttpRequest) -> Result<Holder, Problem> {
    let unauthorized = |detail| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let token = bearer(request).ok_or_else(|| unauthorized("Send `Authorization: Bearer TOKEN`."))?;
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| unauthorized("No token is known here."))?;
    let now = app.clock.now();
    let holder = app.db.read(move |conn| tokens::authenticate(conn, &token, now)).await?;
    let holder = holder.ok_or_else(|| unauthorized("This token is not known, or was revoked."))?;
    if !access.allows(holder.account_id.is_none(), holder.scope) {
        return Err(Problem::new(StatusCode::FORBIDDEN, access.meaning()));
    }
    // When a token was used last is worth knowing, but no reason to refuse a request.
    if let Err(error) = app.db.write(move |conn| tokens::used(conn, holder.token_id, now)).await {
        tracing::debug!(%error, "the use of a token was not noted");
    }
    Ok(Holder(holder))
}

/// RFC 6750, section 2.1; the name of the scheme in either case (RFC 9110, section 11.1).
fn bearer(request: &HttpRequest) -> Option<String> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// Whose token was let through; kept with the request between the guard and the route.
#[derive(Debug, Clone)]
struct Holder(TokenHolder);

/// An account's program.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Whose token it carries.
    pub(super) account_id: AccountId,
    /// The token, for the audit.
    pub(super) token_id: ApiTokenId,
    /// `Idempotency-Key`, where the request carries one.
    pub(super) key: Option<String>,
}

impl Caller {
    /// The caller as the audit names it.
    pub(super) const fn actor(&self) -> Actor {
        Actor::Token(self.token_id)
    }
}

/// Longest `Idempotency-Key` that is taken.
const LONGEST_KEY: usize = 255;

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let held = request.extensions().get::<Holder>().cloned();
        ready(held.ok_or_else(unguarded).and_then(|Holder(holder)| {
            let account_id = holder.account_id.ok_or_else(unguarded)?;
            Ok(Self { account_id, token_id: holder.token_id, key: idempotency_key(request)? })
        }))
    }
}

/// Somebody who may send a request again under the same key.
pub(super) trait Repeats {
    /// Whose key it is, none for the operator's; and the key, where the request carries one.
    fn repeats(&self) -> (Option<AccountId>, Option<String>);
}

impl Repeats for Caller {
    fn repeats(&self) -> (Option<AccountId>, Option<String>) {
        (Some(self.account_id), self.key.clone())
    }
}

impl Repeats for OperatorCaller {
    fn repeats(&self) -> (Option<AccountId>, Option<String>) {
        (None, self.key.clone())
    }
}

/// The operator's program.
#[derive(Debug, Clone)]
pub(super) struct OperatorCaller {
    /// The token, for the audit.
    pub(super) token_id: ApiTokenId,
    /// `Idempotency-Key`, where the request carries one.
    pub(super) key: Option<String>,
}

impl OperatorCaller {
    /// The caller as the audit names it.
    pub(super) const fn actor(&self) -> Actor {
        Actor::Token(self.token_id)
    }
}

impl FromRequest for OperatorCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let held = request.extensions().get::<Holder>().cloned();
        ready(match held {
            Some(Holder(holder)) if holder.account_id.is_none() => {
                idempotency_key(request).map(|key| Self { token_id: holder.token_id, key })
            }
            _ => Err(unguarded()),
        })
    }
}

/// A route whose access and whose handler do not fit together; it stays closed.
fn unguarded() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "This token may not do that.")
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > LONGEST_KEY {
        return Err(Problem::field("Idempotency-Key", "needs 1 to 255 visible characters"));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_opens_what_it_says_and_no_operator_token_opens_an_account() {
        use Access::{Change, OperatorChange, OperatorRead, Read, Subscribe};
        for (scope, opens) in
            [(Scope::Full, &[Read, Change, Subscribe][..]), (Scope::Read, &[Read]), (Scope::Subscribe, &[Subscribe])]
        {
            for access in [Read, Change, Subscribe, OperatorRead, OperatorChange] {
                assert_eq!(access.allows(false, scope), opens.contains(&access), "{access:?} with {scope}");
            }
        }
        for (scope, opens) in [
            (Scope::Full, &[OperatorRead, OperatorChange][..]),
            (Scope::Read, &[OperatorRead]),
            (Scope::Subscribe, &[]),
        ] {
            for access in [Read, Change, Subscribe, OperatorRead, OperatorChange] {
                assert_eq!(access.allows(true, scope), opens.contains(&access), "{access:?} with {scope}");
            }
        }
    }
}
