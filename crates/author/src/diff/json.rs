//! A difference for machines. In: [`Difference`]. Out: JSON of a documented shape (docs/tools.md).

use serde_json::{Value, json as value};

use super::{At, Change, Difference, Group, PartChange};

/// The shape's number; it grows when a reader would have to change.
const FORMAT: u32 = 1;

/// The whole difference, nothing shortened.
pub fn json(difference: &Difference) -> Value {
    let policies: Vec<Value> = difference
        .policies
        .iter()
        .map(|policy| {
            let groups: Vec<Value> = policy.groups.iter().map(group).collect();
            value!({ "id": policy.id, "status": policy.status.name(), "groups": groups })
        })
        .collect();
    value!({ "format": FORMAT, "equal": difference.is_empty(), "policies": policies })
}

fn group(group: &Group) -> Value {
    let parts: Vec<Value> = group.parts.iter().map(part).collect();
    match &group.at {
        At::Policy => value!({ "at": "policy", "parts": parts }),
        At::Journey(entry, id) => {
            value!({ "at": "journey", "journey": id, "entry": entry.name(), "parts": parts })
        }
        At::Elsewhere => value!({ "at": "elsewhere", "parts": parts }),
    }
}

fn part(part: &PartChange) -> Value {
    let changes: Vec<Value> = part.changes.iter().map(change).collect();
    value!({
        "sort": part.sort.words(),
        "id": part.id,
        "status": part.status.name(),
        "about": part.about,
        "used": part.used,
        "also": part.also,
        "sameAs": part.same_as,
        "changes": changes,
    })
}

fn change(change: &Change) -> Value {
    value!({
        "section": change.section,
        "name": change.name,
        "before": change.before,
        "after": change.after,
    })
}
