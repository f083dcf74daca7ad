//! That the table, the document and the code say the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::fields::{Fields, Read};
use super::{
    account, campaign_content, campaign_course, campaign_mail, form_content, form_reading, lists, operator, queue,
    sending_domains, subscribers, subscriptions, suppressions,
};
use super::{openapi, table};
use crate::accounts::AccountChange;
use crate::forms::FormChange;
use crate::lists::ListChange;
use crate::pacing::Hours;

fn properties<S: ToSchema>() -> BTreeSet<String> {
    let schema: RefOr<Schema> = <S as PartialSchema>::schema();
    json!(schema)["properties"].as_object().expect("an object").keys().cloned().collect()
}

/// Panics unless `S` documents exactly the fields that `T` reads, and calls needed what `T` refuses to miss.
fn assert_told<S: ToSchema, T: Read>() {
    let read: BTreeSet<String> = Fields::names::<T>().into_iter().collect();
    assert_eq!(properties::<S>(), read, "{}", S::name());
    let schema = json!(<S as PartialSchema>::schema());
    let told: BTreeSet<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let missed: Vec<_> = Fields::read::<T>(Map::new()).err().unwrap_or_default();
    let missed: BTreeSet<&str> =
        missed.iter().filter(|error| error.message == "is needed").map(|error| error.field.as_str()).collect();
    assert_eq!(told, missed, "{}", S::name());
}

#[test]
fn every_body_is_documented_as_it_is_read() {
    assert_told::<lists::NewListSchema, lists::NewList>();
    assert_told::<lists::ListChangeSchema, ListChange>();
    assert_told::<form_content::NewFormSchema, form_reading::NewForm>();
    assert_told::<form_content::FormChangeSchema, FormChange>();
    assert_told::<subscriptions::NewSubscriptionSchema, subscriptions::Wanted>();
    assert_told::<subscribers::SubscriberChangeSchema, subscribers::SubscriberChange>();
    assert_told::<campaign_content::NewCampaignSchema, campaign_content::NewCampaign>();
    assert_told::<campaign_content::CampaignChangeSchema, campaign_content::CampaignChange>();
    assert_told::<campaign_course::ScheduleSchema, campaign_course::WantedSchedule>();
    assert_told::<campaign_course::HoursSchema, Hours>();
    assert_told::<campaign_mail::TestMailSchema, campaign_mail::TestMail>();
    assert_told::<suppressions::NewSuppressionSchema, suppressions::Wanted>();
    assert_told::<account::AccountChangeSchema, AccountChange>();
    assert_told::<operator::NewAccountSchema, operator::NewAccount>();
    assert_told::<operator::ReasonSchema, operator::Reason>();
    assert_told::<operator::LimitsSchema, operator::LimitsChange>();
    assert_told::<queue::PurgeSchema, queue::Purge>();
    assert_told::<sending_domains::NewSendingDomainSchema, sending_domains::NewSendingDomain>();
    assert_told::<sending_domains::SendingDomainChangeSchema, sending_domains::SendingDomainChange>();
}

#[test]
fn con_08_no_body_has_a_field_that_could_confirm() {
    let document = openapi::document(&table::endpoints());
    for endpoint in table::endpoints() {
        let super::endpoint::Takes::Json(named) = endpoint.takes else { continue };
        let fields = &document["components"]["schemas"][&named.name]["properties"];
        for field in fields.as_object().expect("an object").keys() {
            assert!(!field.contains("confirm") && field != "state", "{} {field}", endpoint.path);
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = openapi::document(&table::endpoints());
    let mut left = vec![&document];
    let mut found = 0;
    while let Some(value) = left.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            found += 1;
        }
        match value {
            Value::Object(object) => left.extend(object.values()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    assert!(found > 50, "{found}");
}

#[test]
fn no_two_endpoints_share_a_path_and_a_method_and_each_says_what_it_does() {
    let mut seen = BTreeSet::new();
    for endpoint in table::endpoints() {
        assert!(seen.insert(openapi::operation_id(&endpoint)), "{} {}", endpoint.method, endpoint.path);
        assert!(endpoint.summary.ends_with('.'), "{} {}", endpoint.method, endpoint.path);
        assert!(openapi::path_parameters(endpoint.path).all(|name| name == "id"), "{}", endpoint.path);
    }
}

#[test]
fn everything_that_is_wrong_with_a_body_is_told_at_once() {
    let body = json!({
        "name": " ", "from_address": "nobody", "language": "xx", "archive": "yes", "colour": "red", "description": 1,
    });
    let Value::Object(body) = body else { panic!("an object") };
    let errors = Fields::read::<lists::NewList>(body).err().expect("refused");
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["name", "from_name", "from_address", "language", "description", "archive", "colour"]);
}

#[test]
fn a_field_inside_a_list_is_named_by_its_place() {
    let Value::Object(body) =
        json!({ "title": "x", "fields": [{ "name": "a", "label": "A" }, { "label": 1, "x": 0 }] })
    else {
        panic!("an object")
    };
    let errors = Fields::read::<form_reading::NewForm>(body).err().expect("refused");
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["fields[1].name", "fields[1].label", "fields[1].x"]);
}

#[test]
fn a_schedule_needs_exactly_one_pace_and_hours_that_can_be() {
    for (body, field) in [
        (json!({}), "spread_over"),
        (json!({ "spread_over": "PT4H", "per_hour": 5 }), "per_hour"),
        (json!({ "spread_over": "4 hours" }), "spread_over"),
        (json!({ "per_hour": -1 }), "per_hour"),
        (json!({ "per_hour": 10, "start_at": "tomorrow" }), "start_at"),
        (json!({ "per_hour": 10, "hours": { "from": "25:00", "to": "20:00", "timezone": "UTC" } }), "hours.from"),
        (json!({ "per_hour": 10, "hours": { "from": "08:00", "to": "20:00", "timezone": "Mars" } }), "hours.timezone"),
        (json!({ "per_hour": 10, "hours": { "from": "08:00", "to": "20:00" } }), "hours.timezone"),
    ] {
        let Value::Object(object) = body.clone() else { panic!("an object") };
        let errors = Fields::read::<campaign_course::WantedSchedule>(object).err().expect("refused");
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), [field], "{body}");
    }
}
