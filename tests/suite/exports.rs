//! Exports, read back by readers of their own.

use std::collections::BTreeMap;

use assert_cmd::Command;
use regex::Regex;
use serde_json::Value;

const TOPOLOGY: &str = "topologies/ha-pair.yaml";

/// Runs the program; what it wrote to the file that stands last in `arguments`.
fn exported(arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("export");
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG");
    command.args(arguments).arg(&file).assert().code(0);
    std::fs::read(file).expect("it was written")
}

fn text(arguments: &[&str]) -> String {
    String::from_utf8(exported(arguments)).expect("text")
}

fn report() -> Value {
    serde_json::from_str(&text(&["run", TOPOLOGY, "--quiet", "--series", "--json"])).expect("JSON")
}

/// Billionths of a decimal as it is written.
fn billionths(text: &str) -> i128 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<9}").parse().expect("a decimal")
}

#[test]
fn the_percentile_table_is_that_of_the_report() {
    let table = text(&["run", TOPOLOGY, "--quiet", "--hgrm"]);
    let rows: Vec<Vec<f64>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().filter_map(|word| word.parse().ok()).collect())
        .filter(|row: &Vec<f64>| row.len() >= 3)
        .collect();
    let staleness = &report()["fleet"]["staleness_seconds"];
    let last = rows.last().expect("rows");
    assert_eq!((last[1], last[2]), (1.0, staleness["count"].as_f64().expect("a count")));
    assert!(
        rows.windows(2).all(|two| two[0][0] <= two[1][0] && two[0][1] < two[1][1] && two[0][2] <= two[1][2])
    );
    let median = rows.iter().find(|row| row[1] == 0.5).expect("a row of the median");
    let wanted = staleness["p50"].as_f64().expect("a span") * 1e3;
    assert!((median[0] - wanted).abs() < 0.0006, "{median:?}, {wanted}");
    let footer = Regex::new(
        r"#\[Mean    = +([0-9.]+), StdDeviation   = +[0-9.]+\]\n#\[Max     = +([0-9.]+), Total count    = +([0-9]+)\]",
    );
    let footer = footer.expect("a pattern").captures(&table).expect("a footer");
    let max = staleness["max"].as_f64().expect("a span") * 1e3;
    assert!((footer[2].parse::<f64>().expect("a number") - max).abs() < 0.001);
}

#[test]
fn openmetrics_reads_as_its_grammar_says_and_has_every_window() {
    let exposed = text(&["run", TOPOLOGY, "--quiet", "--openmetrics"]);
    let body = exposed.strip_suffix("# EOF\n").expect("an end");
    let meta = Regex::new(r"^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$").expect("a pattern");
    let sample = Regex::new(
        r#"^([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} ([0-9.]+) ([0-9.]+)$"#,
    );
    let sample = sample.expect("a pattern");
    let mut family = String::new();
    let mut done: Vec<String> = Vec::new();
    let mut series: BTreeMap<(String, String), Vec<(i128, i128)>> = BTreeMap::new();
    for line in body.lines() {
        if let Some(found) = meta.captures(line) {
            if &found[1] == "TYPE" {
                assert!(!done.contains(&found[2].to_owned()), "{line}: a family stands in two places");
                family = found[2].to_owned();
                done.push(family.clone());
            }
            assert_eq!(found[2], family, "{line}");
            assert!(&found[1] != "UNIT" || family.ends_with(&format!("_{}", &found[3])), "{line}");
            continue;
        }
        let found = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
        assert_eq!(found[1], family);
        let key = (found[1].to_owned(), found[2].to_owned());
        series.entry(key).or_default().push((billionths(&found[4]), billionths(&found[3])));
    }
    let report = report();
    let windows = report["series"]["fleet"]["consistency"].as_array().expect("windows");
    let points = report["enforcement_points"].as_array().expect("points").len();
    assert_eq!(series.len(), 5 * (points + 1));
    for (key, samples) in &series {
        assert_eq!(samples.len(), windows.len(), "{key:?}");
        assert!(samples.windows(2).all(|two| two[0].0 < two[1].0), "{key:?}");
    }
    let fleet = &series[&("uidsim_consistency_ratio".to_owned(), "scope=\"fleet\"".to_owned())];
    for ((_, value), window) in fleet.iter().zip(windows) {
        assert_eq!(*value, billionths(&window.to_string()));
    }
}

