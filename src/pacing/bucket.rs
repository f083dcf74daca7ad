//! A ceiling over time that lets nothing pile up: what was not used is lost, so nothing is ever made up for. Pure.

use crate::clock::Timestamp;

/// How fast a bucket fills, and how much is in a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Nanoseconds until there is one more.
    interval: i64,
    /// What a full bucket holds; one at least.
    most: i64,
}

/// A bucket holds what comes in so many seconds at an hourly ceiling, and at a low one what a small list has at one
/// provider: nobody waits for an hour behind a spike of twenty.
const SECONDS_IN_HAND: i64 = 2;
const SECONDS_OF_A_SMALL_LIST: i64 = 300;
const SMALL_LIST: i64 = 100;
/// Nanoseconds.
const HOUR: i64 = 3_600_000_000_000;
/// Single mails go even where there is no room; what they take is owed, but not for longer than this, in nanoseconds.
const LONGEST_DEBT: i128 = HOUR as i128 / 6;

impl Flow {
    /// A ceiling an hour (one at least): no hour, wherever it begins, has more.
    #[must_use]
    pub fn hourly(ceiling: i64) -> Self {
        let ceiling = ceiling.max(1);
        // One that holds a single one loses what comes between two looks into it.
        let fewest = if ceiling < 1000 { 1 } else { 2 };
        let small_list = (ceiling * SECONDS_OF_A_SMALL_LIST / 3600).min(SMALL_LIST);
        let most = (ceiling * SECONDS_IN_HAND / 3600).max(small_list).max(fewest);
        // A full bucket and what comes in an hour make the ceiling together; rounded up, so never above it.
        Self { interval: ceil(HOUR.into(), (ceiling - (most - 1)).into()), most }
    }

    /// So many in so many milliseconds, with what comes in `seconds` in a full bucket.
    #[must_use]
    pub fn of(count: i128, millis: i128, seconds: i64) -> Self {
        let (count, nanos) = (count.max(1), millis.max(1).saturating_mul(1_000_000));
        let most = (i128::from(seconds) * 1_000_000_000).saturating_mul(count);
        Self { interval: ceil(nanos, count).max(1), most: ceil(most, nanos).max(1) }
    }
}

/// What is left, as the moment at which the bucket is full again: one number, which all nodes read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// When it is full; none for a full one.
    pub full_at: Option<Timestamp>,
}

impl Bucket {
    /// What may be taken now.
    #[must_use]
    pub fn room(self, flow: Flow, now: Timestamp) -> i64 {
        let whole = i128::from(flow.most) * i128::from(flow.interval);
        let missing = self.full_at.map_or(0, |full| i128::from(full.micros()) - i128::from(now.micros())) * 1000;
        // Nobody owes that much: the clock was set back.
        let missing = if missing > whole + LONGEST_DEBT { 0 } else { missing.max(0) };
        i64::try_from((whole - missing).max(0) / i128::from(flow.interval.max(1))).unwrap_or(i64::MAX)
    }

    /// Whether it is no more than half full.
    #[must_use]
    pub fn is_low(self, flow: Flow, now: Timestamp) -> bool {
        self.room(flow, now) <= flow.most / 2
    }

    /// The bucket after so many were taken, also more than were there: then it takes longer to fill.
    #[must_use]
    pub fn take(self, flow: Flow, count: i64, now: Timestamp) -> Self {
        if count <= 0 {
            return self;
        }
        let whole = i128::from(flow.most) * i128::from(flow.interval);
        let latest = i128::from(now.micros()) + (whole + LONGEST_DEBT) / 1000;
        let latest = Timestamp::from_micros(i64::try_from(latest).unwrap_or(i64::MAX));
        let from = self.full_at.filter(|full| *full <= latest).map_or(now, |full| full.max(now));
        let nanos = i128::from(flow.interval) * i128::from(count);
        let micros = ceil(nanos, 1000);
        Self { full_at: Some(Timestamp::from_micros(from.micros().saturating_add(micros))) }
    }
}

fn ceil(of: i128, by: i128) -> i64 {
    i64::try_from(of.saturating_add(by - 1) / by).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// Takes all there is at each of these moments; says when each was taken.
    fn drained(flow: Flow, waits: &[i64]) -> Vec<(Timestamp, i64)> {
        let (mut bucket, mut now, mut taken) = (Bucket::default(), START, Vec::new());
        for wait in waits {
            now = now + TimeDelta::milliseconds(*wait);
            let count = bucket.room(flow, now);
            bucket = bucket.take(flow, count, now);
            taken.push((now, count));
        }
        taken
    }

    /// What goes at once at a low ceiling.
    fn small(ceiling: i64) -> i64 {
        (ceiling / 12).min(100)
    }

    proptest! {
        /// PAC-01: whoever asks whenever, no hour has more than its ceiling; also after hours of silence.
        #[test]
        fn no_hour_has_more_than_its_ceiling(
            ceiling in 1_i64..2_000_000, waits in prop::collection::vec(prop_oneof![0_i64..5000, 0_i64..9_000_000], 1..200)
        ) {
            let taken = drained(Flow::hourly(ceiling), &waits);
            for (from, _) in &taken {
                let until = *from + TimeDelta::hours(1);
                let hour: i64 = taken.iter().filter(|(at, _)| at >= from && *at < until).map(|(_, count)| count).sum();
                prop_assert!(hour <= ceiling, "{hour} of {ceiling}");
            }
        }

        /// What was not used is lost: no two seconds have more than two seconds' worth, or a small list.
        #[test]
        fn silence_is_not_made_up_for(ceiling in 1_i64..2_000_000, silence in 0_i64..1_000_000_000) {
            let taken = drained(Flow::hourly(ceiling), &[0, silence, 0, 0]);
            let burst: i64 = taken.iter().skip(1).map(|(_, count)| count).sum();
            let most = (ceiling / 1800 + 1).max(small(ceiling)).max(2);
            prop_assert!(burst <= most, "{burst} at once of {ceiling} an hour");
        }
    }

    #[test]
    fn who_always_asks_gets_the_whole_ceiling() {
        for ceiling in [1, 7, 300, 7200, 60_000, 3_600_000] {
            let taken: i64 =
                drained(Flow::hourly(ceiling), &vec![200; 5 * 3600 * 3]).iter().map(|(_, count)| count).sum();
            assert!(
                (ceiling * 3 - small(ceiling) * 3 - ceiling / 200 - 1..=ceiling * 3 + 1).contains(&taken),
                "{taken} in three hours of {ceiling}"
            );
        }
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let flow = Flow::of(1, 1000, 1);
        let bucket = Bucket::default().take(flow, 1, START);
        let before = START - TimeDelta::days(1);
        assert_eq!(bucket.room(flow, before), 1);
        let bucket = bucket.take(flow, 1, before);
        assert_eq!(bucket.room(flow, before), 0);
        assert_eq!(bucket.room(flow, before + TimeDelta::seconds(1)), 1);
    }

    #[test]
    fn a_debt_is_worked_off_before_anything_more_comes() {
        let flow = Flow::of(1, 1000, 1);
        let bucket = Bucket::default().take(flow, 10, START);
        assert_eq!(bucket.room(flow, START + TimeDelta::seconds(9)), 0);
        assert_eq!(bucket.room(flow, START + TimeDelta::seconds(10)), 1);
        assert_eq!(bucket.room(flow, START + TimeDelta::days(300)), 1);
    }
}
