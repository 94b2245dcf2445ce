//! A range of addresses in CIDR form, and whether an address lies in it.

use std::fmt;
use std::net::IpAddr;

use super::document::{Wrong, wrong};

/// A network such as `10.0.0.0/8` or `fd00::/8`; a single address is one of full length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

impl Network {
    /// True when the address lies in this network. IPv4 written as IPv6 (`::ffff:a.b.c.d`) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                u32::from(own) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                u128::from(own) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }

    /// The network of this prefix length around an address: what rate limits count under.
    #[must_use]
    pub fn around(address: IpAddr, v4_length: u8, v6_length: u8) -> Network {
        match address.to_canonical() {
            IpAddr::V4(four) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(v4_length.min(32))).unwrap_or(0);
                Network { address: IpAddr::V4((u32::from(four) & mask).into()), length: v4_length.min(32) }
            }
            IpAddr::V6(six) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(v6_length.min(128))).unwrap_or(0);
                Network { address: IpAddr::V6((u128::from(six) & mask).into()), length: v6_length.min(128) }
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// Reads `ADDRESS/LENGTH` or `ADDRESS`.
pub(super) fn network(text: &str) -> Result<Network, Wrong> {
    let refused = || {
        wrong(
            format!("`{text}` is no network"),
            "write an address and a prefix length: \"10.0.0.0/8\" or \"fd00::/8\"",
        )
    };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| refused())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(length) => length.parse().ok().filter(|length| *length <= most).ok_or_else(refused)?,
        None => most,
    };
    Ok(Network { address, length })
}
