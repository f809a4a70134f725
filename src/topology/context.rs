//! Context: what every step of resolving shares: the problems found so far, the names declared, and the
//! way to read a file that the topology names.
//!
//! Must not know what a step resolves, and never touches the disk itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::draft::distribution::DistributionDraft;
use super::draft::value::{At, Written};
use super::names::{self, Vars};
use super::places::Places;
use crate::formats::Profile;
use crate::ids::{LabelId, LinkId, NodeId, SiteId};
use crate::problem::{PROBLEMS_MAX, Place, Problem};
use crate::random::{Distribution, Empirical};
use crate::units::Span;

/// How a step reads a file: the door knows the disk, rooms do not.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<String, String>;

/// Lines of an empirical distribution's file; more tell nothing new.
const EMPIRICAL_LINES_MAX: usize = 1_000_000;

/// What groups may expand to in all, in parts: a network or port is one, a session ten. Ten sessions for each
/// of 200,000 nodes; about half a gigabyte.
const PARTS_MAX: u64 = 20_000_000;
/// Problems that get a hint with the nearest name.
const HINTS_MAX: usize = 100;
/// Names searched for the nearest.
const HINT_NAMES_MAX: usize = 5_000;

/// What every step of resolving shares.
pub struct Context<'a> {
    /// Found so far.
    pub problems: Vec<Problem>,
    /// What was said of which place, so that a group of 200 says it once.
    said: BTreeSet<(Place, &'static str)>,
    read: ReadFile<'a>,
    folder: PathBuf,
    /// Digest of every file read, for the scenario's hash.
    files: Sha256,
    /// Sites by name.
    pub sites: BTreeMap<String, SiteId>,
    /// Nodes by name; groups and pairs by theirs.
    pub nodes: BTreeMap<String, Vec<NodeId>>,
    /// Links by name.
    pub links: BTreeMap<String, LinkId>,
    /// Syslog parse profiles by name.
    pub profiles: BTreeMap<String, Profile>,
    /// Those that are declared and cannot be used, which has been said.
    pub broken_profiles: BTreeSet<String>,
    /// Single nodes that a pattern was expanded to: where the pattern stands, the node, its numbers.
    pub expanded: BTreeMap<Place, Vec<(NodeId, Vars)>>,
    /// Where the file says what was resolved.
    pub places: Places,
    /// Tags, hosts and devices, in `LabelId` order.
    pub labels: Vec<String>,
    /// How many addresses the dataplane of a node holds, where the file says so.
    pub dataplane: BTreeMap<NodeId, u64>,
    /// Distributions read from files, so that a group reads its file once.
    empirical: BTreeMap<String, Distribution>,
    /// What groups may still expand to.
    parts_left: u64,
}

impl<'a> Context<'a> {
    /// A context for the file `file_name`, which has named nothing yet.
    #[must_use]
    pub fn new(file_name: &str, read: ReadFile<'a>) -> Self {
        let folder = Path::new(file_name).parent().map(Path::to_path_buf).unwrap_or_default();
        Self {
            problems: Vec::new(),
            said: BTreeSet::new(),
            read,
            folder,
            files: Sha256::new(),
            sites: BTreeMap::new(),
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            profiles: BTreeMap::new(),
            broken_profiles: BTreeSet::new(),
            expanded: BTreeMap::new(),
            places: Places::default(),
            labels: Vec::new(),
            dataplane: BTreeMap::new(),
            empirical: BTreeMap::new(),
            parts_left: PARTS_MAX,
        }
    }

    /// Notes a problem, once per place and code.
    pub fn say(
        &mut self,
        code: &'static str,
        place: Place,
        fact: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.problems.len() < PROBLEMS_MAX && self.said.insert((place, code)) {
            self.problems.push(Problem { code, fact: fact.into(), hint: hint.into(), place: Some(place) });
        }
    }

    /// The id of a tag, a host or a device.
    pub fn label(&mut self, text: &str) -> LabelId {
        let known = self.labels.iter().position(|known| known == text);
        LabelId::new(known.unwrap_or_else(|| {
            self.labels.push(text.to_owned());
            self.labels.len() - 1
        }))
    }

