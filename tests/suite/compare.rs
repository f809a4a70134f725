//! Two findings, field by field.

use std::fmt::Debug;

use uidsim::observe::{Findings, PointFindings};

/// Where `found` is not as `wanted`, one line a field. Nodes and links are the engine's own counts.
pub(crate) fn differences(found: &Findings, wanted: &Findings) -> Vec<String> {
    let mut told = Vec::new();
    let points = |findings: &Findings| findings.points.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    tell(&mut told, "measured_from", &found.measured_from, &wanted.measured_from);
    tell(&mut told, "end", &found.end, &wanted.end);
    tell(&mut told, "points", &points(found), &points(wanted));
    for ((id, found), (_, wanted)) in found.points.iter().zip(&wanted.points) {
        point(&mut told, &format!("point {}", id.index()), found, wanted);
    }
    point(&mut told, "fleet", &found.fleet, &wanted.fleet);
    tell(&mut told, "agreement", &found.agreement, &wanted.agreement);
    tell(&mut told, "convergence", &found.convergence, &wanted.convergence);
    tell(&mut told, "disturbances", &found.disturbances, &wanted.disturbances);
    told
}

/// Where what a brief run found is not as a whole one's.
pub(crate) fn brief_differences(found: &Findings, wanted: &Findings) -> Vec<String> {
    let mut told = Vec::new();
    let rows = found.points.iter().zip(&wanted.points);
    let rows = rows.map(|((id, found), (_, wanted))| (format!("brief: point {}", id.index()), found, wanted));
    tell(&mut told, "brief: points", &found.points.len(), &wanted.points.len());
    for (who, found, wanted) in rows.chain([("brief: fleet".to_owned(), &found.fleet, &wanted.fleet)]) {
        let short = |row: &PointFindings| (row.fates, row.table.last, row.table_hash);
        tell(&mut told, &who, &short(found), &short(wanted));
        tell(&mut told, &format!("{who}: staleness"), &found.staleness, &wanted.staleness);
        tell(&mut told, &format!("{who}: of changes"), &found.change_staleness, &wanted.change_staleness);
    }
    tell(&mut told, "brief: nodes", &found.nodes, &wanted.nodes);
    tell(&mut told, "brief: links", &found.links, &wanted.links);
    told
}

/// Where one row is not as the other.
pub(crate) fn point(told: &mut Vec<String>, who: &str, found: &PointFindings, wanted: &PointFindings) {
    macro_rules! tell_fields {
        ($($field:ident),*) => {
            $(tell(told, &format!("{who}: {}", stringify!($field)), &found.$field, &wanted.$field);)*
        };
    }
    tell_fields!(
        classes,
        windows,
        replica,
        replica_windows,
        down,
        staleness,
        change_staleness,
        fates,
        age,
        incorrect_area_twice,
        behind_area,
        breakdown,
        blame,
        visibility,
        exposure,
        table,
        table_hash
    );
}

fn tell<T: PartialEq + Debug>(told: &mut Vec<String>, what: &str, found: &T, wanted: &T) {
    if found != wanted {
        let short = |value: &T| {
            let text = format!("{value:?}");
            text.split(", histogram").next().unwrap_or_default().chars().take(700).collect::<String>()
        };
        told.push(format!("  {what}:\n    is     {}\n    wanted {}", short(found), short(wanted)));
    }
}
