//! The built-in publication as AWS publishes it.

use fargate_egress::facts::{IpRange, IpRanges};

/// As JSON, entry for entry.
pub(crate) fn json(ranges: &IpRanges) -> String {
    let list = |ipv4: bool, key: &str| {
        let entries = ranges.entries().filter(|entry| entry.prefix.is_ipv4() == ipv4).map(|entry| {
            let IpRange { prefix, service, region, border_group } = entry;
            format!(
                "    {{\n      \"{key}\": \"{prefix}\",\n      \"region\": \"{region}\",\n      \
                 \"service\": \"{service}\",\n      \"network_border_group\": \"{border_group}\"\n    }}"
            )
        });
        entries.collect::<Vec<_>>().join(",\n")
    };
    let publication = ranges.publication();
    format!(
        "{{\n  \"syncToken\": \"{}\",\n  \"createDate\": \"{}\",\n  \"prefixes\": [\n{}\n  ],\n  \
         \"ipv6_prefixes\": [\n{}\n  ]\n}}\n",
        publication.sync_token,
        publication.create_date,
        list(true, "ip_prefix"),
        list(false, "ipv6_prefix")
    )
}
