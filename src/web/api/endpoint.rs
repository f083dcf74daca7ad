//! One route of the API: what serves it and what the documentation says of it, in one place, so that neither can be
//! without the other.

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, Responder, Route, guard as method_is, web};
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

use super::caller::{Access, guard};

/// A schema by its name.
#[derive(Clone)]
pub(super) struct Named {
    /// Its name in the document.
    pub(super) name: String,
    /// Itself and the ones it refers to.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

impl Named {
    fn of<T: ToSchema>() -> Self {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        Self { name: T::name().into_owned(), schemas }
    }

    /// A reference to it.
    pub(super) fn reference(&self) -> RefOr<Schema> {
        RefOr::Ref(Ref::from_schema_name(&self.name))
    }
}

/// What comes in.
#[derive(Clone)]
pub(super) enum Takes {
    /// Nothing but the path.
    Nothing,
    /// A JSON object.
    Json(Named),
    /// A received message.
    Message,
    /// A form with a file in it.
    Multipart(Named),
}

/// What goes out when all is well.
#[derive(Clone)]
pub(super) enum Gives {
    /// Nothing: 204.
    Nothing,
    /// One object.
    One(Named),
    /// A page of them.
    Page(Named),
}

/// One route.
pub(super) struct Endpoint {
    /// The method.
    pub(super) method: Method,
    /// The path behind `/api/v1`.
    pub(super) path: &'static str,
    /// What it does, in one line.
    pub(super) summary: &'static str,
    /// Which token it needs.
    pub(super) access: Access,
    /// What comes in.
    pub(super) takes: Takes,
    /// Behind the `?`, with what each means.
    pub(super) parameters: Vec<(&'static str, &'static str)>,
    /// The status when all is well.
    pub(super) status: u16,
    /// What goes out.
    pub(super) gives: Gives,
    /// Whether a repeated request with an `Idempotency-Key` gets the first answer again.
    pub(super) is_repeatable: bool,
    /// What serves it.
    pub(super) route: Route,
}

impl Endpoint {
    fn new<F, Args>(method: Method, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        // HEAD is GET without the body (RFC 9110, section 9.3.2).
        let route = match method {
            Method::GET => web::route().guard(method_is::Any(method_is::Get()).or(method_is::Head())),
            _ => web::method(method.clone()),
        };
        let route = route.to(handler);
        let route = route.wrap(from_fn(move |request, next| guard(access, request, next)));
        Self {
            method,
            path,
            summary: "",
            access,
            takes: Takes::Nothing,
            parameters: Vec::new(),
            status: 204,
            gives: Gives::Nothing,
            is_repeatable: false,
            route,
        }
    }

    /// The methods that it serves, as they stand in `Allow`.
    pub(super) fn allows(&self) -> &str {
        if self.method == Method::GET { "GET, HEAD" } else { self.method.as_str() }
    }

    /// Says what it does.
    pub(super) const fn does(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Takes a JSON object.
    pub(super) fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Takes::Json(Named::of::<T>());
        self
    }

    /// Takes a received message.
    pub(super) fn takes_message(mut self) -> Self {
        self.takes = Takes::Message;
        self
    }

    /// Takes a form with a file in it.
    pub(super) fn takes_form<T: ToSchema>(mut self) -> Self {
        self.takes = Takes::Multipart(Named::of::<T>());
        self
    }

    /// Understands a parameter behind the `?`.
    pub(super) fn filter(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.parameters.push((name, meaning));
        self
    }

    /// Answers with one object.
    pub(super) fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.gives = Gives::One(Named::of::<T>());
        self
    }

    /// Answers with a page of objects.
    pub(super) fn gives_page<T: ToSchema>(mut self) -> Self {
        self.status = 200;
        self.gives = Gives::Page(Named::of::<T>());
        self.filter("limit", "Items on the page, 1 to 200; 50 where it is missing.")
            .filter("cursor", "The `next_cursor` of the page before.")
    }

    /// A repeated request with an `Idempotency-Key` gets the first answer again.
    pub(super) const fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }
}

macro_rules! methods {
    ($($name:ident = $method:ident),+) => {$(
        #[doc = concat!("A route of method ", stringify!($method), ".")]
        pub(super) fn $name<F, Args>(path: &'static str, access: Access, handler: F) -> Endpoint
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            Endpoint::new(Method::$method, path, access, handler)
        }
    )+};
}
methods!(get = GET, post = POST, patch = PATCH, delete = DELETE);
