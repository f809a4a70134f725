//! The gate from outside: what passes, what closes it, and what it says.

mod formats;
mod lab;

use lab::{Lab, PLAIN};

/// The text of standard output and standard error.
fn said(output: &std::process::Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_longer_send_interval_of_three_sites_fails_and_undoing_it_passes() {
    let shipped = include_str!("../../topologies/three-sites.yaml");
    let lab = Lab::with("three-sites.yaml", shipped);
    let (_, told) = said(&lab.check(0, &["three-sites.yaml", "--update-baseline"]));
    assert!(told.contains("wrote three-sites.baseline.json"), "{told}");

    let slower = shipped.replace("defaults:\n", "defaults:\n  points: {announce: {interval: 10s}}\n");
    assert_ne!(slower, shipped);
    lab.write("three-sites.yaml", &slower);
    let (text, _) = said(&lab.check(1, &["three-sites.yaml"]));
    for told in [
        "the topology has changed since the baseline: defaults.points.announce.interval is new (10s)",
        "✗  fleet staleness.p50 < 10s",
        "✗  fleet change_staleness.p99",
        "allowed 1%",
        "look first: batch, ",
        "most of it from collector-1 to panorama",
    ] {
        assert!(text.contains(told), "{told} is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours in a pipe");

    lab.write("three-sites.yaml", shipped);
    let (text, _) = said(&lab.check(0, &["three-sites.yaml"]));
    assert!(text.contains("the scenario is the baseline's") && text.contains("0 breached"), "{text}");
}

#[test]
fn two_percent_of_p99_are_caught_with_three_seeds() {
    let lab = Lab::with("lab.yaml", PLAIN);
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    lab.write("lab.yaml", &PLAIN.replace("latency: 500ms", "latency: 510ms"));
    let verdict = lab.verdict(1, &["lab.yaml"]);
    let p99 = lab::metric(&verdict, "fleet", "staleness.p99");
    let change: f64 = p99["change_mean"].to_string().parse().expect("a number");
    assert!((0.018..0.021).contains(&change), "{p99}");
    assert_eq!((&p99["held"], &p99["tolerance"]), (&false.into(), &"1%".into()));
    assert_eq!(verdict["files"][0]["seeds"].as_array().map(Vec::len), Some(3));
    // Within the tolerance nothing is said, and what got faster does not close the gate.
    for latency in ["502ms", "450ms"] {
        lab.write("lab.yaml", &PLAIN.replace("latency: 500ms", &format!("latency: {latency}")));
        assert_eq!(lab.verdict(0, &["lab.yaml"])["held"], true);
    }
    let text = said(&lab.check(0, &["lab.yaml"])).0;
    assert!(text.contains("better by more than that; --update-baseline keeps it"), "{text}");
}

#[test]
fn a_declared_rename_is_silent_and_an_undeclared_one_is_two_nodes() {
    let lab = Lab::with("lab.yaml", PLAIN);
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    let renamed = |was: &str| {
        PLAIN
            .replace("fw-two: {site: branch", &format!("fw-new: {{site: branch{was}"))
            .replace(
                "uid-agent: {site: hq",
                &format!("collector: {{site: hq{was}").replace("fw-two", "uid-agent"),
            )
            .replace("upstreams: [uid-agent]", "upstreams: [collector]")
            .replace("to: [uid-agent]", "to: [collector]")
    };
    lab.write("lab.yaml", &renamed(", was: fw-two"));
    let verdict = lab.verdict(0, &["lab.yaml"]);
    let baseline = &verdict["files"][0]["baseline"];
    for nothing in ["changes", "gone", "new"] {
        assert_eq!(baseline[nothing], serde_json::json!([]), "{nothing}");
    }
    let metrics = baseline["metrics"].as_array().expect("metrics");
    assert!(metrics.iter().all(|metric| metric["before"] == metric["after"]), "the streams have moved");
    assert!(metrics.iter().any(|metric| metric["name"] == "fw-new"));

    lab.write("lab.yaml", &renamed(""));
    let (text, _) = said(&lab.check(0, &["lab.yaml"]));
    for told in [
        "gone, in the baseline only: fw-two",
        "new, not in the baseline and not compared: fw-new",
        "was: OLD",
    ] {
        assert!(text.contains(told), "{told} is missing in\n{text}");
    }
    // A new baseline keeps the row under its first name, and the file still tells it.
    lab.write("lab.yaml", &renamed(", was: fw-two"));
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    let verdict = lab.verdict(0, &["lab.yaml"]);
    assert_eq!(verdict["files"][0]["baseline"]["gone"], serde_json::json!([]));
    assert!(lab.read("lab.baseline.json").contains("\"fw-two\": {"));
}

#[test]
fn names_that_change_hands_are_no_trap() {
    let two = |one: &str, other: &str| {
        PLAIN.replace("fw-one: {site: branch,", one).replace(
            "fw-two: {site: branch, upstreams: [uid-agent]}",
            &format!("{other} upstreams: [{{from: uid-agent, mode: poll, interval: 5s}}]}}"),
        )
    };
    let lab = Lab::with("lab.yaml", &two("fw-one: {site: branch,", "fw-two: {site: branch,"));
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    for other in ["fw-one: {was: fw-two, site: branch,", "fw-three: {was: fw-two, site: branch,"] {
        lab.write("lab.yaml", &two("fw-two: {was: fw-one, site: branch,", other));
        let verdict = lab.verdict(0, &["lab.yaml"]);
        let metrics = verdict["files"][0]["baseline"]["metrics"].as_array().expect("metrics");
        assert!(metrics.iter().all(|metric| metric["before"] == metric["after"]), "{other}");
        assert_eq!(metrics.iter().filter(|metric| metric["name"] == "fw-two").count(), 2);
    }
    for (one, other) in [
        ("fw-one: {site: branch,", "fw-two: {was: fw-one, site: branch,"),
        ("fw-a: {was: fw-x, site: branch,", "fw-b: {was: fw-x, site: branch,"),
        ("fw-one: {was: fleet, site: branch,", "fw-two: {site: branch,"),
        ("fw-one: {was: \"fw-{m}\", site: branch,", "fw-two: {site: branch,"),
    ] {
        lab.write("lab.yaml", &two(one, other));
        let told = said(&lab.check(2, &["lab.yaml"])).1;
        let facts = ["and so is, or was", "`fleet` stands for", "is no name"];
        assert!(facts.iter().any(|fact| told.contains(fact)), "{told}");
    }
}

#[test]
fn the_seed_that_is_judged_is_told_beside_the_mean() {
    let lab = Lab::with("lab.yaml", &format!("{PLAIN}baseline: {{fleet: {{staleness.p99: \"1%\"}}}}\n"));
    // Without a baseline beside it the gate must not stand open.
    let told = said(&lab.check(2, &["lab.yaml"])).1;
    assert!(told.contains("has a `baseline:`, but there is no lab.baseline.json"), "{told}");
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    // Only the second seed was faster then than it is now; numbers as other programs write them.
    let kept = lab.read("lab.baseline.json");
    let line = kept.lines().find(|line| line.contains("staleness.p99")).expect("a row").to_owned();
    let list = line.split(['[', ']']).nth(1).expect("a list");
    let values: Vec<f64> = list.split(", ").map(|value| value.parse().expect("a number")).collect();
    let [one, two, three] = [values[0] * 1.2, values[1] / 1.1, values[2] * 1.2];
    lab.write("lab.baseline.json", &kept.replace(list, &format!("{one:e}, {two:e}, {three}")));
    let text = said(&lab.check(1, &["lab.yaml"])).0;
    let row = text.lines().find(|line| line.contains('✗')).expect("a breach");
    assert!(row.contains("+10.0 %") && row.contains("seed 2") && row.contains("mean of 3 seeds -"), "{row}");
    let verdict = lab.verdict(1, &["lab.yaml"]);
    let values = &lab::metric(&verdict, "fleet", "staleness.p99")["values"];
    assert_eq!(values.as_array().map(Vec::len), Some(3));
}

#[test]
fn the_worst_seed_of_an_expectation_is_the_one_that_is_told() {
    let lab = Lab::with("lab.yaml", &format!("{PLAIN}expect: {{fleet: {{staleness.max: \"< 1h\"}}}}\n"));
    let longest = |seed: &str| {
        lab.run("run", 0, &["lab.yaml", "--quiet", "--seed", seed, "--json", "r.json"]);
        let report: serde_json::Value = serde_json::from_str(&lab.read("r.json")).expect("a report");
        report["fleet"]["staleness_seconds"]["max"].as_f64().expect("a number")
    };
    let all = ["1", "2", "3"].map(longest);
    let expected = lab.verdict(0, &["lab.yaml"])["files"][0]["expectations"][0].clone();
    assert_eq!(expected["measured"].as_f64(), Some(all.iter().copied().fold(0.0, f64::max)));
    let seed = expected["seed"].as_u64().and_then(|seed| usize::try_from(seed).ok()).expect("a seed");
    assert_eq!(expected["measured"].as_f64(), Some(all[seed - 1]));
}

#[test]
fn what_would_mix_up_files_is_refused() {
    let lab = Lab::with("lab.yaml", PLAIN);
    lab.write("lab.yml", PLAIN);
    assert!(said(&lab.check(2, &["lab.yaml", "lab.yml"])).1.contains("would share one baseline"));
    assert!(said(&lab.check(2, &["lab.yaml", "lab.yaml"])).1.contains("would share one baseline"));
    let told = said(&lab.check(2, &["lab.yaml", "--update-baseline", "--set", "duration=1m"])).1;
    assert!(told.contains("a baseline is of the file as it stands"), "{told}");
    let told = said(&lab.check(2, &["lab.yaml", "--json", "out", "--junit", "out"])).1;
    assert!(told.contains("two outputs cannot share the file out"), "{told}");
    lab.write("lab.yaml", &format!("{PLAIN}baseline: {{fleet: {{}}}}\n"));
    assert!(said(&lab.check(2, &["lab.yaml"])).1.contains("names no metric of `fleet`"));
}

#[test]
fn every_verdict_is_the_same_with_any_number_of_threads() {
    let lab = Lab::with("lab.yaml", PLAIN);
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    lab.write("lab.yaml", &PLAIN.replace("latency: 500ms", "latency: 600ms"));
    let mut seen = std::collections::BTreeSet::new();
    for threads in ["1", "2", "3", "4"] {
        let arguments =
            ["lab.yaml", "--threads", threads, "--junit", "j.xml", "--markdown", "m.md", "--json", "v.json"];
        let text = said(&lab.check(1, &arguments)).0;
        seen.insert([text, lab.read("j.xml"), lab.read("m.md"), lab.read("v.json")]);
    }
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_baseline_that_does_not_fit_is_bad_input_and_says_how_to_renew_it() {
    let lab = Lab::with("lab.yaml", PLAIN);
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    let good = lab.read("lab.baseline.json");
    for (bad, why) in [
        (good.replace("\"schema_version\": 1", "\"schema_version\": 2"), "has schema_version 2"),
        (good.replace("\"seeds\": [1, 2, 3]", "\"seeds\": [7, 8, 9]"), "none of which this check runs"),
        (good.replace("\"seeds\": [1, 2, 3]", "\"seeds\": [1, 1, 3]"), "has no seed, one twice"),
        (
            good.replace("staleness.p99", "staleness.p98"),
            "has no `staleness.p99` of anything that `fleet` names",
        ),
        (good[..good.len() / 2].to_owned(), "is no baseline"),
        (
            good.replace("\"consistency.mean\": [", "\"consistency.mean\": [0.5, "),
            "needs a number or null for each seed",
        ),
    ] {
        assert_ne!(bad, good, "{why}");
        lab.write("lab.baseline.json", &bad);
        let (stdout, stderr) = said(&lab.check(2, &["lab.yaml"]));
        assert!(stderr.contains(why) && stderr.contains("--update-baseline` writes it anew"), "{stderr}");
        assert!(stdout.is_empty());
    }
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    assert_eq!(lab.read("lab.baseline.json"), good);
    // A seed more than the baseline has is run and not compared.
    let (text, _) = said(&lab.check(0, &["lab.yaml", "--seeds", "4"]));
    assert!(text.contains("not in the baseline and not compared: seed 4"), "{text}");
}

#[test]
fn tolerances_of_the_file_replace_the_usual_ones() {
    let lab = Lab::with("lab.yaml", &format!("{PLAIN}baseline:\n  fleet: {{staleness.p99: \"50ms\"}}\n"));
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    assert_eq!(lab.read("lab.baseline.json").matches("staleness").count(), 1);
    for (latency, code) in [("540ms", 0), ("560ms", 1)] {
        let set = format!("links.wan.latency={latency}");
        let text = said(&lab.check(code, &["lab.yaml", "--set", &set])).0;
        assert!(text.contains(&format!("links.wan.latency 500ms → {latency}")), "{text}");
    }
}

#[test]
fn a_table_is_asked_for_one_address_at_one_instant() {
    let log = "time,user,ip,event\n2026-01-05T09:00:00Z,alice,10.1.2.3,logon\n2026-01-05T09:30:00Z,bob,10.1.2.3,logon\n";
    let lab = Lab::with("log.csv", log);
    let asked = |user: &str| {
        lab::REPLAY.to_owned()
            + "expect_at:\n  - {at: 08:00, node: fw-one, ip: 10.1.2.3, unknown: true}\n"
            + &format!("  - {{at: 08:20:00, node: \"fw-*\", ip: 10.1.2.3, user: {user}}}\n")
            + "  - {at: 08:20:00, node: fw-one, ip: 10.9.9.9, unknown: true}\n"
    };
    lab.write("unit.yaml", &asked("alice"));
    let text = said(&lab.check(0, &["unit.yaml"])).0;
    assert!(text.contains("✓  fw-one at 08:20: 10.1.2.3 is alice"), "{text}");
    assert!(text.contains("4 judged: 4 held"), "{text}");
    lab.write("unit.yaml", &asked("bob"));
    let text = said(&lab.check(1, &["unit.yaml"])).0;
    assert!(
        text.contains("✗  fw-two at 08:20: 10.1.2.3 is bob") && text.contains("the table says alice"),
        "{text}"
    );
    let entry = &lab.verdict(1, &["unit.yaml"])["files"][0]["entries"][1];
    assert_eq!((&entry["expected"], &entry["found"]), (&"bob".into(), &"alice".into()));
}

#[test]
fn many_files_and_folders_are_judged_together_and_bad_ones_are_all_told_first() {
    let lab = Lab::with("good.yaml", PLAIN);
    lab.write("more.yml", &format!("{PLAIN}expect:\n  fleet: {{staleness.max: \"< 1ms\"}}\n"));
    lab.write("notes.txt", "no topology");
    let verdict = lab.verdict(1, &["."]);
    let held: Vec<(String, bool)> = verdict["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| (file["file"].as_str().expect("a name").to_owned(), file["held"] == true))
        .collect();
    assert_eq!(held, [("./good.yaml".to_owned(), true), ("./more.yml".to_owned(), false)]);
    let text = said(&lab.check(0, &["good.yaml"])).0;
    assert!(text.contains("nothing is judged: the file has no `expect:`"), "{text}");

    lab.write("bad-1.yaml", "sites: {hq: {}}\nfirewals: {}\n");
    lab.write("bad-2.yaml", &PLAIN.replace("latency: 500ms", "latency: soon"));
    let (stdout, stderr) = said(&lab.check(2, &[".", "--junit", "check.xml"]));
    assert!(stderr.contains("firewals") && stderr.contains("soon"), "{stderr}");
    assert!(stdout.is_empty() && !lab.path("check.xml").exists());
    lab.check(2, &["nowhere.yaml"]);
    lab.check(2, &[]);
    std::fs::create_dir(lab.path("empty")).expect("a folder");
    assert!(said(&lab.check(2, &["empty"])).1.contains("there is no .yaml file in the folder"));
}

#[test]
fn bad_lines_of_the_gate_are_told_with_their_place() {
    let lab = Lab::with(
        "lab.yaml",
        &format!(
            "{PLAIN}baseline:\n  fleet: {{staleness.p99: soon, consistency.mean: \"1ms\"}}\n  fw-nine: {{staleness.p99: \"1%\"}}\n\
             expect_at:\n  - {{at: \"10:00\", node: fw-one, ip: 10.1.2.3}}\n  - {{at: \"10:00\", node: nobody, ip: 10.1.2.3, user: a}}\n  \
             - {{at: \"10:00\", node: fw-one, ip: here, user: a}}\n"
        ),
    );
    let (_, told) = said(&lab.check(2, &["lab.yaml"]));
    for fact in [
        "\"soon\"",
        "\"1ms\" is no tolerance of a share",
        "there is no node `fw-nine`",
        "neither which `user` is expected nor that he is `unknown`",
        "there is no node `nobody` with a user table",
        "\"here\" is no address",
    ] {
        assert!(told.contains(fact), "{fact} is missing in\n{told}");
    }
}

#[test]
fn sides_are_compared_run_for_run_and_saved_reports_too() {
    let lab = Lab::with("now.yaml", PLAIN);
    lab.write("then.yaml", &PLAIN.replace("latency: 500ms", "latency: 1s"));
    let (text, _) = said(&lab.run("compare", 0, &["now.yaml", "then.yaml"]));
    let p99 = text.lines().find(|line| line.contains("staleness.p99")).expect("a row");
    assert!(p99.contains("+98.") || p99.contains("+99"), "{p99}");
    lab.run("run", 0, &["now.yaml", "--quiet", "--json", "now.json"]);
    lab.run("run", 0, &["then.yaml", "--quiet", "--seed", "9", "--json", "then.json"]);
    let (text, _) = said(&lab.run("compare", 0, &["now.json", "then.json", "--metric", "staleness.*"]));
    assert!(text.contains("have no seed in common") && !text.contains("consistency"), "{text}");
    let (csv, _) = said(&lab.run("compare", 0, &["now.json", "then.json", "--csv", "-"]));
    assert!(
        csv.starts_with("metric,side,mean,change_mean,change_half_width\nconsistency.mean,now.json,"),
        "{csv}"
    );
    lab.write("other.yaml", &PLAIN.replace("gap: 300ms", "gap: 400ms"));
    let (text, _) =
        said(&lab.run("compare", 0, &["now.yaml", "other.yaml", "--seeds", "1", "--markdown", "-"]));
    assert!(text.contains("is given another task than now.yaml: workload"), "{text}");
    // A topology beside a report runs with the report's seed, so that runs are paired.
    let (text, _) = said(&lab.run("compare", 0, &["then.json", "now.yaml"]));
    assert!(text.contains("now.yaml  lab, seed 9") && !text.contains("note:"), "{text}");
    assert!(
        said(&lab.run("compare", 2, &["now.json", "then.json", "--seed", "3"])).1.contains("are run already")
    );
    lab.write("broken.json", "{\"schema_version\": 1}");
    assert!(said(&lab.run("compare", 2, &["now.json", "broken.json"])).1.contains("is no report"));
    lab.run("compare", 2, &["now.json"]);
    assert!(
        said(&lab.run("compare", 2, &["now.json", "then.json", "--metric", "x"])).1.contains("no metric")
    );
}

#[test]
fn an_interrupted_check_judges_what_was_finished_and_says_so() {
    let lab = Lab::with(
        "lab.yaml",
        &PLAIN.replace("duration: 2m", "duration: 30d").replace("window: 10s", "window: 1h"),
    );
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_uidsim"));
    program.args(["check", "lab.yaml", "--seeds", "2", "--junit", "check.xml"]).current_dir(lab.path(""));
    let child = program.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(said(&output).0.contains("interrupted: only finished runs are judged"));
    assert!(lab.read("check.xml").contains("<error message=\"interrupted"));
}
