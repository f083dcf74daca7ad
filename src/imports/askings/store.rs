//! The `import_askings` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::imports::brake::Fate;
use crate::storage::columns::PublicId;
use crate::storage::schema::{import_askings, subscriptions};
use crate::storage::{self, Conn, DeliveryId, ImportId, StoreError, SubscriptionId, Timestamp};

/// People to be asked, in their order, the first of them at this position.
pub(in crate::imports) fn insert_all(
    conn: &mut Conn,
    id: ImportId,
    first: i64,
    people: Vec<(SubscriptionId, Vec<u8>)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = (first..)
        .zip(people)
        .map(|(position, (subscription, request))| (id, position, subscription, request))
        .collect();
    storage::insert_all(
        conn,
        "import_askings (import_id, position, subscription_id, request)",
        &rows,
        |statement, (id, position, subscription, request)| {
            statement
                .bind::<PublicId, _>(*id)
                .bind::<BigInt, _>(*position)
                .bind::<PublicId, _>(*subscription)
                .bind::<Binary, _>(request.as_slice())
        },
    )
}

/// Somebody whose turn it is.
#[derive(Queryable)]
pub(in crate::imports) struct Asking {
    pub(in crate::imports) position: i64,
    pub(in crate::imports) subscription_id: SubscriptionId,
    pub(in crate::imports) request: Vec<u8>,
}

pub(in crate::imports) fn next(
    conn: &mut Conn,
    id: ImportId,
    from: i64,
    limit: i64,
) -> Result<Vec<Asking>, StoreError> {
    Ok(import_askings::table
        .filter(import_askings::import_id.eq(id))
        .filter(import_askings::position.ge(from))
        .order(import_askings::position)
        .limit(limit)
        .select((import_askings::position, import_askings::subscription_id, import_askings::request))
        .load(conn)?)
}

pub(in crate::imports) fn set_asked(
    conn: &mut Conn,
    id: ImportId,
    position: i64,
    delivery: Option<DeliveryId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(import_askings::table.find((id, position)))
        .set((import_askings::asked_at.eq(now), import_askings::delivery_id.eq(delivery)))
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct FateRow {
    #[diesel(sql_type = BigInt)]
    answered: i64,
    #[diesel(sql_type = BigInt)]
    bounced: i64,
    #[diesel(sql_type = BigInt)]
    unwanted: i64,
}

/// What came of the latest mails of an import since its pace was last changed.
pub(in crate::imports) fn fate(
    conn: &mut Conn,
    id: ImportId,
    since: Timestamp,
    sample: i64,
) -> Result<Fate, StoreError> {
    let found: FateRow = diesel::sql_query(
        "SELECT CAST(coalesce(sum(CASE WHEN d.state IN ('accepted', 'failed') THEN 1 ELSE 0 END), 0) AS BIGINT) AS answered, \
         CAST(coalesce(sum(CASE WHEN d.state = 'failed' OR d.bounced_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) \
         AS bounced, \
         CAST(coalesce(sum(CASE WHEN s.end_reason = 'not_me' OR d.complained_at IS NOT NULL THEN 1 ELSE 0 END), 0) \
         AS BIGINT) AS unwanted \
         FROM (SELECT subscription_id, delivery_id FROM import_askings \
         WHERE import_id = $1 AND asked_at >= $2 AND delivery_id IS NOT NULL ORDER BY position DESC LIMIT $3) a \
         JOIN deliveries d ON d.id = a.delivery_id JOIN subscriptions s ON s.id = a.subscription_id",
    )
    .bind::<PublicId, _>(id)
    .bind::<BigInt, _>(since)
    .bind::<BigInt, _>(sample)
    .get_result(conn)?;
    Ok(Fate { answered: found.answered, bounced: found.bounced, unwanted: found.unwanted })
}

pub(in crate::imports) fn confirmed(conn: &mut Conn, id: ImportId) -> Result<i64, StoreError> {
    Ok(import_askings::table
        .inner_join(subscriptions::table.on(subscriptions::id.eq(import_askings::subscription_id)))
        .filter(import_askings::import_id.eq(id))
        .filter(import_askings::delivery_id.is_not_null())
        .filter(subscriptions::state.eq("confirmed"))
        .count()
        .get_result(conn)?)
}
