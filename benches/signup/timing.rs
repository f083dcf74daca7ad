//! Whether anybody can tell by the time of the answer what is known of an address (CON-11).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use estampille::clock::Clock;
use estampille::forms::Form;
use estampille::storage::Conn;
use estampille::subscriptions::{self, Circumstances, EndReason, Signup, StampOutcome, Via};
use estampille::suppressions::{self, NewSuppression, Reason};

use super::house::{House, network};
use super::speed::median;
use super::wire::Wire;

const CASES: [&str; 5] = ["new", "pending", "stamped", "suppressed", "left"];
const SAMPLES: usize = 2_000;
/// Known addresses of each kind, asked for in turns.
const KNOWN: usize = 200;
const CONNECTIONS: usize = 8;

pub(crate) async fn run() {
    let house = Arc::new(House::open(Clock::System, 10, 10));
    prepare(&house);
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (house, next) = (house.clone(), next.clone());
        tasks.push(tokio::spawn(async move { sample(&house, &next).await }));
    }
    let mut times: [Vec<f64>; 5] = Default::default();
    let mut bodies = std::collections::BTreeSet::new();
    for task in tasks {
        for (case, time, body) in task.await.unwrap() {
            times[case].push(time);
            bodies.insert(body);
        }
    }
    println!("{} answers of each kind, {} different bodies", times[0].len(), bodies.len());
    let new = times[0].clone();
    for (case, times) in CASES.iter().zip(&mut times) {
        let mean = times.iter().sum::<f64>() / count(times.len());
        let spread = (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / count(times.len())).sqrt();
        let z = mann_whitney(&new, times);
        println!(
            "{case:>10}: mean {mean:.3} ms, median {:.3} ms, deviation {spread:.3} ms, z against new {z:+.2}",
            median(times)
        );
    }
    println!("|z| below 3.3 (p = 0.001): nobody can tell the cases apart");
    assert_eq!(bodies.len(), 1, "the bodies are the same");
}

/// Addresses that are pending, stamped, suppressed, and left.
fn prepare(house: &House) {
    let now = house.app.clock.now();
    for at in 0..KNOWN {
        let form = &house.forms[at % house.forms.len()];
        house
            .app
            .db
            .write_blocking(|conn| {
                subscriptions::signup(conn, &house.app.keys, &asked(form, "pending", at, Via::Api), now)?;
                stamp(conn, house, form, "stamped", at)?;
                let left = stamp(conn, house, form, "left", at)?;
                subscriptions::unsubscribe(conn, left, EndReason::Page, &Circumstances::default(), now)?;
                let new = NewSuppression {
                    account_id: form.account_id,
                    address: asked(form, "suppressed", at, Via::Api).address,
                    reason: Reason::HardBounce,
                    evidence: String::new(),
                    delivery_id: None,
                };
                suppressions::suppress(conn, &new, now)
            })
            .unwrap();
    }
}

fn stamp(
    conn: &mut Conn,
    house: &House,
    form: &Form,
    case: &str,
    at: usize,
) -> Result<estampille::storage::SubscriptionId, estampille::storage::StoreError> {
    let outcome = subscriptions::stamp_by_operator(
        conn,
        &house.app.keys,
        &asked(form, case, at, Via::Operator),
        house.app.clock.now(),
    )?;
    let StampOutcome::Stamped(id) = outcome else { panic!("{outcome:?}") };
    Ok(id)
}

fn asked(form: &Form, case: &str, at: usize, via: Via) -> Signup {
    Signup {
        account_id: form.account_id,
        list_id: form.list_id,
        address: format!("{case}{at}@reader.example").parse().unwrap(),
        attributes: Default::default(),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via,
        circumstances: Circumstances::default(),
        detail: "the bench".to_owned(),
    }
}

async fn sample(house: &House, next: &AtomicUsize) -> Vec<(usize, f64, String)> {
    let mut wire = Wire::open(&house.address).await;
    let mut found = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number >= SAMPLES * CASES.len() {
            return found;
        }
        // Every case in turn, so that whatever else the machine does hits all of them alike.
        let (case, turn) = (number % CASES.len(), number / CASES.len());
        let at = if case == 0 { turn + KNOWN } else { turn % KNOWN };
        let form = &house.forms[at % house.forms.len()];
        let address = format!("{}{at}@reader.example", CASES[case]);
        let (path, pass) = (format!("/forms/{}", form.id), house.pass(form, 600));
        let fields = [("address", address.as_str()), ("consent", "on"), ("pass", pass.as_str())];
        let began = Instant::now();
        let (status, body) = wire.post(&path, &network(number), &fields).await;
        let time = began.elapsed().as_secs_f64() * 1000.0;
        assert_eq!(status, 200);
        // The page names its form in two links.
        found.push((case, time, body.replace(&form.id.to_string(), "FORM")));
    }
}

/// The z of the rank-sum test: how far one sample as a whole lies above or below the other.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|time| (*time, false)).chain(other.iter().map(|time| (*time, true))).collect();
    all.sort_by(|left, right| left.0.total_cmp(&right.0));
    let ranks: f64 = all.iter().enumerate().filter(|(_, (_, is_other))| *is_other).map(|(at, _)| count(at + 1)).sum();
    let (n, m) = (count(one.len()), count(other.len()));
    let u = ranks - m * (m + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap())
}
