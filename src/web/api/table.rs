//! Every endpoint of the API on one page.

use super::caller::Access::{Change, OperatorChange, OperatorRead, Read, Subscribe};
use super::endpoint::{Endpoint, delete, get, patch, post};
use super::{
    account, aside, brakes, campaign_content, campaign_course, campaign_mail, campaigns, form_content, forms,
    import_table, lane_table, lists, operator, queue, reports, sending_domain_table, subscriber_content, subscribers,
    subscriptions, suppressions,
};
use crate::web::proof::ConsentAnswer;

/// Every endpoint, in the order of the documentation.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        of_lists(),
        of_forms(),
        of_people(),
        import_table::of_imports(),
        of_campaigns(),
        of_a_campaign(),
        of_what_came_back(),
        of_the_account(),
        sending_domain_table::of_sending_domains(),
        of_the_operator(),
        lane_table::of_the_lanes(),
        aside::of_the_reports(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_lists() -> Vec<Endpoint> {
    vec![
        post("/lists", Change, lists::create)
            .does("Makes a list.")
            .takes::<lists::NewListSchema>()
            .gives::<lists::ListAnswer>(201)
            .repeatable(),
        get("/lists", Read, lists::all).does("The open lists, oldest first.").gives_page::<lists::ListAnswer>(),
        get("/lists/{id}", Read, lists::show).does("One list.").gives::<lists::ListAnswer>(200),
        patch("/lists/{id}", Change, lists::change)
            .does("Changes a list.")
            .takes::<lists::ListChangeSchema>()
            .gives::<lists::ListAnswer>(200),
        delete("/lists/{id}", Change, lists::close)
            .does("Closes a list for good: no signup, no campaign. Unsubscribe links go on working."),
    ]
}

fn of_forms() -> Vec<Endpoint> {
    vec![
        post("/lists/{id}/forms", Change, forms::create)
            .does("Makes a signup form for a list.")
            .takes::<form_content::NewFormSchema>()
            .gives::<form_content::FormAnswer>(201)
            .repeatable(),
        get("/lists/{id}/forms", Read, forms::of_list)
            .does("The open forms of a list, oldest first.")
            .gives_page::<form_content::FormAnswer>(),
        get("/forms/{id}", Read, forms::show).does("One form.").gives::<form_content::FormAnswer>(200),
        patch("/forms/{id}", Change, forms::change)
            .does("Changes a form. Changed words are a new version; what people agreed to before is kept.")
            .takes::<form_content::FormChangeSchema>()
            .gives::<form_content::FormAnswer>(200),
        delete("/forms/{id}", Change, forms::close).does("Closes a form for good."),
    ]
}

fn of_people() -> Vec<Endpoint> {
    vec![
        post("/subscriptions", Subscribe, subscriptions::create)
            .does("Asks for a subscription: always pending, and a mail asks the owner of the address to confirm.")
            .takes::<subscriptions::NewSubscriptionSchema>()
            .gives::<subscriptions::AskedAnswer>(202)
            .repeatable(),
        get("/subscribers", Read, subscribers::all)
            .does("The people that the account knows, newest first.")
            .filter("address", "Only the one with this address.")
            .filter("list_id", "Only those who have, or had, a subscription of this list.")
            .filter("state", "Only those with a subscription in this state.")
            .gives_page::<subscriber_content::SubscriberAnswer>(),
        get("/subscribers/{id}", Read, subscribers::show)
            .does("One person with every subscription.")
            .gives::<subscriber_content::SubscriberAnswer>(200),
        patch("/subscribers/{id}", Change, subscribers::change)
            .does("Replaces a person's attributes.")
            .takes::<subscribers::SubscriberChangeSchema>()
            .gives::<subscriber_content::SubscriberAnswer>(200),
        delete("/subscribers/{id}", Change, subscribers::erase)
            .does("Erases a person. A keyed hash stays, so that the address stays suppressed."),
        get("/subscribers/{id}/consent", Read, subscribers::consent)
            .does("What the person was shown and did, each record bound to the one before it.")
            .gives::<ConsentAnswer>(200),
    ]
}

fn of_campaigns() -> Vec<Endpoint> {
    vec![
        post("/campaigns", Change, campaigns::create)
            .does("Writes a campaign as a draft.")
            .takes::<campaign_content::NewCampaignSchema>()
            .gives::<campaign_content::CampaignAnswer>(201)
            .repeatable(),
        get("/campaigns", Read, campaigns::all)
            .does("The campaigns, newest first.")
            .gives_page::<campaign_content::CampaignAnswer>(),
        get("/campaigns/{id}", Read, campaigns::show)
            .does("One campaign with its numbers.")
            .gives::<campaign_content::CampaignAnswer>(200),
        patch("/campaigns/{id}", Change, campaigns::change)
            .does("Changes a draft; 409 when it is none any more.")
            .takes::<campaign_content::CampaignChangeSchema>()
            .gives::<campaign_content::CampaignAnswer>(200),
        delete("/campaigns/{id}", Change, campaigns::delete).does("Deletes a draft; 409 when it is none any more."),
    ]
}

fn of_a_campaign() -> Vec<Endpoint> {
    type Answer = campaign_content::CampaignAnswer;
    vec![
        post("/campaigns/{id}/test", Change, campaign_mail::test)
            .does("Mails the content to a few addresses.")
            .takes::<campaign_mail::TestMailSchema>()
            .gives::<campaign_mail::QueuedAnswer>(202)
            .repeatable(),
        post("/campaigns/{id}/schedule", Change, campaign_course::schedule)
            .does("Plans a draft; 422 with every reason why it may not be sent.")
            .takes::<campaign_course::ScheduleSchema>()
            .gives::<Answer>(200),
        post("/campaigns/{id}/pause", Change, campaign_course::pause)
            .does("Stops a campaign until it is resumed.")
            .gives::<Answer>(200),
        post("/campaigns/{id}/resume", Change, campaign_course::resume)
            .does("Lets a paused campaign go on, gently.")
            .gives::<Answer>(200),
        post("/campaigns/{id}/cancel", Change, campaign_course::cancel)
            .does("Stops a campaign for good.")
            .gives::<Answer>(200),
        get("/campaigns/{id}/deliveries", Read, campaign_mail::deliveries)
            .does("What came of each delivery, in the order in which they were written.")
            .filter("state", "Only those in this state.")
            .gives_page::<campaign_mail::DeliveryAnswer>(),
    ]
}

fn of_what_came_back() -> Vec<Endpoint> {
    vec![
        get("/suppressions", Read, suppressions::all)
            .does("The addresses that may not be mailed, newest first.")
            .gives_page::<suppressions::SuppressionAnswer>(),
        post("/suppressions", Change, suppressions::create)
            .does("Suppresses an address; 409 when the account did so already.")
            .takes::<suppressions::NewSuppressionSchema>()
            .gives::<suppressions::SuppressionAnswer>(201)
            .repeatable(),
        delete("/suppressions/{id}", Change, suppressions::lift)
            .does(
                "Lifts a suppression. One for mail that came back needs a reason and is lifted once; 409 the second time, \
                 for a complaint and for a person's own wish.",
            )
            .filter("reason", "Why the address may be mailed again, at most 500 characters."),
        get("/bounces", Read, reports::bounces)
            .does("Mail that was refused or came back, newest first.")
            .gives_page::<reports::BounceAnswer>(),
        get("/complaints", Read, reports::complaints)
            .does("Messages that readers reported as unwanted, newest first.")
            .gives_page::<reports::ComplaintAnswer>(),
        post("/reports", Change, reports::receive)
            .does(
                "Hands in a received message, header and all: a bounce, whose header must name the return path that it \
                 came to (`Delivered-To`, `X-Original-To`, `Envelope-To`, `To`), or a complaint. It is judged soon.",
            )
            .takes_message()
            .gives::<reports::ReportAnswer>(202)
            .repeatable(),
    ]
}

fn of_the_account() -> Vec<Endpoint> {
    vec![
        get("/account", Read, account::show).does("The account.").gives::<account::AccountAnswer>(200),
        patch("/account", Change, account::change)
            .does("Changes what the account says of itself.")
            .takes::<account::AccountChangeSchema>()
            .gives::<account::AccountAnswer>(200),
        get("/account/brakes", Read, brakes::show)
            .does("At which shares of dead addresses and complaints a campaign stops.")
            .gives::<brakes::BrakesAnswer>(200),
        patch("/account/brakes", Change, brakes::change)
            .does("Changes the brakes, within what the operator allows.")
            .takes::<brakes::BrakesChangeSchema>()
            .gives::<brakes::BrakesAnswer>(200),
    ]
}

fn of_the_operator() -> Vec<Endpoint> {
    type Answer = account::AccountAnswer;
    vec![
        post("/operator/accounts", OperatorChange, operator::create)
            .does("Makes an account; its first user is invited by mail.")
            .takes::<operator::NewAccountSchema>()
            .gives::<operator::MadeAccount>(201)
            .repeatable(),
        get("/operator/accounts", OperatorRead, operator::all)
            .does("Every account, oldest first.")
            .gives_page::<Answer>(),
        post("/operator/accounts/{id}/pause", OperatorChange, operator::pause)
            .does("Stops the campaigns of an account. Confirmations and unsubscriptions go on.")
            .takes::<operator::ReasonSchema>()
            .gives::<Answer>(200),
        post("/operator/accounts/{id}/resume", OperatorChange, operator::resume)
            .does("Lets the campaigns of an account go on.")
            .takes::<operator::ReasonSchema>()
            .gives::<Answer>(200),
        patch("/operator/accounts/{id}/limits", OperatorChange, operator::limit)
            .does("Limits how many campaign deliveries an account may have.")
            .takes::<operator::LimitsSchema>()
            .gives::<Answer>(200),
        get("/operator/brakes", OperatorRead, brakes::show_bounds)
            .does("What the brakes of accounts may be at most, and when soft bounces end a subscription.")
            .gives::<brakes::BoundsAnswer>(200),
        patch("/operator/brakes", OperatorChange, brakes::change_bounds)
            .does("Changes what the brakes may be at most, and when soft bounces end a subscription.")
            .takes::<brakes::BoundsChangeSchema>()
            .gives::<brakes::BoundsAnswer>(200),
        get("/operator/queue", OperatorRead, queue::show)
            .does("What waits to be sent.")
            .gives::<queue::QueueAnswer>(200),
        post("/operator/queue/purge", OperatorChange, queue::purge)
            .does("Counts the waiting campaign mail that is chosen, and skips it unless this is a dry run.")
            .takes::<queue::PurgeSchema>()
            .gives::<queue::PurgeAnswer>(200),
    ]
}
