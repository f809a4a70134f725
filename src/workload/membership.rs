//! Membership: who is in which groups of a directory, at the start and with each of its changes.
//!
//! Knows users by id and groups by position. Must not know who reads the directory.

use crate::ids::UserId;
use crate::random::{Seed, Stream};
use crate::units::Ratio;

/// One change of a directory: a user joins or leaves a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupChange {
    /// The position of the group.
    pub group: usize,
    /// Who.
    pub user: UserId,
    /// Whether he joins; else he leaves.
    pub joins: bool,
}

/// Who is in which groups of one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Per group, its members at the start.
    pub first: Vec<Vec<UserId>>,
    /// What each change of the directory is, by its number; `None`: of a group that nobody asks about.
    pub changes: Vec<Option<GroupChange>>,
}

/// The groups of the directory of this key, each with its name and the share of all users that it has at the start.
///
/// Every change is of a group drawn evenly, in which a user drawn evenly of those who can joins or leaves, as often
/// the one as the other (guess: the vendor says nothing of how groups change). Cost: users × groups + changes.
#[must_use]
pub fn membership(
    groups: &[(&str, Ratio)],
    changes: usize,
    users: &[String],
    (key, seed): (&str, Seed),
) -> Membership {
    let mut rosters: Vec<Roster> =
        groups.iter().map(|(name, share)| Roster::new(name, *share, users, seed)).collect();
    let first = rosters.iter().map(|roster| roster.inside.clone()).collect();
    let mut stream = seed.stream(key, "group members");
    let change = |_| {
        let count = rosters.len() as u64;
        let group = (count > 0).then(|| usize::try_from(stream.below(count)).expect("a position"))?;
        rosters[group].change(&mut stream).map(|(user, joins)| GroupChange { group, user, joins })
    };
    Membership { first, changes: (0..changes).map(change).collect() }
}

/// Who is in a group and who is not.
struct Roster {
    inside: Vec<UserId>,
    outside: Vec<UserId>,
}

impl Roster {
    fn new(name: &str, share: Ratio, users: &[String], seed: Seed) -> Self {
        let purpose = format!("group {name}");
        let is_inside = |user: &UserId| seed.stream(&users[user.index()], &purpose).chance(share);
        let (inside, outside) = (0..users.len()).map(UserId::new).partition(is_inside);
        Self { inside, outside }
    }

    fn change(&mut self, stream: &mut Stream) -> Option<(UserId, bool)> {
        let heads = stream.below(2) == 0;
        let joins = if self.inside.is_empty() { true } else { heads && !self.outside.is_empty() };
        let (from, to) =
            if joins { (&mut self.outside, &mut self.inside) } else { (&mut self.inside, &mut self.outside) };
        let count = from.len() as u64;
        let position = (count > 0).then(|| usize::try_from(stream.below(count)).expect("a position"))?;
        let user = from.swap_remove(position);
        to.push(user);
        Some((user, joins))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn who_joins_was_not_there_and_who_leaves_was() {
        let users: Vec<String> = (0..200).map(|number| format!("user-{number}")).collect();
        let share =
            |percent: u32| Ratio::from_parts_per_billion(Ratio::WHOLE / 100 * percent).expect("a share");
        let groups = [("none", share(0)), ("some", share(30)), ("all", share(100))];
        let made = membership(&groups, 1_000, &users, ("ad", Seed(1)));
        let mut members: Vec<BTreeSet<UserId>> =
            made.first.iter().map(|group| group.iter().copied().collect()).collect();
        let sizes: Vec<usize> = members.iter().map(BTreeSet::len).collect();
        assert_eq!((sizes[0], sizes[2]), (0, 200));
        assert!((40..=80).contains(&sizes[1]), "60 on average, with a deviation of 6.5: {}", sizes[1]);
        assert_eq!(made.changes.len(), 1_000);
        for change in &made.changes {
            let GroupChange { group, user, joins } = change.expect("there are users and groups");
            let is_new = if joins { members[group].insert(user) } else { members[group].remove(&user) };
            assert!(is_new, "{change:?}");
        }
        assert_eq!(made, membership(&groups, 1_000, &users, ("ad", Seed(1))));
        assert_ne!(made, membership(&groups, 1_000, &users, ("ad", Seed(2))));
    }

    #[test]
    fn of_nobody_and_of_nothing_there_is_no_change() {
        let whole = Ratio::from_parts_per_billion(Ratio::WHOLE).expect("a share");
        assert_eq!(membership(&[], 2, &["u".to_owned()], ("ad", Seed(1))).changes, [None, None]);
        assert_eq!(membership(&[("g", whole)], 2, &[], ("ad", Seed(1))).changes, [None, None]);
    }
}
