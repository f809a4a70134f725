//! SARIF 2.1.0: concerns for code-scanning pages. Source: OASIS, "Static Analysis Results Interchange Format".

use serde::Serialize;

use super::Concern;
use super::about::{about, link};
use super::listed::Linted;
use crate::problem::{Place, Problem, position};
use crate::topology::Rule;

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'a str,
    invocations: [Invocation; 1],
    results: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    version: &'a str,
    information_uri: &'a str,
    rules: Vec<RuleRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleRow<'a> {
    id: &'a str,
    short_description: Message,
    help: Message,
    help_uri: String,
    default_configuration: Configuration<'a>,
}

#[derive(Serialize)]
struct Configuration<'a> {
    level: &'a str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRow<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'a str,
    message: Message,
    locations: [Location; 1],
    suppressions: Vec<Suppression<'a>>,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'a str,
    justification: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// All concerns of these files; allowed ones are suppressed, and files that are no topologies are notifications.
#[must_use]
pub fn sarif(files: &[Linted]) -> String {
    let notifications =
        files.iter().flat_map(|linted| linted.problems().iter().map(|problem| notification(linted, problem)));
    let results =
        files.iter().flat_map(|linted| linted.concerns().iter().map(|concern| result(linted, concern)));
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver() },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: files.iter().all(|linted| linted.outcome.is_ok()),
                tool_execution_notifications: notifications.collect(),
            }],
            results: results.collect(),
        }],
    };
    serde_json::to_string_pretty(&log).expect("plain data becomes JSON") + "\n"
}

fn message(text: impl Into<String>) -> Message {
    Message { text: text.into() }
}

fn driver() -> Driver<'static> {
    let rule = |rule: &Rule| {
        let about = about(*rule);
        RuleRow {
            id: rule.id(),
            short_description: message(about.says),
            help: message(about.advice),
            help_uri: format!("{}/blob/main/{}", env!("CARGO_PKG_REPOSITORY"), link(*rule)),
            default_configuration: Configuration { level: about.severity.word() },
        }
    };
    Driver {
        name: "uidsim",
        version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: Rule::ALL.iter().map(rule).collect(),
    }
}

fn notification(linted: &Linted, problem: &Problem) -> Notification {
    let locations = [location(linted, problem.place.unwrap_or_default())];
    Notification { level: "error", message: message(problem.to_string()), locations }
}

fn result<'a>(linted: &Linted, concern: &'a Concern) -> ResultRow<'a> {
    let allowed = concern.allowed.as_deref();
    ResultRow {
        rule_id: concern.rule.id(),
        rule_index: Rule::ALL.iter().position(|rule| *rule == concern.rule).expect("every rule is listed"),
        level: concern.severity().word(),
        message: message(format!("{} ({})", concern.says(), about(concern.rule).says)),
        locations: [location(linted, concern.place)],
        suppressions: allowed
            .map(|justification| Suppression { kind: "inSource", justification })
            .into_iter()
            .collect(),
    }
}

fn location(linted: &Linted, place: Place) -> Location {
    let begin = position(&linted.text, place.offset);
    let end = position(&linted.text, place.offset + place.len);
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(&linted.file) },
            region: Region {
                start_line: begin.line,
                start_column: begin.column,
                end_line: end.line,
                end_column: end.column,
            },
        },
    }
}

/// The file's name as a URI: relative where the name is, with everything escaped that a path segment may not hold.
fn uri(file: &str) -> String {
    let slashed = if cfg!(windows) { file.replace('\\', "/") } else { file.to_owned() };
    let path = slashed.strip_prefix("./").unwrap_or(&slashed);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_name_becomes_a_uri() {
        assert_eq!(uri("./topologies/three-sites.yaml"), "topologies/three-sites.yaml");
        assert_eq!(uri("my files/täglich 50%.yaml"), "my%20files/t%C3%A4glich%2050%25.yaml");
        assert_eq!(uri("/tmp/a:b.yaml"), "file:///tmp/a%3Ab.yaml");
    }
}
