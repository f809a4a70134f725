//! Datum: what sessions carry beside IP-user mappings: a tag of an address or a user, a HIP report, a quarantined device.
//!
//! Knows ids and the order of versions. Must not know what a tag is for.

use std::fmt;

use super::Route;
use crate::ids::{AddressId, LabelId, NodeId, UserId};
use crate::units::Span;

/// Hops that a tag may cross. Source: vendor documentation, "User-ID redistribution", 10.1: "IP-tag and user-tag: 1 hop"
/// (documented).
pub const TAG_HOPS_MAX: usize = 1;

/// What a session can be told to carry. Source: vendor documentation, "Data redistribution", 10.0 and later (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataType {
    /// HIP reports.
    Hip,
    /// Tags of addresses, which fill dynamic address groups.
    IpTag,
    /// IP-user mappings.
    IpUser,
    /// The quarantine list.
    Quarantine,
    /// Tags of users, which fill dynamic user groups.
    UserTag,
}

impl DataType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hip, Self::IpTag, Self::IpUser, Self::Quarantine, Self::UserTag];

    /// Its word in files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hip => "hip",
            Self::IpTag => "ip_tag",
            Self::IpUser => "ip_user",
            Self::Quarantine => "quarantine",
            Self::UserTag => "user_tag",
        }
    }
}

/// A set of data types.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DataTypes(u8);

impl DataTypes {
    /// The set of these.
    #[must_use]
    pub fn of(types: &[DataType]) -> Self {
        types.iter().fold(Self::default(), |set, one| set.with(*one))
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, one: DataType) -> Self {
        Self(self.0 | 1 << one as u8)
    }

    /// The set without one.
    #[must_use]
    pub fn without(self, one: DataType) -> Self {
        Self(self.0 & !(1 << one as u8))
    }

    /// Whether it holds one.
    #[must_use]
    pub fn holds(self, one: DataType) -> bool {
        self.0 & 1 << one as u8 != 0
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = DataType> {
        DataType::ALL.into_iter().filter(move |one| self.holds(*one))
    }
}

impl fmt::Debug for DataTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What a datum is about; of one key a node holds one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatumKey {
    /// The HIP report of a host.
    Hip(LabelId),
    /// A tag of an address.
    IpTag(AddressId, LabelId),
    /// A device on the quarantine list.
    Quarantine(LabelId),
    /// A tag of a user.
    UserTag(UserId, LabelId),
}

impl DatumKey {
    /// Of which type it is.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Hip(_) => DataType::Hip,
            Self::IpTag(..) => DataType::IpTag,
            Self::Quarantine(_) => DataType::Quarantine,
            Self::UserTag(..) => DataType::UserTag,
        }
    }

    /// The hops that it may cross: tags one; of the others none is published, so that they have those of a mapping (guess).
    #[must_use]
    pub fn hops_max(self) -> usize {
        match self {
            Self::IpTag(..) | Self::UserTag(..) => TAG_HOPS_MAX,
            Self::Hip(_) | Self::Quarantine(_) => super::ROUTE_MAX,
        }
    }
}

/// One version of a datum as every hop carries it. As of a mapping, `(source, sequence)` is its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datum {
    /// What it is about.
    pub key: DatumKey,
    /// Whether it is taken back: unregistered, or off the list.
    pub removed: bool,
    /// How long it is still good, from when it was sent on; `None`: until it is taken back.
    pub time_left: Option<Span>,
    /// Whether it survives a restart of a node that keeps nothing else.
    pub persistent: bool,
    /// What its source's own clock wrote, nanoseconds relative to virtual zero; the only time nodes compare.
    pub timestamp: i64,
    /// The XML API client that registered it.
    pub source: NodeId,
    /// That client's running number.
    pub sequence: u64,
    /// The node at which it was registered.
    pub origin: NodeId,
    /// The nodes that redistributed it.
    pub route: Route,
}

impl Datum {
    /// What nodes compare versions of a key by: the newest timestamp wins, tie by (origin, sequence) (guess: as mappings do).
    #[must_use]
    pub fn rank(&self) -> (i64, NodeId, u64) {
        (self.timestamp, self.origin, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_given() {
        let set = DataTypes::of(&[DataType::IpUser, DataType::UserTag]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [DataType::IpUser, DataType::UserTag]);
        assert!(!set.holds(DataType::IpTag) && set.with(DataType::IpTag).holds(DataType::IpTag));
        assert!(set.without(DataType::IpUser).without(DataType::UserTag).is_empty());
    }
}
