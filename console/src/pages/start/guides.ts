/** What to do, for every way of being traced. Addresses are those that this Radiograph really has. */

export interface Addresses {
  /** `127.0.0.1:2001` */
  readonly http: string;
  /** `127.0.0.1:2000`, UDP and TCP. */
  readonly daemon: string;
}

export interface Step {
  /** A sentence. Text between backticks is set as code. */
  readonly say: string;
  /** Behind its file or shell, so that one knows where it goes. */
  readonly where?: string;
  readonly code?: string;
}

export interface Guide {
  readonly id: string;
  readonly label: string;
  /** How it is found in the list. */
  readonly section: "Languages" | "Where it runs" | "Others";
  readonly steps: readonly Step[];
  /** What to know. */
  readonly notes?: readonly string[];
}

const port = (address: string): string => address.slice(address.lastIndexOf(":") + 1);

/** An SDK finds its daemon here without being told. */
const USUAL = "127.0.0.1:2000";

function tell(daemon: string, where = "shell"): Step {
  return daemon === USUAL
    ? {
        say: "On this machine the SDK finds Radiograph by itself: its default address is this one. Elsewhere, set it.",
        where,
        code: `export AWS_XRAY_DAEMON_ADDRESS=${daemon}`,
      }
    : {
        say: "Tell the SDK where to send, before the application starts.",
        where,
        code: `export AWS_XRAY_DAEMON_ADDRESS=${daemon}`,
      };
}

const SAMPLED =
  "By default an SDK records the first request of each second and 5% of the rest. That is why not every request appears.";

