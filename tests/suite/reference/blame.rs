//! Why an address is not current at a point, at one instant, from the whole state.

use uidsim::ids::{AddressId, NodeId};
use uidsim::observe::Hop;
use uidsim::units::Instant;
use uidsim::workload::Event;

use super::facts::{Facts, INITIAL, Id};
use super::state::{Ending, Kind, State};

/// The one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blamed {
    Conflict,
    Disconnected,
    Expired,
    InTransit(Hop),
    Lost,
    Unobserved,
}

impl State {
    /// The cause for which `address` is not current at `point`.
    pub(crate) fn blame(&self, point: NodeId, address: AddressId) -> Blamed {
        let observations = self.observations(address);
        if observations.is_empty() {
            return Blamed::Unobserved;
        }
        self.by_application(point, &observations)
            .or_else(|| self.by_copies(point, &observations))
            .unwrap_or_else(|| self.by_death(point, &observations))
    }

    /// What was noticed of the address's present state since it began.
    fn observations(&self, address: AddressId) -> Vec<Id> {
        let truth = &self.truth[&address];
        let present = self.present(address);
        let says_it = |id: &Id| {
            let update = self.facts.update(*id).expect("noticed updates are in the workload");
            update.address == address
                && match present {
                    Some(user) => Facts::says_present(update.event()) && update.user() == Some(user),
                    None => {
                        let is_of_the_last = update.user().is_none() || update.user() == truth.last_user;
                        truth.last_user.is_some() && update.event() == Event::LogOff && is_of_the_last
                    }
                }
        };
        let noticed = self.noticed.iter().filter(|(_, at)| **at >= truth.changed).map(|(id, _)| *id);
        let mut observations: Vec<Id> = noticed.filter(says_it).collect();
        if let (true, Some(stay), Instant::ZERO) = (self.facts.scenario.warm, truth.stay, truth.changed) {
            // Whoever the source is, the stay makes it unique.
            let sequence = INITIAL + stay as u64;
            let applied = self.applications.values().flatten().map(|one| one.id);
            let died = self.deaths.iter().map(|death| death.id);
            let loaded = applied.chain(died).find(|id| id.1 == sequence);
            observations.push(loaded.unwrap_or((NodeId::new(0), sequence)));
        }
        observations
    }

    fn by_application(&self, point: NodeId, observations: &[Id]) -> Option<Blamed> {
        let applications = self.applications.get(&point)?;
        let last = applications.iter().rev().find(|one| observations.contains(&one.id))?;
        Some(match last.ending {
            Some(Ending::Expired) => Blamed::Expired,
            Some(Ending::MemoryLost) => Blamed::Disconnected,
            Some(Ending::Replaced) => Blamed::Conflict,
            None => panic!("{point:?} answers as the truth says, and is blamed for it"),
        })
    }

    fn by_copies(&self, point: NodeId, observations: &[Id]) -> Option<Blamed> {
        let mut alive: Vec<(Hop, bool)> = observations.iter().flat_map(|id| self.alive(*id)).collect();
        alive.retain(|(edge, _)| self.facts.leads_to(*edge, point));
        if alive.is_empty() {
            return None;
        }
        let moving = alive.iter().filter(|(_, moves)| *moves).map(|(edge, _)| *edge);
        let nearest = moving.min_by_key(|edge| (self.facts.distance(edge.1, point), *edge));
        Some(nearest.map_or(Blamed::Disconnected, Blamed::InTransit))
    }

    fn by_death(&self, point: NodeId, observations: &[Id]) -> Blamed {
        let last =
            self.deaths.iter().rev().find(|death| {
                observations.contains(&death.id) && self.facts.is_on_the_way(death.place, point)
            });
        match last.map(|death| death.kind) {
            Some(Kind::Superseded | Kind::Refused) => Blamed::Conflict,
            _ => Blamed::Lost,
        }
    }
}
