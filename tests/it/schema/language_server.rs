//! What an editor makes of the schema: the YAML language server behind VS Code, Neovim and others,
//! asked as they ask it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Folder, node_modules, root};

/// The server, with one folder open.
struct LanguageServer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: String,
    asked: u32,
}

impl LanguageServer {
    fn start(folder: &Folder) -> LanguageServer {
        let mut child = Command::new("node")
            .arg(node_modules().join("yaml-language-server/bin/yaml-language-server"))
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = LanguageServer {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            folder: format!("file://{}", folder.path().display()),
            asked: 0,
        };
        let opened = server.folder.clone();
        server.ask("initialize", json!({"processId": null, "rootUri": opened, "capabilities": {}}));
        // The store of schemas is on the network.
        let settings = json!({"yaml": {"schemaStore": {"enable": false}, "validate": true}});
        server.tell("initialized", json!({}));
        server.tell("workspace/didChangeConfiguration", json!({"settings": settings}));
        server
    }

    /// Opens a file; what the server says is wrong with it.
    fn open(&mut self, name: &str, text: &str) -> Vec<String> {
        let uri = format!("{}/{name}", self.folder);
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        loop {
            let message = self.next();
            let about = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics" && about["uri"] == uri {
                let found = about["diagnostics"].as_array().unwrap();
                return found.iter().map(|each| each["message"].as_str().unwrap().into()).collect();
            }
        }
    }

    /// What the server offers at the end of a text that ends where somebody types.
    fn completions(&mut self, name: &str, text: &str) -> Vec<String> {
        self.open(name, text);
        let (line, column) =
            (text.matches('\n').count(), text.len() - text.rfind('\n').unwrap() - 1);
        let place = json!({
            "textDocument": {"uri": format!("{}/{name}", self.folder)},
            "position": {"line": line, "character": column},
        });
        let offered = self.ask("textDocument/completion", place);
        let items = offered["items"].as_array().unwrap();
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    fn ask(&mut self, method: &str, about: Value) -> Value {
        self.asked += 1;
        let number = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": number, "method": method, "params": about}));
        loop {
            let mut message = self.next();
            if message["id"] == number && message.get("method").is_none() {
                return message["result"].take();
            }
        }
    }

    fn tell(&mut self, method: &str, about: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": about}));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    /// The next message of the server; what it asks itself is answered with nothing.
    fn next(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server has ended");
            if line.trim().is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("Content-Length:") {
                length = number.trim().parse().unwrap();
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        let message: Value = serde_json::from_slice(&text).unwrap();
        if message.get("id").is_some() && message.get("method").is_some() {
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
        }
        message
    }
}

impl Drop for LanguageServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_editor_finds_a_misspelt_key_and_completes_the_right_one() {
    let folder = Folder::new();
    folder.write("egress.yaml", fs::read(root().join("egress.yaml")).unwrap());
    folder.write("docs/egress.schema.json", folder.run(&["schema"]).stdout);
    let mut server = LanguageServer::start(&folder);
    let example = folder.read("egress.yaml");
    assert_eq!(server.open("egress.yaml", &example), Vec::<String>::new());

    let misspelt = example.replacen("network:", "netwrok:", 1);
    assert_eq!(server.open("misspelt.yaml", &misspelt), ["Property netwrok is not allowed."]);
    let unquoted = example.replacen("\"012345678901\"", "012345678901", 1);
    assert_eq!(server.open("unquoted.yaml", &unquoted), ["Incorrect type. Expected \"string\"."]);
    let invalid = example.replacen("vpc-0a1b2c3d4e5f60718", "vpc-1", 1);
    let expected = ["expected vpc- and 8 or 17 of 0-9 and a-f"];
    assert_eq!(server.open("invalid.yaml", &invalid), expected);

    let modeline = example.lines().next().unwrap();
    let begun = format!("{modeline}\nstacks:\n  tokyo:\n    region: ap-northeast-1\n    ");
    let keys = server.completions("begun.yaml", &begun);
    assert!(keys.contains(&"registries".to_owned()), "{keys:?}");
    let words = server.completions("word.yaml", &format!("{begun}endpoint:\n      egress: "));
    assert_eq!(words, ["ecr-prefixes", "deny", "open"]);

    // A folder in which `init` has just been run.
    let init = Folder::new();
    let flags = ["init", "--region", "eu-west-1", "--account", "012345678901"];
    assert_eq!(init.run(&[&flags[..], &["--config", "my prod.yaml"]].concat()).code, 0);
    let mut server = LanguageServer::start(&init);
    let written = init.read("my prod.yaml");
    assert_eq!(server.open("my%20prod.yaml", &written), Vec::<String>::new());
    let misspelt = written.replacen("region:", "regoin:", 1);
    assert_eq!(server.open("misspelt.yaml", &misspelt).len(), 2);
}
