//! The nearest known name. In: what was written and what exists. Out: the best guess, if it is near enough.

/// The candidate nearest to `wanted` by edit distance, ignoring case; none if more than a third of the letters differ.
/// Of equally near candidates the first counts.
pub fn did_you_mean<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let letters = wanted.chars().count();
    // A name of thousands of letters is no typing mistake, and the distance costs length times length.
    if letters > 200 {
        return None;
    }
    let allowed = (letters / 3).max(1);
    let near = |candidate: &'a str| {
        let length = candidate.chars().count();
        if length.abs_diff(letters) > allowed {
            return None;
        }
        let distance = strsim::osa_distance(&wanted, &candidate.to_lowercase());
        (distance <= allowed).then_some((distance, candidate))
    };
    candidates
        .into_iter()
        .filter_map(near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
