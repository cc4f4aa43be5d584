//! Sends: what is said of their files, and how a store keeps them.

/// Files of sends and of labels, through the binary.
mod files;
/// Sends that a store keeps.
mod kept;
/// `sends add`, killed by SIGKILL at each change that it makes.
mod kills;
/// The sample sends.
mod samples;
