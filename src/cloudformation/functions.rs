//! The functions that make values of values.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use super::arg::Arg;
use super::conditions::first_unknown;
use super::logic::Logic;
use super::session::Session;
use super::template::Scope;
use super::{Kind, Piece, Place, Text, Unknown, Value, compute, keys};
use crate::prefix::shorten;

impl<'w> Session<'w> {
    /// What a function comes to.
    pub(super) fn call(
        &mut self,
        name: &str,
        arg: Arg<'w>,
        at: Place,
        scope: &Scope,
    ) -> Option<Value> {
        // A macro writes the arguments.
        if name != "Transform" && arg.call().is_some_and(|(inner, _)| inner == "Transform") {
            return self.arg(arg, scope);
        }
        Some(match name {
            "Ref" => return self.ref_call(arg, at, scope),
            "GetAtt" => return self.get_att(arg, at, scope),
            "If" => return self.choose(arg, at, scope),
            "Sub" => self.sub(arg, at, scope),
            "Join" => self.join(arg, at, scope),
            "Select" => self.select(arg, at, scope),
            "Split" => self.split(arg, at, scope),
            "FindInMap" => return self.find_in_map(arg, at, scope),
            "ImportValue" => return self.import(arg, at, scope),
            "GetAZs" => self.zones(arg, at, scope),
            "Cidr" => self.cidr(arg, at, scope),
            "Base64" => self.of_one("Base64", arg, at, scope, |value| {
                value.as_known().map(|text| compute::base64(text.as_bytes()))
            }),
            "Length" => self.of_one("Length", arg, at, scope, |value| match &value.kind {
                Kind::List(items) if !items.iter().any(may_be_many) => {
                    Some(items.len().to_string())
                }
                _ => None,
            }),
            "ToJsonString" => self.json_string(arg, at, scope),
            "Equals" | "And" | "Or" | "Not" | "Condition" => {
                match self.condition_call(name, arg, at, scope) {
                    Logic::Known(holds) => Value::text(at, Text::known(holds.to_string())),
                    Logic::Open(open) => self.unknown(at, open.unknown(name)),
                }
            }
            "Transform" => {
                self.hide_transform(at);
                self.opaque(at, scope, "a macro makes it".into())
            }
            name => {
                let why = format!("CloudFormation has no function `{}`", shorten(name));
                self.opaque(at, scope, why)
            }
        })
    }

    /// `Ref`, whose name may be a function's with `AWS::LanguageExtensions`.
    fn ref_call(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        if arg.text().is_some() {
            let name = self.scalar(arg.node, scope);
            return self.reference(&name, at, scope);
        }
        let name = arg.call().and_then(|_| self.arg(arg, scope));
        match name {
            Some(name) if name.as_text().is_some() => match name.as_known() {
                Some(known) => self.reference(known, at, scope),
                None => Some(self.derived("Ref", &[&name], true, at, scope)),
            },
            _ => {
                const TAKES: &str = "`Ref` takes the name of a parameter or resource";
                Some(self.wrong_arguments(TAKES, at, scope))
            }
        }
    }

    /// Something unknown that follows from other values: equal where they are.
    pub(super) fn derived(
        &self,
        what: &str,
        of: &[&Value],
        many: bool,
        at: Place,
        scope: &Scope,
    ) -> Value {
        let mut key = what.to_lowercase();
        for value in of {
            key.push_str(&format!(" <{}>", keys::of(Some(value))));
        }
        // What a template's own sections have a say in is another thing in another file.
        if matches!(what, "FindInMap" | "GetAtt" | "Ref") {
            key.push_str(&format!(" {}", scope.file));
        }
        let shown: Vec<String> = of.iter().map(|value| shorten(&value.to_string())).collect();
        let why =
            of.iter().find_map(|value| first_unknown(value)).map(|unknown| unknown.why.clone());
        let unknown = Unknown {
            key: keys::short(key).into(),
            name: format!("!{what} [{}]", shown.join(", ")).into(),
            why: why.unwrap_or_else(|| "it is known only when it is made".into()),
            many,
        };
        self.unknown(at, unknown)
    }

    fn wrong_arguments(&mut self, message: &str, at: Place, scope: &Scope) -> Value {
        self.invalid(at, message.to_owned());
        self.opaque(at, scope, message.to_owned())
    }

