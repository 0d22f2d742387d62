//! The picture of a terminal in the README: what the program prints in colour, drawn.

use std::fmt::Write as _;

use anstyle::RgbColor;
use anstyle_svg::{Palette, Term};

use crate::findings;
use crate::support::{Folder, assert_committed, program, root};

/// What is typed.
const TYPED: &[&str] = &[
    "init --stack tokyo --region ap-northeast-1 --account 012345678901",
    "resolve --snapshot",
    "generate",
    "check",
    "verify app.yaml --region ap-northeast-1",
];

/// How wide the terminal is, in characters.
const COLUMNS: usize = 110;

/// The sixteen colours of terminals, on a dark ground that suits a light page and a dark one. Each can
/// be read on the first.
const COLOURS: Palette = Palette([
    RgbColor(0x0d, 0x11, 0x17),
    RgbColor(0xff, 0x7b, 0x72),
    RgbColor(0x56, 0xd3, 0x64),
    RgbColor(0xe3, 0xb3, 0x41),
    RgbColor(0x79, 0xc0, 0xff),
    RgbColor(0xd2, 0xa8, 0xff),
    RgbColor(0x56, 0xd4, 0xdd),
    RgbColor(0xe6, 0xed, 0xf3),
    RgbColor(0x8b, 0x94, 0x9e),
    RgbColor(0xff, 0xa1, 0x98),
    RgbColor(0x7e, 0xe7, 0x87),
    RgbColor(0xf2, 0xcc, 0x60),
    RgbColor(0xa5, 0xd6, 0xff),
    RgbColor(0xe2, 0xc5, 0xff),
    RgbColor(0xb3, 0xf0, 0xff),
    RgbColor(0xff, 0xff, 0xff),
]);

/// A text in lines as a terminal breaks them: after so many characters, wherever that is. Colours are
/// no characters.
fn broken(text: &str) -> String {
    let (mut out, mut column, mut in_escape) = (String::new(), 0, false);
    for c in text.chars() {
        match c {
            '\n' => column = 0,
            '\x1b' => in_escape = true,
            _ if in_escape => in_escape = c != 'm',
            _ if column == COLUMNS => {
                out.push('\n');
                column = 1;
            }
            _ => column += 1,
        }
        out.push(c);
    }
    out
}

#[test]
fn the_picture_of_a_terminal_is_what_the_program_prints() {
    let folder = Folder::new();
    folder.write("app.yaml", findings::case_named("private-dns-off").text);
    let mut session = String::new();
    for line in TYPED {
        let output = program()
            .args(line.split(' '))
            .args(["--color", "always"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
        assert!(output.status.code().is_some_and(|code| code <= 1), "{said}");
        let _ = write!(session, "\x1b[1m$ fargate-egress {line}\x1b[0m\n{said}\n");
    }
    let picture = Term::new().palette(COLOURS).render_svg(broken(session.trim_end()).as_str());
    // For who does not see it, and for who makes it smaller.
    let (head, rest) = picture.split_once('\n').unwrap();
    let size = |name: &str| {
        let (_, value) = head.split_once(&format!("{name}=\"")).unwrap();
        value.split_once("px").unwrap().0.to_owned()
    };
    let (width, height) = (size("width"), size("height"));
    let picture = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n  <title>A session of fargate-egress in a terminal</title>\n{rest}"
    );
    assert_committed(&root().join("docs/session.svg"), &picture);
}
