//! Replay: a log of real events becomes a workload whose truth is assumed.
//!
//! Knows the readers and the rules. Reads the file only through the closure that it is given.

use std::path::Path;
use std::sync::Arc;

use crate::problem::Problem;
use crate::units::{Instant, Span};

use super::evidence::{Dated, Evidence, Tally, check_size, grouped};
use super::generate::Noticed;
use super::replay_truth::{Assumed, clock};
use super::{
    Replay, ReplayFormat, Truth, Workload, replay_csv, replay_syslog, replay_uid_message, replay_userid,
    replay_windows,
};

/// The workload that the logs of `replays` tell of, merged by time.
///
/// Dated logs begin at virtual zero with their first line in use; those that count from the start keep their count.
/// Lines may stand in any order; those of one time go by the order of the logs and of the lines in each.
pub(super) fn generate(
    replays: &[Replay],
    duration: Span,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Workload, Vec<Problem>> {
    let (mut logs, mut problems) = (Vec::new(), Vec::new());
    for replay in replays {
        let text = read(&replay.file).map_err(|fact| Problem {
            code: "unreadable-log",
            fact,
            hint: String::new(),
            place: None,
        });
        match text.and_then(|text| evidence(replay, &text).map_err(|problem| of_file(replay, problem))) {
            Ok(log) => logs.push(log),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    merged(replays, logs, duration).map_err(|problem| vec![problem])
}

fn of_file(replay: &Replay, problem: Problem) -> Problem {
    Problem { fact: format!("{}: {}", replay.file.display(), problem.fact), ..problem }
}

/// What one log says.
struct Log {
    evidence: Vec<Evidence>,
    dated: Dated,
    tally: Tally,
}

fn evidence(replay: &Replay, text: &str) -> Result<Log, Problem> {
    let machines = replay.machine_accounts;
    if !matches!(replay.format, ReplayFormat::UidMessage { .. }) {
        check_size(text)?;
    }
    let mut tally = Tally::default();
    let (evidence, dated) = match &replay.format {
        ReplayFormat::Csv => {
            let (evidence, is_dated) = replay_csv::read(text, machines, &mut tally)?;
            (evidence, if is_dated { Dated::Yes } else { Dated::No })
        }
        ReplayFormat::Syslog(syslog) => replay_syslog::read(text, syslog, machines, &mut tally),
        ReplayFormat::UidMessage { at } => replay_uid_message::read(text, *at, machines, &mut tally)?,
        ReplayFormat::UserIdLog => (replay_userid::read(text, machines, &mut tally), Dated::Yes),
        ReplayFormat::WindowsNdjson => (replay_windows::read(text, machines, &mut tally), Dated::Yes),
    };
    if evidence.is_empty() {
        return Err(nothing_in_use(&tally));
    }
    Ok(Log { evidence, dated, tally })
}

fn merged(replays: &[Replay], logs: Vec<Log>, duration: Span) -> Result<Workload, Problem> {
    if let [first, rest @ ..] = replays
        && let Some(other) = (1..=rest.len()).find(|other| !logs[0].dated.goes_with(logs[*other].dated))
    {
        return Err(unlike(first, &replays[other]));
    }
    let is_dated = logs.first().is_some_and(|log| log.dated != Dated::No);
    let (mut all, mut tallies) = (Vec::new(), Vec::new());
    for (number, log) in logs.into_iter().enumerate() {
        all.extend(log.evidence.into_iter().map(|piece| (number, piece)));
        tallies.push(log.tally);
    }
    all.sort_by_key(|(_, piece)| piece.at);
    let origin = if is_dated { all.first().map_or(0, |(_, piece)| piece.at) } else { 0 };
    let gaps_over = replays.iter().map(|replay| replay.gaps_over).max().unwrap_or(Span::ZERO);
    let (instants, gaps, cut) = clock(all.iter().map(|(_, piece)| piece.at), origin, gaps_over);
    let mut assumed = Assumed::new(replays);
    for (at, (number, piece)) in instants.into_iter().zip(all) {
        assumed.take(at, number, piece, &mut tallies[number]);
    }
    assumed.finish();
    if assumed.users.is_empty() {
        return Err(of_file(&replays[0], nothing_in_use(&tallies[0])));
    }
    let of_several = |number: usize, remark: String| match replays.len() {
        1 => remark,
        _ => format!("{}: {remark}", replays[number].file.display()),
    };
    let told = tallies.iter().enumerate().filter_map(|(n, tally)| Some((n, tally.remark()?)));
    let mut remarks: Vec<String> = told.map(|(number, remark)| of_several(number, remark)).collect();
    if gaps > 0 {
        let noun = if gaps == 1 { "gap" } else { "gaps" };
        let gaps = grouped(gaps);
        remarks.push(format!("shortened {gaps} {noun} longer than {gaps_over} to it, by {cut} in all"));
    }
    workload(assumed, duration, remarks)
}

fn unlike(first: &Replay, other: &Replay) -> Problem {
    let (first, other) = (first.file.display(), other.file.display());
    Problem {
        code: "unlike-times",
        fact: format!("{first} and {other} cannot be merged: their times have no common beginning"),
        hint: "all must have dates, or all count from the start; syslog lines without a year need `year`"
            .to_owned(),
        place: None,
    }
}

fn workload(assumed: Assumed, duration: Span, mut remarks: Vec<String>) -> Result<Workload, Problem> {
    let Assumed { addresses, users, mut stays, noticed: all, .. } = assumed;
    let end = Instant::after_start(duration);
    let mut noticed = Noticed::until(end);
    let late = all.iter().filter(|(_, update)| update.occurred > end).count();
    if late > 0 {
        let all = grouped(all.len());
        remarks.push(format!("left out {} of {all} updates, after the end of the run", grouped(late)));
    }
    for (source, update) in all {
        noticed.add(source, update);
    }
    stays.retain(|stay| stay.start <= end);
    let updates = noticed.finish()?;
    let (updates, threats) = (updates.into(), Arc::default());
    Ok(Workload { addresses, users, stays, updates, threats, truth: Truth::Assumed, remarks })
}

fn nothing_in_use(tally: &Tally) -> Problem {
    let why = tally.remark().unwrap_or_else(|| "the log has no lines".to_owned());
    Problem {
        code: "empty-log",
        fact: format!("no line can be used; {why}"),
        hint: "check that `format` names the log's format".to_owned(),
        place: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::ids::{NodeId, SiteId};
    use crate::random::Seed;
    use crate::workload::laws::{check, count, hours};
    use crate::workload::{Event, Spec, generate};

    const WINDOWS: &str = include_str!("../../topologies/data/windows_auth_events.ndjson");
    const WINDOWS_WITH_ADDRESSES: &str = include_str!("../../topologies/data/windows_ip_logons.ndjson");

    fn replay(format: ReplayFormat) -> Replay {
        Replay {
            file: "log".into(),
            format,
            sources: vec![NodeId::new(1)],
            site: SiteId::new(0),
            assume_stay: hours(8),
            gaps_over: Span::from_seconds(600),
            machine_accounts: false,
        }
    }

    fn result(replay: Replay, hours_long: u64, text: &str) -> Result<Workload, Vec<Problem>> {
        let read = |_: &Path| Ok(text.to_owned());
        let workload = generate(&Spec::Replay(vec![replay]), hours(hours_long), Seed(1), &read)?;
        check(&workload, hours(hours_long));
        assert_eq!(workload.truth, Truth::Assumed);
        Ok(workload)
    }

    fn made(replay: Replay, hours_long: u64, text: &str) -> Workload {
        result(replay, hours_long, text).expect("some lines can be used")
    }

    fn events(workload: &Workload) -> [usize; 3] {
        [Event::LogOn, Event::Refresh, Event::LogOff].map(|event| count(workload, event))
    }

    fn csv(lines: &str) -> Workload {
        made(replay(ReplayFormat::Csv), 24, &format!("time,user,ip,event\n{lines}"))
    }

    /// Stays as (user, address, from, until), in seconds.
    fn stays(workload: &Workload) -> Vec<(&str, String, u64, u64)> {
        let seconds = |at: Instant| at.nanos() / 1_000_000_000;
        let stays = workload.stays.iter();
        stays
            .map(|stay| {
                let address = workload.addresses[stay.address.index()].to_string();
                (workload.users[stay.user.index()].as_str(), address, seconds(stay.start), seconds(stay.end))
            })
            .collect()
    }

    /// The numbers were counted apart from this program, by a script that applies the rules to the
    /// file: of 2,097 lines 1 has no time, 251 name accounts of `NT AUTHORITY`, `Window Manager` or
    /// `Font Driver Host`, 1,440 of the rest end in `$`. Of the 405 that remain 3 are of type 9, 37 log-ons
    /// have no address, 50 a local one. That leaves 315, of which 180 show presence and 135 end a
    /// session: 56 of those join nothing, 74 are not the last of a stay, 5 end one.
    #[test]
    fn the_real_log_is_read_as_counted_by_hand() {
        let workload = made(replay(ReplayFormat::WindowsNdjson), 24, WINDOWS);
        assert_eq!(events(&workload), [11, 169, 5]);
        assert_eq!((workload.stays.len(), workload.addresses.len()), (11, 5));
        let users: BTreeSet<&str> = workload.users.iter().map(String::as_str).collect();
        let known = ["shire\\pgustavo", "theshire\\pgustavo", "theshire\\sbeavers", "theshire\\wardog"];
        assert_eq!(users, BTreeSet::from(known));
        assert_eq!(
            workload.remarks,
            [
                "left out 1,912 of 2,097 lines: 1,440 of machine accounts, 251 of system and anonymous \
                 accounts, 74 of log-offs while the user had other sessions, 56 of log-offs that join no \
                 log-on in use, 50 with a loopback or link-local address, 37 without an address, 3 of a \
                 logon type that proves no presence, 1 without a time",
                "shortened 63 gaps longer than 10m to it, by 38786h 38m 55.587s in all",
            ]
        );
        let last = workload.updates[1].last().expect("some").occurred;
        assert!(last.nanos() / 1_000_000_000 <= 39_509);
    }

    #[test]
    fn the_part_of_the_log_with_addresses_has_no_log_offs() {
        let workload = made(replay(ReplayFormat::WindowsNdjson), 24, WINDOWS_WITH_ADDRESSES);
        assert_eq!(events(&workload), [7, 173, 0]);
        assert_eq!(workload.stays.len(), 7);
        let mut with_machines = replay(ReplayFormat::WindowsNdjson);
        with_machines.machine_accounts = true;
        let workload = made(with_machines, 48, WINDOWS_WITH_ADDRESSES);
        // 407 lines less the 4 of system accounts.
        assert_eq!(events(&workload).iter().sum::<usize>(), 403);
    }

    #[test]
    fn a_log_off_joins_its_log_on_by_host_and_id() {
        let line = |second: u32, event: Value, host: &str, id: &str, user: [&str; 2], ip: Option<&str>| {
            let time = format!("2024-03-01T08:00:{second:02}Z");
            json!({
                "@timestamp": time, "EventID": event, "Hostname": host, "TargetLogonId": id,
                "TargetUserName": user[0], "TargetDomainName": user[1], "LogonType": "3", "IpAddress": ip,
            })
            .to_string()
        };
        let on = |second, host, id, ip| line(second, json!(4624), host, id, ["Alice", "ACME.COM"], Some(ip));
        let off = |second, host, id| line(second, json!("4634"), host, id, ["alice", "acme"], None);
        let log = [
            on(0, "dc1", "0x1", "10.0.0.1"),
            on(5, "dc2", "0x1", "::ffff:10.0.0.2"),
            on(7, "dc2", "0x2", "10.0.0.2"),
            off(10, "DC1", "0x1"),
            off(20, "dc2", "0x1"),
            off(30, "dc2", "0x2"),
            off(40, "dc3", "0x2"),
            on(50, "dc3", "0x3", "10.0.0.3"),
            // The host has restarted and given the id to somebody else.
            off(55, "dc3", "0x3").replace("alice", "bob"),
        ];
        let workload = made(replay(ReplayFormat::WindowsNdjson), 1, &log.join("\n"));
        let alice = "acme\\alice";
        let wanted = [(alice, "10.0.0.1".to_owned(), 0, 10), (alice, "10.0.0.2".to_owned(), 5, 30)];
        assert_eq!(stays(&workload)[..2], wanted);
        assert_eq!(stays(&workload)[2], (alice, "10.0.0.3".to_owned(), 50, 50 + 8 * 3_600));
        assert_eq!(events(&workload), [3, 1, 2]);
        assert!(
            workload.remarks[0].contains("1 of log-offs while")
                && workload.remarks[0].contains("2 of log-offs that join")
        );
    }

    #[test]
    fn csv_follows_the_rules_of_replay() {
        let workload = csv("\
            0,ACME\\Alice,10.0.0.1,login\n\
            1m,alice@acme.com,10.0.0.1,refresh\n\
            90.5,bob,10.0.0.1,logon\n\
            2m,alice,10.0.0.1,logout\n\
            3m,,10.0.0.1,log-off\n\
            4m,carol,2001:db8::1,Log-On\n");
        let wanted = [
            ("acme\\alice", "10.0.0.1".to_owned(), 0, 90),
            ("bob", "10.0.0.1".to_owned(), 90, 180),
            ("carol", "2001:db8::1".to_owned(), 240, 240 + 8 * 3_600),
        ];
        assert_eq!(stays(&workload), wanted);
        assert_eq!(events(&workload), [3, 1, 1]);
        let off = workload.updates[1].iter().find(|update| update.event() == Event::LogOff);
        assert_eq!(off.map(|update| update.user()), Some(None));
        assert_eq!(workload.remarks, ["left out 1 of 6 lines: 1 of log-offs where the user was not"]);
    }

    #[test]
    fn long_gaps_are_shortened_and_the_order_of_lines_does_not_matter() {
        let workload = csv("\
            2024-03-02T08:00:00Z,bob,10.0.0.2,login\n\
            2024-03-01T09:00:00+01:00,alice,10.0.0.1,login\n\
            2024-03-01T08:10:00Z,alice,10.0.0.1,refresh\n");
        let occurred: Vec<Instant> = workload.updates[1].iter().map(|update| update.occurred).collect();
        let wanted = [0, 600, 1_200].map(|s| Instant::after_start(Span::from_seconds(s)));
        assert_eq!(occurred, wanted);
        assert_eq!(workload.remarks, ["shortened 1 gap longer than 10m to it, by 23h 40m in all"]);
    }

    #[test]
    fn unreadable_lines_are_named() {
        let workload =
            csv("0,alice,10.0.0.1,login\n# a remark\nnoon,bob,10.0.0.2,login\n5,bob,10.0.0.2,seen\n7\n");
        assert_eq!(
            workload.remarks,
            ["left out 3 of 4 lines: 3 unreadable; first unreadable line 4: \"noon\" is \
              neither a time such as 2024-03-01T08:00:00Z nor a span; line 5: the event \"seen\" is none of login, \
              logon, log-on, refresh, logout, logoff, log-off; line 6: no event"]
        );
        let windows =
            "time,user,ip,event\r\n0,alice,10.0.0.1,login\r\n\r\n# a remark\r\n\r\nnoon,b,10.0.0.2,login\r\n";
        let windows = made(replay(ReplayFormat::Csv), 1, windows);
        assert!(windows.remarks[0].contains("unreadable line 6: "), "{:?}", windows.remarks);
        let mixed = csv("0,alice,10.0.0.1,login\n2024-03-01T08:00:00Z,bob,10.0.0.2,login\n");
        assert!(mixed.remarks[0].contains("unreadable line 3: the time"), "{:?}", mixed.remarks);
    }

    #[test]
    fn what_is_no_log_is_a_problem() {
        let code = |format, text: &str| result(replay(format), 1, text).expect_err("no log")[0].code;
        assert_eq!(code(ReplayFormat::Csv, ""), "csv-header");
        assert_eq!(code(ReplayFormat::Csv, "0,alice,10.0.0.1,login\n"), "csv-header");
        assert_eq!(code(ReplayFormat::Csv, "time,user,ip,event\n"), "empty-log");
        assert_eq!(code(ReplayFormat::Csv, WINDOWS_WITH_ADDRESSES), "csv-header");
        assert_eq!(code(ReplayFormat::WindowsNdjson, "time,user,ip,event\n"), "empty-log");
        assert_eq!(code(ReplayFormat::WindowsNdjson, &"[".repeat(10_000)), "empty-log");
        assert_eq!(code(ReplayFormat::WindowsNdjson, &"x".repeat(70_000)), "log-too-large");
        let read = |_: &Path| Err("log: no such file".to_owned());
        let spec = Spec::Replay(vec![replay(ReplayFormat::Csv)]);
        let problems = generate(&spec, hours(1), Seed(1), &read).expect_err("no file");
        assert_eq!((problems[0].code, problems[0].fact.as_str()), ("unreadable-log", "log: no such file"));
    }

    #[test]
    fn hosts_are_shared_out_among_the_sources() {
        let mut several = replay(ReplayFormat::WindowsNdjson);
        several.sources = (1..=4).map(NodeId::new).collect();
        let workload = made(several.clone(), 24, WINDOWS);
        assert_eq!(events(&workload), [11, 169, 5]);
        assert!(workload.updates.iter().filter(|list| !list.is_empty()).count() > 1);
        let again = made(several, 24, WINDOWS);
        assert_eq!(format!("{:?}", workload.updates), format!("{:?}", again.updates));
    }

    #[test]
    fn what_lies_after_the_end_is_left_out_and_said() {
        let workload = made(replay(ReplayFormat::WindowsNdjson), 1, WINDOWS);
        let kept: usize = events(&workload).iter().sum();
        let said = format!("left out {} of 185 updates, after the end of the run", 185 - kept);
        assert!(kept < 185 && workload.remarks.contains(&said), "{:?}", workload.remarks);
    }

    fn syslog(year: Option<i16>) -> ReplayFormat {
        let profile = crate::formats::Profile::regex(
            false,
            "Service is alive",
            Some(r"duser=([a-zA-Z0-9\_]+)"),
            "dst=([A-F0-9a-f:.]+)",
        );
        let profiles = vec![profile.expect("legal")];
        ReplayFormat::Syslog(super::super::SyslogReplay { profiles, year, line_bytes_max: 2_048 })
    }

    #[test]
    fn userid_logs_are_read_in_every_form_and_what_is_not_used_is_counted() {
        let log = include_str!("../../topologies/data/userid.log");
        let workload = made(replay(ReplayFormat::UserIdLog), 24, log);
        assert_eq!(workload.users.len(), 12, "{:?}", workload.users);
        assert!(workload.users.contains(&"acme\\alice".to_owned()));
        let lines = log.lines().filter(|line| line.contains("USERID,log")).count();
        // All but the line that is cut off and log-offs after which nobody was there any more.
        let used: usize = events(&workload).iter().sum();
        assert_eq!(events(&workload)[2], 4, "four users log off");
        assert_eq!(used, lines - 1);
        let said = &workload.remarks[0];
        for part in [
            "1 of tags, groups and shared hosts",
            "1 of other logs",
            "1 unreadable; first unreadable line 23: it has 14 columns",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn syslog_lines_are_read_through_profiles_and_merged_with_documents_by_time() {
        let heartbeats = include_str!("../../topologies/data/esm-heartbeats.log");
        let portal = include_str!("../../topologies/data/guest-portal.xml");
        let replays = vec![
            Replay { file: "esm".into(), ..replay(syslog(Some(2018))) },
            Replay {
                file: "portal".into(),
                sources: vec![NodeId::new(2)],
                ..replay(ReplayFormat::UidMessage { at: None })
            },
        ];
        let read = |path: &Path| {
            Ok(if path == Path::new("esm") { heartbeats.to_owned() } else { portal.to_owned() })
        };
        let both = generate(&Spec::Replay(replays.clone()), hours(24), Seed(1), &read).expect("legal");
        check(&both, hours(24));
        let alive = heartbeats.lines().filter(|line| line.contains("alive")).count();
        assert_eq!((both.updates[1].len(), both.updates[2].len()), (alive - 1, 15));
        let stopped = "8 that no parse profile finds its event in, 1 without a user";
        assert!(
            both.remarks[0].starts_with("esm: left out 9 of ") && both.remarks[0].contains(stopped),
            "{:?}",
            both.remarks
        );
        // The portal's first document came at 08:20, the first heartbeat before.
        let first = heartbeats.lines().next().and_then(|line| line.get(11..19)).expect("a time");
        let minute: u64 = first[3..5].parse().expect("digits");
        let second: u64 = first[6..8].parse().expect("digits");
        let portal_at = both.updates[2][0].occurred.nanos() / 1_000_000_000;
        assert_eq!(portal_at, 20 * 60 - minute * 60 - second, "{first}");
        // Logins of a document before its logouts.
        let fifth: Vec<Event> = both.updates[2][3..7].iter().map(|update| update.event()).collect();
        assert_eq!(fifth, [Event::LogOn, Event::LogOn, Event::LogOn, Event::LogOff]);

        let without_year = vec![Replay { format: syslog(None), ..replays[0].clone() }, replays[1].clone()];
        let problem = generate(&Spec::Replay(without_year), hours(24), Seed(1), &read).expect_err("no year");
        assert_eq!(problem[0].code, "unlike-times");
    }

    #[test]
    fn a_document_needs_a_time_of_its_own_or_from_the_topology() {
        let document = "<uid-message><type>update</type><payload><login><entry name='a' ip='10.0.0.1'/>\n\
            <entry name='b' ip='nowhere'/></login></payload></uid-message>";
        let format = |at| replay(ReplayFormat::UidMessage { at });
        let code = |text: &str| result(format(None), 1, text).expect_err("no time")[0].code;
        assert_eq!(code(document), "no-time");
        assert_eq!(code(&format!("5\n{document}\n2024-03-01T08:00:00Z\n{document}")), "unlike-times");
        let minute = Span::from_seconds(60);
        let said = [
            "left out 1 of 2 entries: 1 unreadable; first unreadable line 2: column 1: login: \"nowhere\" is no address",
        ];
        for (at, text, line) in
            [(Some(minute), document.to_owned(), "line 2"), (None, format!("\n1m\n{document}\n2m"), "line 4")]
        {
            let workload = made(format(at), 1, &text);
            assert_eq!(workload.updates[1][0].occurred, Instant::after_start(minute));
            assert_eq!(workload.remarks, said.map(|said| said.replace("line 2", line)));
        }
    }

    /// A file whose lines have been cut, doubled, shuffled and overwritten.
    fn mutate(text: &str, edits: &[(usize, usize, u8)]) -> String {
        let mut lines: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
        for (line, column, byte) in edits {
            let (count, target) = (lines.len(), line % lines.len());
            let at = column % (lines[target].len() + 1);
            match byte % 5 {
                0 => lines[target].truncate(at),
                1 => lines[target].insert(at, *byte),
                2 => lines.swap(target, column % count),
                3 => lines.push(lines[target].clone()),
                _ => lines[target].splice(at..at, b"99999999999999999999".iter().copied()).for_each(drop),
            }
        }
        String::from_utf8_lossy(&lines.join(&b'\n')).into_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_log_makes_the_readers_panic(
            edits in prop::collection::vec((any::<usize>(), any::<usize>(), any::<u8>()), 0..40),
            is_csv in any::<bool>(),
            machine_accounts in any::<bool>(),
        ) {
            let rows = "time,user,ip,event\n0,a\\b,10.0.0.1,login\n5m,c,10.0.0.1,login\n\
                        10m,c,10.0.0.1,logout\n\
                        15m,\"d\",2001:db8::1,refresh\n1h,,2001:db8::1,logout\n";
            let start: String = WINDOWS.split_inclusive('\n').skip(300).take(60).collect();
            let (format, text) = match is_csv {
                true => (ReplayFormat::Csv, mutate(rows, &edits)),
                false => (ReplayFormat::WindowsNdjson, mutate(&start, &edits)),
            };
            let _ = result(Replay { machine_accounts, ..replay(format) }, 24, &text);
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,200}", is_csv in any::<bool>()) {
            let format = if is_csv { ReplayFormat::Csv } else { ReplayFormat::WindowsNdjson };
            let _ = result(replay(format), 24, &format!("time,user,ip,event\n{text}"));
        }
    }
}
