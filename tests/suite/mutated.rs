//! No text makes the reader panic, hang or grow without bound: a fuzz body, and a bounded mutator for it.

use std::path::Path;

use proptest::prelude::*;
use uidsim::problem::Style;

use crate::shipped::{read, topologies};

/// The fuzz body: any bytes at all are loaded, and what is wrong with them can be said.
fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = |_: &Path| Ok("1ms\n2ms\n".to_owned());
    match uidsim::scenario::load("mutated.yaml", &text, &[], &read) {
        Ok(scenario) => assert_eq!(scenario.hash.len(), 16),
        Err(problems) => {
            assert!(!problems.problems.is_empty(), "a refusal says why");
            assert!(problems.render(Style::Plain).len() < 1 << 20, "what it says is bounded");
        }
    }
}

/// One change of a text.
#[derive(Clone, Debug)]
enum Mutation {
    DropLine(usize),
    Indent(usize, usize),
    InsertToken(usize, usize),
    OverwriteByte(usize, u8),
    RepeatLines(usize, usize),
    ReplaceToken(usize, usize),
    SwapLines(usize, usize),
    Truncate(usize),
}

/// Texts that have broken readers before.
const TOKENS: [&str; 24] = [
    "&a ",
    "*a",
    "<<: *a",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\t",
    "'",
    "\"",
    "!!binary x",
    ".nan",
    "-.inf",
    "-1",
    "1000000000",
    "99999999999999999999",
    "-5m",
    "9999999d",
    "\u{feff}",
    "\0",
    "{n}",
    "*",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = 0..usize::MAX;
    prop_oneof![
        place.clone().prop_map(Mutation::DropLine),
        (place.clone(), 0..8_usize).prop_map(|(line, depth)| Mutation::Indent(line, depth)),
        (place.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::InsertToken(at, token)),
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Mutation::OverwriteByte(at, byte)),
        (place.clone(), 1..4_usize).prop_map(|(line, count)| Mutation::RepeatLines(line, count)),
        (place.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::ReplaceToken(at, token)),
        (place.clone(), place.clone()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        place.prop_map(Mutation::Truncate),
    ]
}

fn apply(text: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    if text.is_empty() {
        return text;
    }
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let count = lines.len();
    match mutation {
        Mutation::DropLine(line) => {
            lines.remove(line % count);
        }
        Mutation::Indent(line, depth) => {
            let mut out = text.clone();
            let at: usize = lines[..line % count].iter().map(|line| line.len()).sum();
            out.splice(at..at, std::iter::repeat_n(b' ', *depth));
            return out;
        }
        Mutation::InsertToken(at, token) => {
            let (at, mut out) = (at % text.len(), text.clone());
            out.splice(at..at, TOKENS[*token].bytes());
            return out;
        }
        Mutation::OverwriteByte(at, byte) => {
            let (at, mut out) = (at % text.len(), text.clone());
            out[at] = *byte;
            return out;
        }
        Mutation::RepeatLines(line, times) => {
            let again = lines[line % count];
            lines.splice(line % count..line % count, std::iter::repeat_n(again, *times));
        }
        Mutation::ReplaceToken(at, token) => {
            let starts: Vec<usize> = (0..text.len()).filter(|i| text[*i] == b' ').collect();
            if starts.is_empty() {
                return text;
            }
            let begin = starts[at % starts.len()] + 1;
            let end = (begin..text.len()).find(|i| b" ,}]\n".contains(&text[*i])).unwrap_or(text.len());
            let mut out = text.clone();
            out.splice(begin..end, TOKENS[*token].bytes());
            return out;
        }
        Mutation::SwapLines(a, b) => lines.swap(a % count, b % count),
        Mutation::Truncate(at) => return text[..at % text.len()].to_vec(),
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_topologies_never_panic(
        file in 0..usize::MAX,
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let mut files = topologies(".");
        files.extend(topologies("broken"));
        let text = read(&files[file % files.len()]).expect("readable");
        body(&mutations.iter().fold(text.into_bytes(), apply));
    }

    #[test]
    fn any_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..300)) {
        body(&data);
    }
}
