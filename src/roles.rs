//! The cast: sources, and everything that runs the User-ID service. One redistribution session serves all.
//!
//! Knows mappings, messages and time as it is handed in. Must not know files, wall clocks or metrics.

mod birth;

mod clients;
mod data;
mod engine;
mod follower;
mod hindered;
mod learn;
mod ledger;
mod log;
mod manner;
mod note;
mod pair;
mod prober;
mod push;
mod reaction;
mod reader;
mod redial;
mod role;
mod served;
mod server;
mod settings;
mod source;
mod standby;
mod step;
mod threats;
mod upstream;
mod useridd;
mod volleys;
mod written;

pub use birth::Birth;
pub use clients::Clients;
pub use engine::AutomationEngine;
pub use follower::Followed;
pub use ledger::LedgerSource;
pub use log::LogSource;
pub use manner::{Export, Manner};
pub use note::{Bar, DataNote, EdgeState, Hindrance, Note, Withholding};
pub use push::PushSource;
pub use reaction::{EngineSettings, Reaction, Scheduled};
pub use role::{Role, Timer};
pub use useridd::Useridd;

pub use settings::{
    Announce, Feed, Follows, HaSettings, Joining, LogMore, LogSettings, Mode, Phase, PointSettings, Probed,
    PushMore, PushSettings, Read, Reconnect, SessionSettings,
};
