//! From a claimed delivery to the line in which it waits.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::send::judge;
use super::Counter;
use super::line::Place;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use crate::mail::direct::{Destination, Route};
use crate::pacing::lanes::Lane;
use crate::pacing::{Ceilings, OTHER, Provider};

/// Finds the line of a delivery; one that has none gets its verdict at once.
pub(super) async fn find(counter: Counter, lookups: Arc<Semaphore>, delivery: Delivery) {
    if counter.is_over() {
        return counter.write(delivery, Verdict::GivenBack).await;
    }
    let Some(domain) = delivery.address.as_ref().map(|address| address.receiving_domain().to_owned()) else {
        let cause = "the address was erased".to_owned();
        return counter.write(delivery, Verdict::Skipped { cause }).await;
    };
    let route = {
        // Closed never; without a turn it would only be less fair.
        let _turn = lookups.acquire().await;
        counter.direct.route(&domain).await
    };
    match route {
        Route::To(to) => {
            let place = place(&counter, &delivery, to).await;
            counter.desk().put(place, delivery);
            counter.changed.notify_one();
            counter.wishes.notify_one();
        }
        Route::Nowhere { code, text } => {
            let verdict = judge::refused(&counter.engine, &delivery, code, text);
            counter.write(delivery, verdict).await;
        }
        Route::Ours(trouble) => {
            counter.write(delivery, Verdict::GivenBack).await;
            counter.network_failed(&trouble).await;
        }
    }
}

async fn place(counter: &Counter, delivery: &Delivery, to: Arc<Destination>) -> Place {
    let app = &counter.engine.app;
    let rules = counter.rules.now(app).await;
    let pool = delivery.account_id.and_then(|account| rules.pools.get(&account)).map(String::as_str);
    let key = format!("{}/{}", pool.unwrap_or_default(), to.key());
    let provider = provider_of(&delivery.lane, &to);
    let lane = rules.lanes.get(provider.map_or(OTHER, |provider| provider.name.as_str()));
    let Ceilings { connections, messages, .. } = lane.map_or(CAREFUL, |lane| lane.ceilings(app.clock.now()));
    Place {
        // All others are many servers: each has the ceilings of the row for itself.
        lane: provider.map_or_else(|| key.clone(), |provider| provider.name.clone()),
        is_shared: provider.is_some(),
        key,
        to,
        sources: counter.direct.settings().places_of(pool),
        connections: usize::try_from(connections).unwrap_or(1),
        messages: usize::try_from(messages).unwrap_or(1),
        demands_tls: provider.is_some() && lane.is_some_and(Lane::demands_tls),
    }
}

/// For a lane of which nothing can be read.
const CAREFUL: Ceilings = Ceilings { connections: 2, messages: 20, hourly: None };

/// The provider of a delivery; none where it is one of all others. The MX are known here, perhaps sooner than in the lane.
fn provider_of(lane: &str, to: &Destination) -> Option<&'static Provider> {
    let known = Provider::by_name(lane).filter(|provider| provider.name != OTHER);
    let found = known.or_else(|| Provider::of_domain(&to.domain)).or_else(|| Provider::of_mx(to.first_host()));
    found.filter(|provider| provider.name != OTHER)
}