    /// A hint for a name that is none of `known`. Only the first problems get one, and only the first names
    /// are searched, as a large topology's names are many and so may its typos be.
    #[must_use]
    pub fn hint<'n>(&self, word: &str, known: impl IntoIterator<Item = &'n str>, what: &str) -> String {
        if self.problems.len() >= HINTS_MAX {
            return String::new();
        }
        let known: Vec<&str> = known.into_iter().take(HINT_NAMES_MAX).collect();
        names::hint(word, &known, what)
    }

    /// Whether a group may expand to `parts` more sessions, networks or ports; says so at `place` when not.
    pub fn affords(&mut self, parts: usize, place: Place) -> bool {
        match self.parts_left.checked_sub(parts as u64) {
            Some(left) => {
                self.parts_left = left;
                true
            }
            None => {
                self.parts_left = 0;
                let fact = format!(
                    "groups expand to more than {} sessions or {PARTS_MAX} list entries",
                    PARTS_MAX / 10
                );
                self.say("too-large", place, fact, "shorten the lists of large groups, or put hubs between");
                false
            }
        }
    }

    /// A path of the file, which is relative to the file's folder.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The text of a file that the topology names; `None` after a problem.
    pub fn read_file(&mut self, file: &At<String>) -> Option<String> {
        let path = self.path(&file.value);
        match (self.read)(&path) {
            Ok(text) => {
                self.files.update((text.len() as u64).to_le_bytes());
                self.files.update(text.as_bytes());
                Some(text)
            }
            Err(fact) => {
                let hint = "paths are relative to the folder of the topology file";
                self.say(
                    "unreadable-file",
                    file.place,
                    format!("{} cannot be read: {fact}", path.display()),
                    hint,
                );
                None
            }
        }
    }

    /// The digest of all files read so far.
    #[must_use]
    pub fn files_digest(&self) -> String {
        format!("{:x}", self.files.clone().finalize())
    }

    /// The site of a name; `None` after a problem.
    pub fn site(&mut self, name: &str, place: Place) -> Option<SiteId> {
        let found = self.sites.get(name).copied();
        if found.is_none() {
            let hint = self.hint(name, self.sites.keys().map(String::as_str), "declared sites");
            self.say("dangling-reference", place, format!("there is no site `{name}`"), hint);
        }
        found
    }

    /// The sites of a name or glob, in the order of the file; empty after a problem.
    pub fn sites_of(&mut self, text: &str, place: Place) -> Vec<SiteId> {
        if !names::is_glob(text) {
            return self.site(text, place).into_iter().collect();
        }
        let mut found: Vec<SiteId> =
            self.sites.iter().filter(|(name, _)| names::matches(text, name)).map(|(_, id)| *id).collect();
        found.sort_unstable();
        if found.is_empty() {
            self.say("no-match", place, format!("no site matches `{text}`"), "`*` stands for any text");
        }
        found
    }

    /// The link of a name; `None` after a problem.
    pub fn link(&mut self, name: &At<String>) -> Option<LinkId> {
        let found = self.links.get(&name.value).copied();
        if found.is_none() {
            let hint = self.hint(&name.value, self.links.keys().map(String::as_str), "declared links");
            self.say("dangling-reference", name.place, format!("there is no link `{}`", name.value), hint);
        }
        found
    }

    /// The distribution of a draft; no time after a problem.
    pub fn distribution(&mut self, draft: &DistributionDraft) -> Distribution {
        if let Some(span) = &draft.constant {
            return Distribution::Constant(span.value);
        }
        if let Some(mean) = &draft.exponential {
            return Distribution::Exponential { mean: mean.value };
        }
        if let Some(bounds) = draft.uniform.as_deref()
            && let [low, high] = bounds
        {
            if low.value > high.value {
                let fact = format!("the lower bound {} lies above the upper bound {}", low.value, high.value);
                self.say("impossible", low.place, fact, "swap the two");
                return Distribution::ZERO;
            }
            return Distribution::Uniform { low: low.value, high: high.value };
        }
        if let Some(normal) = &draft.normal
            && let (Some(mean), Some(deviation)) = (&normal.mean, &normal.deviation)
        {
            return Distribution::Normal { mean: mean.value, deviation: deviation.value };
        }
        if let Some(draft) = &draft.log_normal
            && let (Some(median), Some(sigma)) = (&draft.median, &draft.sigma)
        {
            return Distribution::LogNormal { median: median.value, sigma: sigma.value };
        }
        if let Some(draft) = &draft.pareto
            && let (Some(scale), Some(shape)) = (&draft.scale, &draft.shape)
        {
            return Distribution::Pareto { scale: scale.value, shape: shape.value };
        }
        draft.empirical.as_ref().map_or(Distribution::ZERO, |file| self.empirical(file))
    }

    fn empirical(&mut self, file: &At<String>) -> Distribution {
        if let Some(known) = self.empirical.get(&file.value) {
            return known.clone();
        }
        let read = self.read_empirical(file);
        self.empirical.insert(file.value.clone(), read.clone());
        read
    }

    fn read_empirical(&mut self, file: &At<String>) -> Distribution {
        let Some(text) = self.read_file(file) else { return Distribution::ZERO };
        let mut samples = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match Span::read(line) {
                Ok(span) if samples.len() < EMPIRICAL_LINES_MAX => samples.push(span),
                Ok(_) => {
                    let fact = format!("{} has more than {EMPIRICAL_LINES_MAX} lines", file.value);
                    self.say("too-large", file.place, fact, "draw a sample of its lines");
                    return Distribution::ZERO;
                }
                Err(fact) => {
                    let fact = format!("{} line {}: {fact}", file.value, number + 1);
                    self.say("wrong-value", file.place, fact, "one span a line, such as 20ms");
                    return Distribution::ZERO;
                }
            }
        }
        Empirical::new(samples).map_or_else(
            || {
                self.say("wrong-value", file.place, format!("{} has no line", file.value), "one span a line");
                Distribution::ZERO
            },
            Distribution::Empirical,
        )
    }
}
