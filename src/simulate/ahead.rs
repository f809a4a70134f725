//! Ahead: another thread reads large frames while the machine goes on, before anybody asks what they hold.
//!
//! Knows frames as they are sent. Must not change what is computed: whoever asks first reads a frame that is not read yet.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Scope;

use crate::engine::{Frame, Moment, Observer};
use crate::roles::Role;
use crate::units::Instant;
use crate::wire::Decoded;

/// Frames that wait to be read; of more, those are left out that come last. Source: none, a guess; only time and memory
/// see it.
const WAITING_MAX: usize = 64;

/// Mappings from which on a frame is worth it: to read one takes 0.1 µs, to wake a thread some 10. Source: `global-1k.yaml`,
/// whose frames of 70 took longer so.
const MAPPINGS_MIN: u32 = 256;

/// Hands frames to a thread that reads them.
pub(super) struct Ahead {
    waiting: SyncSender<Arc<Frame<Decoded>>>,
    last: Option<Arc<Frame<Decoded>>>,
}

impl Ahead {
    /// With a thread that ends once nobody hands it anything any more.
    pub(super) fn new<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let (waiting, given) = sync_channel::<Arc<Frame<Decoded>>>(WAITING_MAX);
        scope.spawn(move || {
            for frame in given {
                frame.memo();
            }
        });
        Self { waiting, last: None }
    }
}

impl Observer<Role> for Ahead {
    fn on_moment(&mut self, _: Instant, moment: &Moment<'_, Role>) {
        let Moment::Sent { frame, .. } = moment else { return };
        let is_known = self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, frame));
        if frame.mappings() >= MAPPINGS_MIN && !is_known {
            // Where too many wait, the machine reads it itself.
            let _ = self.waiting.try_send(Arc::clone(frame));
            self.last = Some(Arc::clone(frame));
        }
    }
}
