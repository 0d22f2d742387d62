//! The lock as a JSON Schema, for whoever reads or reviews one in an editor.
//!
//! It refuses nothing that the reader takes; `tests/it/schema/lock.rs` ties it to the types.

use serde_json::{Value, json};

use super::VERSION;
use crate::aws::{Partition, PrefixListId, VpcId};
use crate::schema::{
    Shape, defined, id, ipv4, list, map, map_of_any, matching, object, region, stack_name, text,
};

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    let partitions = Partition::ALL.iter().fold(object(), |partitions, partition| {
        partitions.key(partition.name(), map(region(Some(*partition)), defined("region")))
    });
    object()
        .required("partitions", partitions.about("What was looked up, by partition and region."))
        .key("stacks", some(map(stack_name(), stack())).about("What belongs to one VPC, by stack."))
        .required(
            "version",
            Shape::new(json!({"const": VERSION})).about("The version of the format."),
        )
        .define("region", region_facts())
        .define("service", service())
        .define("host", host())
        .define("sighting", sighting())
        .about(
            "Everything that was looked up, with where it came from. fargate-egress resolve \
             writes it in one canonical form; an edit by hand is refused.",
        )
        .document("The lock of fargate-egress")
}

fn region_facts() -> Shape {
    object()
        .key("ip-ranges", publication())
        .key(
            "prefixes",
            some(map(prefix(), prefix_facts())).about("The prefixes that were chosen."),
        )
        .required(
            "services",
            map_of_any(defined("service")).about("By the end of the endpoint service name."),
        )
}

fn publication() -> Shape {
    let entries = Shape::new(json!({"type": "integer", "minimum": 0}));
    object()
        .required("create-date", text().about("When it was made, YYYY-MM-DD-hh-mm-ss in UTC."))
        .required("entries", entries.about("How many entries it has, of both families."))
        .required("sha256", text().about("SHA-256 of the published file, hexadecimal."))
        .required("sync-token", text().about("The same time in seconds since 1970, as published."))
        .about("The publication of ip-ranges.json that the prefixes were chosen from.")
}

fn prefix_facts() -> Shape {
    object()
        .required("border-group", text().about("The border group of its AMAZON entry."))
        .required(
            "services",
            set(text())
                .with("contains", json!({"const": "AMAZON"}))
                .about("Every service it is listed for, AMAZON among them."),
        )
}

fn service() -> Shape {
    let source = "Where the id came from: EC2, built-in, or the name of a file.";
    let prefix_list = object()
        .required("id", id::<PrefixListId>().about("Its id in this region."))
        .required("name", text().about("Its name."))
        .required("source", text().about(source));
    object()
        .key("hosts", some(map_of_any(defined("host"))).about("The hosts that were asked."))
        .key("prefix-list", prefix_list.about("The prefix list of its addresses."))
}

fn host() -> Shape {
    let address =
        matching(&format!("^({}|{IPV6})$", ipv4()), "an IP address").example("3.112.64.17");
    object()
        .required(
            "addresses",
            map(address, defined("sighting")).about("Every address seen in an unbroken run."),
        )
        .key(
            "cnames",
            list(text())
                .with("minItems", 1)
                .about("The names it is an alias of, in the order they are followed."),
        )
}

fn sighting() -> Shape {
    let seen = || {
        let day = "(-(0[1-9]|[12][0-9]|3[01]))?";
        let pattern = format!("^[0-9]{{4}}(-(0[1-9]|1[0-2]){day})?$");
        matching(&pattern, "a day, a month or a year such as 2025-03")
    };
    let chosen = "The longest AMAZON prefix of the region that covers the address.";
    object()
        .key("first-seen", seen().about("The first time; absent where the source does not say."))
        .key("last-seen", seen().about("The last time that was written down."))
        .required("prefix", prefix().about(chosen))
        .required("seen-by", set(text()).about("Who answered."))
}

fn stack() -> Shape {
    let address = matching(&format!("^{}$", ipv4()), "an IPv4 address");
    object()
        .required(
            "endpoint-addresses",
            map_of_any(set(address))
                .about("The private addresses of its interface endpoints, by service."),
        )
        .required("vpc", id::<VpcId>().about("The VPC they are in."))
}

/// Which digits make an address is left to the reader.
const IPV6: &str = "[0-9a-f:]*:[0-9a-f:.]*";

fn prefix() -> Shape {
    let ipv4 = format!("{}/(3[0-2]|[12]?[0-9])", ipv4());
    let ipv6 = format!("{IPV6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9])");
    matching(&format!("^({ipv4}|{ipv6})$"), "a prefix such as 52.192.0.0/15")
        .example("52.192.0.0/15")
}

fn set(items: Shape) -> Shape {
    list(items).unique()
}

/// What is empty is left out of the lock.
fn some(map: Shape) -> Shape {
    map.with("minProperties", 1)
}
