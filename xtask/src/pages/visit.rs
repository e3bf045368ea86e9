//! One page, looked at in every way that people read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::axe::Axe;
use super::browser::{Browser, Tab};
use super::json::Json;

/// Phones, a tablet, and both sides of every breakpoint that the pages have.
pub(super) const WIDTHS: &[u32] = &[360, 400, 760, 1040, 1160, 1400];
/// A4 less two margins of 12 mm, at 96 px an inch.
const PAPER: (u32, u32) = (703, 1032);
const WINDOW_HEIGHT: u32 = 900;
/// What a page may weigh.
const BYTES: u64 = 500_000;
/// More faults of one page than this are counted only.
const TOLD: usize = 40;

const LOOK: &str = include_str!("look.js");

/// A page to be looked at.
pub(super) struct Visit<'visit> {
    pub(super) file: &'visit Path,
    /// Where pictures go.
    pub(super) folder: &'visit Path,
    pub(super) axe: Option<&'visit Axe>,
    /// Whether a page without a fault leaves pictures too.
    pub(super) pictures: bool,
}

/// How the page is shown.
#[derive(Clone, Copy)]
struct View {
    width: u32,
    scheme: &'static str,
    print: bool,
}

/// Faults, each with the views that have it and by how much.
#[derive(Default)]
struct Faults {
    found: BTreeMap<String, Vec<String>>,
}

