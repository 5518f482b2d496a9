/** What a node or edge is, and how it did; for every map. Pure. */
import type { MapNode, Outcome, Stats } from "../api/index.ts";
import type { IconName } from "../ui/index.ts";

/** From the least bad to the worst. */
const BAD: readonly Outcome[] = ["error", "throttle", "fault"];

/** The worst that happened to any request. */
export function worst(stats: Stats): Outcome {
  let found: Outcome = "ok";
  for (const outcome of BAD) if (stats[outcome] > 0) found = outcome;
  return found;
}

/** Of an address its end: queues are called by their URL. */
export function shortName(name: string): string {
  return /^https?:\/\/.*\/([^/]+)\/?$/.exec(name)?.[1] ?? name;
}

const ICONS: readonly (readonly [RegExp, IconName])[] = [
  [/DynamoDB|Table/, "table"],
  [/SQL|Database|RDS/i, "database"],
  [/SQS|Queue/i, "queue"],
  [/SNS/, "bell"],
  [/S3|Bucket/i, "bucket"],
  [/Lambda/i, "lambda"],
  [/ECS|EKS|Container/, "container"],
  [/EC2|Beanstalk/, "server"],
  [/remote|ApiGateway/i, "globe"],
];

export function iconOf(node: Pick<MapNode, "kind" | "type">): IconName {
  if (node.kind === "client") return "person";
  return ICONS.find(([pattern]) => pattern.test(node.type))?.[1] ?? (node.kind === "inferred" ? "globe" : "server");
}
