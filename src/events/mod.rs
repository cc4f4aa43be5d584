//! Events in memory, in the layout that sorts and groups fast; and the only home of column names.

pub mod columns;
pub mod names;
pub mod row;
pub mod table;
pub mod texts;
