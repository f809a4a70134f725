//! Dense ids that index vectors.
//!
//! Knows nothing but numbers. Names appear only on paper and in reports; between them every
//! thing of the simulated world is a small integer in the order in which the file declares it.

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id of position `index`. Panics past `u32::MAX`, which every limit on input forbids.
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("limits on input keep ids within 32 bits"))
            }

            /// The position that this id names.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

dense_id! {
    /// An address that some stay, record or replayed log names; indexes `Workload::addresses`.
    AddressId
}
dense_id! {
    /// One transport connection; a session that reconnects gets a new one.
    ConnId
}
dense_id! {
    /// A tag, or what else names a datum: a host of a HIP report, a quarantined device; indexes `Enforcement::labels`.
    LabelId
}
dense_id! {
    /// A link of the topology; indexes `Scenario::links`.
    LinkId
}
dense_id! {
    /// A node of the topology, sources included; indexes `Scenario::nodes`.
    NodeId
}
dense_id! {
    /// A configured redistribution session or an HA1 feed; indexes `Scenario::sessions`.
    SessionId
}
dense_id! {
    /// A site of the topology; indexes `Scenario::sites`.
    SiteId
}
dense_id! {
    /// A user name that the workload knows; indexes `Workload::users`.
    UserId
}
