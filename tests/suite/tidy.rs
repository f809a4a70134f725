//! The house stands: rooms import only downward, files say what they are, words stay where they belong.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the ground up; a room imports only from rooms before it.
const ROOMS: [&str; 25] = [
    "units", "ids", "random", "problem", "ports", "mapping", "formats", "engine", "wire", "workload",
    "roles", "topology", "scenario", "lint", "assemble", "observe", "scan", "simulate", "report", "gate",
    "capacity", "page", "live", "cli", "main",
];

/// Imports that the order above would allow and the plan does not: (room, must not know).
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("engine", &["formats", "mapping", "problem"]),
    ("formats", &["ids", "mapping", "random"]),
    ("workload", &["mapping", "engine", "wire"]),
    ("cli", &["engine", "roles", "wire"]),
];

/// Words that the machine must not speak.
const UNSPOKEN: [&str; 8] =
    ["firewall", "panorama", "yaml", "mapping::", "agent", "collector", "log-on", "topology"];

/// Lines of a file before its inline tests. Source: style.md, "Size".
const BODY_LINES_MAX: usize = 400;
const COLUMNS_MAX: usize = 130;

struct File {
    path: PathBuf,
    room: String,
    text: String,
}

impl File {
    fn body(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]").map(|(i, l)| (i + 1, l))
    }
}

fn files_under(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files_under(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

fn source_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files_under(&root, &mut paths);
    paths.sort();
    let file = |path: PathBuf| {
        let inner = path.strip_prefix(&root).expect("below src").to_path_buf();
        let first = inner.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a readable file");
        File { room: first.trim_end_matches(".rs").to_owned(), path, text }
    };
    paths.into_iter().map(file).filter(|file| file.room != "lib").collect()
}

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// Rooms named by `crate::room` anywhere in a file's code.
fn imports(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in
        file.text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
    {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let groups = rest.strip_prefix('{').map(|inner| inner.split('}').next().unwrap_or(inner));
            let names: Vec<&str> = groups.map_or_else(|| vec![rest], |inner| inner.split(", ").collect());
            for name in names {
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                found.push((number + 1, name[..end].to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_room_imports_only_from_rooms_below_it() {
    let mut broken = Vec::new();
    for file in source_files() {
        let Some(own) = floor(&file.room) else {
            broken.push(format!("{} is in no listed room", file.path.display()));
            continue;
        };
        for (line, room) in imports(&file) {
            let forbidden = FORBIDDEN.iter().any(|(r, not)| *r == file.room && not.contains(&room.as_str()));
            let upward = floor(&room).is_none_or(|floor| floor > own);
            if upward || forbidden {
                broken.push(format!("{}:{line}: {} must not import {room}", file.path.display(), file.room));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_is_read_in_one_sitting() {
    let mut broken = Vec::new();
    for file in source_files() {
        if !file.text.starts_with("//!") {
            broken.push(format!("{}: does not open with //!", file.path.display()));
        }
        let lines = file.body().count();
        if lines > BODY_LINES_MAX {
            broken.push(format!("{}: {lines} lines before its tests", file.path.display()));
        }
        for (number, line) in file.body().filter(|(_, line)| line.chars().count() > COLUMNS_MAX) {
            broken.push(format!("{}:{number}: {} columns", file.path.display(), line.len()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_machine_does_not_speak_of_the_domain() {
    let mut broken = Vec::new();
    for file in source_files().into_iter().filter(|file| file.room == "engine") {
        for (number, line) in file.body() {
            let spoken = line.to_lowercase();
            let named = line.contains("Must not know") || line.contains("must not know");
            for word in UNSPOKEN.iter().filter(|word| !named && spoken.contains(**word)) {
                broken.push(format!("{}:{number}: speaks of {word:?}", file.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_one_module_names_a_yaml_crate() {
    let naming = |file: &File| {
        let code = file.body().filter(|(_, line)| !line.trim_start().starts_with("//"));
        code.map(|(_, line)| line).any(|line| line.contains("serde_saphyr") || line.contains("serde_yaml"))
    };
    let found: Vec<PathBuf> = source_files().into_iter().filter(naming).map(|file| file.path).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("topology/yaml.rs"), "{found:?}");
}
