# docker build --tag fargate-egress .
# docker run --rm --init --user "$(id -u):$(id -g)" --volume "$PWD:/work" fargate-egress check
#
# The image has the program and nothing else: `resolve` asks the resolvers that Docker names, trusts
# Mozilla's certificates, and takes prefix lists from `--prefix-lists`, as there is no AWS CLI.

# On Alpine a program for musl is what cargo builds by itself, for whichever processor it runs on.
FROM docker.io/library/rust:1.95-alpine AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked

FROM scratch
COPY --from=build /source/LICENSE-APACHE /source/LICENSE-MIT /
COPY --from=build /source/target/release/fargate-egress /
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["/fargate-egress"]
