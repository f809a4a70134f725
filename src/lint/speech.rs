//! `feed-interval-above-timeout`, `profile-without-event`, and `login-only-feed` of syslog senders: what sources that
//! speak real texts tell, beside how long it is kept and how it is read.
//!
//! Knows manners and lifetimes. Must not know ways over links.

use super::view::{Sayings, View};
use crate::formats::Profile;
use crate::ids::NodeId;
use crate::roles::PushSettings;
use crate::topology::{Role, Rule};
use crate::units::Span;
use crate::wire::{Speech, SyslogSpeech, fill};

/// Looks at every source that speaks a text of its own.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    for (index, node) in view.topology().nodes.iter().enumerate() {
        let (id, Role::Push(push)) = (NodeId::new(index), &node.role) else { continue };
        let Some(manner) = &push.manner else { continue };
        if let Some(export) = manner.export {
            rare(view, id, push, export.interval, sayings);
        }
        if let Speech::Syslog(syslog) = &manner.speech {
            unread(view, id, syslog, sayings);
            login_only(view, id, syslog, sayings);
        }
    }
}

/// Learners whose entries end before the next export.
fn rare(view: &View<'_>, id: NodeId, push: &PushSettings, interval: Span, sayings: &mut Sayings) {
    for (learner, node, settings) in view.tables().filter(|(table, ..)| push.learners.contains(table)) {
        let told = settings.lifetimes.iter().find(|(source, _)| *source == id).map(|(_, lifetime)| *lifetime);
        if let Some(lifetime) = told.unwrap_or(settings.timeout).filter(|lifetime| *lifetime < interval) {
            let fact = format!(
                "`{}` tells it every {interval}, and what it is told lives {lifetime}",
                view.name(id)
            );
            sayings.say(Rule::FeedIntervalAboveTimeout, view.places(learner).timeout, &node.name, fact);
        }
    }
}

/// Messages that none of the sender's profiles reads as what they mean.
fn unread(view: &View<'_>, id: NodeId, syslog: &SyslogSpeech, sayings: &mut Sayings) {
    let messages = [(Some(&syslog.login), false, "login"), (syslog.logout.as_ref(), true, "logout")];
    for (message, is_logout, what) in messages {
        let Some(message) = message else { continue };
        let text = fill(message, "user1", "10.0.0.1");
        let reads = |profile: &Profile| profile.read(&text).is_ok_and(|said| said.is_logout == is_logout);
        if !syslog.profiles.iter().any(reads) {
            let fact = format!("none of its profiles reads its own {what} message as a {what}");
            sayings.say(Rule::ProfileWithoutEvent, view.places(id).key, view.name(id), fact);
        }
    }
}

/// Log-offs that no line tells, or no profile is for.
fn login_only(view: &View<'_>, id: NodeId, syslog: &SyslogSpeech, sayings: &mut Sayings) {
    let why = if syslog.logout.is_none() {
        "it writes no line for a log-off"
    } else if syslog.profiles.iter().all(|profile| !profile.is_logout()) {
        "none of its profiles is for logouts"
    } else {
        return;
    };
    let fact = format!("{why}, so that an entry ends by its timeout alone");
    sayings.say(Rule::LoginOnlyFeed, view.places(id).key, view.name(id), fact);
}
