//! Volleys of a node: the same frame for clients in a row is handed to the machine at once.
//!
//! Knows connections and frames. Must not know who a client is or what it is told.

use std::sync::Arc;

use super::role::Out;
use crate::engine::Frame;
use crate::ids::ConnId;
use crate::wire::Decoded;

/// Lists of connections remembered. Source: none, a guess; past it all are made anew.
const KNOWN_MAX: usize = 1 << 16;

/// The row that is being gathered, and the lists of connections that were handed out before.
#[derive(Debug, Default)]
pub(super) struct Volleys {
    known: Vec<Arc<[ConnId]>>,
    /// Where the next list most likely is.
    next: usize,
    row: Vec<ConnId>,
    frame: Option<Arc<Frame<Decoded>>>,
}

impl Volleys {
    /// Gathers one more connection, after handing over what is gathered if its frame is another.
    pub(super) fn add(&mut self, conn: ConnId, frame: &Arc<Frame<Decoded>>, out: &mut Out) {
        if self.frame.as_ref().is_some_and(|gathered| !Arc::ptr_eq(gathered, frame)) {
            self.hand_over(out);
        }
        self.frame.get_or_insert_with(|| frame.clone());
        self.row.push(conn);
    }

    /// Hands over what is gathered. Call before anything else is put into `out`.
    /// Cost: one comparison of the row with the list that was handed over at its place the last time.
    pub(super) fn hand_over(&mut self, out: &mut Out) {
        let Some(frame) = self.frame.take() else { return };
        let row = std::mem::take(&mut self.row);
        let index = self.find(&row);
        self.row = row;
        self.row.clear();
        self.next = index + 1;
        out.volley(self.known[index].clone(), frame);
    }

    /// The one list of these connections. Cost: a comparison with each list, if it is not at hand.
    pub(super) fn list(&mut self, row: &[ConnId]) -> Arc<[ConnId]> {
        let index = self.find(row);
        self.known[index].clone()
    }

    fn find(&mut self, row: &[ConnId]) -> usize {
        let is_it = |known: &Arc<[ConnId]>| **known == *row;
        let likely = self.known.get(self.next).is_some_and(is_it);
        let found = if likely { Some(self.next) } else { self.known.iter().position(is_it) };
        found.unwrap_or_else(|| {
            if self.known.len() == KNOWN_MAX {
                self.known.clear();
            }
            self.known.push(row.into());
            self.known.len() - 1
        })
    }

    /// Hands over what is gathered; the next row is the first of its tick.
    pub(super) fn end(&mut self, out: &mut Out) {
        self.hand_over(out);
        self.next = 0;
    }
}
