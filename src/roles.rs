//! The cast: sources, and everything that runs the User-ID service. One redistribution session serves all.
//!
//! Knows mappings, messages and time as it is handed in. Must not know files, wall clocks or metrics.

mod note;
mod settings;

pub use note::{EdgeState, Note, Withholding};

pub use settings::{
    Announce, Feed, HaSettings, LogSettings, Mode, Phase, PointSettings, PushSettings, Read, Reconnect,
    SessionSettings,
};
