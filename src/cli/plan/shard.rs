//! A share of the runs of a plan: the I-th of N.

use std::str::FromStr;

/// The I-th of N shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// From 0 on.
    index: usize,
    /// How many there are.
    count: usize,
}

impl Shard {
    /// Its runs of `all`. Every run is one share's; neighbours, which cost alike, are spread.
    pub(super) fn of<T: Clone>(self, all: &[T]) -> Vec<T> {
        all.iter().skip(self.index).step_by(self.count).cloned().collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `2/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index: index - 1, count }),
            _ => Err("expected I/N with I from 1 to N, as in 2/8".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_one_share_s() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].map(|text| text.parse().expect(text)).to_vec();
        let shares: Vec<Vec<usize>> =
            shards.iter().map(|shard| shard.of(&(0..10).collect::<Vec<_>>())).collect();
        assert_eq!(shares, [vec![0, 3, 6, 9], vec![1, 4, 7], vec![2, 5, 8]]);
        for text in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
