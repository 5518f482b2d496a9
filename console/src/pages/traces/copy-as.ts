/** The question as others would put it: the AWS CLI, boto3. Pure. */
import { all, quoted } from "../../filter/expression.ts";

export interface Asked {
  readonly start: number;
  readonly end: number;
  readonly group: string;
  readonly filter: string;
}

/** X-Ray has no parameter for a group here; the language has a word for it. */
export function wholeFilter({ group, filter }: Pick<Asked, "group" | "filter">): string {
  return all([group === "" ? "" : `group.name = ${quoted(group)}`, filter]);
}

/** One command for a POSIX shell. */
export function awsCli(asked: Asked, endpoint: string): string {
  const filter = wholeFilter(asked);
  const parts = [
    "aws xray get-trace-summaries",
    `--endpoint-url ${shell(endpoint)}`,
    `--start-time ${asked.start}`,
    `--end-time ${asked.end}`,
  ];
  if (filter !== "") parts.push(`--filter-expression ${shell(filter)}`);
  return parts.join(" \\\n  ");
}

export function boto3(asked: Asked, endpoint: string): string {
  const filter = wholeFilter(asked);
  return [
    "import boto3",
    "",
    `xray = boto3.client("xray", endpoint_url=${python(endpoint)})`,
    'pages = xray.get_paginator("get_trace_summaries").paginate(',
    `    StartTime=${asked.start},`,
    `    EndTime=${asked.end},`,
    ...(filter === "" ? [] : [`    FilterExpression=${python(filter)},`]),
    ")",
    'traces = [summary for page in pages for summary in page["TraceSummaries"]]',
    "",
  ].join("\n");
}

/** Within single quotes a shell changes nothing. */
export function shell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Python reads JSON's strings as JSON does. */
function python(text: string): string {
  return JSON.stringify(text);
}
