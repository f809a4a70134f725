//! Ports: every port of the vendor's User-ID pages, who dials whom on it and what for. The one place of port numbers:
//! defaults of the topology file are taken from here, and `docs/ports.md` shows this table.
//!
//! Knows numbers and words. Must not know nodes, links or sessions.

/// How a port is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A connection in clear text, or encrypted by what it carries.
    Tcp,
    /// A TLS connection.
    Tls,
    /// Datagrams.
    Udp,
    /// Datagrams first, a connection where there is no answer.
    UdpThenTcp,
}

impl Protocol {
    /// Its name in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Tls => "TLS over TCP",
            Self::Udp => "UDP",
            Self::UdpThenTcp => "UDP, then TCP",
        }
    }
}

/// One port, or one range of them, for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its number; the first of a range.
    pub first: u16,
    /// The last of a range.
    pub last: u16,
    /// How it is dialled.
    pub protocol: Protocol,
    /// Who dials.
    pub from: &'static str,
    /// Who is dialled.
    pub to: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Whether who is where can be read and forged on the way.
    pub is_plain: bool,
    /// Where the number is taken from, and how sure it is.
    pub source: &'static str,
    /// The keys of the topology file whose default it is; empty: nothing dials it in a run.
    pub keys: &'static str,
}

/// Redistribution of user mappings.
pub const REDISTRIBUTION: u16 = 5007;
/// XML API of a firewall or Panorama.
pub const XML_API: u16 = 443;
/// XML API of a Windows User-ID agent.
pub const XML_API_AGENT: u16 = 5006;
/// Syslog in clear text.
pub const SYSLOG: u16 = 514;
/// Syslog over TLS.
pub const SYSLOG_TLS: u16 = 6514;
/// Security logs by WinRM over HTTP.
pub const WINRM_HTTP: u16 = 5985;
/// A cloud identity engine: directory and mappings over HTTPS.
pub const CLOUD_IDENTITY: u16 = 443;
/// Security logs by WinRM over HTTPS.
pub const WINRM_HTTPS: u16 = 5986;
/// The endpoint mapper of RPC: WMI queries, and probes of clients.
pub const RPC: u16 = 135;
/// NetBIOS sessions.
pub const NETBIOS: u16 = 139;
/// SMB.
pub const SMB: u16 = 445;
/// LDAP.
pub const LDAP: u16 = 389;
/// LDAP over TLS.
pub const LDAPS: u16 = 636;
/// The global catalog.
pub const GLOBAL_CATALOG: u16 = 3268;
/// The global catalog over TLS.
pub const GLOBAL_CATALOG_TLS: u16 = 3269;
/// Kerberos.
pub const KERBEROS: u16 = 88;
/// RADIUS.
pub const RADIUS: u16 = 1812;
/// TACACS+.
pub const TACACS: u16 = 49;
/// Terminal Server agent.
pub const TERMINAL_SERVER_AGENT: u16 = 5009;
/// HA1 between the members of a pair, in clear text.
pub const HA1: u16 = 28_769;
/// HA1 between the members of a pair, encrypted.
pub const HA1_ENCRYPTED: u16 = 28;

const PAGE: &str = "ports page of the vendor, seed 001 (documented)";
const HA_PAGE: &str = "ports page of the vendor, high availability (documented)";

const fn one(
    number: u16,
    protocol: Protocol,
    from: &'static str,
    to: &'static str,
    purpose: &'static str,
) -> Port {
    let (first, last) = (number, number);
    Port { first, last, protocol, from, to, purpose, is_plain: false, source: PAGE, keys: "" }
}

const fn plain(port: Port) -> Port {
    Port { is_plain: true, ..port }
}

const fn key(port: Port, keys: &'static str) -> Port {
    Port { keys, ..port }
}

const fn from(port: Port, source: &'static str) -> Port {
    Port { source, ..port }
}

