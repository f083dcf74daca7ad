//! Reports are judged beside the engine that records what it sends, and neither waits for what the other will give back
//! only after it.

use estampille::bounces::inbound_messages::{self, Channel, Received};
use estampille::consent;
use estampille::deliveries::{self, Delivery};
use estampille::storage::{Conn, StoreError};

use super::site::{Site, report};
use crate::support::DatabaseKind;

/// Whether anybody waits for a row: the judge, and behind it perhaps another one, of the same messages.
const WAITS: &str = "SELECT CAST(count(*) > 0 AS int)::bigint AS number FROM pg_stat_activity \
     WHERE datname = current_database() AND wait_event_type = 'Lock'";

type Work = fn(&mut Conn, &Delivery) -> Result<(), StoreError>;

fn hold_account(conn: &mut Conn, of: &Delivery) -> Result<(), StoreError> {
    consent::hold(conn, of.account_id.unwrap())
}

fn hold_delivery(conn: &mut Conn, one: &Delivery) -> Result<(), StoreError> {
    deliveries::hold(conn, &[one.id])
}

/// Fails at once where somebody else holds the row.
fn row_is_free(conn: &mut Conn, table: &str, id: &str) -> Result<(), StoreError> {
    use diesel::RunQueryDsl;
    let sql = format!("SELECT 1 FROM {table} WHERE id = '{id}' FOR NO KEY UPDATE NOWAIT");
    diesel::sql_query(sql).execute(conn)?;
    Ok(())
}

fn account_is_free(conn: &mut Conn, of: &Delivery) -> Result<(), StoreError> {
    row_is_free(conn, "accounts", &of.account_id.unwrap().to_string())
}

fn delivery_is_free(conn: &mut Conn, one: &Delivery) -> Result<(), StoreError> {
    row_is_free(conn, "deliveries", &one.id.to_string())
}

/// Reports about two deliveries come in, the later one first, while `hold` keeps what the first one needs: the judge
/// waits for it with empty hands.
async fn is_judged_in_turn(site: &Site, (first, second): (&Delivery, &Delivery), hold: Work, is_free: Work) {
    let (held, is_held) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let (db, one, other) = (site.app.app.db.clone(), first.clone(), second.clone());
    let holder = tokio::spawn(async move {
        db.write(move |conn| {
            hold(conn, &one)?;
            held.send(()).unwrap();
            may_go_on.recv().unwrap();
            is_free(conn, &other)
        })
        .await
    });
    is_held.await.unwrap();
    let messages = [second, first].map(|delivery| Received {
        channel: Channel::Pipe,
        envelope_from: String::new(),
        envelope_to: site.return_path(delivery.id),
        source: String::new(),
        message: report("reader@example.org", "failed", "5.1.1", "550 5.1.1 User unknown").into(),
    });
    let now = site.app.app.clock.now();
    let store =
        move |conn: &mut Conn| messages.iter().try_for_each(|one| inbound_messages::store(conn, one, now).map(drop));
    site.app.app.db.write(store).await.unwrap();
    site.app.until_number(WAITS, 1).await;
    go_on.send(()).unwrap();
    holder.await.unwrap().expect("the judge holds nothing that comes after what it waits for");
    site.until_judged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_one_batch_take_accounts_and_deliveries_in_one_order() {
    let site = Site::start(DatabaseKind::Postgres).await;
    let (one, two) = (site.app.create_account("Papeterie").await, site.app.create_account("Mairie").await);
    let mut mailed = Vec::new();
    for (customer, reader) in [(&one, "anne"), (&two, "paul"), (&one, "rose"), (&one, "luc")] {
        let list = customer.list("Lettre", "fr").await;
        let form = customer.form(&list).await;
        mailed.push(site.mailed(customer, &form, &format!("{reader}@example.org")).await);
    }
    let sent = "SELECT count(*) AS number FROM deliveries WHERE state <> 'accepted'";
    site.app.until_number(sent, 0).await;
    is_judged_in_turn(&site, (&mailed[0], &mailed[1]), hold_account, account_is_free).await;
    is_judged_in_turn(&site, (&mailed[2], &mailed[3]), hold_delivery, delivery_is_free).await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces WHERE severity = 'hard'").await, 4);
}

/// Takes what the day of the delivery's sender came to.
fn hold_day(conn: &mut Conn, of: &Delivery) -> Result<(), StoreError> {
    use diesel::RunQueryDsl;
    let sql = format!("SELECT 1 FROM warm_up_days WHERE lane = '{}' FOR UPDATE", of.lane);
    assert_eq!(diesel::sql_query(sql).execute(conn)?, 1, "the day is on record");
    Ok(())
}

fn day_is_free(conn: &mut Conn, of: &Delivery) -> Result<(), StoreError> {
    use diesel::RunQueryDsl;
    let sql = format!("SELECT 1 FROM warm_up_days WHERE lane = '{}' FOR UPDATE NOWAIT", of.lane);
    diesel::sql_query(sql).execute(conn)?;
    Ok(())
}

/// The claim and the engine count tries and trouble of many senders in the order of their keys.
#[tokio::test(flavor = "multi_thread")]
async fn reports_of_one_batch_count_against_warm_ups_in_the_order_of_everybody() {
    let site = Site::start(DatabaseKind::Postgres).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let (mut one, mut two) = (
        site.mailed(&customer, &form, "anne@example.org").await,
        site.mailed(&customer, &form, "paul@example.org").await,
    );
    site.app.until_number("SELECT count(*) AS number FROM deliveries WHERE state <> 'accepted'", 0).await;
    for (delivery, lane) in [(&mut one, "google"), (&mut two, "yahoo")] {
        lane.clone_into(&mut delivery.lane);
        let id = delivery.id.0;
        site.execute(format!("UPDATE deliveries SET kind = 'campaign', lane = '{lane}' WHERE id = {id}")).await;
    }
    let day = site.app.app.clock.now().window(chrono::TimeDelta::days(1)).micros();
    let of = "FROM deliveries d JOIN lists l ON l.id = d.list_id";
    let sender = "d.account_id, split_part(l.from_address, '@', 2), d.lane";
    site.execute(format!(
        "INSERT INTO warm_ups (account_id, domain, lane, day_at, ceiling) SELECT {sender}, {day}, 500 {of}"
    ))
    .await;
    site.execute(format!("INSERT INTO warm_up_days (account_id, domain, lane, day_at, tried, hard, deferred, complaints) SELECT {sender}, {day}, 1, 0, 0, 0 {of}")).await;
    is_judged_in_turn(&site, (&one, &two), hold_day, day_is_free).await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM warm_up_days WHERE hard = 1 AND tried = 1").await, 2);
}
