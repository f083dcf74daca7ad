//! A path with what may be done there; anything else is answered with that list (RFC 9110, section 15.5.6).

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, web};

use super::error::PageError;

/// A path and its methods.
pub(super) struct Allowing {
    resource: Resource,
    methods: Vec<Method>,
}

impl Allowing {
    /// The path, where nothing may be done yet.
    pub(super) fn at(path: &str) -> Self {
        Self { resource: web::resource(path), methods: Vec::new() }
    }

    /// GET, and HEAD, which is GET without the body.
    pub(super) fn shows<F, Args>(self, page: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::GET, page.clone()).on(Method::HEAD, page)
    }

    /// POST.
    pub(super) fn takes<F, Args>(self, act: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, act)
    }

    /// One more method.
    pub(super) fn on<F, Args>(mut self, method: Method, answer: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(method.clone());
        Self { resource: self.resource.route(web::method(method).to(answer)), ..self }
    }

    /// The largest body that is read here, in bytes.
    pub(super) fn up_to(self, bytes: usize) -> Self {
        Self { resource: self.resource.app_data(web::PayloadConfig::new(bytes)), ..self }
    }
}

impl HttpServiceFactory for Allowing {
    fn register(self, config: &mut AppService) {
        let names: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        let allowed = names.join(", ");
        let refuse = web::to(move || {
            let allowed = allowed.clone();
            async move { Err::<HttpResponse, _>(PageError::NotAllowed { allowed }) }
        });
        self.resource.default_service(refuse).register(config);
    }
}