impl Visit<'_> {
    /// Every fault of the page, one a line.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn faults(&self, browser: &mut Browser) -> Result<Vec<String>, String> {
        let file = fs::canonicalize(self.file).map_err(|error| error.to_string())?;
        let mut tab = browser.tab()?;
        let looked = self.look(&mut tab, &file);
        tab.close();
        Ok(looked?.told())
    }

    fn look(&self, tab: &mut Tab<'_>, file: &Path) -> Result<Faults, String> {
        let address = address(file);
        let mut faults = Faults::default();
        faults.weight(file)?;
        let plain = words(tab, &address, false)?;
        let scripted = words(tab, &address, true)?;
        faults.compare(&plain, &scripted);
        for scheme in ["light", "dark"] {
            // In the dark everything that folds stands open.
            tab.evaluate(&format!("look.unfold({})", scheme == "dark"))?;
            for width in WIDTHS {
                let view = View { width: *width, scheme, print: false };
                view.set(tab)?;
                faults.add(&tab.evaluate("look.layout()")?, &view.told());
            }
            faults.add(&tab.evaluate("look.contrast()")?, scheme);
        }
        tab.evaluate("look.unfold(false)")?;
        let paper = View { width: PAPER.0, scheme: "light", print: true };
        paper.set(tab)?;
        faults.add(&tab.evaluate("look.layout()")?, &paper.told());
        faults.add(&tab.evaluate(&format!("look.paper({})", PAPER.1))?, &paper.told());
        faults.links(&tab.evaluate("look.links()")?, file);
        self.touch(tab, &mut faults)?;
        faults.events(&tab.events(), &address);
        if self.pictures || !faults.found.is_empty() {
            self.draw(tab)?;
        }
        Ok(faults)
    }

    /// What a hand or a program does to it: definitions opened, axe-core asked for everything on a
    /// phone and, since colours are all that differs, for contrast in the dark.
    fn touch(&self, tab: &mut Tab<'_>, faults: &mut Faults) -> Result<(), String> {
        if let Some(axe) = self.axe {
            tab.evaluate(axe.source())?;
        }
        for (width, scheme) in [(400, "light"), (1400, "dark")] {
            let view = View { width, scheme, print: false };
            view.set(tab)?;
            faults.add(&tab.evaluate("look.definitions()")?, &view.told());
            if self.axe.is_some() {
                tab.evaluate("look.unfold(true)")?;
                let found = tab.evaluate(&format!("look.axe({})", scheme == "dark"))?;
                faults.add(&found, &view.told());
                tab.evaluate("look.unfold(false)")?;
            }
        }
        Ok(())
    }

    /// Leaves pictures of the page as it is read most; of one with a fault, as it was asked for by
    /// nobody, in light colours only.
    fn draw(&self, tab: &mut Tab<'_>) -> Result<(), String> {
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let views = [(1400, "light"), (400, "light"), (1400, "dark"), (400, "dark")];
        for (width, scheme) in views.into_iter().take(if self.pictures { 4 } else { 2 }) {
            View { width, scheme, print: false }.set(tab)?;
            let how = r#"{"format":"png","captureBeyondViewport":true}"#;
            let drawn = tab.call("Page.captureScreenshot", how)?;
            let bytes = base64(drawn.at(&["data"]).text().unwrap_or_default());
            let path = self.folder.join(format!("{stem}-{width}-{scheme}.png"));
            fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

impl View {
    fn set(self, tab: &mut Tab<'_>) -> Result<(), String> {
        let Self { width, scheme, print } = self;
        let media = if print { "print" } else { "screen" };
        let feature = format!(r#"{{"name":"prefers-color-scheme","value":"{scheme}"}}"#);
        let how = format!(r#"{{"media":"{media}","features":[{feature}]}}"#);
        tab.call("Emulation.setEmulatedMedia", &how)?;
        let size = format!(r#""width":{width},"height":{WINDOW_HEIGHT}"#);
        let how = format!(r#"{{{size},"deviceScaleFactor":1,"mobile":false}}"#);
        tab.call("Emulation.setDeviceMetricsOverride", &how)?;
        Ok(())
    }

    fn told(self) -> String {
        if self.print { "print".to_owned() } else { format!("{} {}", self.width, self.scheme) }
    }
}

/// The words that a page shows, with its scripts or without.
fn words(tab: &mut Tab<'_>, address: &str, scripts: bool) -> Result<BTreeSet<String>, String> {
    let off = format!(r#"{{"value":{}}}"#, !scripts);
    tab.call("Emulation.setScriptExecutionDisabled", &off)?;
    View { width: 1400, scheme: "light", print: false }.set(tab)?;
    tab.open(address)?;
    tab.evaluate(LOOK)?;
    Ok(tab.evaluate("look.words()")?.lines().map(str::to_owned).collect())
}

impl Faults {
    /// Lines of `WHAT<tab>BY HOW MUCH`, as they are found in one view.
    fn add(&mut self, lines: &str, view: &str) {
        for line in lines.lines() {
            let (what, much) = line.split_once('\t').unwrap_or((line, ""));
            let much = if much.is_empty() { view.to_owned() } else { format!("{view}: {much}") };
            let views = self.found.entry(what.to_owned()).or_default();
            if !views.contains(&much) {
                views.push(much);
            }
        }
    }

    fn weight(&mut self, file: &Path) -> Result<(), String> {
        let bytes = fs::metadata(file).map_err(|error| error.to_string())?.len();
        if bytes > BYTES {
            self.add("heavier than 500 kB\t", &format!("{bytes} bytes"));
        }
        Ok(())
    }

    /// A page without scripts is complete, and scripts take nothing away.
    fn compare(&mut self, plain: &BTreeSet<String>, scripted: &BTreeSet<String>) {
        for word in scripted.difference(plain) {
            self.add(&format!("“{word}” is there with scripts only"), "");
        }
        for word in plain.difference(scripted) {
            self.add(&format!("“{word}” is there without scripts only"), "");
        }
    }

    /// What is wrong with ids and links, as the page sees it; links to other files as the disk does.
    fn links(&mut self, lines: &str, file: &Path) {
        let beside = file.parent().unwrap_or(file);
        for line in lines.lines() {
            let Some(link) = line.strip_prefix("link ") else {
                self.add(line, "");
                continue;
            };
            let (path, part) = link.split_once('#').unwrap_or((link, ""));
            let target = beside.join(path);
            if !target.exists() {
                self.add(&format!("the link {link} leads nowhere"), "");
            } else if !part.is_empty() {
                let there = fs::read_to_string(&target).unwrap_or_default();
                if !there.contains(&format!("id=\"{part}\"")) {
                    self.add(&format!("the link {link} leads to a page without that part"), "");
                }
            }
        }
    }

    /// Whatever reached the console, and whatever was asked of the network.
    fn events(&mut self, events: &[Json], address: &str) {
        for event in events {
            let parameters = event.at(&["params"]);
            match event.at(&["method"]).text() {
                Some("Runtime.consoleAPICalled") => {
                    let said: Vec<&str> = parameters
                        .at(&["args"])
                        .list()
                        .iter()
                        .filter_map(|value| {
                            value.at(&["value"]).text().or(value.at(&["description"]).text())
                        })
                        .collect();
                    self.add(&format!("console: {}", said.join(" ")), "");
                }
                Some("Runtime.exceptionThrown") => {
                    let details = parameters.at(&["exceptionDetails"]);
                    let said = details.at(&["exception", "description"]).text();
                    let said = said.or(details.at(&["text"]).text()).unwrap_or_default();
                    let first = said.lines().next().unwrap_or_default();
                    self.add(&format!("console: {first}"), "");
                }
                Some("Log.entryAdded") => {
                    let said = parameters.at(&["entry", "text"]).text().unwrap_or_default();
                    self.add(&format!("console: {said}"), "");
                }
                Some("Network.requestWillBeSent") => {
                    let asked = parameters.at(&["request", "url"]).text().unwrap_or_default();
                    let own = asked.split('#').next() == Some(address);
                    if !own && !asked.starts_with("data:") && !asked.starts_with("about:") {
                        self.add(&format!("asks for {asked}"), "");
                    }
                }
                _ => {}
            }
        }
    }

    fn told(self) -> Vec<String> {
        let more = self.found.len().saturating_sub(TOLD);
        let line = |(what, mut views): (String, Vec<String>)| {
            views.retain(|view| !view.is_empty());
            let others = views.len().saturating_sub(4);
            views.truncate(4);
            if others > 0 {
                views.push(format!("and {others} more"));
            }
            if views.is_empty() { what } else { format!("{what} ({})", views.join("; ")) }
        };
        let mut told: Vec<String> = self.found.into_iter().take(TOLD).map(line).collect();
        if more > 0 {
            told.push(format!("and {more} faults more"));
        }
        told
    }
}

/// The address of a file; whatever an address cannot hold is written as bytes.
fn address(file: &Path) -> String {
    let mut address = "file://".to_owned();
    for byte in PathBuf::from(file).to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The bytes of a picture as the browser hands it over; letters outside of the alphabet are padding.
fn base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0_u32);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
    }
    bytes
}
