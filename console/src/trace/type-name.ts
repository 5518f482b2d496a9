/** What a type is called for people. Pure. */

const NAMES: Readonly<Record<string, string>> = {
  client: "client",
  remote: "outside service",
  "Database::SQL": "SQL database",
  "AWS::ECS::Container": "ECS container",
  "AWS::EC2::Instance": "EC2 instance",
  "AWS::EKS::Container": "EKS container",
  "AWS::ElasticBeanstalk::Environment": "Elastic Beanstalk",
  "AWS::DynamoDB::Table": "DynamoDB table",
  "AWS::SQS::Queue": "SQS queue",
  "AWS::SNS": "SNS topic",
  "AWS::S3::Bucket": "S3 bucket",
  "AWS::Lambda::Function": "Lambda function",
  "AWS::Lambda": "Lambda",
  "AWS::ApiGateway::Stage": "API Gateway",
  "AWS::STEPFUNCTIONS::STATEMACHINE": "Step Functions",
};

/** `AWS::DynamoDB::Table` is "DynamoDB table"; a type that is not known keeps its own words. */
export function typeName(type: string): string {
  return NAMES[type] ?? type.replace(/^AWS::/, "").replaceAll("::", " ");
}
