//! The endpoints of lanes and of warm-up.

use super::caller::Access::{OperatorChange, OperatorRead};
use super::endpoint::{Endpoint, get, patch, post};
use super::{lanes, operator, warm_up};

/// What each provider takes, and from whom.
pub(super) fn of_the_lanes() -> Vec<Endpoint> {
    vec![
        get("/operator/lanes", OperatorRead, lanes::all)
            .does("Every lane: what each provider takes, how it goes now, and the reply that changed it.")
            .gives::<lanes::LanesAnswer>(200),
        patch("/operator/lanes/{id}", OperatorChange, lanes::set)
            .does("Sets what a lane takes at most, in place of the built-in table.")
            .takes::<lanes::CeilingsSchema>()
            .gives::<lanes::LaneAnswer>(200),
        post("/operator/lanes/{id}/open", OperatorChange, lanes::open)
            .does("Lets a lane go at its full rate at once, for every account, whatever was answered before.")
            .takes::<operator::ReasonSchema>()
            .gives::<lanes::LaneAnswer>(200),
        get("/operator/warm-up", OperatorRead, warm_up::show)
            .does("Whether new senders are warmed up.")
            .gives::<warm_up::WarmUpAnswer>(200),
        patch("/operator/warm-up", OperatorChange, warm_up::change)
            .does(
                "Switches the warm-up of new senders. Domains that campaigns were sent from before are taken as warm.",
            )
            .takes::<warm_up::WarmUpSchema>()
            .gives::<warm_up::WarmUpAnswer>(200),
        get("/operator/accounts/{id}/warm-up", OperatorRead, warm_up::show_account)
            .does("How far the warm-up of an account is with each provider.")
            .gives::<warm_up::AccountWarmUpAnswer>(200),
        patch("/operator/accounts/{id}/warm-up", OperatorChange, warm_up::change_account)
            .does("Switches the warm-up of an account, takes a sending domain as warm, or lets it begin anew.")
            .takes::<warm_up::AccountWarmUpSchema>()
            .gives::<warm_up::AccountWarmUpAnswer>(200),
    ]
}