export function guides({ http, daemon }: Addresses): readonly Guide[] {
  return [
    {
      id: "python",
      label: "Python",
      section: "Languages",
      steps: [
        {
          say: "Install Radiograph's SDK where the application is installed.",
          where: "shell",
          code: "pip install 'radiograph-sdk[auto]'",
        },
        tell(daemon),
        {
          say: "Run the application by `radiograph-run`. No line of its code is changed: requests, calls, queries, AWS and messages are traced as its libraries are imported.",
          where: "shell",
          code: `radiograph-run app.py
radiograph-run --service shop gunicorn shop.wsgi:application
radiograph-run --explain`,
        },
        {
          say: "Name steps of your own, if you like, by OpenTelemetry's API.",
          where: "app.py",
          code: `from opentelemetry import trace

with trace.get_tracer("shop").start_as_current_span("price") as span:
    span.set_attribute("items", 3)`,
        },
      ],
      notes: [SAMPLED],
    },
    {
      id: "python-xray",
      label: "Python, AWS's SDK",
      section: "Languages",
      steps: [
        {
          say: "Install the X-Ray SDK, if the application does not have it yet.",
          where: "shell",
          code: "pip install aws-xray-sdk",
        },
        tell(daemon),
        {
          say: "Open a segment for what the service does. `patch_all` records calls to AWS, HTTP and SQL.",
          where: "app.py",
          code: `from aws_xray_sdk.core import patch_all, xray_recorder

xray_recorder.configure(service="my-service")
patch_all()

with xray_recorder.in_segment("my-service"):
    with xray_recorder.in_subsegment("work") as work:
        work.put_annotation("tier", "gold")`,
        },
        {
          say: "In Flask (Django and aiohttp have the same), one line opens a segment for every request.",
          where: "app.py",
          code: `from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

XRayMiddleware(app, xray_recorder)`,
        },
      ],
      notes: [
        SAMPLED,
        "Its code can stay while the SDK goes: `radiograph-run --replace-aws-xray-sdk app.py` runs it on Radiograph's.",
      ],
    },
    {
      id: "node",
      label: "Node.js",
      section: "Languages",
      steps: [
        { say: "Install the X-Ray SDK.", where: "shell", code: "npm install aws-xray-sdk" },
        tell(daemon),
        {
          say: "Put the two middlewares around the routes, and capture what the service calls.",
          where: "app.js",
          code: `const AWSXRay = require("aws-xray-sdk");
AWSXRay.captureHTTPsGlobal(require("http"));

const express = require("express");
const app = express();

app.use(AWSXRay.express.openSegment("my-service"));
app.get("/", (request, response) => response.send("hello"));
app.use(AWSXRay.express.closeSegment());

app.listen(3000);`,
        },
        {
          say: "Clients of AWS's SDK for JavaScript, version 3, are captured one by one.",
          where: "app.js",
          code: `const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");

const dynamodb = AWSXRay.captureAWSv3Client(new DynamoDBClient({}));`,
        },
      ],
      notes: [SAMPLED],
    },
    {
      id: "java",
      label: "Java",
      section: "Languages",
      steps: [
        {
          say: "Add the recorder to the build.",
          where: "build.gradle",
          code: `implementation platform("com.amazonaws:aws-xray-recorder-sdk-bom:2.18.2")
implementation "com.amazonaws:aws-xray-recorder-sdk-core"
implementation "com.amazonaws:aws-xray-recorder-sdk-aws-sdk-v2-instrumentor"`,
        },
        tell(daemon),
        {
          say: "Open a segment, or let the servlet filter `AWSXRayServletFilter` open one for every request.",
          where: "Main.java",
          code: `import com.amazonaws.xray.AWSXRay;

AWSXRay.beginSegment("my-service");
try {
    AWSXRay.beginSubsegment("work");
    AWSXRay.getCurrentSubsegment().putAnnotation("tier", "gold");
    AWSXRay.endSubsegment();
} finally {
    AWSXRay.endSegment();
}`,
        },
      ],
      notes: [
        "The Java agent (`-javaagent:disco-java-agent.jar`) uses the same variable and needs no change of the code.",
        SAMPLED,
      ],
    },
    {
      id: "go",
      label: "Go",
      section: "Languages",
      steps: [
        { say: "Fetch the X-Ray SDK.", where: "shell", code: "go get github.com/aws/aws-xray-sdk-go/v2" },
        tell(daemon),
        {
          say: "Wrap the handler, and the client for what it calls.",
          where: "main.go",
          code: `package main

import (
	"net/http"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = xray.AddAnnotation(r.Context(), "tier", "gold")
		_, _ = w.Write([]byte("hello"))
	})
	namer := xray.NewFixedSegmentNamer("my-service")
	_ = http.ListenAndServe(":3000", xray.Handler(namer, hello))
}`,
        },
      ],
      notes: ["`xray.Client(http.DefaultClient)` records calls to other services.", SAMPLED],
    },
    {
      id: "dotnet",
      label: ".NET",
      section: "Languages",
      steps: [
        {
          say: "Add the packages.",
          where: "shell",
          code: `dotnet add package AWSXRayRecorder.Core
dotnet add package AWSXRayRecorder.Handlers.AspNetCore
dotnet add package AWSXRayRecorder.Handlers.AwsSdk`,
        },
        tell(daemon),
        {
          say: "Register the handlers before anything else.",
          where: "Program.cs",
          code: `using Amazon.XRay.Recorder.Handlers.AwsSdk;

AWSSDKHandler.RegisterXRayForAllServices();

var app = WebApplication.CreateBuilder(args).Build();
app.UseXRay("my-service");
app.MapGet("/", () => "hello");
app.Run();`,
        },
      ],
      notes: [SAMPLED],
    },
    {
      id: "container",
      label: "Containers",
      section: "Where it runs",
      steps: [
        {
          say: "Inside a container `127.0.0.1` is the container itself. On Linux, share the host's network:",
          where: "shell",
          code: `docker run --network host -e AWS_XRAY_DAEMON_ADDRESS=${daemon} my-image`,
        },
        {
          say: "For many containers or hosts, run the relay beside them, as one would the X-Ray daemon. It keeps what it cannot send on its disk.",
          where: "shell",
          code: `radiograph daemon -b 0.0.0.0:2000 -t 0.0.0.0:2000 --endpoint http://RADIOGRAPH:${port(http)}`,
        },
        {
          say: "Applications name the relay. UDP carries segments, TCP the sampling rules: publish both.",
          where: "shell",
          code: "export AWS_XRAY_DAEMON_ADDRESS=relay:2000",
        },
      ],
      notes: [
        "Radiograph listens on loopback alone, since nobody's identity is checked yet. `radiograph up --insecure` opens other addresses: only in a network that you trust.",
      ],
    },
    {
      id: "lambda",
      label: "AWS Lambda",
      section: "Where it runs",
      steps: [
        {
          say: "On your machine, in Lambda's own runtime image, a function reports here like any application.",
          where: "shell",
          code: `docker run --network host \\
  -e AWS_XRAY_DAEMON_ADDRESS=${daemon} \\
  my-function-image`,
        },
      ],
      notes: [
        "In AWS, Lambda sets the variable itself and takes the segments to AWS X-Ray; functions there cannot be pointed elsewhere by it. Sending from them comes with a later version of Radiograph.",
      ],
    },
    {
      id: "shell",
      label: "Shell",
      section: "Others",
      steps: [
        {
          say: "One segment by UDP, as an SDK sends it: a header line, then the document. Bash can do that alone.",
          where: "bash",
          code: `now=$(date +%s)
trace="1-$(printf %08x "$now")-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \\n')"
id=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')
printf '{"format": "json", "version": 1}\\n{"trace_id": "%s", "id": "%s", "name": "hello", "start_time": %d.0, "end_time": %d.25}' \\
  "$trace" "$id" "$now" "$now" > /dev/udp/${daemon.replace(/:(\d+)$/, "/$1")}
echo "$trace"`,
        },
      ],
    },
    {
      id: "cli",
      label: "AWS CLI and boto3",
      section: "Others",
      steps: [
        {
          say: "Whatever speaks the X-Ray API needs the address alone. The clients want credentials before they send; any will do.",
          where: "shell",
          code: `export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_REGION=us-east-1

aws xray get-trace-summaries --endpoint-url http://${http} \\
  --start-time $(date -d '-10 min' +%s) --end-time $(date +%s)`,
        },
        {
          say: "boto3, and every other AWS SDK:",
          where: "Python",
          code: `import boto3

xray = boto3.client("xray", endpoint_url="http://${http}", region_name="us-east-1")
xray.put_trace_segments(TraceSegmentDocuments=[document])`,
        },
      ],
      notes: ["Grafana's X-Ray data source: set its field Endpoint to the same address."],
    },
    {
      id: "daemon",
      label: "X-Ray daemon",
      section: "Others",
      steps: [
        {
          say: "AWS's own daemon needs two settings, and a socket of its own on the machine where Radiograph has port 2000.",
          where: "cfg.yaml",
          code: `Endpoint: "http://${http}"
LocalMode: true
Region: "us-east-1"
Version: 2`,
        },
        {
          say: "Or run ours in its place: it understands the same flags and the same file.",
          where: "shell",
          code: `radiograph daemon --endpoint http://${http}`,
        },
      ],
    },
    {
      id: "otel",
      label: "OpenTelemetry",
      section: "Others",
      steps: [
        {
          say: "Not yet: receiving OpenTelemetry's own protocol (OTLP) comes with a later version. Today Radiograph takes what the X-Ray SDKs, the X-Ray daemon and the X-Ray API send.",
        },
      ],
    },
  ];
}
