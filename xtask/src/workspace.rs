//! Where the house stands on this machine, its cargo, and the files that belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace this xtask was built in.
pub(crate) struct Workspace {
    root: PathBuf,
}

/// A committed file, or one that would be: its path from the root with `/`, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Workspace {
    /// Found through the manifest cargo is running; a bare `target/debug/xtask` uses the place
    /// where it was compiled.
    pub(crate) fn here() -> Self {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the workspace.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// The folder that holds `debug/`, `sim/` and `release/`: xtask itself lies in one of them,
    /// so this follows any setting of the target directory.
    pub(crate) fn target(&self) -> PathBuf {
        let own = std::env::current_exe().ok();
        let target = own.as_deref().and_then(Path::parent).and_then(Path::parent);
        target.map_or_else(|| self.path("target"), Path::to_path_buf)
    }

    /// The binary of one profile's folder (`debug`, `sim`, `release`).
    pub(crate) fn binary(&self, folder: &str) -> PathBuf {
        let name = format!("tierlab{}", std::env::consts::EXE_SUFFIX);
        self.target().join(folder).join(name)
    }

    /// cargo, the very one that runs us, at the root.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&self.root);
        command
    }

    /// Every text file that is committed or would be, in order of path.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, String> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()
            .map_err(|error| format!("git does not start: {error}"))?;
        if !listed.status.success() {
            let said = String::from_utf8_lossy(&listed.stderr);
            return Err(format!("git ls-files: {}", said.trim()));
        }
        let mut paths: Vec<String> = listed
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        paths.sort();
        paths.dedup();
        // A file deleted but not yet committed so is listed and absent; a picture is not text.
        let read = |path: String| {
            let text = std::fs::read_to_string(self.path(&path)).ok()?;
            Some(Source { path, text })
        };
        Ok(paths.into_iter().filter_map(read).collect())
    }
}

impl Source {
    /// The part after the last dot, or nothing.
    pub(crate) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether the whole file is a test, a bench or an example.
    pub(crate) fn is_test(&self) -> bool {
        let tests = ["tests", "benches", "examples"];
        let mut folders = self.path.split('/');
        let name = folders.next_back().unwrap_or_default();
        name == "tests.rs" || folders.any(|folder| tests.contains(&folder))
    }
}
