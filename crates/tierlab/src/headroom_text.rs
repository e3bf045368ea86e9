//! What was left of the limits, in one line where that says something.

use report::numbers::Share;
use run_record::CellSummary;

/// The line of the strategy that the verdict above it is about; nothing where nothing was limited,
/// and where the limits were used up.
pub(crate) fn of(cells: &[&CellSummary], told: Option<&str>) -> String {
    let is_told = |cell: &&&CellSummary| told.is_some() && cell.strategy.as_deref() == told;
    let Some(cell) = cells.iter().find(is_told) else { return String::new() };
    let (least, peak) =
        (cell.headroom.lowest_remaining_share, cell.headroom.peak_p10_remaining_share);
    let with = cell.strategy.as_deref().unwrap_or_default();
    line(with, least, peak).map_or_else(String::new, |line| format!("{line}\n\n"))
}

fn line(with: &str, least: Option<f64>, peak: Option<f64>) -> Option<String> {
    let said = |share: Option<f64>| share.and_then(Share::from_fraction);
    let least = said(least)?;
    let peak = said(peak);
    if least.is_zero() && peak.is_none_or(Share::is_zero) {
        return None;
    }
    let peak = peak.map_or_else(String::new, |peak| {
        format!(", tenth percentile in the busiest minute {}", peak.in_sentence(None))
    });
    Some(format!("With {with}: least headroom {}{peak}", least.in_sentence(None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary_text::for_terminal;

    #[test]
    fn the_line_says_what_was_left_and_nothing_where_that_is_nothing_or_unknown() {
        let of = |least, peak| line("full-jitter", least, peak).map(|line| for_terminal(&line));
        let both =
            "With full-jitter: least headroom 12 %, tenth percentile in the busiest minute 31 %";
        assert_eq!(of(Some(0.12), Some(0.31)).as_deref(), Some(both));
        let least = "With full-jitter: least headroom 12 %";
        assert_eq!(of(Some(0.12), None).as_deref(), Some(least));
        assert_eq!(of(Some(0.0), Some(0.0)), None);
        assert_eq!(of(Some(0.0), None), None);
        assert_eq!(of(None, None), None);
        assert!(of(Some(0.0), Some(0.2)).is_some(), "it is used up at times only");
    }
}
