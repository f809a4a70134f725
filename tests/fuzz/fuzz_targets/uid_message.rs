//! Any bytes as a `uid-message` document; what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uidsim::formats::{read_uid_message, write_uid_message};

fuzz_target!(|data: &[u8]| {
    if let Ok(message) = read_uid_message(&String::from_utf8_lossy(data)) {
        let again = read_uid_message(&write_uid_message(&message.entries)).expect("what was read can be written");
        assert_eq!(again.entries, message.entries);
    }
});