#[test]
fn the_series_as_csv_adds_up_to_the_report() {
    let table = exported(&["run", TOPOLOGY, "--quiet", "--series-csv"]);
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        *sums.entry(row[0].to_owned()).or_default() += billionths(&row[5]);
    }
    let report = report();
    let wanted = |part: &Value| billionths(&part["class_seconds"]["missing"].to_string());
    assert_eq!(sums["fleet"], wanted(&report["fleet"]));
    let points = report["enforcement_points"].as_array().expect("points");
    assert_eq!(sums.len(), points.len() + 1);
    for point in points {
        assert_eq!(sums[point["name"].as_str().expect("a name")], wanted(point));
    }
    assert!(wanted(&report["fleet"]) > 0);
}

#[test]
fn a_trace_has_the_way_of_each_copy_in_its_parts() {
    let topology = "topologies/three-sites.yaml";
    let look = ["show", topology, "--at", "09:15", "--node", "fw-berlin-1", "mapping", "10.1.0.3", "--trace"];
    let trace: Value = serde_json::from_str(&text(&look)).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let micros = |event: &Value| event["ts"].as_f64().expect("a time");
    let of = |ph: &str| events.iter().filter(move |event| event["ph"] == ph).collect::<Vec<_>>();
    let ends: BTreeMap<&str, f64> =
        of("e").iter().map(|event| (event["id"].as_str().expect("an id"), micros(event))).collect();
    let begins = of("b");
    assert!(begins.len() > 10 && begins.len() == ends.len(), "{} {}", begins.len(), ends.len());
    for begin in begins {
        let parts = begin["args"].as_object().expect("parts");
        let sum: f64 = parts.values().map(|part| part.as_f64().expect("seconds")).sum();
        let span = ends[begin["id"].as_str().expect("an id")] - micros(begin);
        assert!((span - sum * 1e6).abs() < 0.01, "{begin}");
    }
    let named: Vec<&str> = of("M").iter().filter_map(|event| event["args"]["name"].as_str()).collect();
    assert!(named.contains(&"panorama > fw-berlin-1"), "{named:?}");
    let applied = of("i")
        .iter()
        .filter(|event| event["name"].as_str().is_some_and(|name| name.contains("applied: ")))
        .count();
    assert!(applied > 0);
    let stays = of("X");
    let after = |two: &[&Value]| micros(two[0]) + two[0]["dur"].as_f64().expect("a length") <= micros(two[1]);
    assert!(!stays.is_empty() && stays.windows(2).all(after));
}

/// A block of a capture: its type and body.
fn blocks(mut bytes: &[u8]) -> Vec<(u32, &[u8])> {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().expect("four bytes"));
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let length = number(&bytes[4..]) as usize;
        assert!(length.is_multiple_of(4) && number(&bytes[length - 4..]) as usize == length);
        blocks.push((number(bytes), &bytes[8..length - 4]));
        bytes = &bytes[length..];
    }
    blocks
}

/// The messages of a stream, each with its length before it; panics where they do not fill it.
fn messages(mut stream: &[u8]) -> usize {
    let mut count = 0;
    while !stream.is_empty() {
        let length = prost::decode_length_delimiter(&mut stream).expect("a length");
        stream = &stream[length..];
        count += 1;
    }
    count
}

#[test]
fn a_capture_has_whole_streams_of_messages_in_the_order_of_time() {
    let topology = "topologies/three-sites.yaml";
    let short = ["--duration", "90m", "--set", "faults=[]", "--set", "expect={}", "--quiet"];
    let arguments = [&["run", topology], short.as_slice(), &["--capture", "wan-mad*", "--pcapng"]].concat();
    let capture = exported(&arguments);
    let blocks = blocks(&capture);
    assert_eq!(blocks.iter().take(3).map(|(kind, _)| *kind).collect::<Vec<_>>(), [0x0A0D_0D0A, 1, 4]);
    let names = String::from_utf8_lossy(blocks[2].1);
    assert!(names.contains("fw-madrid-1") && !names.contains("fw-berlin-1"), "{names}");
    let mut streams: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut before = 0;
    for (kind, body) in &blocks[3..] {
        assert_eq!(*kind, 6);
        let number = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().expect("four bytes"));
        let at = u64::from(number(4)) << 32 | u64::from(number(8));
        assert!(at >= before, "time runs backward");
        before = at;
        let packet = &body[20..20 + number(12) as usize];
        let words = packet[..20].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
        let sum: u32 = words.sum();
        assert_eq!((sum & 0xFFFF) + (sum >> 16), 0xFFFF, "the checksum of a header");
        assert_eq!(
            (packet[0], packet[9], usize::from(u16::from_be_bytes([packet[2], packet[3]]))),
            (0x45, 6, packet.len())
        );
        let stream = streams.entry(packet[12..24].to_vec()).or_default();
        let sequence = u32::from_be_bytes(packet[24..28].try_into().expect("four bytes"));
        assert_eq!(sequence as usize, stream.len() + 1, "bytes are missing before this packet");
        stream.extend(&packet[40..]);
    }
    let counts: Vec<usize> = streams.values().map(|stream| messages(stream)).collect();
    assert!(streams.len() >= 12 && counts.iter().sum::<usize>() > 1_000, "{counts:?}");
}

