//! Threats: who misbehaves when, and which firewalls meet it.
//!
//! Knows stays. Draws from streams of its own, so that a workload is the same with and without it.

use std::collections::BTreeMap;

use crate::ids::{AddressId, NodeId, SiteId, UserId};
use crate::problem::Problem;
use crate::random::{Distribution, Seed};
use crate::units::Instant;

use super::{Stay, Workload};

/// Threats of one run; each is a moment at which every enforcement point is looked at.
const THREATS_MAX: usize = 10_000;

/// Threats as the file asks for them.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreatSpec {
    /// Its name; the key of its stream.
    pub name: String,
    /// When.
    pub when: When,
    /// Who misbehaves; `None`: somebody who is there, drawn.
    pub user: Option<String>,
    /// Who meets it; empty: the firewalls of the site where the user is.
    pub logged_by: Vec<NodeId>,
}

/// When threats come.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// At this instant.
    At(Instant),
    /// Again and again, between these two instants.
    Every {
        /// From one to the next; the first comes after one gap.
        gap: Distribution,
        /// From when on.
        from: Instant,
        /// Until when.
        until: Instant,
    },
}

/// A threat that really comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threat {
    /// When it is met.
    pub at: Instant,
    /// Who misbehaves.
    pub user: UserId,
    /// Where he is.
    pub address: AddressId,
    /// The firewalls that may meet it; of a pair both members.
    pub logged_by: Vec<NodeId>,
}

/// The threats of `specs` in order of time. `met_at` says which firewalls the flows of a site cross.
///
/// Shape: a threat that nobody is there for does not come.
/// Errors: a user whom the workload does not know, or too many threats.
pub fn threats(
    specs: &[ThreatSpec],
    workload: &Workload,
    met_at: &dyn Fn(SiteId) -> Vec<NodeId>,
    seed: Seed,
) -> Result<Vec<Threat>, Vec<Problem>> {
    let mut found: Vec<Threat> = Vec::new();
    let mut problems = Vec::new();
    let users: BTreeMap<&str, usize> =
        workload.users.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    for spec in specs {
        let user = match &spec.user {
            None => None,
            Some(name) => match users.get(name.as_str()) {
                Some(index) => Some(UserId::new(*index)),
                None => {
                    problems.push(unknown_user(&spec.name, name));
                    continue;
                }
            },
        };
        let mut stream = seed.stream(&spec.name, "threats");
        let mut add = |at: Instant, stream: &mut crate::random::Stream| {
            let there: Vec<&Stay> = workload
                .stays
                .iter()
                .take_while(|stay| stay.start <= at)
                .filter(|stay| stay.end > at && user.is_none_or(|user| stay.user == user))
                .collect();
            if there.is_empty() {
                return;
            }
            let stay = there[usize::try_from(stream.below(there.len() as u64)).expect("a position")];
            let logged_by =
                if spec.logged_by.is_empty() { met_at(stay.site) } else { spec.logged_by.clone() };
            found.push(Threat { at, user: stay.user, address: stay.address, logged_by });
        };
        match &spec.when {
            When::At(at) => add(*at, &mut stream),
            When::Every { gap, from, until } => {
                let mut at = from.later(gap.draw(&mut stream));
                let mut left = THREATS_MAX;
                while at <= *until && left > 0 {
                    left -= 1;
                    add(at, &mut stream);
                    at = at.later(gap.draw(&mut stream));
                }
                if left == 0 {
                    problems.push(too_many(&spec.name));
                }
            }
        }
    }
    found.sort_by_key(|threat| threat.at);
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn unknown_user(threat: &str, user: &str) -> Problem {
    Problem {
        code: "unknown-user",
        fact: format!("the threat `{threat}` is about `{user}`, whom the workload does not know"),
        hint: "users of a population are called SITE-user-N, N from 1 on".to_owned(),
        place: None,
    }
}

fn too_many(threat: &str) -> Problem {
    Problem {
        code: "workload-too-large",
        fact: format!("`{threat}` makes more than {THREATS_MAX} threats"),
        hint: "a longer `every`, or a shorter time between `from` and `until`".to_owned(),
        place: None,
    }
}
