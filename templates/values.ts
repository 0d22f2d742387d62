{#- Components that the construct shares. Every string that is put in is quoted by the program, or
is a name. -#}

{%- component value(v) -%}
{%- if v.kind == "property" -%}
props.{= v.text | name =}
{%- elif v.kind == "group-property" -%}
props.{= v.text | name =}.securityGroupId
{%- elif v.kind == "vpc-cidr" -%}
vpcCidr
{%- elif v.kind == "task-group" -%}
this.taskSecurityGroup.securityGroupId
{%- elif v.kind == "endpoint-group" -%}
this.endpointSecurityGroup.securityGroupId
{%- elif v.kind == "import" -%}
cdk.Fn.importValue({= v.text =})
{%- elif v.kind == "sub" -%}
cdk.Fn.sub({= v.text =})
{%- elif v.kind == "per-region" -%}
regions.findInMap(cdk.Aws.REGION, {= v.text =})
{%- else -%}
{= v.text =}
{%- endif -%}
{%- endcomponent value -%}

{%- component type(name) -%}
{%- if name == "vpc" -%}
ec2.IVpc
{%- elif name == "subnets" -%}
ec2.SubnetSelection
{%- elif name == "subnet" -%}
ec2.ISubnet
{%- elif name == "route-tables" -%}
ec2.IRouteTable[]
{%- elif name == "route-table" -%}
ec2.IRouteTable
{%- elif name == "security-group" -%}
ec2.ISecurityGroup
{%- else -%}
string
{%- endif -%}
{%- endcomponent type -%}

{%- component group(group) -%}
new ec2.CfnSecurityGroup(this, {= group.id =}, {
      groupDescription: {= group.description =},
      vpcId: vpc.vpcId,
{%- if group.ingress %}
      securityGroupIngress: [
{%- for rule in group.ingress %}
        // {= rule.comment | comment =}
        {= <inline rule={rule}/> =},
{%- endfor %}
      ],
{%- endif %}
{%- if group.egress %}
      securityGroupEgress: [
{%- for rule in group.egress %}
        // {= rule.comment | comment =}
        {= <inline rule={rule}/> =},
{%- endfor %}
      ],
{%- endif %}
    });
{%- endcomponent group -%}

{%- component inline(rule) -%}
{%- if rule.condition -%}
cdk.Fn.conditionIf(
          {= rule.condition | name =}.logicalId,
          {
{%- for field in rule.fields %}
            {= field.name | name =}: {= <value v={field.value}/> =},
{%- endfor %}
          },
          cdk.Aws.NO_VALUE,
        )
{%- else -%}
{
{%- for field in rule.fields %}
          {= field.name | name =}: {= <value v={field.value}/> =},
{%- endfor %}
        }
{%- endif -%}
{%- endcomponent inline -%}

{%- component add(rule) -%}
Rule(
      ec2.Peer.{% if rule.ipv4 %}ipv4{% else %}ipv6{% endif %}({= <value v={rule.peer}/> =}),
      ec2.Port.{% if rule.port %}tcp({= rule.port =}){% else %}allTraffic(){% endif %},
      {= rule.description =},
    );
{%- endcomponent add -%}

{%- component allow(statement) -%}
allow(
        [{% for action in statement.actions %}{% if not loop.first %}, {% endif %}{= action =}{% endfor %}],
        [{% for resource in statement.resources %}{% if not loop.first %}, {% endif %}{= <value v={resource}/> =}{% endfor %}],
      )
{%- endcomponent allow -%}