/// Every port, by number; one row a protocol and purpose.
pub const ALL: &[Port] = &[
    from(
        one(HA1_ENCRYPTED, Protocol::Tcp, "member of an HA pair", "the other member", "HA1, encrypted (SSH)"),
        HA_PAGE,
    ),
    one(TACACS, Protocol::Tcp, "agent or firewall", "TACACS+ server", "authentication"),
    one(KERBEROS, Protocol::UdpThenTcp, "agent or firewall", "Kerberos server", "authentication"),
    key(
        one(
            RPC,
            Protocol::Tcp,
            "agent",
            "domain controller, Exchange, terminal server, client",
            "endpoint mapper of RPC: WMI logs, sessions, probes",
        ),
        "`protocol: wmi` of servers; `probing`: `port`",
    ),
    plain(one(
        NETBIOS,
        Protocol::Tcp,
        "agent",
        "domain controller",
        "NetBIOS: RPC queries for logs and sessions",
    )),
    key(
        one(LDAP, Protocol::Tcp, "firewall", "LDAP server", "group mapping, in clear text or StartTLS"),
        "`protocol: ldap` of directories",
    ),
    key(
        from(
            one(
                XML_API,
                Protocol::Tls,
                "script, portal, NAC",
                "firewall or Panorama",
                "XML API of the device",
            ),
            "XML API reference (documented)",
        ),
        "`sources`, `xml_api_clients`: `port`",
    ),
    key(
        from(
            one(
                CLOUD_IDENTITY,
                Protocol::Tls,
                "firewall or Panorama",
                "cloud identity engine",
                "mappings and group mapping",
            ),
            "vendor's pages on the cloud engine (documented)",
        ),
        "`cloud_identity_engines`: `port`; `protocol: https` of directories",
    ),
    one(SMB, Protocol::Tcp, "agent", "domain controller", "SMB: log-on sessions of print and file shares"),
    key(
        plain(one(
            SYSLOG,
            Protocol::Udp,
            "syslog sender",
            "firewall or agent",
            "log-on messages, integrated and Windows agent",
        )),
        "`syslog_senders`: `port`",
    ),
    key(
        plain(one(SYSLOG, Protocol::Tcp, "syslog sender", "Windows agent", "log-on messages")),
        "`syslog_senders`: `port` with `transport: tcp`",
    ),
    key(
        one(LDAPS, Protocol::Tls, "firewall", "LDAP server", "group mapping"),
        "`protocol: ldaps` of directories",
    ),
    one(RADIUS, Protocol::Udp, "agent or firewall", "RADIUS server", "authentication"),
    key(
        one(
            GLOBAL_CATALOG,
            Protocol::Tcp,
            "firewall",
            "global catalog",
            "group mapping, in clear text or StartTLS",
        ),
        "`protocol: global_catalog` of directories",
    ),
    key(
        one(GLOBAL_CATALOG_TLS, Protocol::Tls, "firewall", "global catalog", "group mapping"),
        "`protocol: global_catalog_tls` of directories",
    ),
    key(
        one(XML_API_AGENT, Protocol::Tcp, "script, portal, NAC", "Windows agent", "XML API of the agent"),
        "`nac_exports`: `port`",
    ),
    key(
        from(
            one(
                REDISTRIBUTION,
                Protocol::Tls,
                "client: firewall, Log Collector, Panorama",
                "agent or redistribution point",
                "user mappings, tags, HIP reports, quarantine list",
            ),
            "documentation of 10.1, the client dials; seed 001 words it the other way round (documented)",
        ),
        "`upstreams`: `port`; standby members of a collector group",
    ),
    key(
        one(
            TERMINAL_SERVER_AGENT,
            Protocol::Tcp,
            "firewall",
            "Terminal Server agent",
            "port blocks of users",
        ),
        "`terminal_servers`: `port`",
    ),
    key(
        one(
            WINRM_HTTP,
            Protocol::Tcp,
            "agent or firewall",
            "domain controller, Exchange",
            "security logs and sessions by WinRM over HTTP",
        ),
        "`protocol: winrm_http` of servers",
    ),
    key(
        one(
            WINRM_HTTPS,
            Protocol::Tls,
            "agent or firewall",
            "domain controller, Exchange",
            "security logs and sessions by WinRM over HTTPS",
        ),
        "`protocol: winrm_https` of servers",
    ),
    key(
        one(SYSLOG_TLS, Protocol::Tls, "syslog sender", "firewall", "log-on messages, integrated agent"),
        "`syslog_senders`: `port` with `transport: tls`",
    ),
    key(
        plain(from(
            one(
                HA1,
                Protocol::Tcp,
                "member of an HA pair",
                "the other member",
                "HA1 in clear text: heartbeats, user mappings",
            ),
            HA_PAGE,
        )),
        "HA1 of `ha_pairs`",
    ),
    Port {
        last: 65_535,
        ..one(
            49_152,
            Protocol::Tcp,
            "agent",
            "domain controller, Exchange",
            "what the endpoint mapper of RPC assigns",
        )
    },
];

/// Whether who is where can be read on the way to `port`: some purpose of it is in clear text.
#[must_use]
pub fn is_plain(port: u16) -> bool {
    port == HTTP || ALL.iter().any(|row| row.is_plain && (row.first..=row.last).contains(&port))
}

/// The web in clear text, on which no User-ID service listens by itself. Source: RFC 9110 (documented).
const HTTP: u16 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_by_number_and_say_everything() {
        assert!(ALL.windows(2).all(|pair| pair[0].first <= pair[1].first), "by number");
        for row in ALL {
            assert!(
                row.first <= row.last && !row.purpose.is_empty() && row.source.contains("(documented)"),
                "{row:?}"
            );
        }
    }

    /// The numbers of the vendor's page, written here a second time, from the page.
    #[test]
    fn every_port_of_the_page_is_there() {
        let page = [
            389, 3268, 636, 3269, 514, 6514, 5007, 5006, 88, 1812, 49, 135, 49_152, 139, 445, 5985, 5986,
            5009,
        ];
        for number in page {
            assert!(ALL.iter().any(|row| row.first == number), "{number}");
        }
    }

    #[test]
    fn clear_text_is_known_by_its_port() {
        let plain = [80, 139, 514, 28_769].map(is_plain);
        let sealed = [443, 5007, 5985, 6514, 28, 50_000].map(is_plain);
        assert_eq!((plain, sealed), ([true; 4], [false; 6]));
    }
}
