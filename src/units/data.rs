//! Data: how much of it, and how fast it goes.

use super::Span;

/// An amount of data. Units: bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteCount(pub u64);

/// A rate of transmission. Units: bits per second, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BitRate(u64);

impl BitRate {
    /// A rate of `bits_per_second`; `None` for zero, which would never finish.
    #[must_use]
    pub const fn new(bits_per_second: u64) -> Option<Self> {
        if bits_per_second == 0 { None } else { Some(Self(bits_per_second)) }
    }

    /// Bits per second.
    #[must_use]
    pub const fn bits_per_second(self) -> u64 {
        self.0
    }

    /// How long `size` takes to transmit, rounded up to a nanosecond.
    #[must_use]
    pub fn transmit(self, size: ByteCount) -> Span {
        const BITS: u64 = 8_000_000_000;
        // Wide numbers take several times as long to divide, and nothing of less than 2 GB needs them.
        if let Some(bits) = size.0.checked_mul(BITS) {
            return Span::from_nanos(bits.div_ceil(self.0));
        }
        let nanos = (u128::from(size.0) * u128::from(BITS)).div_ceil(u128::from(self.0));
        Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_takes_its_bits_over_the_rate() {
        let rate = BitRate::new(10_000_000).expect("not zero");
        assert_eq!(rate.transmit(ByteCount(1_500)), Span::from_micros(1_200));
        assert_eq!(
            BitRate::new(3).expect("not zero").transmit(ByteCount(1)),
            Span::from_nanos(2_666_666_667)
        );
        // However many bytes.
        let rate = BitRate::new(1_000_000_000).expect("not zero");
        for gigabytes in [2, 3, 2_000_000_000] {
            assert_eq!(
                rate.transmit(ByteCount(gigabytes * 1_000_000_000)),
                Span::from_seconds(8 * gigabytes)
            );
        }
    }
}
