//! Amounts as Kubernetes writes them: `250m`, `64Mi`, `2`. Pure.

/// The unit behind a number, and how many thousandths one of it has.
const UNITS: [(&str, i128); 14] = [
    ("m", 1),
    ("", 1000),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000_000),
    ("Ki", 1000 << 10),
    ("Mi", 1000 << 20),
    ("Gi", 1000 << 30),
    ("Ti", 1000 << 40),
    ("Pi", 1000 << 50),
    ("Ei", 1000 << 60),
];

/// How many thousandths an amount has; `None` for what Berth never writes, and Kubernetes never
/// makes of it.
pub(super) fn thousandths(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<i128>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_in_each_form_that_kubernetes_gives_it() {
        for (text, expected) in [
            ("250m", 250),
            ("2", 2000),
            ("67108864", 67_108_864_000),
            ("64Mi", 67_108_864_000),
            ("64M", 64_000_000_000),
            ("1k", 1_000_000),
            ("1Gi", 1_073_741_824_000),
        ] {
            assert_eq!(thousandths(text), Some(expected), "{text}");
        }
        for text in ["", "x", "1.5", "1e3", "-1", "1 Mi"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
    }
}
