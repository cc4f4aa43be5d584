//! What looks odd about a hit without deciding anything by itself.

use std::fmt;

/// One thing that looks odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Suspicion {
    /// Right after its message was sent.
    Early,
    /// Several networks ask for one message within half a minute.
    ManyNetworks,
    /// An unsubscribe link and a content link within a minute.
    UnsubscribePair,
    /// One network asks for many messages of a campaign, each right after it was sent.
    SharedSource,
}

impl Suspicion {
    /// Every suspicion, in the order of their bits.
    pub const ALL: [Self; 4] = [Self::Early, Self::ManyNetworks, Self::UnsubscribePair, Self::SharedSource];

    /// The stable code, as exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::ManyNetworks => "many-networks",
            Self::UnsubscribePair => "unsubscribe-pair",
            Self::SharedSource => "shared-source",
        }
    }
}

/// The suspicions of one hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suspicions(u8);

impl Suspicions {
    /// How many sets of suspicions there are.
    pub const SETS: usize = 1 << Suspicion::ALL.len();

    /// The set at this place among all sets; see [`Self::index`].
    pub fn from_index(index: usize) -> Self {
        Suspicion::ALL.into_iter().filter(|one| index & (1 << *one as usize) != 0).collect()
    }

    /// Its place among all sets, under [`Self::SETS`].
    pub fn index(self) -> usize {
        self.0.into()
    }

    /// Adds one.
    pub fn add(&mut self, suspicion: Suspicion) {
        self.0 |= 1 << suspicion as u8;
    }

    /// Whether this one is among them.
    pub fn has(self, suspicion: Suspicion) -> bool {
        self.0 & (1 << suspicion as u8) != 0
    }

    /// The set as bits.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set with these bits.
    pub fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }
}

impl FromIterator<Suspicion> for Suspicions {
    fn from_iter<I: IntoIterator<Item = Suspicion>>(suspicions: I) -> Self {
        let mut all = Self::default();
        suspicions.into_iter().for_each(|one| all.add(one));
        all
    }
}

/// The codes with `+` between them: `early+many-networks`.
impl fmt::Display for Suspicions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, suspicion) in Suspicion::ALL.into_iter().filter(|one| self.has(*one)).enumerate() {
            write!(f, "{}{}", if i > 0 { "+" } else { "" }, suspicion.code())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_in_it() {
        let two: Suspicions = [Suspicion::SharedSource, Suspicion::Early].into_iter().collect();
        assert_eq!((two.to_string().as_str(), two.count()), ("early+shared-source", 2));
        assert_eq!(Suspicions::default().to_string(), "");
        assert!((0..Suspicions::SETS).all(|index| Suspicions::from_index(index).index() == index));
    }
}
