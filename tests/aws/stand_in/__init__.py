"""A stand-in for AWS: moto, with CloudFormation and the VPC parts it gets wrong replaced.

moto answers the EC2 API well, but its CloudFormation ignores much of what a
template says (egress rules, tags, unknown properties) and gets updates wrong.
Here CloudFormation is played by this package, on top of moto's EC2 state:

- ``world`` is what exists in each region before a test begins.
- ``templates``, ``functions``, ``parameters``, ``assertions``, ``schemas`` and ``limits``
  decide what can be decided before a resource is touched; ``prepared`` brings them together.
- ``stacks``, ``deployment`` and ``regions`` keep, make, change, roll back and delete stacks.
- ``resources`` are the resource types, as EC2 accepts or refuses them.
- ``cloudformation_api`` and ``web`` are the HTTP side.

What a template asks for and the stand-in does not play, it refuses and says so. Of a
request it reads over what changes nothing here: roles, capabilities, notifications,
time-outs.
"""
