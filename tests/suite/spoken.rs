//! Sources that speak real texts: what is on the wire, and what comes of it.

use std::sync::atomic::AtomicBool;

use uidsim::engine::{Moment, Observer};
use uidsim::formats::{Entry, LINE_BYTES_MAX, read_line, read_uid_message};
use uidsim::observe::{Findings, Witness};
use uidsim::roles::Role;
use uidsim::scenario::Scenario;
use uidsim::simulate::{Watch, realise, run_with};
use uidsim::units::Instant;
use uidsim::workload::Workload;

use crate::shipped::read;

/// When each text of a source was sent, and what it said.
#[derive(Default)]
struct Overheard {
    texts: Vec<(Instant, String)>,
}

impl Observer<Role> for Overheard {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Role>) {
        if let Moment::Sent { frame, .. } = moment
            && frame.bytes().first() == Some(&b'<')
        {
            self.texts.push((at, String::from_utf8(frame.bytes().to_vec()).expect("text")));
        }
    }
}

struct Ran {
    scenario: Scenario,
    workload: Workload,
    findings: Findings,
    texts: Vec<(Instant, String)>,
}

fn ran(name: &str, overrides: &[(&str, &str)]) -> Ran {
    let file = format!("{}/topologies/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = read(file.as_ref()).expect("readable");
    ran_text(&file, &text, overrides)
}

fn ran_text(file: &str, text: &str, overrides: &[(&str, &str)]) -> Ran {
    let read = |path: &std::path::Path| match path.to_str() {
        Some("log.csv") => Ok("time,user,ip,event\n0s,acme\\ann,10.0.0.1,login\n".to_owned()),
        _ => read(path),
    };
    let overrides: Vec<(String, String)> =
        overrides.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let scenario = uidsim::scenario::load(file, text, &overrides, &read).expect("loads");
    let workload = realise(&scenario, scenario.seed, &read).expect("the workload is possible");
    let (mut witness, mut overheard) = (Witness::new(&scenario, &workload), Overheard::default());
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let observers: &mut [&mut dyn Observer<Role>] = &mut [&mut witness, &mut overheard];
    let course = run_with(&scenario, &workload, scenario.seed, &watch, None, observers);
    let findings = witness.finish(course.end);
    Ran { scenario, workload, findings, texts: overheard.texts }
}

impl Ran {
    fn missing(&self, name: Option<&str>) -> f64 {
        let nodes = &self.scenario.topology.nodes;
        let found = match name {
            None => &self.findings.fleet,
            Some(name) => {
                let row = self.findings.points.iter().find(|(node, _)| nodes[node.index()].name == name);
                &row.expect("a firewall").1
            }
        };
        found.classes.missing as f64 / found.classes.total() as f64
    }
}

#[test]
fn a_four_hourly_export_leaves_tables_empty_unless_entries_live_longer() {
    let short = ran("nac-export", &[]);
    // Of every four hours an entry is there for three quarters of one.
    let missing = short.missing(None);
    assert!((0.75..0.87).contains(&missing), "{missing}");
    let long = ran("nac-export", &[("defaults.points.timeout", "5h")]);
    assert!(long.missing(None) < 0.01, "{}", long.missing(None));

    // What crosses the wire are the script's documents: every four hours, 100 logins at most, to both agents alike.
    let (mut logins, mut moments) = (0, std::collections::BTreeSet::new());
    for (at, text) in &short.texts {
        let message = read_uid_message(text).expect("a document");
        assert!(message.faults.is_empty() && (1..=100).contains(&message.entries.len()));
        assert!(
            message.entries.iter().all(|entry| matches!(entry, Entry::Login { timeout_minutes: None, .. }))
        );
        logins += message.entries.len();
        let (export, minutes) = (at.nanos() / 60_000_000_000 / 240, at.nanos() / 60_000_000_000 % 240);
        moments.insert(export);
        assert_eq!(minutes, 0, "{at:?}");
    }
    assert_eq!(moments.len(), 24, "four days have so many exports");
    let full = short.texts.iter().filter(|(_, text)| text.matches("<entry").count() == 100).count();
    assert!(full >= 2 * 4 * 8, "a full table fills four documents for each agent: {full}");
    let updates: usize = short.workload.updates.iter().map(Vec::len).sum();
    assert_eq!(logins % 2, 0, "each agent gets what the other gets");
    assert!(logins / 2 <= updates, "an update is told to each agent once");
}

#[test]
fn heartbeats_are_leef_on_the_wire_and_nobody_is_logged_off() {
    let ran = ran("syslog-heartbeat", &[]);
    assert!(ran.texts.len() > 500);
    for (_, text) in &ran.texts {
        let line = read_line(text, LINE_BYTES_MAX).expect("a line");
        assert!(
            line.host == "esm" && line.message.starts_with("LEEF:1.0|") && line.message.ends_with("is alive")
        );
    }
    let log_offs = ran.workload.updates.iter().flatten();
    let log_offs = log_offs.filter(|update| update.event() == uidsim::workload::Event::LogOff).count();
    assert!(log_offs > 5);
    let remark = ran.workload.remarks.iter().find(|remark| remark.contains("esm")).expect("a remark");
    assert_eq!(*remark, format!("syslog sender esm: of {log_offs} log-offs it sends no line"));
    let fates = &ran.findings.fleet.fates;
    assert!(fates.filtered >= log_offs as u64, "what is in no line is filtered: {fates:?}");
    assert!(fates.applied > 0 && fates.lost_loss > 0, "datagrams are lost: {fates:?}");
}

#[test]
fn a_tls_handshake_costs_its_round_trips_before_the_first_line() {
    let text = "\
duration: 10m
sites: {hq: {}, branch: {}}
links: {wan: {between: [hq, branch], latency: 50ms}}
syslog_profiles: {p: {event_type: login, regex: {event: up, user: 'user=(\\S+)', address: 'ip=(\\S+)'}}}
syslog_senders: {s: {site: hq, to: [fw], profiles: [p], transport: tls, login: 'up user={account} ip={address}'}}
firewalls: {fw: {site: branch}}
workload: {replay: {file: log.csv, sources: [s]}}
";
    let first = |trips: &str| {
        let ran = ran_text("tls.yaml", text, &[("syslog_senders.s.tls_round_trips", trips)]);
        let (at, line) = ran.texts.first().expect("one line");
        assert!(line.ends_with("up user=acme_ann ip=10.0.0.1"), "{line}");
        at.since(Instant::ZERO).nanos() / 1_000_000
    };
    // There and back once for TCP, and once more for each round trip of TLS.
    assert_eq!([first("0"), first("1"), first("2")], [100, 200, 300]);
    let udp = text.replace("transport: tls", "transport: udp, tls_round_trips: 1");
    let problems = uidsim::scenario::load("udp.yaml", &udp, &[], &|_| Ok(String::new())).expect_err("no TLS");
    assert!(problems.problems.iter().any(|problem| problem.fact.contains("no TLS handshake")));
}

#[test]
fn lines_that_no_profile_reads_are_filtered_and_told() {
    let login = [("syslog_senders.esm.login", "LEEF:1.0|V|P|1|E|duser={account}\tdst={address}")];
    let ran = ran("syslog-heartbeat", &login);
    let lines = ran.texts.len();
    let remark = ran.workload.remarks.iter().find(|remark| remark.contains("esm")).expect("a remark");
    let said = format!(
        "of its {lines} lines {lines} are not learned: {lines} in which no profile finds its event, or that are too long"
    );
    assert!(remark.contains(&said), "{remark}");
    assert_eq!(ran.findings.fleet.fates.applied, 0);
    assert!(ran.findings.fleet.fates.filtered > 0);
}

#[test]
fn a_login_lives_as_it_says_where_it_is_learned_and_by_the_own_timeout_behind() {
    let long = ran("xml-api", &[]);
    let documents: Vec<_> =
        long.texts.iter().map(|(_, text)| read_uid_message(text).expect("a document")).collect();
    assert!(documents.iter().any(|document| document.entries.len() > 1), "entries are gathered");
    for entry in documents.iter().flat_map(|document| &document.entries) {
        if let Entry::Login { timeout_minutes, .. } = entry {
            assert_eq!(*timeout_minutes, Some(600), "the text says what the table does");
        }
    }
    let (hq, branch) = (long.missing(Some("fw-hq")), long.missing(Some("fw-branch")));
    assert!(hq < 0.02 && branch > 0.2, "{hq} {branch}");
    let own = ran("xml-api", &[("xml_api_clients.portal.timeout", "45")]);
    let (hq, branch) = (own.missing(Some("fw-hq")), own.missing(Some("fw-branch")));
    assert!(hq > 0.2 && branch > 0.2, "{hq} {branch}");
}

#[test]
fn problems_of_profiles_and_templates_are_all_told_with_their_places() {
    let text = "\
sites: {a: {}}
syslog_profiles:
  one: {regex: {event: \"(\", user: x, address: \"(y)\"}}
  two: {}
syslog_senders:
  s: {site: a, to: [fw], login: \"{name}\", profiles: [one, three], format: leef}
firewalls:
  fw: {site: a}
workload:
  replay: {file: x.log, format: syslog, at: 5m}
";
    let nothing = |_: &std::path::Path| Ok(String::new());
    let problems = uidsim::scenario::load("x.yaml", text, &[], &nothing).expect_err("broken");
    let said = problems.render(uidsim::problem::Style::Plain);
    for part in [
        "the event of profile `one`: \"(\" is no regular expression",
        "the user of profile `one`: \"x\" has no group in parentheses",
        "`two` takes exactly one of regex and field",
        "the message has a placeholder that is unknown",
        "there is no syslog profile `three`",
        "`at` is for logs of the format uid_message",
        "a syslog log needs a parse profile",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}
