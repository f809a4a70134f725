//! The host addresses of a list of networks, by number, without ever listing them.
//!
//! Knows networks. Must not know who sits at an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The hosts of some networks, numbered from 0 in the order of the networks.
pub(super) struct Hosts<'a> {
    networks: &'a [IpNet],
}

impl<'a> Hosts<'a> {
    /// The hosts of `networks`.
    pub(super) fn new(networks: &'a [IpNet]) -> Self {
        Self { networks }
    }

    /// How many there are; an IPv6 network that holds more than fits counts as `u128::MAX`.
    pub(super) fn count(&self) -> u128 {
        self.networks.iter().fold(0, |sum, network| sum.saturating_add(hosts_in(network)))
    }

    /// The host of number `index`; `None` past the last.
    pub(super) fn get(&self, mut index: u128) -> Option<IpAddr> {
        for network in self.networks {
            let hosts = hosts_in(network);
            if index < hosts {
                return Some(host(network, index));
            }
            index -= hosts;
        }
        None
    }
}

/// The first pair of networks that share an address, as positions in `networks`.
pub(super) fn overlap(networks: &[IpNet]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..networks.len()).collect();
    order.sort_by_key(|i| (networks[*i].network(), networks[*i].prefix_len(), *i));
    // Networks nest or are apart, so in this order one that holds another stands right before it
    // or before its siblings that it holds as well.
    order
        .windows(2)
        .find(|pair| networks[pair[0]].contains(&networks[pair[1]]))
        .map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
}

/// Addresses before the first host: the network's own (IPv4), the routers' anycast address (IPv6,
/// RFC 4291 section 2.6.1); none where one or two addresses are all there are (RFC 3021, RFC 6164).
fn reserved_below(network: &IpNet) -> u128 {
    u128::from(network.max_prefix_len() - network.prefix_len() >= 2)
}

fn hosts_in(network: &IpNet) -> u128 {
    let bits = u32::from(network.max_prefix_len() - network.prefix_len());
    let all = 1_u128.checked_shl(bits).unwrap_or(u128::MAX);
    let broadcast = match network {
        IpNet::V4(_) => reserved_below(network),
        IpNet::V6(_) => 0,
    };
    all - reserved_below(network) - broadcast
}

fn host(network: &IpNet, index: u128) -> IpAddr {
    let offset = index + reserved_below(network);
    match network {
        IpNet::V4(net) => {
            let offset = u32::try_from(offset).expect("an IPv4 network holds at most 2^32 addresses");
            IpAddr::V4(Ipv4Addr::from_bits(net.network().to_bits() + offset))
        }
        IpNet::V6(net) => IpAddr::V6(Ipv6Addr::from_bits(net.network().to_bits() + offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().expect("a network")).collect()
    }

    #[test]
    fn network_and_broadcast_addresses_are_nobodys() {
        let networks = nets(&["10.0.0.0/30", "10.1.0.0/31", "10.2.0.9/32", "2001:db8::/126"]);
        let hosts = Hosts::new(&networks);
        let all: Vec<String> =
            (0..hosts.count()).map(|i| hosts.get(i).expect("counted").to_string()).collect();
        assert_eq!(
            all,
            [
                "10.0.0.1",
                "10.0.0.2",
                "10.1.0.0",
                "10.1.0.1",
                "10.2.0.9",
                "2001:db8::1",
                "2001:db8::2",
                "2001:db8::3"
            ]
        );
        assert_eq!(hosts.get(hosts.count()), None);
    }

    #[test]
    fn huge_networks_cost_nothing() {
        let networks = nets(&["0.0.0.0/0", "::/0", "10.0.0.0/8"]);
        let hosts = Hosts::new(&networks);
        assert_eq!(hosts.count(), u128::MAX);
        assert_eq!(hosts.get((1 << 32) - 3), Some("255.255.255.254".parse().expect("an address")));
        assert_eq!(hosts.get((1 << 32) - 2), Some("::1".parse().expect("an address")));
    }

    #[test]
    fn networks_that_share_addresses_are_found() {
        assert_eq!(overlap(&nets(&["10.0.0.0/24", "10.0.1.0/24", "2001:db8::/64"])), None);
        assert_eq!(overlap(&nets(&["10.1.0.0/24", "10.2.0.0/24", "10.0.0.0/8"])), Some((0, 2)));
        assert_eq!(overlap(&nets(&["10.1.0.0/24", "10.1.0.0/24"])), Some((0, 1)));
    }
}
