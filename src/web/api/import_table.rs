//! The endpoints of imports, a part of [`table`](super::table) that has outgrown its page.

use super::caller::Access::{Change, Read};
use super::endpoint::{Endpoint, get, post};
use super::imports;

/// Every endpoint of imports, in the order of the documentation.
pub(super) fn of_imports() -> Vec<Endpoint> {
    type Answer = imports::ImportAnswer;
    vec![
        post("/imports", Change, imports::create)
            .does(
                "Takes a file of addresses. They start pending and are asked to confirm over days. The same file sent \
                 again within 30 days is the same import.",
            )
            .takes_form::<imports::NewImportSchema>()
            .gives::<Answer>(202),
        get("/imports", Read, imports::all).does("The imports, newest first.").gives_page::<Answer>(),
        get("/imports/{id}", Read, imports::show)
            .does("One import with its refused rows.")
            .filter("limit", "Refused rows on the page, 1 to 200; 50 where it is missing.")
            .filter("cursor", "The `next_cursor` of the page before.")
            .gives::<imports::ImportShown>(200),
        post("/imports/{id}/pause", Change, imports::pause)
            .does("Stops an import until it is resumed; 409 when there is nothing to stop.")
            .gives::<Answer>(200),
        post("/imports/{id}/resume", Change, imports::resume)
            .does("Lets an import go on, at the pace of its first day.")
            .gives::<Answer>(200),
        post("/imports/{id}/cancel", Change, imports::cancel)
            .does("Gives an import up: nobody more is asked.")
            .gives::<Answer>(200),
    ]
}
