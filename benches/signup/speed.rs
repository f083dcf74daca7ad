//! Signups a second, and bare inserts a second through the same HTTP stack, pool and file, in turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use actix_web::{HttpResponse, HttpServer, web};
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use estampille::app::App;
use estampille::clock::Clock;

use super::house::{House, network};
use super::wire::Wire;

const ROUNDS: usize = 5;
const EACH: usize = 4_000;
/// Enough that nobody waits for the beat of the answers.
const CONNECTIONS: usize = 256;

pub(crate) async fn run() {
    let house = Arc::new(House::open(Clock::System, 10, 10));
    let bare = serve_bare(&house.app);
    let (mut signups, mut inserts) = (Vec::new(), Vec::new());
    let next = Arc::new(AtomicUsize::new(0));
    for round in 0..ROUNDS {
        inserts.push(rate(&bare, &house, &next, false).await);
        signups.push(rate(&house.address.clone(), &house, &next, true).await);
        println!("round {}: {:.0} signups/s, {:.0} bare inserts/s", round + 1, signups[round], inserts[round]);
    }
    let asked = house.mails_to("%@reader.example")
        + house.number("SELECT count(*) AS number FROM confirmations WHERE held_at IS NOT NULL");
    assert_eq!(usize::try_from(asked).unwrap(), ROUNDS * EACH, "every signup was taken");
    let (signups, inserts) = (median(&mut signups), median(&mut inserts));
    println!("median: {signups:.0} signups/s, {inserts:.0} bare inserts/s, ratio {:.2}", signups / inserts);
    println!("memory: {}", resident());
}

async fn rate(address: &str, house: &Arc<House>, next: &Arc<AtomicUsize>, is_signup: bool) -> f64 {
    let left = Arc::new(AtomicUsize::new(EACH));
    // What a page hands out is made before the watch starts.
    let shots: Arc<Vec<(String, String)>> = Arc::new(
        (0..EACH)
            .map(|at| {
                let form = &house.forms[at % house.forms.len()];
                (format!("/forms/{}", form.id), if is_signup { house.pass(form, 600) } else { String::new() })
            })
            .collect(),
    );
    let began = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (address, left, next, shots) = (address.to_owned(), left.clone(), next.clone(), shots.clone());
        tasks.push(tokio::spawn(async move {
            let mut wire = Wire::open(&address).await;
            while let Ok(before) = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
                let number = next.fetch_add(1, Ordering::SeqCst);
                let (path, pass) = &shots[before - 1];
                let address = format!("person{number}@reader.example");
                let path = if is_signup { path.as_str() } else { "/bare" };
                let fields = [("address", address.as_str()), ("consent", "on"), ("pass", pass.as_str())];
                let (status, body) = wire.post(path, &network(number), &fields).await;
                assert!(status == 200 && !body.contains("data-bits"), "{status} {body}");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    f64::from(u32::try_from(EACH).unwrap()) / began.elapsed().as_secs_f64()
}

/// What one insert costs: the form is read, one row is written in one transaction, the answer is short.
async fn bare(app: web::Data<App>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let address = form.into_inner().swap_remove(0).1;
    let now = app.clock.now();
    let written = app
        .db
        .write(move |conn| {
            let insert = diesel::sql_query("INSERT INTO bare (address, at) VALUES ($1, $2)");
            Ok(insert.bind::<Text, _>(address).bind::<BigInt, _>(now).execute(conn)?)
        })
        .await;
    assert_eq!(written.unwrap(), 1);
    HttpResponse::Ok().body("taken")
}

fn serve_bare(app: &App) -> String {
    app.db
        .write_blocking(|conn| {
            let table = "CREATE TABLE bare (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, at BIGINT NOT NULL)";
            Ok(diesel::sql_query(table).execute(conn)?)
        })
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let state = web::Data::new(app.clone());
    let server =
        HttpServer::new(move || actix_web::App::new().app_data(state.clone()).route("/bare", web::post().to(bare)));
    tokio::spawn(server.disable_signals().listen(listener).unwrap().run());
    address
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The memory of this process, both sides of the wire.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("not known").to_owned()
}
