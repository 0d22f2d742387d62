//! The picture of a terminal in the README: what the program prints in colour, drawn.

use std::fmt::Write as _;

use anstyle_svg::Term;

use crate::findings;
use crate::support::{Folder, assert_committed, program, root};

/// What is typed, as it is shown; a line that ends in a backslash goes on.
const TYPED: &[&str] = &[
    "init --stack tokyo --region ap-northeast-1 --account 012345678901",
    "resolve --snapshot",
    "generate --quiet",
    "check",
    "verify app.yaml --region ap-northeast-1",
];

#[test]
fn the_picture_of_a_terminal_is_what_the_program_prints() {
    let folder = Folder::new();
    folder.write("app.yaml", findings::case_named("private-dns-off").text);
    let mut session = String::new();
    for line in TYPED {
        let mut command = program();
        let output = command
            .args(line.split(' '))
            .args(["--color", "always"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
        let _ = write!(session, "\x1b[1m$ fargate-egress {line}\x1b[0m\n{said}\n");
    }
    let picture = Term::new().render_svg(session.trim_end());
    // For who does not see it, as an image in a page of its own.
    let title = "<title>A session of fargate-egress in a terminal</title>";
    let (head, rest) = picture.split_once('\n').unwrap();
    let picture = format!("{head}\n  {title}\n{rest}");
    assert_committed(&root().join("docs/session.svg"), &picture);
}
