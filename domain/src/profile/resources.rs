//! How much of a node one container may take.

use serde::{Deserialize, Serialize};

/// Limits of one container; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Thousandths of a processor.
    pub cpu_millicores: Option<u32>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
}

/// A number outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from {least} to {most}")]
pub struct OutOfRange {
    /// The lowest.
    pub least: u64,
    /// The highest.
    pub most: u64,
}

impl Resources {
    /// The least share of a processor: the kernel grants no shorter slice of its period.
    pub const CPU_MILLICORES_LEAST: u32 = 10;
    /// The greatest share: 1024 processors.
    pub const CPU_MILLICORES_MOST: u32 = 1_024_000;
    /// The least memory: 6 MiB, below which Docker starts no container.
    pub const MEMORY_BYTES_LEAST: u64 = 6 << 20;
    /// The most memory: 64 TiB.
    pub const MEMORY_BYTES_MOST: u64 = 64 << 40;

    /// Checks a share of a processor.
    ///
    /// # Errors
    /// `OutOfRange`.
    pub fn parse_cpu(millicores: u64) -> Result<u32, OutOfRange> {
        let bounds = Self::CPU_MILLICORES_LEAST..=Self::CPU_MILLICORES_MOST;
        let within = u32::try_from(millicores).ok().filter(|number| bounds.contains(number));
        within.ok_or(OutOfRange {
            least: Self::CPU_MILLICORES_LEAST.into(),
            most: Self::CPU_MILLICORES_MOST.into(),
        })
    }

    /// Checks an amount of memory.
    ///
    /// # Errors
    /// `OutOfRange`.
    pub fn parse_memory(bytes: u64) -> Result<u64, OutOfRange> {
        let (least, most) = (Self::MEMORY_BYTES_LEAST, Self::MEMORY_BYTES_MOST);
        if (least..=most).contains(&bytes) { Ok(bytes) } else { Err(OutOfRange { least, most }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_both_engines_can_keep() {
        assert_eq!(Resources::parse_cpu(10), Ok(10));
        assert_eq!(Resources::parse_cpu(1_024_000), Ok(1_024_000));
        for millicores in [0, 9, 1_024_001, u64::MAX] {
            assert!(Resources::parse_cpu(millicores).is_err(), "{millicores}");
        }
        assert_eq!(Resources::parse_memory(6_291_456), Ok(6_291_456));
        assert!(Resources::parse_memory(Resources::MEMORY_BYTES_MOST).is_ok());
        for bytes in [0, 6_291_455, Resources::MEMORY_BYTES_MOST + 1, u64::MAX] {
            assert!(Resources::parse_memory(bytes).is_err(), "{bytes}");
        }
    }
}
