//! Read: from text to drafts. The steps before anything is resolved, in their order.
//!
//! Knows text, overrides and the schema. Must not know what names refer to.

use super::check::check;
use super::decode::decode;
use super::draft::General;
use super::draft::node::Cast;
use super::draft::value::Both;
use super::schema::checked;
use super::tree::{Tree, Value};
use super::{layers, yaml};
use crate::problem::{Place, Problem};

/// What a person typed.
pub struct Drafts {
    /// Everything besides the nodes.
    pub general: General,
    /// The nodes.
    pub cast: Cast,
    /// The file as typed, with the overrides put in.
    pub typed: Tree,
    /// Whether sites and links stand as typed, with nothing cut away for a problem.
    pub links_whole: bool,
}

/// The drafts of a text under `--set` overrides, and every problem of form. No drafts when the text is not
/// YAML at all.
pub fn read(text: &str, overrides: &[(String, String)]) -> (Option<Drafts>, Vec<Problem>) {
    let mut tree = match yaml::read(text) {
        Ok(tree) => tree,
        Err(problem) => return (None, vec![problem]),
    };
    if !matches!(tree.value, Value::Map(_)) {
        let fact = format!("a topology is a map of keys and values, and this is {}", tree.describe());
        let hint = "`uidsim init` writes a topology to start from".to_owned();
        return (None, vec![Problem { code: "wrong-type", fact, hint, place: Some(Place::default()) }]);
    }
    tree.place = Place::default();
    let root = checked();
    let mut problems = Vec::new();
    for (number, (path, value)) in overrides.iter().enumerate() {
        problems.extend(layers::set(root, &mut tree, number, path, value).err());
    }
    let typed = tree.clone();
    problems.extend(check_defaults(&mut tree));
    problems.extend(layers::lay_defaults(&mut tree).err());
    problems.extend(check(root, root, &mut tree, false));
    if let Value::Map(entries) = &mut tree.value {
        entries.retain(|(key, _)| key.text != "defaults");
    }
    problems.dedup();
    let links_whole = !problems
        .iter()
        .any(|p| ["`links", "`sites", "`defaults.links", "the file"].iter().any(|at| p.fact.contains(at)));
    let problems = relocated(problems, overrides);
    match decode::<Both<General, Cast>>(&tree) {
        Ok(Both(general, cast)) => (Some(Drafts { general, cast, typed, links_whole }), problems),
        Err(fact) if problems.is_empty() => {
            let hint = "this is a fault of uidsim's own schema; please report it".to_owned();
            (None, vec![Problem { code: "decode", fact, hint, place: None }])
        }
        Err(_) => (None, problems),
    }
}

/// The problems as the reader of a command line sees them, where they lie in an override.
#[must_use]
pub fn relocated(problems: Vec<Problem>, overrides: &[(String, String)]) -> Vec<Problem> {
    problems.into_iter().map(|problem| layers::relocate(problem, overrides)).collect()
}

/// Problems under `defaults:` are found once, before they are laid under every entry.
fn check_defaults(tree: &mut Tree) -> Vec<Problem> {
    let schema = &checked()["properties"]["defaults"];
    let Value::Map(entries) = &mut tree.value else { return Vec::new() };
    let Some((key, defaults)) = entries.iter_mut().find(|(key, _)| key.text == "defaults") else {
        return Vec::new();
    };
    let mut whole = Tree { place: key.place, value: Value::Map(vec![(key.clone(), defaults.clone())]) };
    let around = serde_json::json!({ "type": "object", "properties": { "defaults": schema } });
    let problems = check(checked(), &around, &mut whole, true);
    *defaults =
        whole.get("defaults").cloned().unwrap_or(Tree { place: key.place, value: Value::Map(Vec::new()) });
    problems
}
