//! Pages in a real browser, and captures in a real dissector. Ignored where neither is installed by default: `.ci/run` installs
//! them and runs these tests.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn uidsim(arguments: &[&str]) {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    let status = command.current_dir(ROOT).env_remove("RUST_LOG").args(arguments).status().expect("it runs");
    assert!(status.success(), "{arguments:?}");
}

/// Fails with what to do where something that the test needs is not there.
fn needs(program: &str, argument: &str, how: &str) {
    let found = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    assert!(found, "this test needs {program}; {how}");
}

#[test]
#[ignore = "needs Chromium, Node and playwright-core: scripts/page/install.sh"]
#[expect(clippy::print_stdout, reason = "how soon pages are interactive is worth seeing, held or not")]
fn pages_work_in_a_real_browser() {
    let how = "scripts/page/install.sh installs it";
    needs("node", "--version", how);
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    assert!(Path::new(&chromium).exists(), "this test needs {chromium}; {how}, or CHROMIUM names another");
    let driver = Path::new(ROOT).join("scripts/page/node_modules/playwright-core");
    assert!(driver.exists(), "this test needs playwright-core; {how}");

    let folder = tempfile::tempdir().expect("a folder");
    let page = |name: &str| folder.path().join(name).to_str().expect("a path in text").to_owned();
    let [run, large, check, compare, knee, levels, listed] =
        ["run", "large", "check", "compare", "knee", "levels", "listed"]
            .map(|name| page(&format!("{name}.html")));
    let odd = "faults=[{name: '<script>alert(1)</script>', at: 10m, for: 5m, link_down: wan-berlin}]";
    let three_sites = "topologies/three-sites.yaml";
    uidsim(&["run", three_sites, "--set", odd, "--set", "expect={}", "--html", &run, "--quiet"]);
    let short = ["--duration", "10m", "--set", "faults=[]", "--quiet"];
    uidsim(&[&["run", "topologies/global-10k.yaml", "--html", &large], short.as_slice()].concat());
    let saved = page("saved.json");
    uidsim(&["run", "topologies/direct.yaml", "--json", &saved, "--series", "--quiet"]);
    uidsim(&["check", "topologies/direct.yaml", "--seeds", "2", "--html", &check, "--quiet"]);
    uidsim(&[
        "compare",
        "topologies/direct.yaml",
        "topologies/agent-push.yaml",
        &saved,
        "--seeds",
        "2",
        "--html",
        &compare,
        "--quiet",
    ]);
    // A knee with theory beside it and changes ranked; more levels than curves can be told apart; a list with names that are markup.
    let search = [
        "--vary",
        "workload.arrivals.gap.exponential=11ms..40ms:5",
        "--until",
        "fleet staleness.mean < 20ms",
    ];
    let changes = [
        "--what-if",
        "workload.arrivals.gap.exponential=30ms",
        "--what-if",
        "name=<script>alert(1)</script>",
    ];
    let file = ["plan", "topologies/theory/mm1-age.yaml", "--duration", "3m", "--html", &knee, "--quiet"];
    uidsim(&[&file[..], &search, &changes].concat());
    let short = ["plan", "topologies/direct.yaml", "--duration", "10m", "--seeds", "2", "--quiet"];
    let axes =
        ["--vary", "defaults.firewalls.timeout=1m..10m:9", "--vary", "links.wan.latency=20ms..220ms:9:log"];
    uidsim(&[&short[..], &axes, &["--html", &levels]].concat());
    let axes =
        ["--vary", "name=<script>alert(1)</script>,plain", "--vary", "defaults.firewalls.timeout=1m,5m,9m"];
    uidsim(&[&short[..], &axes, &["--html", &listed]].concat());
    assert!(std::fs::metadata(&large).expect("a page").len() < 5_000_000);

    let shots = std::env::var("SHOTS").unwrap_or_else(|_| page("shots"));
    std::fs::create_dir_all(&shots).expect("a folder");
    let look = Path::new(ROOT).join("scripts/page/look.mjs");
    let output = Command::new("node")
        .arg(look)
        .args(["--shots", &shots, &run, &large, &check, &compare, &knee, &levels, &listed])
        .env("CHROMIUM", chromium)
        .output()
        .expect("node runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
}

/// As docs/exports.md says it.
#[test]
#[ignore = "needs tshark: scripts/page/install.sh"]
fn wireshark_dissects_a_capture_with_the_shipped_proto() {
    needs("tshark", "--version", "scripts/page/install.sh installs it");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wan.pcapng");
    let file = file.to_str().expect("a path in text");
    let short = ["--duration", "2h", "--set", "faults=[]", "--set", "expect={}", "--quiet"];
    let capture = ["run", "topologies/three-sites.yaml", "--pcapng", file, "--capture", "wan-berlin"];
    uidsim(&[capture.as_slice(), short.as_slice()].concat());
    let paths = format!("uat:protobuf_search_paths:\"{ROOT}/proto\",\"TRUE\"");
    let script = format!("lua_script:{ROOT}/proto/uidsim.lua");
    let fields = |filter: &str, field: &str| {
        let output = Command::new("tshark")
            .args([
                "-r", file, "-X", &script, "-o", &paths, "-N", "n", "-Y", filter, "-T", "fields", "-e", field,
            ])
            .output()
            .expect("tshark runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let names = fields("protobuf.field.name == \"mappings\"", "protobuf.field.name");
    assert!(names.contains("user") && names.contains("timestamp") && names.contains("route"), "{names}");
    let hosts = fields("uidsim", "ip.src_host");
    assert!(hosts.contains("panorama") && hosts.contains("fw-berlin-1"), "names of nodes are not resolved");
    let wrong = fields("_ws.malformed || _ws.expert.severity == error", "frame.number");
    assert!(wrong.trim().is_empty(), "malformed frames: {wrong}");
}
