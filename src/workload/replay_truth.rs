//! The assumed truth of a replayed log: stays, and what the sources noticed, from evidence.
//!
//! Knows evidence and the rules of replay. Must not know formats.
//!
//! A stay runs from the first evidence of a user at an address to the end of the last of its sessions,
//! the next user at that address, or `assume_stay` after the last evidence. A ticket is a session that
//! no log-off ends. Evidence of the same user while the stay is on is a refresh.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::ids::{AddressId, NodeId, SiteId, UserId};
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::evidence::{Evidence, Reason, SessionKey, Sign, Tally};
use super::{Event, Replay, Stay, Update};

/// Stays and updates while they are being assumed.
pub(super) struct Assumed<'a> {
    replays: &'a [Replay],
    /// Every address so far, in `AddressId` order.
    pub(super) addresses: Vec<IpAddr>,
    address_ids: BTreeMap<IpAddr, AddressId>,
    /// Every user so far, in `UserId` order.
    pub(super) users: Vec<String>,
    user_ids: BTreeMap<String, UserId>,
    here: BTreeMap<AddressId, Present>,
    sessions: BTreeMap<SessionKey, (AddressId, UserId)>,
    /// Stays that have ended.
    pub(super) stays: Vec<Stay>,
    /// What was noticed, and by whom, in time order.
    pub(super) noticed: Vec<(NodeId, Update)>,
}

/// A stay that is on.
struct Present {
    user: UserId,
    site: SiteId,
    start: Instant,
    until: Instant,
    open: BTreeSet<SessionKey>,
    has_ticket: bool,
}

impl<'a> Assumed<'a> {
    /// Nobody anywhere.
    pub(super) fn new(replays: &'a [Replay]) -> Self {
        Self {
            replays,
            addresses: Vec::new(),
            address_ids: BTreeMap::new(),
            users: Vec::new(),
            user_ids: BTreeMap::new(),
            here: BTreeMap::new(),
            sessions: BTreeMap::new(),
            stays: Vec::new(),
            noticed: Vec::new(),
        }
    }

    /// Takes the next piece of evidence, which lies at `at` and stands in log number `log`; what cannot be used is
    /// counted in `tally`.
    pub(super) fn take(&mut self, at: Instant, log: usize, evidence: Evidence, tally: &mut Tally) {
        let host = evidence.host;
        let replay = &self.replays[log];
        let taken = match evidence.sign {
            Sign::There { user, address, session } => {
                let (user, address) = (self.user(user), self.address(address));
                let event = self.there(at, replay, (user, address), session);
                Ok((address, Some(user), event))
            }
            Sign::SessionEnded { user, session } => self.session_ended(at, &user, &session),
            Sign::Left { user, address } => self.left(at, user.as_deref(), address),
        };
        match taken {
            Ok((address, user, event)) => {
                let update = Update::new(at, address, user, event);
                self.noticed.extend(self.source(replay, &host, address).map(|source| (source, update)));
            }
            Err(reason) => tally.leave_out(reason),
        }
    }

    /// Ends the stays that are still on, each when it is assumed to end.
    pub(super) fn finish(&mut self) {
        for address in self.here.keys().copied().collect::<Vec<_>>() {
            self.end(address, Instant::NEVER);
        }
        self.stays.sort_by_key(|stay| (stay.start, stay.address));
    }

    fn there(
        &mut self,
        at: Instant,
        replay: &Replay,
        (user, address): (UserId, AddressId),
        session: Option<SessionKey>,
    ) -> Event {
        if self.here.get(&address).is_some_and(|now| now.user != user || now.until <= at) {
            self.end(address, at);
        }
        let event = if self.here.contains_key(&address) { Event::Refresh } else { Event::LogOn };
        let until = at.later(replay.assume_stay);
        let fresh =
            Present { user, site: replay.site, start: at, until, open: BTreeSet::new(), has_ticket: false };
        let present = self.here.entry(address).or_insert(fresh);
        present.until = until;
        match session {
            Some(session) => {
                self.sessions.insert(session.clone(), (address, user));
                present.open.insert(session);
            }
            None => present.has_ticket = true,
        }
        event
    }

