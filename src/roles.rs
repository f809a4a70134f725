//! The cast: sources, and everything that runs the User-ID service. One redistribution session serves all.
//!
//! Knows mappings, messages and time as it is handed in. Must not know files, wall clocks or metrics.

mod data;
mod engine;
mod hindered;
mod learn;
mod manner;
mod note;
mod pair;
mod push;
mod reader;
mod redial;
mod role;
mod server;
mod settings;
mod source;
mod standby;
mod threats;
mod upstream;
mod useridd;
mod volleys;

pub use engine::AutomationEngine;
pub use manner::{Export, Manner};
pub use note::{Bar, DataNote, EdgeState, Hindrance, Note, Withholding};
pub use push::PushSource;
pub use role::{Role, Timer};
pub use source::LogSource;
pub use useridd::{Birth, Useridd};

pub use settings::{
    Announce, EngineSettings, Feed, HaSettings, Joining, LogSettings, Mode, Phase, PointSettings,
    PushSettings, Reaction, Read, Reconnect, Scheduled, SessionSettings,
};
