//! Hits of the operator's own: their office, their monitoring, their test messages.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::client::parse_network;

/// What the operator named as their own.
#[derive(Clone, Debug, Default)]
pub struct Own {
    networks: Vec<IpNet>,
    agents: Vec<Vec<u8>>,
    messages: HashSet<Vec<u8>>,
}

impl Own {
    /// Networks (`192.0.2.0/24`), parts of user agents, and message ids.
    pub fn new(networks: &[String], agents: &[String], messages: &[String]) -> Result<Self, String> {
        Ok(Self {
            networks: networks.iter().map(|text| parse_network(text)).collect::<Result<_, _>>()?,
            agents: agents.iter().filter(|part| !part.is_empty()).map(|part| part.clone().into_bytes()).collect(),
            messages: messages.iter().map(|id| id.clone().into_bytes()).collect(),
        })
    }

    /// Whether the address is in an own network.
    pub fn has_network(&self, address: Option<IpAddr>) -> bool {
        !self.networks.is_empty()
            && address.is_some_and(|address| {
                let address = address.to_canonical();
                self.networks.iter().any(|network| network.contains(&address))
            })
    }

    /// Whether the user agent holds one of the own parts.
    pub fn has_agent(&self, agent: &[u8]) -> bool {
        self.agents.iter().any(|part| memchr::memmem::find(agent, part).is_some())
    }

    /// Whether the message is a test message.
    pub fn has_message(&self, message: &[u8]) -> bool {
        !self.messages.is_empty() && self.messages.contains(message)
    }
}
