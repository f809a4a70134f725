//! Ahead: another thread writes and reads large frames while the machine goes on, before anybody asks what they hold; and does
//! something before, while frames are few.
//!
//! Knows frames as they are sent. Must not change what is computed: whoever asks first does what is not done yet.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use crate::engine::{Frame, Moment, Observer};
use crate::roles::Role;
use crate::units::Instant;
use crate::wire::Decoded;

/// Frames that wait to be written or read; of more, those that come last are written at once, and not read. Source: none, a
/// guess; only time and memory see it.
const WAITING_MAX: usize = 512;

/// Mappings from which on a frame is worth it: to read one takes 0.1 µs, to wake a thread some 10. Source: `global-1k.yaml`,
/// whose frames of 70 took longer so.
const MAPPINGS_MIN: u32 = 256;

/// What is to be done with a frame.
enum Job {
    Read(Arc<Frame<Decoded>>),
    Write(Arc<Frame<Decoded>>),
}

/// Hands frames to a thread that writes and reads them.
pub(super) struct Ahead<'scope, T> {
    thread: ScopedJoinHandle<'scope, T>,
    waiting: SyncSender<Job>,
    /// Per node, whether it reads what it is sent.
    reads: Vec<bool>,
    written: Option<Arc<Frame<Decoded>>>,
    read: Option<Arc<Frame<Decoded>>>,
}

impl<'scope, T: Send + 'scope> Ahead<'scope, T> {
    /// With a thread that does something `first`.
    pub(super) fn new(
        scope: &'scope Scope<'scope, '_>,
        reads: Vec<bool>,
        first: impl FnOnce() -> T + Send + 'scope,
    ) -> Self {
        let (waiting, given) = sync_channel::<Job>(WAITING_MAX);
        let thread = scope.spawn(move || {
            let made = first();
            for job in given {
                match job {
                    Job::Read(frame) => drop(frame.memo()),
                    Job::Write(frame) => drop(frame.bytes()),
                }
            }
            made
        });
        Self { thread, waiting, reads, written: None, read: None }
    }

    /// What came of what it did first, once all frames are done.
    pub(super) fn finish(self) -> T {
        drop(self.waiting);
        self.thread.join().expect("the thread only does what others would do")
    }

    /// One that is small, or finds no room, is written at once.
    fn hand(&mut self, frame: &Arc<Frame<Decoded>>, is_read: bool) {
        let is =
            |last: &Option<Arc<Frame<Decoded>>>| last.as_ref().is_some_and(|last| Arc::ptr_eq(last, frame));
        if is(&self.read) || !is_read && is(&self.written) {
            return;
        }
        let last = if is_read { &mut self.read } else { &mut self.written };
        *last = Some(Arc::clone(frame));
        let job = if is_read { Job::Read } else { Job::Write };
        if frame.mappings() < MAPPINGS_MIN || self.waiting.try_send(job(Arc::clone(frame))).is_err() {
            frame.bytes();
        }
    }
}

impl<'scope, T: Send + 'scope> Observer<Role> for Ahead<'scope, T> {
    fn on_moment(&mut self, _: Instant, moment: &Moment<'_, Role>) {
        match moment {
            Moment::Sent { to, frame, .. } => self.hand(frame, self.reads[to.index()]),
            Moment::Volley { frame, .. } => self.hand(frame, false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;

    use super::*;
    use crate::engine::FlightId;
    use crate::ids::{ConnId, NodeId};

    #[test]
    fn whatever_is_sent_is_written_once_and_read_if_its_receiver_reads() {
        let (written, read) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let frame = |mappings: u32| {
            let (written, read) = (written.clone(), read.clone());
            let write = Box::new(move || {
                written.fetch_add(1, Ordering::Relaxed);
                Bytes::from_static(b"news")
            });
            let decode = Arc::new(move |_: &Bytes| {
                read.fetch_add(1, Ordering::Relaxed);
                Decoded { messages: Vec::new(), mappings: Arc::from([]), unread: Vec::new() }
            });
            Arc::new(Frame::<Decoded>::later((4, write), 1, mappings, decode))
        };
        let many = 4 * WAITING_MAX;
        std::thread::scope(|scope| {
            let mut ahead = Ahead::new(scope, vec![false, true], || "done first");
            let mut see = |moment: &Moment<'_, Role>| ahead.on_moment(Instant::ZERO, moment);
            let large = frame(MAPPINGS_MIN);
            for to in [0, 1, 1].map(NodeId::new) {
                let (flight, conn, from) = (FlightId(0), ConnId::new(0), NodeId::new(0));
                see(&Moment::Sent { flight, conn, from, to, frame: &large });
            }
            for number in 0..many {
                let frame = frame(if number % 2 == 0 { MAPPINGS_MIN } else { MAPPINGS_MIN - 1 });
                see(&Moment::Volley { from: NodeId::new(0), number: number as u32, frame: &frame });
            }
            assert_eq!(ahead.finish(), "done first");
        });
        let counts = [&written, &read].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, [many + 1, 1], "all are written, also those for which there is no room");
    }
}
