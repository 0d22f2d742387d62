//! What the tasks are, and ask for.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::ExecutionRoleMissing,
        severity: Severity::Error,
        cause: "The task definition pulls from private ECR and has no `ExecutionRoleArn`. Fargate \
            logs in to the registry as that role before any container runs, so without it there \
            is nobody to log in as. `TaskRoleArn` does not stand in for it: the task role belongs \
            to the application and exists only once it runs.",
        symptoms: &[],
        fix: r"
```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            Service: ecs-tasks.amazonaws.com
          Action: sts:AssumeRole
    ManagedPolicyArns:
      - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1
```
",
        sources: &[see::EXECUTION_ROLE],
    },
    Page {
        code: Code::RoleMissesAction,
        severity: Severity::Warning,
        cause: "A role does not allow something that the task needs. Two roles are easily mixed \
            up: the execution role pulls the image, reads secrets and environment files and \
            writes logs; the task role is the application's, and is the one that `execute-command` \
            uses.\n\n\
            It is refused at once and does not time out, which tells it apart from the network. A \
            policy of the repository, secret or key can allow the same, so look there before \
            changing the role, and at the endpoint's policy, whose refusal looks alike.",
        symptoms: &[
            seen::LOGIN_DENIED,
            seen::MANIFEST_DENIED,
            seen::SECRET_DENIED,
            seen::PARAMETER_DENIED,
            seen::ENV_FILES_DENIED,
            seen::EXEC,
        ],
        fix: r"
What a pull and `awslogs` need is in AWS's policy for execution roles; secrets, environment files
and commands are extra.

```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            Service: ecs-tasks.amazonaws.com
          Action: sts:AssumeRole
    ManagedPolicyArns:
      - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
TaskRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            Service: ecs-tasks.amazonaws.com
          Action: sts:AssumeRole
    Policies:
      - PolicyName: execute-command
        PolicyDocument:
          Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action:
                - ssmmessages:CreateControlChannel
                - ssmmessages:CreateDataChannel
                - ssmmessages:OpenControlChannel
                - ssmmessages:OpenDataChannel
              Resource: '*'
```
",
        sources: &[see::EXECUTION_ROLE, see::ECS_EXEC],
    },
    Page {
        code: Code::RoleNotAssumable,
        severity: Severity::Error,
        cause: "The role's `AssumeRolePolicyDocument` lets others take the role on, and not \
            `ecs-tasks.amazonaws.com`. That holds for the execution role and for the task role. \
            `ecs.amazonaws.com` and `ec2.amazonaws.com` are other services: the one is for the \
            roles of ECS itself, the other for instances.",
        symptoms: &[seen::ASSUME_ROLE],
        fix: r"
```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Principal:
            Service: ecs-tasks.amazonaws.com
          Action: sts:AssumeRole
    ManagedPolicyArns:
      - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
```
",
        sources: &[see::EXECUTION_ROLE, see::TASK_ROLE],
    },
    Page {
        code: Code::ImageOutsideEcr,
        severity: Severity::Error,
        cause: "The image is not in private ECR, and endpoints lead nowhere else. A name without a \
            host is Docker Hub; ghcr.io, quay.io and mcr.microsoft.com are on the internet, and so \
            is `public.ecr.aws`: ECR's public gallery has no endpoint for pulls, although its name \
            looks as if the ones for ECR would do. Side cars count as well, such as a FireLens \
            router from the public gallery.",
        symptoms: &[seen::REGISTRY_PUBLIC, seen::MANIFEST],
        fix: r"
Copy the image into private ECR and name that:

```sh
docker pull public.ecr.aws/nginx/nginx:1.27
docker tag public.ecr.aws/nginx/nginx:1.27 ACCT.dkr.ecr.REGION.amazonaws.com/nginx:1.27
docker push ACCT.dkr.ecr.REGION.amazonaws.com/nginx:1.27
```

```yaml
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/nginx:1.27
```
",
        sources: &[see::ECR_ENDPOINTS, see::CANNOT_PULL],
    },
    Page {
        code: Code::ImageOtherRegion,
        severity: Severity::Error,
        cause: "The image is in the ECR of another region. The endpoints of this VPC answer for \
            this region's registry, and the layers lie in a bucket of the other region, which \
            neither the S3 gateway nor S3's prefix list here leads to. Even with an interface \
            endpoint into the other region the pull stops at the layers.",
        symptoms: &[seen::MANIFEST_PUBLIC, seen::LAYERS],
        fix: r"
Let ECR copy the images over as they are pushed, in a stack of the region that they come from:

```yaml
Replication:
  Type: AWS::ECR::ReplicationConfiguration
  Properties:
    ReplicationConfiguration:
      Rules:
        - Destinations:
            - Region: ap-northeast-1
              RegistryId: !Ref AWS::AccountId
```

And name the region where the task runs:

```yaml
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1
```

Images that were pushed before are not copied; push them again.
",
        sources: &[see::S3_GATEWAY, see::ECR_ENDPOINTS],
    },
    Page {
        code: Code::ServiceOtherRegion,
        severity: Severity::Error,
        cause: "The `awslogs` driver writes to the region that `awslogs-region` names, and a \
            secret or parameter is read in the region of its ARN. The endpoints of this VPC lead to \
            the services of its own region, and their private DNS answers for no other region's \
            names: what is asked for elsewhere needs a way out of the VPC. A task that does not \
            reach its log group or secret does not start.",
        symptoms: &[
            seen::LOGS,
            seen::LOGS_RETRIED,
            seen::SECRET,
            seen::PARAMETER,
            seen::PARAMETER_RETRIED,
        ],
        fix: r"
```yaml
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1
        LogConfiguration:
          LogDriver: awslogs
          Options:
            awslogs-group: web
            awslogs-region: !Ref AWS::Region
            awslogs-stream-prefix: web
```

Secrets Manager copies a secret to other regions by itself: `ReplicaRegions` of the secret. A
parameter has to be made in each region.
",
        sources: &[see::AWSLOGS, see::ECS_ENDPOINTS],
    },
    Page {
        code: Code::WindowsImage,
        severity: Severity::Warning,
        cause: "The task runs Windows. Base layers of Windows images may not be redistributed, so \
            a push leaves them out and a pull fetches them from Microsoft, past ECR, S3 and every \
            endpoint. Without a way to the internet the pull fails at these layers, though the \
            rest of the image is in ECR.",
        symptoms: &[],
        fix: r#"
Push those layers into ECR as well. On the machine that pushes, in the Docker daemon's `daemon.json`:

```json
{"allow-nondistributable-artifacts": ["ACCT.dkr.ecr.REGION.amazonaws.com"]}
```

Then push the image again. Otherwise the subnets need a NAT for the pull:

```yaml
TaskDefaultRouteA:
  Type: AWS::EC2::Route
  Properties:
    RouteTableId: !Ref TaskRouteTableA
    DestinationCidrBlock: 0.0.0.0/0
    NatGatewayId: !Ref NatGateway
```
"#,
        sources: &[see::ECR_ENDPOINTS],
    },
    Page {
        code: Code::OldPlatformVersion,
        severity: Severity::Warning,
        cause: "The platform version is older than 1.4.0. There Fargate logs in to ECR through an \
            interface of its own, outside of the VPC, and only the rest leaves through the task's: \
            such a task needs no `ecr.api` endpoint. What is checked here, and most of what is \
            written about endpoints, is about 1.4.0 and later, where everything leaves through \
            the task's interface.\n\n\
            A task that works on 1.3.0 may fail after the upgrade for want of an endpoint or an \
            egress rule.",
        symptoms: &[seen::START_TIMEOUT],
        fix: r"
Add the `ecr.api` endpoint and the egress first, then:

```yaml
TaskService:
  Type: AWS::ECS::Service
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref TaskDefinition
    LaunchType: FARGATE
    PlatformVersion: LATEST
    NetworkConfiguration:
      AwsvpcConfiguration:
        Subnets: [!Ref TaskSubnetA, !Ref TaskSubnetB]
        SecurityGroups: [!GetAtt TaskSecurityGroup.GroupId]
```
",
        sources: &[see::PLATFORM_MIGRATION, see::PLATFORM_VERSIONS],
    },
    Page {
        code: Code::PullThroughCache,
        severity: Severity::Warning,
        cause: "The repository is a pull-through cache. The first pull of an image makes ECR fetch \
            it from the other registry, and by AWS's documentation that first pull needs a way to \
            the internet although the task asks only ECR. Later pulls are served from the cache. \
            So it works wherever somebody has pulled the tag before, and fails for a new tag at \
            the worst time.",
        symptoms: &[],
        fix: r"
Pull each new tag once from somewhere with internet, such as the build, before tasks use it:

```sh
docker pull ACCT.dkr.ecr.REGION.amazonaws.com/hub/library/nginx:1.27
```

Who pulls first also needs the right to fill the cache, in the role and in the endpoint's policy:

```yaml
CacheFillPolicy:
  Type: AWS::IAM::RolePolicy
  Properties:
    RoleName: !Ref ExecutionRole
    PolicyName: fill-pull-through-cache
    PolicyDocument:
      Version: '2012-10-17'
      Statement:
        - Effect: Allow
          Action: [ecr:CreateRepository, ecr:BatchImportUpstreamImage]
          Resource:
            - !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/hub/*
```
",
        sources: &[see::ECR_ENDPOINTS, see::PULL_THROUGH_CACHE],
    },
    Page {
        code: Code::NetworkMode,
        severity: Severity::Error,
        cause: "The task definition is for Fargate and its network mode is not `awsvpc`, the only \
            one that Fargate has: every task gets an interface of its own. Where `NetworkMode` is \
            left out it is `bridge`, as on instances, so a definition that was moved to Fargate \
            has to say it.",
        symptoms: &[],
        fix: r"
```yaml
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1
```
",
        sources: &[see::TASK_NETWORKING],
    },
    Page {
        code: Code::RegistryHost,
        severity: Severity::Warning,
        cause: "The image names the registry by its FIPS or dual-stack host. The private DNS of \
            the `ecr.dkr` endpoint is certain to hold the ordinary name, \
            `*.dkr.ecr.R.amazonaws.com`; whether it holds another differs by name and region. One \
            that it does not hold resolves to a public address, and the pull times out beside a \
            working endpoint.\n\n\
            A dual-stack name does not make the pull use IPv6: Fargate pulls over IPv4.",
        symptoms: &[seen::REGISTRY_PUBLIC],
        fix: r"
Ask which names the endpoint serves in your region:

```sh
aws ec2 describe-vpc-endpoint-services --service-names com.amazonaws.REGION.ecr.dkr \
  --query 'ServiceDetails[].PrivateDnsNames[].PrivateDnsName'
```

And use the ordinary name where nothing demands the other:

```yaml
TaskDefinition:
  Type: AWS::ECS::TaskDefinition
  Properties:
    RequiresCompatibilities: [FARGATE]
    NetworkMode: awsvpc
    Cpu: '256'
    Memory: '512'
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    ContainerDefinitions:
      - Name: web
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1
```
",
        sources: &[see::ECR_ENDPOINTS, see::ECR_HOSTS],
    },
    Page {
        code: Code::StartsBeforeEndpoints,
        severity: Severity::Warning,
        cause: "The service and the endpoints are in one stack, and nothing makes the service \
            wait. CloudFormation makes beside each other what does not name each other, and a \
            service never names an endpoint. Its first tasks start while endpoints or routes are \
            still being made, fail to pull, and are started again; with a deployment circuit \
            breaker the service gives up and the stack rolls back. The next deployment works, \
            because the endpoints are there by then.",
        symptoms: &[seen::LOGIN_PUBLIC, seen::LOGIN, seen::LAYERS],
        fix: r"
Let the service wait for the endpoints, and for the rules and associations that are resources of
their own:

```yaml
TaskService:
  Type: AWS::ECS::Service
  DependsOn:
    - EcrApiEndpoint
    - EcrDkrEndpoint
    - S3Endpoint
    - EndpointIngressFromTasks
    - TaskSubnetARouteTable
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref TaskDefinition
    LaunchType: FARGATE
    NetworkConfiguration:
      AwsvpcConfiguration:
        Subnets: [!Ref TaskSubnetA, !Ref TaskSubnetB]
        SecurityGroups: [!GetAtt TaskSecurityGroup.GroupId]
```
",
        sources: &[see::DEPENDS_ON],
    },
];
