//! Colour: on a terminal, and nowhere else unless it is asked for.

use std::process::Command;

use crate::support::{Folder, readers};

/// Runs the program with its streams on terminals or on pipes, and prints what came out of each:
/// `sys.argv` has the streams that are terminals, variables, and the arguments.
const RUN: &str = r#"
import json, os, pty, subprocess, sys, threading
terminals, environment, arguments = json.loads(sys.argv[1])
streams = ("stdout", "stderr")
ends = {each: pty.openpty() if each in terminals else os.pipe() for each in streams}
said = dict.fromkeys(streams, b"")

def read(stream):
    while True:
        try:
            part = os.read(ends[stream][0], 65536)
        except OSError:  # a terminal that nobody has open any more
            return
        if not part:
            return
        said[stream] += part

child = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL,
                         stdout=ends["stdout"][1], stderr=ends["stderr"][1])
for _, theirs in ends.values():
    os.close(theirs)
readers = [threading.Thread(target=read, args=(each,)) for each in streams]
for reader in readers:
    reader.start()
for reader in readers:
    reader.join()
child.wait()
print(json.dumps([said[each].decode() for each in streams]))
"#;

/// Whether standard output and standard error have colour.
fn coloured(
    folder: &Folder,
    terminals: &[&str],
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> [bool; 2] {
    let arguments: Vec<&str> =
        [env!("CARGO_BIN_EXE_fargate-egress")].iter().chain(arguments).copied().collect();
    let environment: serde_json::Map<String, serde_json::Value> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let asked = serde_json::json!([terminals, environment, arguments]);
    let output = Command::new(readers().join("python"))
        .args(["-c", RUN, &asked.to_string()])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: [String; 2] = serde_json::from_slice(&output.stdout).unwrap();
    said.map(|text| text.contains("\x1b["))
}

const BOTH: &[&str] = &["stdout", "stderr"];
const TERM: (&str, &str) = ("TERM", "xterm-256color");

/// A folder where `check` has findings, which are a result.
fn drifted() -> Folder {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    folder.write("out/tokyo.yaml", "Resources: {}\n");
    folder
}

/// Whether a result has colour, and a warning, which goes to standard error.
fn said(terminals: &[&str], environment: &[(&str, &str)], flags: &[&str]) -> [bool; 2] {
    let folder = drifted();
    let of =
        |command: &[&str]| coloured(&folder, terminals, environment, &[command, flags].concat());
    [of(&["check"])[0], of(&["generate", "--out", "elsewhere"])[1]]
}

#[test]
fn colour_is_for_terminals() {
    let of = |terminals: &[&str], environment: &[(&str, &str)]| said(terminals, environment, &[]);
    assert_eq!(of(BOTH, &[TERM]), [true, true]);
    assert_eq!(of(&[], &[TERM]), [false, false]);
    // Each stream by itself: `2>log` leaves the result in colour, `>log` the warnings.
    assert_eq!(of(&["stdout"], &[TERM]), [true, false]);
    assert_eq!(of(&["stderr"], &[TERM]), [false, true]);
    assert_eq!(of(BOTH, &[("TERM", "dumb")]), [false, false]);
    assert_eq!(of(BOTH, &[TERM, ("NO_COLOR", "1")]), [false, false]);
    // https://no-color.org: when present and not an empty string.
    assert_eq!(of(BOTH, &[TERM, ("NO_COLOR", "")]), [true, true]);
    assert_eq!(of(BOTH, &[TERM, ("CLICOLOR", "0")]), [false, false]);
    assert_eq!(of(&[], &[TERM, ("CLICOLOR_FORCE", "1")]), [true, true]);
    assert_eq!(of(&[], &[TERM, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), [false, false]);
}

#[test]
fn the_flag_wins_over_everything() {
    let with = |when: &str, terminals: &[&str], environment: &[(&str, &str)]| {
        said(terminals, environment, &["--color", when])
    };
    assert_eq!(with("always", &[], &[("NO_COLOR", "1")]), [true, true]);
    assert_eq!(with("never", BOTH, &[TERM, ("CLICOLOR_FORCE", "1")]), [false, false]);
    assert_eq!(with("auto", BOTH, &[TERM]), [true, true]);
    assert_eq!(with("auto", &[], &[TERM]), [false, false]);
}

/// What reads the command line prints by itself, before there is a command.
#[test]
fn help_and_usage_errors_keep_to_it_too() {
    let folder = Folder::new();
    let of = |terminals: &[&str], environment: &[(&str, &str)], arguments: &[&str]| {
        coloured(&folder, terminals, environment, arguments)
    };
    for wrong in [&["chekc"][..], &["check", "--nonsense"], &["init", "--region"], &["verify"]] {
        assert_eq!(of(BOTH, &[TERM], wrong), [false, true], "{wrong:?}");
        assert_eq!(of(&["stdout"], &[TERM], wrong), [false, false], "{wrong:?}");
        assert_eq!(of(BOTH, &[TERM, ("NO_COLOR", "1")], wrong), [false, false], "{wrong:?}");
        let never = [&["--color", "never"], wrong].concat();
        assert_eq!(of(BOTH, &[TERM], &never), [false, false], "{never:?}");
        let always = [&["--color=always"], wrong].concat();
        assert_eq!(of(&[], &[TERM], &always), [false, true], "{always:?}");
    }
    for help in [&["--help"][..], &["check", "-h"], &["help", "check"]] {
        assert_eq!(of(BOTH, &[TERM], help), [true, false], "{help:?}");
        assert_eq!(of(&[], &[TERM], help), [false, false], "{help:?}");
        let never = [&["--color", "never"], help].concat();
        assert_eq!(of(BOTH, &[TERM], &never), [false, false], "{never:?}");
    }
    // A value that it does not know is said in the way that nothing was asked for.
    assert_eq!(of(BOTH, &[TERM], &["--color", "nevr", "check"]), [false, true]);
    assert_eq!(of(&[], &[TERM], &["check", "--", "--color", "always"]), [false, false]);
}

/// What other programs read is never coloured.
#[test]
fn files_for_programs_have_no_colour() {
    let folder = drifted();
    for arguments in [
        &["schema"][..],
        &["man", "check"],
        &["completions", "bash"],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
    ] {
        let always = [arguments, &["--color", "always"]].concat();
        assert!(!coloured(&folder, BOTH, &[TERM], &always)[0], "{arguments:?}");
    }
}

/// Neither what is in a file nor its name does anything to the terminal that it is shown on.
#[test]
fn nothing_out_of_a_file_steers_the_terminal() {
    const HOSTILE: &str = "\x1b[2J\u{9b}\u{202e}\u{2066}\x07";
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let template = folder.read("out/tokyo.yaml");
    folder.write(&format!("out/{HOSTILE}.yaml"), &template);
    folder.write("out/tokyo.yaml", format!("{template}# {HOSTILE}\n"));
    let quoted = r"\e[2J\u009b\u202e\u2066\a";
    let service = r#"{LaunchType: FARGATE, TaskDefinition: "QUOTED", NetworkConfiguration: {
        AwsvpcConfiguration: {Subnets: ["QUOTED"], SecurityGroups: ["QUOTED"]}}}"#;
    let text =
        format!("Resources: {{\"QUOTED\": {{Type: AWS::ECS::Service, Properties: {service}}}}}\n");
    folder.write(&format!("{HOSTILE}.yaml"), text.replace("QUOTED", quoted));
    folder.write("wrong.yaml", format!("stacks: {{\"{quoted}\": {{region: \"{quoted}\"}}}}\n"));
    folder.write("lock.json", folder.read("egress.lock.json").replace("nlb3-", "\u{202e}"));
    for (arguments, code) in [
        (&["check"][..], 1),
        (&["verify", &format!("{HOSTILE}.yaml"), "--region", "eu-west-1", "--evidence"], 0),
        (&["generate", "--config", "wrong.yaml"], 2),
        (&["explain", "tokyo", "--lock", "lock.json"], 0),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}{}", run.stdout, run.stderr);
        let said = run.stdout + &run.stderr;
        let steers = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}".contains(c));
        assert!(!said.contains(steers), "{arguments:?}: {said:?}");
    }
}
