//! Stores as an older version of the rules left them.

use mailpixel::store::{Layout, events_file};
use polars::prelude::{DataFrame, DataType, NamedFrom, PolarsResult, Series};

/// Makes every verdict of a store the one of rules that knew nothing: a person with a browser, no client, and a place
/// for everybody.
pub(crate) fn make_older(layout: &Layout) {
    for file in layout.event_files().unwrap() {
        let path = layout.events().join(file);
        let frame = events_file::read_whole(&path).unwrap();
        let reached = events_file::footer(&path).unwrap().reached;
        std::fs::write(&path, events_file::encode(&older(&frame).unwrap(), &reached).unwrap()).unwrap();
    }
}

fn older(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let n = frame.height();
    let mut frame = frame.clone();
    let counted = frame.column("counted")?.bool()?.clone();
    let reasons: Vec<Option<String>> = counted
        .iter()
        .zip(frame.column("reason")?.str()?.iter())
        .map(
            |(counted, reason)| if counted == Some(true) { Some("browser".to_owned()) } else { reason.map(Into::into) },
        )
        .collect();
    frame.with_column(Series::new("reason".into(), reasons).into())?;
    // Every rule set knows whether there is an agent.
    let agents = frame.column("user_agent")?.str()?.clone();
    let by_agent: Vec<&str> = agents.iter().map(|agent| if agent.is_some() { "browser" } else { "no-agent" }).collect();
    frame.with_column(Series::new("agent_reason".into(), by_agent).into())?;
    for (name, value) in [("actor", "human"), ("via", "direct"), ("country", "DE"), ("city", "Berlin")] {
        frame.with_column(Series::new(name.into(), vec![value; n]).into())?;
    }
    for name in ["client", "client_version", "client_kind", "os", "device"] {
        frame.with_column(Series::full_null(name.into(), n, &DataType::String).into())?;
    }
    frame.with_column(Series::new("rules".into(), vec![1_i64; n]).into())?;
    Ok(frame)
}
