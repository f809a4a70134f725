//! `unread-directory`: a firewall judges flows by groups of a directory that it does not read.

use super::view::{Sayings, View};
use crate::scenario::Group;
use crate::topology::Rule;

/// Looks at the groups that rules name, and at who reads their directories.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let Some(policy) = &view.scenario.enforcement.policy else { return };
    for (directory, _, follows) in view.topology().ledgers() {
        let named = policy.rules.iter().flat_map(|rule| &rule.groups).find_map(|group| {
            match &policy.groups[*group] {
                Group::Directory { name, from, .. } if *from == directory => Some(name),
                _ => None,
            }
        });
        let Some(group) = named else { continue };
        let strangers = view.tables().filter(|(id, _, settings)| {
            settings.enforces && follows.readers.iter().all(|(reader, ..)| reader != id)
        });
        for (id, node, _) in strangers {
            let fact = format!(
                "rules name the group `{group}` of `{}`, which it does not read: it knows nobody in it",
                view.name(directory)
            );
            sayings.say(Rule::UnreadDirectory, view.places(id).key, &node.name, fact);
        }
    }
}
