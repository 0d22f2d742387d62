//! A server that plays AWS, and the AWS CLI with which to talk to it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Folder, root, tools};

/// A server that plays AWS; it ends when its standard input is closed.
pub(crate) struct Aws {
    server: Child,
    pub(crate) url: String,
}

impl Aws {
    pub(crate) fn start() -> Aws {
        let folder = root().join("tests/aws");
        let mut server = Command::new(tools().join("python"))
            .arg(folder.join("server.py"))
            .arg("--world")
            .arg(folder.join("world.json"))
            .arg("--until-stdin-closes")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("the server starts").to_owned();
        Aws { server, url }
    }

    /// A command for a shell, with the AWS CLI of the tests and without the user's credentials.
    pub(crate) fn shell(&self, folder: &Folder, line: &str) -> Result<String, String> {
        let path = format!("{}:/usr/bin:/bin", tools().display());
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder.path())
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(format!("{}{}", text(&output.stdout), text(&output.stderr)))
        }
    }

    pub(crate) fn ask(&self, folder: &Folder, region: &str, question: &str) -> Value {
        let line = format!("aws {question} --region {region} --output json");
        let answer = self.shell(folder, &line).unwrap_or_else(|error| panic!("{line}: {error}"));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{line}: {error}: {answer}"))
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        // It ends by itself; a server that does not must not outlive the tests either.
        for _ in 0..50 {
            if matches!(self.server.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
