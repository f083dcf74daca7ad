//! The endpoints of sending domains, a part of the table of all of them.

use super::caller::Access::{Change, Read};
use super::endpoint::{Endpoint, delete, get, patch, post};
use super::sending_domains as domains;

/// Sending domains: what DNS must say, and what signs.
pub(super) fn of_sending_domains() -> Vec<Endpoint> {
    type Answer = domains::SendingDomainAnswer;
    vec![
        post("/sending-domains", Change, domains::create)
            .does("Adds a sending domain with a DKIM key of its own, and says which DNS records it wants.")
            .takes::<domains::NewSendingDomainSchema>()
            .gives::<Answer>(201)
            .repeatable(),
        get("/sending-domains", Read, domains::all)
            .does("The sending domains of the account, oldest first.")
            .gives_page::<Answer>(),
        get("/sending-domains/{id}", Read, domains::show)
            .does("One sending domain with the records it wants and what the last check found.")
            .gives::<Answer>(200),
        patch("/sending-domains/{id}", Change, domains::change)
            .does("Chooses what signs its mail. A second key signs from the check that finds its record.")
            .takes::<domains::SendingDomainChangeSchema>()
            .gives::<Answer>(200),
        post("/sending-domains/{id}/check", Change, domains::check)
            .does("Asks DNS for its records.")
            .gives::<Answer>(200),
        delete("/sending-domains/{id}", Change, domains::remove).does("Removes a sending domain and its keys."),
    ]
}
