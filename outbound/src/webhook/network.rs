//! Which addresses events may be sent to.
//!
//! An address that a subscriber names must not lead into the network that Casebook itself stands
//! in. Public are the addresses that the registries of IANA call globally reachable (RFC 6890,
//! RFC 8190); everything else needs a word in `webhooks.allow_private`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not globally reachable, or lead to the services of a cloud's host,
/// with the length of their prefixes.
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // carrier-grade NAT
    ([127, 0, 0, 0], 8),      // loopback
    ([169, 254, 0, 0], 16),   // link-local, and the metadata of clouds
    ([168, 63, 129, 16], 32), // the host's services in Azure
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, and broadcast
];
/// Networks inside 2000::/3, the global unicast of IPv6, that are not globally reachable or lead
/// on to addresses of IPv4.
const SPECIAL_V6: [([u16; 8], u8); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments, Teredo
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];
/// Global unicast of IPv6: without loopback, unspecified, unique-local, link-local, multicast and
/// NAT64, which all lie outside.
const GLOBAL_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// A network: the addresses that agree with one in their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`, or an address that stands for itself.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address lies inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(one)) => agree_v4(net, one, self.bits),
            (IpAddr::V6(net), IpAddr::V6(one)) => agree_v6(net, one, self.bits),
            _ => false,
        }
    }
}

fn agree_v4(a: Ipv4Addr, b: Ipv4Addr, bits: u8) -> bool {
    let differ = u32::from(a) ^ u32::from(b);
    differ.checked_shr(32 - u32::from(bits)).unwrap_or(0) == 0
}

fn agree_v6(a: Ipv6Addr, b: Ipv6Addr, bits: u8) -> bool {
    let differ = u128::from(a) ^ u128::from(b);
    differ.checked_shr(128 - u32::from(bits)).unwrap_or(0) == 0
}

/// Whether everybody can reach an address. One of IPv4 in the form of IPv6 is judged as what it
/// is.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(one) => {
            !SPECIAL_V4.iter().any(|(net, bits)| agree_v4(Ipv4Addr::from(*net), one, *bits))
        }
        IpAddr::V6(one) => {
            agree_v6(Ipv6Addr::from(GLOBAL_V6.0), one, GLOBAL_V6.1)
                && !SPECIAL_V6.iter().any(|(net, bits)| agree_v6(Ipv6Addr::from(*net), one, *bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect(text))
    }

    #[test]
    fn special_networks_are_not_public() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
        ] {
            assert!(!public(inside), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "100.128.0.1",
            "168.63.129.17",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(public(outside), "{outside}");
        }
    }

    #[test]
    fn networks_are_read_and_contain_what_agrees() {
        let net = Network::parse("10.20.0.0/16").expect("a network");
        assert!(net.contains("10.20.255.1".parse().expect("one")));
        assert!(!net.contains("10.21.0.1".parse().expect("one")));
        let all = Network::parse("::/0").expect("a network");
        assert!(all.contains("fe80::1".parse().expect("one")));
        assert!(!all.contains("10.0.0.1".parse().expect("one")));
        assert_eq!(Network::parse("10.0.0.0/33"), None);
        assert_eq!(Network::parse("intern.example"), None);
        assert!(Network::parse("127.0.0.1").is_some());
    }
}