    /// A function of one value.
    fn of_one(
        &mut self,
        what: &str,
        arg: Arg<'w>,
        at: Place,
        scope: &Scope,
        compute: impl Fn(&Value) -> Option<String>,
    ) -> Value {
        let Some(value) = self.arg(arg, scope) else {
            return self.wrong_arguments(&format!("`Fn::{what}` takes a value"), at, scope);
        };
        match compute(&value) {
            Some(text) => Value::text(at, self.text(at, [Text::known(text)])),
            None => self.derived(what, &[&value], false, at, scope),
        }
    }

    fn join(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        const TAKES: &str = "`Fn::Join` takes a text and a list";
        let Some([delimiter, list]) = arg.items() else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        let literal = Arg::new(list).text().is_some();
        let (Some(delimiter), Some(list)) = (self.value(delimiter, scope), self.value(list, scope))
        else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        if literal || matches!(delimiter.kind, Kind::List(_) | Kind::Map(_)) {
            return self.wrong_arguments(TAKES, at, scope);
        }
        let Kind::List(items) = &list.kind else {
            return self.derived("Join", &[&delimiter, &list], false, at, scope);
        };
        let texts: Option<Vec<&Text>> =
            items.iter().map(|item| item.as_text().filter(|_| !may_be_many(item))).collect();
        let (Some(texts), Some(between)) = (texts, delimiter.as_text()) else {
            // A list of one list is that list.
            let list = if let [only] = items.as_slice() { only } else { &list };
            return self.derived("Join", &[&delimiter, list], false, at, scope);
        };
        let mut pieces = Vec::with_capacity(texts.len() * 2);
        for text in texts {
            if !pieces.is_empty() {
                pieces.push(between.clone());
            }
            pieces.push(text.clone());
        }
        Value::text(at, self.text(at, pieces))
    }

    fn select(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        const TAKES: &str = "`Fn::Select` takes a number and a list";
        let Some([index_node, list]) = arg.items() else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        let (Some(index), Some(list)) = (self.value(index_node, scope), self.value(list, scope))
        else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        let number = index.as_known().map(|text| text.trim().parse::<usize>());
        if let (Some(Err(_)), Some(_)) = (&number, Arg::new(index_node).text()) {
            return self.wrong_arguments(TAKES, at, scope);
        }
        if let (Some(Ok(number)), Kind::List(items)) = (number, &list.kind) {
            let before = items.len().min(number.saturating_add(1));
            if !items[..before].iter().any(may_be_many) {
                if let Some(item) = items.get(number) {
                    return self.copy(item, at);
                }
                let why = format!("the list has no entry {number}: it has {}", items.len());
                return self.opaque(at, scope, why);
            }
        }
        let list = match &list.kind {
            Kind::List(items) if items.len() == 1 => &items[0],
            _ => &list,
        };
        let mut value = self.derived("Select", &[&index, list], false, at, scope);
        // The index is known letters: in the key it stands without quotes.
        if let (Kind::Text(text), Some(number)) = (&mut value.kind, index.as_known())
            && let Some(unknown) = text.as_unknown()
        {
            let key = match list.as_unknown() {
                Some(of) => format!("select {number} of {}", of.key),
                None => format!("select {number} of {}", keys::of(Some(list))),
            };
            let unknown = Unknown { key: keys::short(key).into(), ..unknown.clone() };
            return self.unknown(at, unknown);
        }
        value
    }

    fn split(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        const TAKES: &str = "`Fn::Split` takes a text to split at and a text";
        let Some([delimiter, text]) = arg.items() else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        let (Some(delimiter), Some(text)) = (self.value(delimiter, scope), self.value(text, scope))
        else {
            return self.wrong_arguments(TAKES, at, scope);
        };
        match (delimiter.as_known(), text.as_known()) {
            (Some(""), _) => self.wrong_arguments(TAKES, at, scope),
            (Some(by), Some(whole)) => {
                if !self.charge(whole.len() * 8, at) {
                    return self.opaque(at, scope, "the template is too large".into());
                }
                let items = whole.split(by).map(|part| Value::text(at, Text::known(part)));
                Value { place: at, kind: Kind::List(items.collect()) }
            }
            (Some(","), None) => self.split_at_commas(&text, at, scope),
            _ => self.derived("Split", &[&delimiter, &text], true, at, scope),
        }
    }

