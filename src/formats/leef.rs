//! LEEF: the Log Event Extended Format that an endpoint manager writes: a header in bars, then `key=value` by tabs.
//!
//! Knows the text of one event. Must not know the syslog header before it.

/// An event in LEEF 1.0 or 2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leef<'a> {
    /// `1.0` or `2.0`.
    pub version: &'a str,
    /// Who made the product.
    pub vendor: &'a str,
    /// What wrote it.
    pub product: &'a str,
    /// Its version.
    pub product_version: &'a str,
    /// What happened.
    pub event_id: &'a str,
    /// Keys and values in the order of the text.
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Leef<'a> {
    /// Reads an event that begins at the start of `text`.
    ///
    /// Errors: what is wrong, as half a sentence.
    pub fn read(text: &'a str) -> Result<Self, String> {
        let rest = text.strip_prefix("LEEF:").ok_or("it does not begin with LEEF:")?;
        let mut parts = rest.splitn(6, '|');
        let mut next = |what: &str| parts.next().ok_or_else(|| format!("its header ends before the {what}"));
        let version = next("version")?;
        if !matches!(version, "1.0" | "2.0") {
            return Err(format!("its version {} is neither 1.0 nor 2.0", super::quoted(version)));
        }
        let (vendor, product) = (next("vendor")?, next("product")?);
        let (product_version, event_id) = (next("product's version")?, next("event id")?);
        let rest = next("attributes")?;
        let (delimiter, attributes) = if version == "2.0" { delimiter(rest)? } else { ('\t', rest) };
        let pairs = attributes.split(delimiter).filter(|pair| !pair.trim().is_empty());
        let pair = |pair: &'a str| {
            pair.split_once('=').ok_or_else(|| format!("{} is no key=value", super::quoted(pair)))
        };
        let attributes = pairs.map(pair).collect::<Result<_, _>>()?;
        Ok(Self { version, vendor, product, product_version, event_id, attributes })
    }

    /// The value of the first attribute with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
}

/// LEEF 2.0 names its delimiter: one character, or `x` and its number in hexadecimal digits.
fn delimiter(rest: &str) -> Result<(char, &str), String> {
    let (named, attributes) = rest.split_once('|').ok_or("its header names no delimiter")?;
    let mut characters = named.chars();
    match (characters.next(), characters.as_str()) {
        (None, _) => Ok(('\t', attributes)),
        (Some(one), "") => Ok((one, attributes)),
        _ => {
            let digits = named.strip_prefix("0x").or_else(|| named.strip_prefix('x'));
            let code =
                digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            let named = || format!("its delimiter {} is no character", super::quoted(named));
            Ok((code.ok_or_else(named)?, attributes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_both_versions_are_read() {
        let one = "LEEF:1.0|Palo Alto Networks|Traps ESM|4.2|Heartbeat|cat=Agent\tduser=jdoe\tdst=10.1.2.3\t";
        let read = Leef::read(one).expect("legal");
        assert_eq!((read.product, read.event_id), ("Traps ESM", "Heartbeat"));
        assert_eq!(
            (read.get("duser"), read.get("dst"), read.get("src")),
            (Some("jdoe"), Some("10.1.2.3"), None)
        );
        for two in
            ["LEEF:2.0|V|P|1|E|^|a=1^b=x=y", "LEEF:2.0|V|P|1|E|x5E|a=1^b=x=y", "LEEF:2.0|V|P|1|E||a=1\tb=x=y"]
        {
            assert_eq!(Leef::read(two).map(|e| e.attributes), Ok(vec![("a", "1"), ("b", "x=y")]), "{two}");
        }
    }

    #[test]
    fn what_is_no_event_is_told() {
        for (text, part) in [
            ("CEF:0|a|b|c|d|e|f", "LEEF:"),
            ("LEEF:3.0|a|b|c|d|e", "neither"),
            ("LEEF:1.0|a|b", "product's version"),
            ("LEEF:1.0|a|b|c|d|word", "key=value"),
            ("LEEF:2.0|a|b|c|d|e=1", "delimiter"),
            ("LEEF:2.0|a|b|c|d|xZZ|e=1", "no character"),
        ] {
            assert!(Leef::read(text).is_err_and(|why| why.contains(part)), "{text}");
        }
    }
}
