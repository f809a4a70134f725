//! Exports: what a source notices that reads a table of log-ons every so often.
//!
//! Knows intervals and windows. Must not know nodes. The first export of a log-on tells the log-on itself; each further
//! one is a refresh noticed when the table is read, though nobody has looked whether the user is still there.

use std::collections::BTreeMap;

use super::generate::{EVENTS_MAX, too_much};
use super::{Event, Update};
use crate::ids::{AddressId, UserId};
use crate::problem::Problem;
use crate::units::{Instant, Span};

/// The newest log-on at an address.
struct Row {
    user: Option<UserId>,
    occurred: Instant,
    is_exported: bool,
}

/// The log-ons of `updates` and the refreshes that exports at each multiple of `interval` before `end` make of them: those of
/// rows no older than `window`.
///
/// Errors: more events than a workload may hold.
pub fn exported(
    updates: &[Update],
    (interval, window): (Span, Span),
    end: Instant,
) -> Result<Vec<Update>, Problem> {
    let log_ons: Vec<Update> =
        updates.iter().filter(|update| update.event() == Event::LogOn).copied().collect();
    let mut all = Vec::with_capacity(log_ons.len());
    let mut rows: BTreeMap<AddressId, Row> = BTreeMap::new();
    let mut rest = log_ons.into_iter().peekable();
    let mut at = Instant::ZERO.later(interval);
    while at < end {
        while let Some(update) = rest.next_if(|update| update.occurred <= at) {
            let row = Row { user: update.user(), occurred: update.occurred, is_exported: false };
            rows.insert(update.address, row);
            all.push(update);
        }
        rows.retain(|_, row| row.occurred.later(window) >= at);
        for (address, row) in &mut rows {
            if row.is_exported {
                all.push(Update::new(at, *address, row.user, Event::Refresh));
            }
            row.is_exported = true;
        }
        if all.len() > EVENTS_MAX {
            return Err(too_much());
        }
        at = at.later(interval);
    }
    all.extend(rest);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_export_tells_the_newest_user_of_each_address_within_the_window() {
        let second = |n: u64| Instant::after_start(Span::from_seconds(n));
        let update = |n: u64, address: usize, user: usize, event: Event| {
            Update::new(second(n), AddressId::new(address), Some(UserId::new(user)), event)
        };
        let noticed = [
            update(3, 0, 0, Event::LogOn),
            update(5, 1, 1, Event::LogOn),
            update(6, 1, 2, Event::LogOn),
            update(7, 0, 0, Event::LogOff),
            update(8, 0, 0, Event::Refresh),
            update(10, 2, 3, Event::LogOn),
            update(25, 1, 4, Event::LogOn),
            update(45, 3, 5, Event::LogOn),
        ];
        let (interval, window) = (Span::from_seconds(10), Span::from_seconds(18));
        let made = exported(&noticed, (interval, window), second(45)).expect("few");
        let again = |n: u64, address, user| update(n, address, user, Event::Refresh);
        let wanted = [
            noticed[0],
            noticed[1],
            noticed[2],
            noticed[5],
            again(20, 0, 0),
            again(20, 1, 2),
            again(20, 2, 3),
            noticed[6],
            again(40, 1, 4),
            noticed[7],
        ];
        assert_eq!(made, wanted);
    }
}
