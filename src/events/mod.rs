//! Events in memory, in the layout that sorts and groups fast; and the only home of column names.

pub mod attributes;
pub mod batch;
pub mod batch_columns;
pub mod columns;
pub mod dictionary;
pub mod event;
pub mod event_columns;
pub mod frame;
pub mod identity;
pub mod keyed_texts;
pub mod maker;
pub mod names;
pub mod profile;
pub mod row;
pub mod rows;
pub mod sorted;
pub mod table;
pub mod texts;
