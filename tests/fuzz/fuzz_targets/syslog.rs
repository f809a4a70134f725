//! Any bytes as a syslog line, a LEEF event, and a line for a parse profile whose pattern they are too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uidsim::formats::{LINE_BYTES_MAX, Leef, Profile, read_line};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (pattern, line) = text.split_once('\n').unwrap_or(("dst=([A-F0-9a-f:.]+)", &text));
    if let Ok(read) = read_line(line, LINE_BYTES_MAX) {
        let _ = Leef::read(read.message);
        if let Ok(profile) = Profile::regex(true, ".", None, pattern) {
            let _ = profile.read(read.message);
        }
    }
});
