//! A template in JSON: what its YAML says, and nothing else.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_yaml::Value;

/// A template that was rendered as YAML in JSON, with the functions in their long form.
///
/// It is made from the text and not from the plan, so that it says what a template of the user's
/// says too.
///
/// # Errors
/// The text is not YAML; in words.
pub(super) fn json(yaml: &str) -> Result<String, String> {
    let document: Value = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
    let mut text =
        serde_json::to_string_pretty(&Json(&document)).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}

/// A value of YAML as JSON, its mappings in their order.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Mapping(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(&Json(key), &Json(value))?;
                }
                map.end()
            }
            Value::Sequence(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Json(item))?;
                }
                list.end()
            }
            Value::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                let name = name.trim_start_matches('!');
                let mut map = serializer.serialize_map(Some(1))?;
                match (name, tagged.value.as_str()) {
                    ("Ref" | "Condition", _) => map.serialize_entry(name, &Json(&tagged.value))?,
                    // In YAML a text with a dot, in JSON a list.
                    ("GetAtt", Some(text)) => {
                        let parts = text.split_once('.').unwrap_or((text, ""));
                        map.serialize_entry("Fn::GetAtt", &[parts.0, parts.1])?;
                    }
                    _ => map.serialize_entry(&format!("Fn::{name}"), &Json(&tagged.value))?,
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_take_their_long_form_and_the_order_stays() {
        let yaml = "b: !Ref A\na:\n  - !GetAtt G.GroupId\n  - !Sub \"${AWS::Region}\"\n  - !If [C, 443, !Ref \"AWS::NoValue\"]\n\
                    c: {\"012\": \"012\", Condition: !Condition D, e: true, f: []}\n";
        let json = json(yaml).unwrap();
        let compact: String = json.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(
            compact,
            r#"{"b":{"Ref":"A"},"a":[{"Fn::GetAtt":["G","GroupId"]},{"Fn::Sub":"${AWS::Region}"},{"Fn::If":["C",443,{"Ref":"AWS::NoValue"}]}],"c":{"012":"012","Condition":{"Condition":"D"},"e":true,"f":[]}}"#
        );
    }
}
