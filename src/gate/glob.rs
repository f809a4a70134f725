//! Globs over names: `*` stands for any text, `?` for any one character.

/// Whether `name` is what `pattern` describes. Cost: pattern times name at worst.
#[must_use]
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` stands and how much of the name it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                seen = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_take_any_text_and_question_marks_one_character() {
        for (pattern, name) in
            [("*", ""), ("fw-*", "fw-"), ("fw-*-2", "fw-a-2-2"), ("fw-?", "fw-1"), ("*-b*", "fw-branch")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("fw-?", "fw-"), ("fw-*-2", "fw-a-3"), ("", "x"), ("a*b", "ba")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
