//! Any bytes as a USERID log line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uidsim::formats::read_userid_line;

fuzz_target!(|data: &[u8]| {
    let _ = read_userid_line(&String::from_utf8_lossy(data));
});
