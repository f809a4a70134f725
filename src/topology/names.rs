//! Names: patterns that groups are named by, globs that stand for many, and the nearest name to a typo.
//!
//! Knows text only.

/// What stands for `{n}` and `{site}` in one instance of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vars {
    /// The number within the group, from 1; `None` outside of groups.
    pub n: Option<u64>,
    /// The site's name, for groups laid out `at_each` site.
    pub site: Option<String>,
    /// What the stars of that `at_each` stand for in the site's name; `{1}` is the first.
    pub stars: Vec<String>,
}

impl Vars {
    /// `pattern` with everything known put in.
    #[must_use]
    pub fn fill(&self, pattern: &str) -> String {
        let mut text = pattern.to_owned();
        if let Some(n) = self.n {
            text = text.replace("{n}", &n.to_string());
        }
        if let Some(site) = &self.site {
            text = text.replace("{site}", site);
        }
        for (index, star) in self.stars.iter().enumerate() {
            text = text.replace(&format!("{{{}}}", index + 1), star);
        }
        text
    }
}

/// Whether `text` is a glob rather than a name.
#[must_use]
pub fn is_glob(text: &str) -> bool {
    text.contains('*')
}

/// Whether `name` matches `glob`, in which each `*` stands for any text.
#[must_use]
pub fn matches(glob: &str, name: &str) -> bool {
    walk(glob, name, |_, _| {})
}

/// What each `*` of `glob` stands for in `name`, as little as it can, the last as much as is left; `None` where
/// they do not match.
#[must_use]
pub fn stars(glob: &str, name: &str) -> Option<Vec<String>> {
    let mut ranges = Vec::new();
    let matched = walk(glob, name, |star, range| {
        ranges.truncate(star);
        ranges.push(range);
    });
    // A star at the end takes what is left, also nothing.
    let count = glob.bytes().filter(|byte| *byte == b'*').count();
    ranges.resize(count, name.len()..name.len());
    if let (true, Some(last)) = (glob.ends_with('*'), ranges.last_mut()) {
        last.end = name.len();
    }
    let text = |range: std::ops::Range<usize>| name.get(range).unwrap_or_default().to_owned();
    matched.then(|| ranges.into_iter().map(text).collect())
}

/// Walks along both; tells `took` which star, counted from 0, now stands for which part of the name.
fn walk(glob: &str, name: &str, mut took: impl FnMut(usize, std::ops::Range<usize>)) -> bool {
    let (glob, name) = (glob.as_bytes(), name.as_bytes());
    let (mut g, mut n, mut stars) = (0, 0, 0);
    let mut retry: Option<(usize, usize, usize)> = None;
    while n < name.len() {
        if g < glob.len() && glob[g] == b'*' {
            took(stars, n..n);
            stars += 1;
            retry = Some((g, n, n));
            g += 1;
        } else if g < glob.len() && glob[g] == name[n] {
            (g, n) = (g + 1, n + 1);
        } else if let Some((star, began, from)) = retry {
            retry = Some((star, began, from + 1));
            (g, n) = (star + 1, from + 1);
            took(stars - 1, began..n);
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|b| *b == b'*')
}

/// The known word nearest to `word`, when it is near enough to be a typo of it.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let limit = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .filter(|k| k.len() <= LONGEST && k.len().abs_diff(word.len()) <= limit)
        .map(|k| (distance(word, k), k))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, k)| k)
}

/// Insertions, deletions, changes and swaps of neighbours that lead from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.to_lowercase().chars().collect(), to.to_lowercase().chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let change = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            row[j] = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if swapped {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

/// A hint for a word that is none of `known`: the nearest, else all of them as far as they fit.
#[must_use]
pub fn hint(word: &str, known: &[&str], what: &str) -> String {
    const SHOWN: usize = 24;
    if let Some(near) = nearest(word, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if known.is_empty() {
        return format!("there are no {what}");
    }
    let shown: Vec<&str> = known.iter().take(SHOWN).copied().collect();
    let rest = known.len() - shown.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{what} are {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_any_text_at_each_star() {
        for (glob, name, wanted) in [
            ("*", "", true),
            ("fw-*", "fw-1", true),
            ("fw-*-a", "fw-1-b-a", true),
            ("fw-*-a", "fw-1-b", false),
            ("*x*x*", "axbx", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(glob, name), wanted, "{glob} {name}");
        }
    }

    #[test]
    fn stars_stand_for_as_little_as_they_can() {
        for (glob, name, wanted) in [
            ("*-*-*", "na-office-12", &["na", "office", "12"][..]),
            ("*-office-*", "na-office-1", &["na", "1"]),
            ("region-*", "region-na", &["na"]),
            ("*-*", "a-b-c", &["a", "b-c"]),
            ("*ab", "aaab", &["aa"]),
            ("x*", "x", &[""]),
            ("x", "x", &[]),
        ] {
            assert_eq!(
                stars(glob, name).as_deref(),
                Some(wanted.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice()),
                "{glob} {name}"
            );
        }
        assert_eq!(stars("a*", "b"), None);
    }

    #[test]
    fn a_typo_finds_its_word() {
        assert_eq!(nearest("upstream", ["reads", "upstreams"]), Some("upstreams"));
        assert_eq!(nearest("timoeut", ["timeout", "to"]), Some("timeout"));
        assert_eq!(nearest("colour", ["timeout", "site"]), None);
    }
}
