//! Rules of the house that a compiler does not check.

use std::path::Path;

use crate::support::{files, repository};

/// The layers in reading order, as `src/lib.rs` declares them.
fn layers() -> Vec<String> {
    let lib = std::fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let layers = layers();
    assert!(layers.len() >= 7, "{layers:?}");
    let src = repository().join("src");
    for path in files(&src, "rs") {
        let relative = path.strip_prefix(&src).unwrap();
        let own = layer(relative);
        let Some(place) = layers.iter().position(|layer| *layer == own) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let other = layers.iter().position(|layer| *layer == name);
                assert!(
                    other.is_none_or(|other| other <= place),
                    "{}:{}: {own} imports {name}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

fn layer(relative: &Path) -> String {
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for folder in ["src", "tests", "benches"] {
        for path in files(&repository().join(folder), "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines: split it by noun", path.display());
            let is_tests = path.ends_with("tests.rs");
            assert!(is_tests || text.starts_with("//!"), "{} does not say what it is", path.display());
            let name = path.file_stem().unwrap().to_string_lossy();
            assert!(!["util", "utils", "common", "helpers", "misc"].contains(&&*name), "{}", path.display());
        }
    }
}

#[test]
fn nothing_is_left_open() {
    for path in files(&repository().join("src"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["todo!(", "unimplemented!(", "TODO", "FIXME", "use crate::*"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}
