//! Who goes next: accounts by deficit round robin, the lanes of a campaign in proportion. Pure.

use std::collections::{BTreeMap, VecDeque};

use crate::storage::AccountId;

/// What a node remembers of the claims before: whose turn it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// What each account with something to send was not given of its share.
    owed: BTreeMap<AccountId, i64>,
    /// Who was served last.
    last: Option<AccountId>,
    /// Grows by one with every claim.
    pub(super) number: i64,
}

impl Turn {
    /// Shares `most` deliveries among accounts by deficit round robin: `serve` is asked for so many of one account and
    /// says how many there were. What one leaves over goes to the others; what one could not have is owed to it.
    ///
    /// # Errors
    /// What `serve` says.
    pub(super) fn share<E>(
        &mut self,
        accounts: &[AccountId],
        most: i64,
        mut serve: impl FnMut(AccountId, i64) -> Result<i64, E>,
    ) -> Result<(), E> {
        self.owed.retain(|account, _| accounts.contains(account));
        let quantum = (most / i64::try_from(accounts.len().max(1)).unwrap_or(1)).max(1);
        let mut waiting = self.in_order(accounts);
        let mut left = most;
        while let Some(account) = waiting.pop_front().filter(|_| left > 0) {
            let owed = self.owed.get(&account).copied().unwrap_or(0) + quantum;
            let asked = owed.min(left);
            let served = serve(account, asked)?;
            left -= served;
            self.last = Some(account);
            if served < asked {
                // It has nothing more: who is idle saves nothing up.
                self.owed.remove(&account);
            } else {
                self.owed.insert(account, owed - served);
                waiting.push_back(account);
            }
        }
        Ok(())
    }

    /// The accounts, beginning after the one that was served last.
    fn in_order(&self, accounts: &[AccountId]) -> VecDeque<AccountId> {
        let mut sorted = accounts.to_vec();
        sorted.sort_unstable();
        let first = sorted.iter().position(|account| Some(*account) > self.last).unwrap_or(0);
        sorted.rotate_left(first);
        sorted.into()
    }
}

/// Splits `most` in proportion to weights. The parts add up to `most`, and over the turns each has exactly its part,
/// also where `most` is smaller than the number of weights.
pub(super) fn split(most: i64, weights: &[i64], turn: i64) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from((*weight).max(1))).sum();
    // A step near the golden section meets every place of the whole evenly.
    let offset = i128::from(turn) * (total * 618 / 1000 + 1) % total.max(1);
    let (mut sum, mut before) = (0_i128, 0_i128);
    let part = |weight: &i64| {
        sum += i128::from((*weight).max(1));
        let upto = (sum * i128::from(most.max(0)) + offset) / total;
        let part = upto - before;
        before = upto;
        i64::try_from(part).unwrap_or(0)
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accounts(count: usize) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = (0..count).map(|_| AccountId::new()).collect();
        accounts.sort_unstable();
        accounts
    }

    /// Claims in turns of `most`; says what each account got.
    fn served(turn: &mut Turn, stock: &mut BTreeMap<AccountId, i64>, most: i64) -> BTreeMap<AccountId, i64> {
        let with_stock: Vec<AccountId> =
            stock.iter().filter(|(_, count)| **count > 0).map(|(account, _)| *account).collect();
        let mut got = BTreeMap::new();
        let shared: Result<(), ()> = turn.share(&with_stock, most, |account, asked| {
            let count = asked.min(stock[&account]);
            *stock.get_mut(&account).unwrap() -= count;
            *got.entry(account).or_insert(0) += count;
            Ok(count)
        });
        shared.unwrap();
        got
    }

    /// PAC-06: a hundred mails beside a million are done while the million has had no more than a hundred.
    #[test]
    fn a_small_account_is_served_as_much_as_a_huge_one() {
        let ids = accounts(2);
        let mut stock = BTreeMap::from([(ids[0], 1_000_000), (ids[1], 100)]);
        let (mut turn, mut huge) = (Turn::default(), 0);
        while stock[&ids[1]] > 0 {
            huge += served(&mut turn, &mut stock, 20).get(&ids[0]).copied().unwrap_or(0);
        }
        assert!(huge <= 110, "{huge}");
    }

    proptest! {
        /// Whoever always has something gets the same as the others, however small a claim is.
        #[test]
        fn accounts_with_enough_get_the_same(count in 1_usize..30, most in 1_i64..400, turns in 1_i64..60) {
            let ids = accounts(count);
            let mut stock: BTreeMap<AccountId, i64> = ids.iter().map(|id| (*id, 1_000_000)).collect();
            let mut turn = Turn::default();
            for _ in 0..turns {
                let got = served(&mut turn, &mut stock, most);
                prop_assert_eq!(got.values().sum::<i64>(), most, "nothing is left over while there is something");
            }
            let got: Vec<i64> = stock.values().map(|left| 1_000_000 - left).collect();
            let (least, most_of_one) = (got.iter().min().unwrap(), got.iter().max().unwrap());
            let quantum = (most / i64::try_from(count).unwrap()).max(1);
            prop_assert!(most_of_one - least <= 2 * quantum, "{least} and {most_of_one}");
        }

        #[test]
        fn a_split_adds_up_and_each_gets_its_part_over_the_turns(
            most in 0_i64..500, weights in prop::collection::vec(1_i64..100_000, 1..20)
        ) {
            let total: i64 = weights.iter().sum();
            let mut sums = vec![0_i64; weights.len()];
            for turn in 0..200 {
                let parts = split(most, &weights, turn);
                prop_assert_eq!(parts.iter().sum::<i64>(), most);
                prop_assert!(parts.iter().all(|part| *part >= 0));
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
            }
            for (sum, weight) in sums.iter().zip(&weights) {
                let wanted = 200.0 * most as f64 * *weight as f64 / total as f64;
                prop_assert!((*sum as f64 - wanted).abs() <= 12.0, "{sum}, not {wanted}");
            }
        }
    }
}
