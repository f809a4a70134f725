//! Hash: by what two files are known to ask for the same run.
//!
//! Knows which keys are no part of a run. Must not know what the others mean.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

use crate::topology::tree::{Tree, Value};

/// Keys of the file that change nothing of a run: they judge it, or name it.
const BESIDE: [&str; 5] = ["baseline", "expect", "expect_at", "lint", "name"];

/// The first 16 digits of the SHA-256 of everything that a run is made from, as typed, and of the files it names
/// (`files`, their digest). Neither comments count nor what is judged, nor where the file lies; defaults do not
/// either, as they are the program's.
pub(super) fn hash(typed: &Tree, files: &str) -> String {
    let mut hashing = Hashing(Sha256::new());
    for (key, tree) in typed.entries() {
        if !BESIDE.contains(&key.text.as_str()) && !key.text.starts_with("x-") {
            let _ = write!(hashing, "{:?}:", key.text);
            feed(&mut hashing, tree);
        }
    }
    let _ = write!(hashing, "{files}");
    format!("{:x}", hashing.0.finalize()).chars().take(16).collect()
}

/// Writing into a hash never fails. No two trees are written alike: what is of unknown length has an end.
fn feed(hashing: &mut Hashing, tree: &Tree) {
    let _ = match &tree.value {
        Value::Bool(flag) => write!(hashing, "{flag},"),
        Value::Float(number) => write!(hashing, "{number:?},"),
        Value::Int(number) => write!(hashing, "{number},"),
        Value::Null => write!(hashing, "~,"),
        Value::Text(text) => write!(hashing, "{text:?},"),
        Value::List(items) => {
            let _ = hashing.write_char('[');
            items.iter().for_each(|item| feed(hashing, item));
            hashing.write_str("],")
        }
        Value::Map(entries) => {
            let _ = hashing.write_char('{');
            for (key, value) in entries {
                let _ = write!(hashing, "{:?}:", key.text);
                feed(hashing, value);
            }
            hashing.write_str("},")
        }
    };
}

/// Text that goes straight into a hash, as a large topology's would fill the memory.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