/// Read by the library's own reader, which shares no code with its writer but the format; the same rows as in the CSV.
#[test]
fn the_series_as_parquet_has_the_rows_of_the_csv() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let bytes = exported(&["run", TOPOLOGY, "--quiet", "--parquet"]);
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a Parquet file");
    let table = exported(&["run", TOPOLOGY, "--quiet", "--series-csv"]);
    let mut wanted = csv::Reader::from_reader(table.as_slice());
    let mut count = 0;
    let rows = reader.get_row_iter(None).expect("rows");
    for (row, wanted) in rows.zip(wanted.records()) {
        let (row, wanted) = (row.expect("a row"), wanted.expect("a row"));
        assert_eq!(row.get_string(0).expect("a name"), &wanted[0]);
        for column in 1..7 {
            let number: f64 = wanted[column].parse().expect("a number");
            assert_eq!(row.get_double(column).expect("a number"), number);
        }
        count += 1;
    }
    let rows = table.iter().filter(|byte| **byte == b'\n').count() - 1;
    assert!(
        count == rows && reader.metadata().file_metadata().num_rows() as usize == rows,
        "{count}, {rows}"
    );
}

/// A row for each point and seed with the columns and values of the CSV, numbers as numbers, what has no sample as null.
#[test]
fn the_points_of_a_plan_as_parquet_are_the_lines_of_the_csv() {
    use parquet::basic::{Repetition, Type};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    // Within a second nobody has heard of anything, so that there are values without a sample; seeds fill all their bits.
    let file =
        ["plan", "topologies/direct.yaml", "--quiet", "--seeds", "2", "--seed", "18446744073709551613"];
    let values = ["--vary", "duration=1s,20m", "--what-if", "defaults.firewalls.timeout=5m; duration=30m"];
    let plan = [&file[..], &["--metric", "*"]].concat();
    let arguments = [&plan[..], &values].concat();
    let bytes = exported(&[&arguments[..], &["--parquet"]].concat());
    let table = exported(&[&arguments[..], &["--csv"]].concat());
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a Parquet file");
    let mut wanted = csv::Reader::from_reader(table.as_slice());
    let head: Vec<String> = wanted.headers().expect("a head").iter().map(str::to_owned).collect();
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.columns();
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    assert_eq!(names, head);
    let lines: Vec<csv::StringRecord> = wanted.records().map(|line| line.expect("a line")).collect();
    let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
    assert_eq!((rows.len(), lines.len()), (2 * 2 + 2 * 2, 2 * 2 + 2 * 2));
    let (mut missing, mut numbers) = (0, 0);
    for (row, line) in rows.iter().zip(&lines) {
        for ((field, cell), column) in row.get_column_iter().zip(line).zip(columns) {
            let is_optional = column.self_type().get_basic_info().repetition() == Repetition::OPTIONAL;
            match field.1 {
                Field::Str(text) => assert_eq!(text, cell),
                Field::ULong(seed) => assert_eq!(seed.to_string(), cell),
                Field::Null => assert!(is_optional && cell.is_empty(), "{cell}"),
                Field::Double(number) => assert_eq!(Ok(*number), cell.parse::<f64>()),
                other => panic!("{other:?} in {}", column.name()),
            }
            missing += usize::from(matches!(field.1, Field::Null));
            numbers += usize::from(column.physical_type() == Type::DOUBLE);
        }
    }
    assert!(missing > 4 && numbers > 2 * missing, "{missing} of {numbers}");
}
