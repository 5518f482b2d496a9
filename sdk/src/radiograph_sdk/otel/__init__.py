"""OpenTelemetry's API on the recorder: what instruments for `opentelemetry-api` records segments and subsegments."""
