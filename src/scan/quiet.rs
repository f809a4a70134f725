//! Quiet: addresses at which a leaf missed one refresh and had it from a full table before that made any difference, or had
//! one late that made none.
//!
//! Knows what an address is told and what is true. Must not know what is summed. Whatever is not surely quiet is walked.

use super::fold::Folding;
use super::judge::Outcome;
use super::leaf::TABLE;
use super::numbers::NONE;
use super::own::Table;
use crate::ids::AddressId;
use crate::workload::{Event, Update};

impl Folding<'_> {
    /// Judges what the leaf missed of `address`, of which it missed no frame but this, if nothing else differs from what it would
    /// have been had the leaf missed nothing. Whether that is so; then what the table brought counts as told again no more.
    pub(super) fn is_quiet(&mut self, address: AddressId, frame: u32) -> bool {
        let Some((update, table)) = self.refreshed(address, frame) else { return false };
        let number = TABLE + table.number;
        self.news.push((number, address, update));
        *self.unlike.entry(number).or_insert(0) += 1;
        if !self.frame.field.in_scope(address) {
            return true;
        }
        let outcome = Outcome::of_one(update, number);
        let is_counted = self.frame.field.is_counted(update);
        if self.own.is_some_and(|own| own.tables.len() > 1) {
            self.take_news(address);
        } else {
            // It holds this, whose frame was missed.
            self.found.fates.duplicates -= u64::from(is_counted);
        }
        if is_counted {
            let is_change = self.frame.field.told.voice.is_change(update);
            self.enter(update, &outcome, is_change, None);
            self.see(update, &outcome, false);
        }
        self.sight(update, &outcome, false);
        true
    }

    /// Whether it makes no difference to `address` that `frame`, which holds something of it, came as late as it did.
    pub(super) fn is_late_in_silence(&self, address: AddressId, frame: u32) -> bool {
        let entries = self.frame.field.entries(address);
        let place = entries.until(|other| other < frame);
        let is_one = entries.number(place + 1) != Some(frame);
        is_one && self.is_idle(address, place, self.applied[frame as usize])
    }

    /// The one refresh that was missed with a frame, and the full table that brought it.
    fn refreshed(&self, address: AddressId, frame: u32) -> Option<(u32, Table)> {
        let (field, own) = (self.frame.field, self.own.filter(|_| self.via.is_none())?);
        let entries = field.entries(address);
        let place = entries.until(|other| other < frame);
        let update = entries.at(place).0;
        let mut tables =
            own.tables.iter().filter(|table| field.held_in(table.number, address) == Some(update));
        let table = *tables.next()?;
        // Where the frame holds another one too, no table comes after the frame and before that.
        let is_before_next = entries.number(place + 1).is_none_or(|next| table.next <= next);
        if tables.next().is_some() || table.next <= frame || !is_before_next {
            return None;
        }
        self.is_idle(address, place, table.done).then_some((update, table))
    }

    /// Whether the entry at a place of `address` is a refresh that makes no difference, whether it is applied when it is sent
    /// or at `done`; what comes next must come with its frame.
    fn is_idle(&self, address: AddressId, place: usize, done: u64) -> bool {
        let field = self.frame.field;
        let entries = field.entries(address);
        let ((update, frame), Some((before, before_frame))) =
            (entries.at(place), place.checked_sub(1).map(|place| entries.at(place)))
        else {
            return false;
        };
        let (item, old) = (field.above.update(update), field.above.update(before));
        let names_user = |item: &Update| item.event() != Event::LogOff && item.user().is_some();
        let is_same = names_user(item) && names_user(old) && item.user() == old.user();
        let occurred = item.occurred.nanos();
        let is_newer = field.above.rank(update) > field.above.rank(before)
            && field.record.key(update) > field.record.key(before);
        let applied = |frame: u32| self.applied[frame as usize];
        let sent = |frame: u32| self.frame.pattern.sent[frame as usize];
        let lives = |since: u64| since.saturating_add(field.law.timeout);
        let is_kept = match entries.number(place + 1) {
            Some(next) => applied(next) <= lives(applied(frame)) && sent(next) <= lives(sent(frame)),
            None => lives(sent(frame)) > field.end,
        };
        let is_held = lives(applied(before_frame)) >= done
            && lives(sent(before_frame)) >= sent(frame)
            && applied(before_frame) < occurred;
        let is_alone = field.in_scope(address)
            && self.frame.fresh.is_shown_by_its_own(update)
            && !self.shows_older(address, update, frame);
        is_same
            && is_newer
            && is_kept
            && is_held
            && is_alone
            && self.is_steady(address, (occurred, done), before)
    }

    /// Whether an update older than `update` becomes visible only with its frame.
    fn shows_older(&self, address: AddressId, update: u32, frame: u32) -> bool {
        let field = self.frame.field;
        let updates = field.common.updates.of(address);
        field.common.place(address, update).checked_sub(1).is_some_and(|place| {
            let shown_by = self.frame.fresh.shown_by(field, address, updates[place]);
            shown_by == frame || shown_by == NONE
        })
    }

    /// Whether truth and authority say what `before` says, from its application on and all through a time: then the leaf is
    /// behind nothing, as the authority's answer never changes.
    fn is_steady(&self, address: AddressId, (from, until): (u64, u64), before: u32) -> bool {
        let field = self.frame.field;
        let user = field.above.update(before).user();
        let changes_now = field.common.changes.of(address);
        let passed = changes_now.partition_point(|change| change.at <= until);
        let Some(present) = passed.checked_sub(1).map(|last| &changes_now[last]) else { return false };
        let is_true = present.at < from && user.is_some_and(|user| user.index() as u32 == present.user());
        let deeds = field.told.voice.deeds(field.common, address);
        let known = deeds.before(deeds.known(until));
        let Some(first) = known.iter().rposition(|(_, update)| update == before) else {
            return false;
        };
        let says_so = known.from(first).iter().all(|(_, update)| {
            update != NONE && {
                let item = field.above.update(update);
                item.event() != Event::LogOff && item.user() == user
            }
        });
        let key = field.record.key(before);
        let is_newer = |update: u32| update != NONE && field.record.key(update) > key;
        let is_orderly = self.frame.pattern.is_orderly[address.index()];
        // Whatever is newer than `before` at the authority came after it.
        let newer_last = is_orderly || !known.before(first).iter().any(|(_, update)| is_newer(update));
        is_true && says_so && newer_last
    }
}
