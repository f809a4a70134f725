//! Update: one thing that a source noticed, kept small, as a day of a large fleet has tens of millions.

use crate::ids::{AddressId, UserId};
use crate::units::Instant;

/// What a source noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The user left.
    LogOff,
    /// The user came.
    LogOn,
    /// The user is still there.
    Refresh,
    /// A service account acted at the user's address.
    ServiceLogOn,
}

impl Event {
    const ALL: [Self; 4] = [Self::LogOff, Self::LogOn, Self::Refresh, Self::ServiceLogOn];
}

/// The bits in which an event is kept.
const EVENT_BITS: u32 = 2;

/// One thing that a source noticed; its identity is `(source, position in the source's list)`. Cost: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The true time. Known to the workload and the observers only.
    pub occurred: Instant,
    /// Where.
    pub address: AddressId,
    /// One more than who, or zero; and below it what.
    what: u32,
}

impl Update {
    /// `event` at `address`. A log-off may name no user. Panics past 2^30 users, which every limit on input forbids.
    #[must_use]
    pub fn new(occurred: Instant, address: AddressId, user: Option<UserId>, event: Event) -> Self {
        let who = user.map_or(0, |user| user.index() + 1);
        let what = u32::try_from(who << EVENT_BITS).expect("limits on input keep users within 30 bits");
        Self { occurred, address, what: what | event as u32 }
    }

    /// Who; a log-off may name none.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        (self.what >> EVENT_BITS).checked_sub(1).map(|user| UserId::new(user as usize))
    }

    /// What.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::ALL[(self.what & ((1 << EVENT_BITS) - 1)) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_small_and_comes_out_as_it_went_in() {
        assert_eq!(size_of::<Update>(), 16);
        let (occurred, address) = (Instant::from_nanos(7), AddressId::new(9));
        for user in [None, Some(0), Some(1), Some((1 << 30) - 2)] {
            for event in Event::ALL {
                let update = Update::new(occurred, address, user.map(UserId::new), event);
                assert_eq!((update.occurred, update.address), (occurred, address));
                assert_eq!((update.user(), update.event()), (user.map(UserId::new), event));
            }
        }
    }
}
