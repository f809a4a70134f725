//! Line: what decides when a frame that enters one direction of a link leaves it. It keeps no account, so that it can be gone
//! through again.

use super::{LinkSettings, Transport};
use crate::random::Stream;
use crate::units::{ByteCount, Instant, Ratio, Span};

/// Bytes of payload in one packet: an Ethernet frame of 1,500 less the IPv4 and TCP headers. Source: RFC 894, 791, 9293.
const PAYLOAD_MAX: u64 = 1_460;
/// Bytes around one packet's payload: IPv4 20, TCP 20 (UDP 8), Ethernet header and check sequence 18.
pub(super) const HEADER_TCP: u64 = 58;
const HEADER_UDP: u64 = 46;

/// How many packets and bytes on the line a payload makes.
pub(super) fn on_the_line(transport: Transport, payload: u64) -> (u64, ByteCount) {
    let packets = payload.div_ceil(PAYLOAD_MAX).max(1);
    let header = match transport {
        Transport::Tcp => HEADER_TCP,
        Transport::Udp => HEADER_UDP,
    };
    (packets, ByteCount(payload + packets * header))
}

/// What will happen to a frame that enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// When its transmission begins.
    pub(super) start: Instant,
    /// When it is wholly on the line.
    pub(super) cleared: Instant,
    /// When it would arrive if nothing were lost and nothing were before it.
    pub(super) clean: Instant,
    /// What loss adds (TCP).
    pub(super) recovery: Span,
    /// Whether it will not arrive (UDP).
    pub(super) lost: bool,
    /// Whether a lost packet of it is sent again (TCP).
    pub(super) is_retransmitted: bool,
    /// Bytes on the line.
    pub(super) size: ByteCount,
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) settings: LinkSettings,
    jitter: Stream,
    loss: Stream,
    free_at: Instant,
}

impl Line {
    pub(super) fn new(settings: LinkSettings, jitter: Stream, loss: Stream) -> Self {
        Self { settings, jitter, loss, free_at: Instant::ZERO }
    }

    /// Takes a frame in at `now`. Draw k of its streams belongs to its frame k.
    pub(super) fn enter(&mut self, now: Instant, transport: Transport, payload: u64) -> Passage {
        let (packets, size) = on_the_line(transport, payload);
        let transmission = self.settings.bandwidth.map_or(Span::ZERO, |rate| rate.transmit(size));
        let start = now.max(self.free_at);
        let cleared = start + transmission;
        self.free_at = cleared;
        let jitter = self.settings.jitter.draw(&mut self.jitter);
        let number = self.loss.unit();
        let loses = self.settings.loss != Ratio::ZERO;
        let lost = loses && is_below_loss(number, self.settings.loss.share(), packets);
        let tcp = transport == Transport::Tcp;
        let recovery = if lost && tcp { self.settings.retransmission_timeout } else { Span::ZERO };
        let clean = cleared + self.settings.latency + jitter;
        Passage { start, cleared, clean, recovery, lost: lost && !tcp, is_retransmitted: lost && tcp, size }
    }

    /// Nothing is on it any more.
    pub(super) fn clear(&mut self, now: Instant) {
        self.free_at = now;
    }
}

/// Whether a number in 0..1 lies below the probability that at least one of `packets` is lost. That is at most the sum of
/// theirs, which nearly all numbers exceed.
fn is_below_loss(number: f64, per_packet: f64, packets: u64) -> bool {
    const ROUNDING: f64 = 1.0 + 1e-6;
    number < packets as f64 * per_packet * ROUNDING && number < frame_loss(per_packet, packets)
}

/// The probability that at least one of `packets` is lost.
fn frame_loss(per_packet: f64, packets: u64) -> f64 {
    if per_packet == 0.0 {
        return 0.0;
    }
    -libm::expm1(packets as f64 * libm::log1p(-per_packet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_cut_into_packets() {
        assert_eq!(on_the_line(Transport::Tcp, 1_461), (2, ByteCount(1_461 + 2 * HEADER_TCP)));
    }

    #[test]
    fn loss_compounds_over_packets() {
        assert!((frame_loss(0.1, 2) - 0.19).abs() < 1e-12);
        assert_eq!(frame_loss(0.0, 9), 0.0);
        assert_eq!(frame_loss(1.0, 1), 1.0);
        for (per_packet, packets) in [(0.0, 3), (1e-9, 1), (1e-4, 7), (0.02, 40), (0.5, 2), (1.0, 5)] {
            let all = frame_loss(per_packet, packets);
            for number in [0.0, 0.5 * all, all * (1.0 - 1e-12), all, all * (1.0 + 1e-12), all * 1.1] {
                assert_eq!(is_below_loss(number, per_packet, packets), number < all, "{number} {per_packet}");
            }
        }
    }
}
