//! A bombing run: one mailbox and many others, over many networks, forms and accounts, with people in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::TimeDelta;
use estampille::clock::Clock;
use estampille::keyring::digest;
use estampille::storage::Timestamp;

use super::house::{House, hidden, network};
use super::wire::Wire;

const VICTIM: &str = "victim@reader.example";
/// The run is told in so many pieces, over an hour of the installation's clock.
const PIECES: usize = 20;
/// People who sign up in each piece.
const PEOPLE: usize = 25;
const CONNECTIONS: usize = 64;

pub(crate) async fn run(size: usize) {
    let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
    let house = Arc::new(House::open(clock.clone(), 20, 10));
    let (tally, began) = (Arc::new(Tally::default()), Instant::now());
    let mut served = 0;
    for piece in 0..PIECES {
        let people = open_pages(&house, piece).await;
        shoot(&house, &tally, piece, size / PIECES).await;
        clock.advance(TimeDelta::seconds(3_600 / i64::try_from(PIECES).unwrap()));
        served += send_all(&house, piece, people).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    println!(
        "{} shots in {seconds:.1} s ({:.0}/s) at {} forms",
        size * 2,
        f64::from(u32::try_from(size * 2).unwrap()) / seconds,
        house.forms.len()
    );
    println!(
        "asked for work: {}, told to come back later: {}, taken: {}",
        count(&tally.asked),
        count(&tally.later),
        count(&tally.taken)
    );
    println!("mails to the victim: {}", house.mails_to(VICTIM));
    println!("mails to the {size} others: {}", house.mails_to("%@bombed.example"));
    let mailed = house.mails_to("%@honest.example");
    println!("people who were taken: {served} of {}, mails made for them: {mailed}", PIECES * PEOPLE);
    println!(
        "floods noticed: {}, notices: {}",
        house.number("SELECT count(*) AS number FROM floods"),
        house.number("SELECT count(*) AS number FROM deliveries WHERE kind = 'flood'")
    );
    assert!(house.mails_to(VICTIM) <= 2);
    assert_eq!((served, mailed), (PIECES * PEOPLE, i64::try_from(PIECES * PEOPLE).unwrap()));
}

#[derive(Default)]
struct Tally {
    asked: AtomicUsize,
    later: AtomicUsize,
    taken: AtomicUsize,
}

/// The shots of one piece: every other one at the victim, and half of those with a pass that has waited long enough, as a
/// patient attacker would have.
async fn shoot(house: &Arc<House>, tally: &Arc<Tally>, piece: usize, count: usize) {
    let left = Arc::new(AtomicUsize::new(count * 2));
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (house, tally, left) = (house.clone(), tally.clone(), left.clone());
        tasks.push(tokio::spawn(async move {
            let mut wire = Wire::open(&house.address).await;
            while let Ok(before) = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
                let shot = piece * count * 2 + before;
                let form = &house.forms[shot % house.forms.len()];
                let is_victim = shot.is_multiple_of(2);
                let address = if is_victim { VICTIM.to_owned() } else { format!("other{shot}@bombed.example") };
                let pass = if shot.is_multiple_of(4) { house.pass(form, 600) } else { String::new() };
                let fields = [("address", address.as_str()), ("consent", "on"), ("pass", pass.as_str())];
                let (status, body) = wire.post(&format!("/forms/{}", form.id), &network(shot % 30_000), &fields).await;
                let counter = match status {
                    200 if body.contains("data-bits") => &tally.asked,
                    200 => &tally.taken,
                    429 => &tally.later,
                    other => panic!("{other} {body}"),
                };
                counter.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// What a person's browser got: the pass and the zero bits that it is to work for.
type Page = (String, u32);

async fn open_pages(house: &House, piece: usize) -> Vec<Page> {
    let mut wire = Wire::open(&house.address).await;
    let mut pages = Vec::new();
    for person in 0..PEOPLE {
        let (_, page) = wire.get(&path(house, piece, person), &home(piece, person)).await;
        let bits = page.split_once("data-bits=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap();
        pages.push((hidden(&page, "pass"), bits));
    }
    pages
}

/// Sends what people filled in meanwhile: every fifth one's machine worked, the others took their time.
async fn send_all(house: &House, piece: usize, pages: Vec<Page>) -> usize {
    let mut wire = Wire::open(&house.address).await;
    let mut taken = 0;
    for (person, (pass, bits)) in pages.into_iter().enumerate() {
        let work = if person % 5 == 0 && bits > 0 { work(&pass, bits) } else { String::new() };
        let address = format!("person{piece}x{person}@honest.example");
        let fields = [("address", address.as_str()), ("consent", "on"), ("pass", &pass), ("work", &work)];
        let (status, body) = wire.post(&path(house, piece, person), &home(piece, person), &fields).await;
        taken += usize::from(status == 200 && !body.contains("data-bits"));
    }
    taken
}

fn path(house: &House, piece: usize, person: usize) -> String {
    format!("/forms/{}", house.forms[(piece * PEOPLE + person) * 7 % house.forms.len()].id)
}

fn home(piece: usize, person: usize) -> String {
    format!("192.{}.{}.77", 100 + piece, person)
}

/// What the worker script finds.
fn work(pass: &str, bits: u32) -> String {
    let fits = |part: usize, number: u64| {
        let hash = digest(format!("{pass}.{part}.{number}").as_bytes());
        u32::from_be_bytes(hash[..4].try_into().unwrap()).leading_zeros() >= bits
    };
    let number = |part| (0..u64::MAX).find(|number| fits(part, *number)).unwrap().to_string();
    (0..16).map(number).collect::<Vec<_>>().join(".")
}
