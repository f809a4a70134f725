//! Shared: lists that several nodes write alike, and that are kept once when they are written.
//!
//! Must not know what is in a list.

use std::ops::Deref;
use std::sync::Arc;

/// A list of one node's. Once it is closed nothing is added any more, and it may be the beginning of another's.
#[derive(Clone, Debug)]
pub(super) enum Shared<T> {
    Closed(Arc<Vec<T>>, usize),
    Open(Vec<T>),
}

impl<T: PartialEq> Shared<T> {
    /// The list, to be written.
    pub(super) fn open(&mut self) -> &mut Vec<T> {
        match self {
            Self::Closed(..) => unreachable!("who has closed a list writes no more"),
            Self::Open(list) => list,
        }
    }

    /// Closes all lists; those that are, or begin, another one are kept with it. Cost: a comparison with each that is kept.
    pub(super) fn close<'a>(all: impl Iterator<Item = &'a mut Self>)
    where
        T: 'a,
    {
        let mut kept: Vec<Arc<Vec<T>>> = Vec::new();
        let mut longest_first: Vec<&mut Self> = all.collect();
        longest_first.sort_by_key(|list| std::cmp::Reverse(list.len()));
        for one in longest_first {
            let list = std::mem::take(one.open());
            let len = list.len();
            let known = kept.iter().find(|known| known[..len] == list[..]).cloned();
            let whole = known.unwrap_or_else(|| {
                kept.push(Arc::new(list));
                kept[kept.len() - 1].clone()
            });
            *one = Self::Closed(whole, len);
        }
    }
}

impl<T> Shared<T> {
    /// Whether both are kept as one, to the last item. Cost: constant.
    pub(super) fn is_kept_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Closed(one, len), Self::Closed(another, other)) => {
                Arc::ptr_eq(one, another) && len == other
            }
            (Self::Closed(..) | Self::Open(_), _) => false,
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self::Open(Vec::new())
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Closed(list, len) => &list[..*len],
            Self::Open(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_begin_alike_are_kept_once_and_stay_what_they_were() {
        let written: [&[u32]; 6] = [&[1, 2], &[1, 2, 3], &[], &[1, 3], &[1, 2, 3], &[2]];
        let mut lists = written.map(|list| Shared::Open(list.to_vec()));
        lists[0].open().push(3);
        Shared::close(lists.iter_mut());
        let expected: [&[u32]; 6] = [&[1, 2, 3], &[1, 2, 3], &[], &[1, 3], &[1, 2, 3], &[2]];
        assert!(lists.iter().zip(expected).all(|(list, expected)| **list == *expected), "{lists:?}");
        assert!(
            lists[0].is_kept_with(&lists[1]) && !lists[0].is_kept_with(&lists[2]),
            "one ends before the other"
        );
        let kept = |list: &Shared<u32>| match list {
            Shared::Closed(kept, _) => Arc::as_ptr(kept),
            Shared::Open(_) => unreachable!("all are closed"),
        };
        let mut different: Vec<_> = lists.iter().map(kept).collect();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), 3);
    }
}