    /// The items of a text with commas that is not wholly known.
    pub(super) fn split_at_commas(&self, text: &Value, at: Place, scope: &Scope) -> Value {
        match text.as_text() {
            // No id has a comma in it, so a list of ids that was joined can be taken apart.
            Some(ids) if !ids.has_unknown() => {
                let items = at_commas(ids.pieces()).into_iter();
                let items = items.map(|item| Value::text(at, item));
                Value { place: at, kind: Kind::List(items.collect()) }
            }
            _ => {
                let comma = Value::text(at, Text::known(","));
                self.derived("Split", &[&comma, text], true, at, scope)
            }
        }
    }

    fn zones(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        let given = self.arg(arg, scope).filter(|value| value.as_known() != Some(""));
        let Some(region) = given.or_else(|| self.pseudo("AWS::Region", at, scope)) else {
            return self.opaque(at, scope, "the region is not given".into());
        };
        let unknown = Unknown {
            key: keys::short(format!("zones {}", keys::of(Some(&region)))).into(),
            name: format!("!GetAZs {}", shorten(&region.to_string())).into(),
            why: format!(
                "the availability zones of {} are not known here",
                shorten(&region.to_string())
            )
            .into(),
            many: true,
        };
        self.unknown(at, unknown)
    }

    fn cidr(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        const TAKES: &str =
            "`Fn::Cidr` takes a prefix, a count of 1 to 256 and a number of bits for each";
        let (base, rest) = match arg.items() {
            Some([base, rest @ ..]) if (1..=2).contains(&rest.len()) => (base, rest),
            _ => return self.wrong_arguments(TAKES, at, scope),
        };
        let given = std::iter::once(base).chain(rest);
        let given: Option<Vec<Value>> = given.map(|node| self.value(node, scope)).collect();
        let Some(given) = given else { return self.wrong_arguments(TAKES, at, scope) };
        let number = |value: &Value| value.as_known().map(|text| text.trim().parse::<u32>());
        for (node, value) in rest.iter().zip(&given[1..]) {
            let fits = |number: u32| number <= 256;
            let wrong = !number(value).is_none_or(|number| number.is_ok_and(fits));
            if wrong && Arg::new(node).text().is_some() {
                return self.wrong_arguments(TAKES, at, scope);
            }
        }
        let of: Vec<&Value> = given.iter().collect();
        let known = match (given[0].as_known(), number(&given[1]), given.get(2).and_then(number)) {
            (Some(base), Some(Ok(count)), Some(Ok(bits))) => compute::cidrs(base, count, bits),
            _ => None,
        };
        match known {
            Some(prefixes) => {
                let items = prefixes.into_iter().map(|one| Value::text(at, Text::known(one)));
                Value { place: at, kind: Kind::List(items.collect()) }
            }
            None => self.derived("Cidr", &of, true, at, scope),
        }
    }

    fn json_string(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        let Some(value) = self.arg(arg, scope) else {
            return self.wrong_arguments("`Fn::ToJsonString` takes a list or a mapping", at, scope);
        };
        let mut text = Text::default();
        if compute::json(&value, &mut text) {
            Value::text(at, self.text(at, [text]))
        } else {
            self.derived("ToJsonString", &[&value], false, at, scope)
        }
    }
}

/// Whether it stands for a list, or may.
pub(super) fn may_be_many(value: &Value) -> bool {
    match &value.kind {
        Kind::Text(text) => text.as_unknown().is_some_and(|unknown| unknown.many),
        Kind::List(_) | Kind::Map(_) => false,
    }
}

/// The texts between the commas of known pieces.
fn at_commas(pieces: &[Piece]) -> Vec<Text> {
    let mut items = vec![Text::default()];
    for piece in pieces {
        match piece {
            Piece::Known(known) => {
                for (number, part) in known.split(',').enumerate() {
                    if number > 0 {
                        items.push(Text::default());
                    }
                    if let Some(last) = items.last_mut() {
                        last.push(Piece::Known(part.to_owned()));
                    }
                }
            }
            other => {
                if let Some(last) = items.last_mut() {
                    last.push(other.clone());
                }
            }
        }
    }
    items
}
