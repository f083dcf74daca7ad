//! From a claimed delivery to the line in which it waits.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::send::judge;
use super::Counter;
use super::desk::Place;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use crate::mail::direct::{Destination, Route};
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
            let place = place(&counter, &delivery, to);
            counter.desk().put(place, delivery);
            counter.changed.notify_one();
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

fn place(counter: &Counter, delivery: &Delivery, to: Arc<Destination>) -> Place {
    let settings = counter.direct.settings();
    let pool: Option<String> = None;
    let key = format!("{}/{}", pool.as_deref().unwrap_or_default(), to.key());
    let known = Provider::by_name(&delivery.lane).filter(|provider| provider.name != OTHER);
    let provider = known.or_else(|| Provider::of_domain(&to.domain)).or_else(|| Provider::of_mx(to.first_host()));
    let lane = match provider {
        Some(provider) if provider.name != OTHER => provider.name.clone(),
        // All others are many servers: each has the ceilings of the row for itself.
        _ => key.clone(),
    };
    let Ceilings { connections, messages, .. } = provider
        .or_else(|| Provider::by_name(OTHER))
        .map_or(Ceilings { connections: 2, messages: 20, hourly: None }, |provider| provider.ceilings(false));
    let sources = settings.places_of(pool.as_deref());
    Place { key, to, lane, sources, connections: connections as usize, messages: messages as usize }
}
