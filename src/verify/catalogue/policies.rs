//! What the endpoints' policies allow.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::PolicyMissesAction,
        severity: Severity::Error,
        cause: "The endpoint's policy does not allow an action that a pull makes. Once an endpoint \
            has a policy of its own, what it does not allow is denied, whatever the execution role \
            may do. A pull needs `ecr:GetAuthorizationToken`, `ecr:BatchGetImage` and \
            `ecr:GetDownloadUrlForLayer`; AWS's policy for execution roles has \
            `ecr:BatchCheckLayerAvailability` beside them.\n\n\
            The connection stands, so it is refused at once and does not time out. Look at the \
            role as well: one that lacks the action looks alike.",
        symptoms: &[seen::LOGIN_DENIED, seen::MANIFEST_DENIED],
        fix: r"
The same policy on `ecr.api` and `ecr.dkr`:

```yaml
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: ecr:GetAuthorizationToken
          Resource: '*'
        - Effect: Allow
          Principal: '*'
          Action:
            - ecr:BatchCheckLayerAvailability
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer
          Resource: !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*
```
",
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_POLICIES],
    },
    Page {
        code: Code::PolicyLoginResource,
        severity: Severity::Error,
        cause: "The policy allows `ecr:GetAuthorizationToken` on repositories. Logging in is not \
            done to a repository: the action knows no resources, and a statement with a \
            repository's ARN never matches it. The list of actions looks complete, and the very \
            first step of the pull is denied.",
        symptoms: &[seen::LOGIN_DENIED],
        fix: r"
Give the login a statement of its own, with every resource:

```yaml
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: ecr:GetAuthorizationToken
          Resource: '*'
        - Effect: Allow
          Principal: '*'
          Action:
            - ecr:BatchCheckLayerAvailability
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer
          Resource: !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*
```
",
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_POLICIES],
    },
    Page {
        code: Code::PolicyMissesBucket,
        severity: Severity::Error,
        cause: "The policy of the S3 gateway does not allow `s3:GetObject` on the bucket that ECR \
            keeps layers in. The bucket is AWS's, `prod-R-starport-layer-bucket` with the region \
            in its name, and a policy that lists the account's own buckets leaves it out. Often \
            only a part is wrong: another region, `arn:aws` in GovCloud, or no `/*` for the \
            objects.\n\n\
            The task logs in and reads the manifest, then the layers are refused with 403. A 403 \
            here is the policy; a timeout is route, group or prefix list.",
        symptoms: &[seen::LAYERS_DENIED],
        fix: r"
```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: s3:GetObject
          Resource: !Sub arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*
```

The gateway serves everything in its route tables: what else reads S3 from there needs statements
beside this one.
",
        sources: &[see::ECR_ENDPOINTS, see::S3_GATEWAY],
    },
    Page {
        code: Code::PolicyCondition,
        severity: Severity::Warning,
        cause: "A statement for the layers has a condition on who asks or on whose bucket it is: \
            `aws:PrincipalOrgID`, `aws:PrincipalAccount`, `aws:ResourceAccount`, \
            `aws:ResourceOrgID`. Layers are fetched by links that ECR has signed with an identity \
            of its own, from a bucket of AWS's own. Neither is in your account or organization, \
            the condition fails, and the layers are refused with 403.\n\n\
            It is the usual way to fence in data, and it hits ECR because nobody thinks of layers \
            as S3 objects of somebody else.",
        symptoms: &[seen::LAYERS_DENIED],
        fix: r"
Keep the condition for your own buckets, and allow the layers in a statement without one:

```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: s3:GetObject
          Resource: !Sub arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*
        - Effect: Allow
          Principal: '*'
          Action: s3:*
          Resource: '*'
          Condition:
            StringEquals:
              aws:ResourceAccount: !Ref AWS::AccountId
```
",
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_POLICIES],
    },
    Page {
        code: Code::PolicyWithoutPrincipal,
        severity: Severity::Error,
        cause: "A statement of the endpoint's policy has no `Principal`. An endpoint's policy says \
            who may do what through it, so each statement has to name somebody, unlike a policy of \
            a role from which such statements are often copied. EC2 refuses the policy when the \
            stack is deployed; linters do not look into it.",
        symptoms: &[],
        fix: r"
Everybody, which is the tasks, the role's own policy still deciding. A gateway endpoint takes
nothing else than `'*'`; narrow it with `aws:PrincipalArn` in a condition if need be, but never for
the layers.

```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: s3:GetObject
          Resource: !Sub arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*
```
",
        sources: &[see::ENDPOINT_POLICIES],
    },
    Page {
        code: Code::PolicyMissesObject,
        severity: Severity::Error,
        cause: "The task reads an environment file from S3, and the policy of the S3 gateway does \
            not allow that bucket. A policy narrowed to ECR's layers is right for pulls, and shuts \
            out every other bucket for everything in the same route tables. The file is fetched \
            before the containers start, so the task stops there.",
        symptoms: &[seen::ENV_FILES_DENIED],
        fix: r"
Add the bucket; the execution role needs the same two actions.

```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: s3:GetObject
          Resource:
            - !Sub arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*
            - !Sub arn:${AWS::Partition}:s3:::${EnvFileBucket}/*
        - Effect: Allow
          Principal: '*'
          Action: s3:GetBucketLocation
          Resource: !Sub arn:${AWS::Partition}:s3:::${EnvFileBucket}
```
",
        sources: &[see::ENVIRONMENT_FILES, see::S3_GATEWAY],
    },
    Page {
        code: Code::PolicyMissesRepository,
        severity: Severity::Error,
        cause: "The policy allows pulling, but not from the repository of this image. One `ecr.dkr` \
            endpoint serves the registries of all accounts in the region, and its policy often \
            allows only the own account's. Images of another account are then refused: shared \
            base images, the FireLens router from AWS's account, and the agent that GuardDuty \
            adds to tasks from an account of its own.",
        symptoms: &[seen::MANIFEST_DENIED],
        fix: r"
Add the repository with its account, on `ecr.api` and `ecr.dkr` alike:

```yaml
EcrDkrEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: ecr:GetAuthorizationToken
          Resource: '*'
        - Effect: Allow
          Principal: '*'
          Action:
            - ecr:BatchCheckLayerAvailability
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer
          Resource:
            - !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*
            - !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:111122223333:repository/base/*
```

The repository's own policy has to allow the account that pulls, too.
",
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_POLICIES],
    },
    Page {
        code: Code::PolicyTooLong,
        severity: Severity::Error,
        cause: "The policy has more than 20,480 characters, white space included, which is the \
            most that EC2 takes for an endpoint. It grows by lists of repositories or of \
            principals, and the stack fails when the endpoint is made or changed.",
        symptoms: &[],
        fix: r"
Put repositories under a common path and name that:

```yaml
EcrDkrEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal: '*'
          Action: ecr:GetAuthorizationToken
          Resource: '*'
        - Effect: Allow
          Principal: '*'
          Action:
            - ecr:BatchCheckLayerAvailability
            - ecr:BatchGetImage
            - ecr:GetDownloadUrlForLayer
          Resource:
            - !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/web/*
```
",
        sources: &[see::ENDPOINT_POLICIES],
    },
];
