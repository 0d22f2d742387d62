//! Where FireLens sends logs.

use super::super::network::Container;
use super::gather::{Gather, unseen, why};
use crate::cloudformation::{Place, Value};

/// The value under the first of these keys, in any case, as Fluent Bit takes them.
fn option<'a>(options: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    let named = |key: &str| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
    options.fields().iter().find(|field| named(&field.key)).map(|field| &field.value)
}

/// The output that a container's logs go to: `Name` for Fluent Bit, `@type` for Fluentd. Sources:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html>,
/// <https://docs.fluentbit.io/manual/pipeline/outputs>.
pub(super) fn output(gather: &mut Gather<'_>, container: &Container, driver: Place) {
    let name = &container.name;
    let options = container.log_options.as_ref();
    let Some(plugin) = options.and_then(|options| option(options, &["Name", "@type"])) else {
        let message =
            format!("where FireLens sends the logs of {name} stands in a config of its own");
        gather.fault(unseen(driver, message).help(SERVICES));
        return;
    };
    let region = options.and_then(|options| option(options, &["region"])).and_then(Value::as_text);
    let Some(known) = plugin.as_known() else {
        let why = why(plugin);
        let message = format!("where FireLens sends the logs of {name} cannot be told{why}");
        gather.fault(unseen(plugin.place, message).help(SERVICES));
        return;
    };
    let service = match known.to_ascii_lowercase().as_str() {
        "cloudwatch" | "cloudwatch_logs" => "logs",
        "firehose" | "kinesis_firehose" => "kinesis-firehose",
        "kinesis" | "kinesis_streams" => "kinesis-streams",
        "s3" => {
            let bucket = options.and_then(|options| option(options, &["bucket", "s3_bucket"]));
            gather.object(bucket.unwrap_or(plugin), &format!("the bucket of the logs of {name}"));
            return;
        }
        other => {
            let message = format!(
                "FireLens sends the logs of {name} to `{other}`, which no endpoint is known for"
            );
            gather.fault(unseen(plugin.place, message));
            return;
        }
    };
    gather.service(service, plugin.place, format!("FireLens' `{known}` of {name}"), region);
}

const SERVICES: &str =
    "add what it is to `services`: `logs`, `kinesis-firehose` or `kinesis-streams`";

/// A config of FireLens' own, which may be in S3.
pub(super) fn config(gather: &mut Gather<'_>, name: &str, options: &Value) {
    let is_s3 = options.get("config-file-type").and_then(Value::as_known) == Some("s3");
    if let (true, Some(value)) = (is_s3, options.get("config-file-value")) {
        gather.object(value, &format!("FireLens' config of {name}"));
    }
}
