//! Reads a member's `Cargo.toml` just enough: which dependencies stand on which line.
//!
//! Line by line and without a TOML parser, because xtask must build from nothing in seconds and
//! because a finding wants its line.

/// Which list a dependency stands in.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Normal,
    Dev,
    Build,
}

/// One dependency as written.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Dependency<'text> {
    pub(crate) name: &'text str,
    pub(crate) kind: Kind,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Whether its version comes from the workspace's one list.
    pub(crate) shared: bool,
}

/// The dependencies of a manifest, in order, those of single platforms included.
pub(crate) fn dependencies(text: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let mut list = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let number = index + 1;
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_matches(['[', ']']);
            list = kind_of(header);
            if let Some((parent, name)) = header.rsplit_once('.')
                && let Some(kind) = kind_of(parent)
            {
                found.push(Dependency { name, kind, line: number, shared: true });
            }
        } else if let Some(kind) = list
            && let Some((key, value)) = line.split_once('=')
        {
            let key = key.trim();
            let name = key.split('.').next().unwrap_or_default().trim_matches('"');
            let shared = key.ends_with(".workspace") || value.contains("workspace = true");
            found.push(Dependency { name, kind, line: number, shared });
        }
    }
    found
}

/// Whether a manifest has this key in this section, on whatever line.
pub(crate) fn has(text: &str, section: &str, line: &str) -> bool {
    let mut inside = false;
    text.lines().map(str::trim).any(|read| {
        if read.starts_with('[') {
            inside = read.trim_matches(['[', ']']) == section;
        }
        inside && read == line
    })
}

/// `target.'cfg(unix)'.dev-dependencies` is a list of dev-dependencies too.
fn kind_of(header: &str) -> Option<Kind> {
    match header.rsplit('.').next().unwrap_or_default() {
        _ if header.starts_with("workspace") => None,
        "dependencies" => Some(Kind::Normal),
        "dev-dependencies" => Some(Kind::Dev),
        "build-dependencies" => Some(Kind::Build),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_dependency_is_read_with_its_line() {
        let text = "[package]\nname = \"x\"\n\n[dependencies]\nlimits.workspace = true # low\n\
                    serde = { workspace = true, features = [\"rc\"] }\ntoml = \"1\"\n\
                    [dev-dependencies]\ninsta.workspace = true\n\
                    [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
                    [build-dependencies.cc]\nversion = \"1\"\n[features]\nstd = []\n";
        let read: Vec<_> = dependencies(text)
            .into_iter()
            .map(|found| (found.name, found.kind, found.line, found.shared))
            .collect();
        assert_eq!(
            read,
            [
                ("limits", Kind::Normal, 5, true),
                ("serde", Kind::Normal, 6, true),
                ("toml", Kind::Normal, 7, false),
                ("insta", Kind::Dev, 9, true),
                ("libc", Kind::Normal, 11, false),
                ("cc", Kind::Build, 12, true),
            ]
        );
    }

    #[test]
    fn a_key_counts_only_in_its_section() {
        let text = "[package]\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";
        assert!(has(text, "lints", "workspace = true"));
        assert!(!has(text, "package", "workspace = true"));
    }
}
