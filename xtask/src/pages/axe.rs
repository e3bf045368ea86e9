//! axe-core: fetched once by npm, in the version that the lock file beside this names.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::say::complain;
use crate::workspace::Workspace;

/// Its source, as a page runs it.
pub(super) struct Axe {
    source: String,
}

impl Axe {
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

/// From `target/axe/`, where npm has put it or puts it now; nothing where there is no npm, or it
/// cannot reach its registry.
pub(super) fn fetch(workspace: &Workspace) -> Option<Axe> {
    // Two that install into one folder would undo each other's work.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().ok()?;
    let folder = workspace.target().join("axe");
    let plan = [
        ("package.json", include_str!("axe/package.json")),
        ("package-lock.json", include_str!("axe/package-lock.json")),
    ];
    let script = folder.join("node_modules/axe-core/axe.min.js");
    let same = |(name, text): &(&str, &str)| {
        fs::read_to_string(folder.join(name)).is_ok_and(|own| own == *text)
    };
    if !(script.exists() && plan.iter().all(same)) {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).ok()?;
        for (name, text) in plan {
            fs::write(folder.join(name), text).ok()?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
        npm.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !npm.status().is_ok_and(|status| status.success()) {
            complain("npm cannot fetch axe-core here: going on without");
        }
    }
    fs::read_to_string(&script).ok().map(|source| Axe { source })
}