    fn session_ended(
        &mut self,
        at: Instant,
        user: &str,
        session: &SessionKey,
    ) -> Result<(AddressId, Option<UserId>, Event), Reason> {
        let (address, owner) = *self.sessions.get(session).ok_or(Reason::Unjoined)?;
        // A host gives an id again after it has restarted; then the name tells the two apart.
        if self.users[owner.index()] != user {
            return Err(Reason::Unjoined);
        }
        self.sessions.remove(session);
        let present = self.here.get_mut(&address).filter(|now| now.user == owner && at < now.until);
        let present = present.ok_or(Reason::NobodyThere)?;
        if !present.open.remove(session) {
            return Err(Reason::NobodyThere);
        }
        if present.has_ticket || !present.open.is_empty() {
            return Err(Reason::OtherSession);
        }
        self.end(address, at);
        Ok((address, Some(owner), Event::LogOff))
    }

    fn left(
        &mut self,
        at: Instant,
        user: Option<&str>,
        address: IpAddr,
    ) -> Result<(AddressId, Option<UserId>, Event), Reason> {
        let address = *self.address_ids.get(&address).ok_or(Reason::NobodyThere)?;
        let named = match user {
            Some(name) => Some(*self.user_ids.get(name).ok_or(Reason::NobodyThere)?),
            None => None,
        };
        let present = self.here.get(&address).filter(|now| at < now.until);
        let present = present.ok_or(Reason::NobodyThere)?;
        if named.is_some_and(|user| user != present.user) {
            return Err(Reason::NobodyThere);
        }
        self.end(address, at);
        Ok((address, named, Event::LogOff))
    }

    /// Ends the stay at `address` at `at`, or earlier if it was assumed to end earlier. A stay of no
    /// length is none.
    fn end(&mut self, address: AddressId, at: Instant) {
        if let Some(Present { user, site, start, until, .. }) = self.here.remove(&address) {
            let end = until.min(at);
            if start < end {
                self.stays.push(Stay { user, address, site, start, end });
            }
        }
    }

    /// The source that `host` is drawn to; a line that names no host goes by its address.
    fn source(&self, replay: &Replay, host: &str, address: AddressId) -> Option<NodeId> {
        let sources = &replay.sources;
        if sources.len() < 2 {
            return sources.first().copied();
        }
        let address = self.addresses[address.index()].to_string();
        let key = if host.is_empty() { &address } else { host };
        // The seed is fixed: who wrote a line does not depend on the run.
        let drawn = Seed(0).stream(key, "source").below(sources.len() as u64);
        Some(sources[drawn as usize])
    }

    fn user(&mut self, name: String) -> UserId {
        let next = UserId::new(self.users.len());
        *self.user_ids.entry(name).or_insert_with_key(|name| {
            self.users.push(name.clone());
            next
        })
    }

    fn address(&mut self, address: IpAddr) -> AddressId {
        let next = AddressId::new(self.addresses.len());
        *self.address_ids.entry(address).or_insert_with(|| {
            self.addresses.push(address);
            next
        })
    }
}

/// Puts evidence in time order onto the virtual clock, from the start on, and shortens idle gaps.
///
/// Shape: one instant per piece of evidence; the number of gaps shortened and by how much in all.
pub(super) fn clock(
    times: impl ExactSizeIterator<Item = i128>,
    origin: i128,
    gaps_over: Span,
) -> (Vec<Instant>, usize, Span) {
    let longest = i128::from(gaps_over.nanos());
    let (mut last, mut now, mut gaps, mut cut) = (origin, Instant::ZERO, 0, 0_i128);
    let mut instants = Vec::with_capacity(times.len());
    for at in times {
        let gap = at - last;
        let kept = gap.min(longest);
        gaps += usize::from(kept < gap);
        cut += gap - kept;
        now = now.later(Span::from_nanos(u64::try_from(kept).unwrap_or(u64::MAX)));
        last = at;
        instants.push(now);
    }
    (instants, gaps, Span::from_nanos(u64::try_from(cut).unwrap_or(u64::MAX)))
}
