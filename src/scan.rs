//! Scanning: enforcement points that only follow a stream need neither an agenda nor tables of their own.
//!
//! All leaves of one kind apply the same frames in the same order; they differ in when. So one *pattern* is
//! followed through every address, which applies each frame at the instant at which it is sent, and every leaf is
//! the pattern with its steps moved to later instants: integrals change by step times shift, exactly, as long as
//! nothing else happens to the same address in between. Where something does, that address is walked again for
//! that leaf. Knows moments of the core, frames' arrivals, workload and scenario. Must not know files or formats.

mod accord;
mod again;
mod age;
mod agreement;
mod applied;
mod brief;
mod brought;
mod bunch;
mod cast;
mod cell;
mod class;
mod crew;
mod deeds;
mod desk;
mod expired;
mod fare;
mod find;
mod fold;
mod freshness;
mod glance;
mod ground;
mod healing;
mod hearing;
mod hop;
mod incorrect;
mod judge;
mod jump;
mod latest;
mod leaf;
mod meter;
mod moving;
mod notes;
mod numbers;
mod odd;
mod own;
mod pairs;
mod part;
mod pattern;
mod piles;
mod quiet;
mod reach;
mod record;
mod relay;
mod retold;
mod rounds;
mod shared;
mod sight;
mod spread;
mod station;
mod story;
mod stretch;
mod sums;
mod tape;
mod team;
mod timely;
mod told;
mod track;
mod voice;
mod walk;
mod ways;
mod web;

pub use cast::Cast;
pub use find::{Asked, find};
pub use hearing::Hearing;
pub use leaf::{Arrivals, Batch, Heard};
pub use record::Recorder;
pub use relay::Relayed;
pub use story::Common;
pub use track::Track;
