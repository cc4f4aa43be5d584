//! Every command of the README works as it stands there, on the sample logs.

use crate::support::{Workdir, repository};

#[test]
fn every_command_runs() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("sample-logs")).unwrap();
    std::os::unix::fs::symlink(repository().join("nginx"), work.path().join("nginx")).unwrap();
    let mut commands = 0;
    for block in readme.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.replace("\\\n", " ").lines() {
            let line = line.split(" #").next().unwrap().trim();
            let Some(args) = line.strip_prefix("mailpixel ").or_else(|| line.strip_prefix("cargo run --release -- "))
            else {
                continue;
            };
            let outcome = work.run(&words(args));
            assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
            commands += 1;
        }
    }
    assert!(commands >= 5, "only {commands} commands were found");
}

#[test]
fn the_picture_is_what_is_printed() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let printed = std::fs::read_to_string(repository().join("tests/cases/sample-logs.txt")).unwrap();
    assert!(readme.contains(&format!("```text\n{printed}```")), "the README shows another table than\n{printed}");
}

#[test]
fn the_explained_message_is_what_is_printed() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let (command, rest) =
        readme.split_once("```sh\nmailpixel explain ").unwrap().1.split_once("\n```\n\n```text\n").unwrap();
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("sample-logs")).unwrap();
    let printed = work.ok(&format!("explain {command}"));
    assert!(rest.starts_with(&format!("{printed}```")), "the README shows another message than\n{printed}");
}

/// Words as a shell splits them, with single and double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.push(String::new()),
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
