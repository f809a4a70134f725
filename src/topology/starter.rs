//! Starter: the commented topology that `uidsim init` writes.

/// The starter's text; `{name}` in it stands for the topology's name.
const STARTER: &str = include_str!("starter.yaml");

/// A commented topology called `name` to start from.
#[must_use]
pub fn starter(name: &str) -> String {
    STARTER.replace("{name}", &name.replace(['"', '\\', '\n'], ""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_starter_loads() {
        let read = |_: &std::path::Path| Err("no file".to_owned());
        let loaded = crate::scenario::load("starter.yaml", &super::starter("my net"), &[], &read);
        let scenario =
            loaded.unwrap_or_else(|problems| panic!("{}", problems.render(crate::problem::Style::Plain)));
        assert_eq!(scenario.name, "my net");
    }
}
