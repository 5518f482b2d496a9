"""Where an application runs, found on machines that are made up of files, variables and metadata services."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.platforms import Places, Platform, look_around
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always
from radiograph_sdk.xray.core import AWSXRayRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph_sdk.testing import Traces

CONTAINER = "cd189a933e5849daa93386466019ab50-2495160603"
LONG = "ab" * 32


class Metadata:
    """Answers as EC2's instance metadata and the ECS agent do."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self.answer()

            def do_GET(self) -> None:
                self.answer()

            def answer(self) -> None:
                outer.asked.append((self.command, self.path, self.headers.get("X-aws-ec2-metadata-token")))
                page = outer.pages.get(self.path)
                body = page.encode() if isinstance(page, str) else json.dumps(page).encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = ("127.0.0.1", int(self._server.server_address[1]))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    found = Metadata()
    yield found
    found.close()


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_laptop_is_no_platform(tmp_path: Path) -> None:
    assert look_around(Places({}, tmp_path, ("127.0.0.1", 9))) is None


def test_ec2_is_asked_for_its_identity_with_a_token(tmp_path: Path, metadata: Metadata) -> None:
    put(tmp_path, "sys/devices/virtual/dmi/id/sys_vendor", "Amazon EC2\n")
    metadata.pages = {
        "/latest/api/token": "T",
        "/latest/dynamic/instance-identity/document": {
            "instanceId": "i-0abc",
            "availabilityZone": "eu-west-1b",
            "instanceType": "m5.large",
            "imageId": "ami-1",
        },
    }
    assert look_around(Places({}, tmp_path, metadata.address)) == Platform(
        "AWS::EC2::Instance",
        {
            "ec2": {
                "instance_id": "i-0abc",
                "availability_zone": "eu-west-1b",
                "instance_size": "m5.large",
                "ami_id": "ami-1",
            }
        },
    )
    assert metadata.asked[-1] == ("GET", "/latest/dynamic/instance-identity/document", "T")


def test_ec2_without_tokens_is_asked_as_well(tmp_path: Path, metadata: Metadata) -> None:
    put(tmp_path, "sys/devices/virtual/dmi/id/sys_vendor", "Amazon EC2")
    metadata.pages = {"/latest/dynamic/instance-identity/document": {"instanceId": "i-0abc"}}
    found = look_around(Places({}, tmp_path, metadata.address))
    assert found is not None
    assert found.aws == {"ec2": {"instance_id": "i-0abc"}}


def test_other_machines_are_not_asked(tmp_path: Path, metadata: Metadata) -> None:
    put(tmp_path, "sys/devices/virtual/dmi/id/sys_vendor", "QEMU")
    assert look_around(Places({}, tmp_path, metadata.address)) is None
    assert metadata.asked == []


def test_ecs_tells_container_and_task(tmp_path: Path, metadata: Metadata) -> None:
    arn = "arn:aws:ecs:eu-west-1:111122223333:task/shop/158d1c8083dd49d6b527399fd6414f5c"
    metadata.pages = {
        "/v4/abc": {
            "DockerId": CONTAINER,
            "ContainerARN": "arn:aws:ecs:eu-west-1:111122223333:container/1",
            "LogDriver": "awslogs",
            "LogOptions": {"awslogs-group": "/ecs/shop"},
        },
        "/v4/abc/task": {
            "TaskARN": arn,
            "Family": "shop",
            "Cluster": "default",
            "AvailabilityZone": "eu-west-1b",
            "LaunchType": "FARGATE",
        },
    }
    address = f"http://127.0.0.1:{metadata.address[1]}/v4/abc"
    found = look_around(Places({"ECS_CONTAINER_METADATA_URI_V4": address, "HOSTNAME": "web-1"}, tmp_path))
    assert found == Platform(
        "AWS::ECS::Container",
        {
            "ecs": {
                "container": "web-1",
                "container_id": CONTAINER,
                "container_arn": "arn:aws:ecs:eu-west-1:111122223333:container/1",
                "task_arn": arn,
                "task_family": "shop",
                "cluster_arn": "default",
                "availability_zone": "eu-west-1b",
                "launch_type": "fargate",
            },
            "account_id": "111122223333",
            "cloudwatch_logs": [{"log_group": "/ecs/shop"}],
        },
    )


def test_an_agent_that_does_not_answer_is_done_without(tmp_path: Path) -> None:
    places = Places({"ECS_CONTAINER_METADATA_URI_V4": "http://127.0.0.1:9/v4", "HOSTNAME": "web-1"}, tmp_path)
    assert look_around(places) == Platform("AWS::ECS::Container", {"ecs": {"container": "web-1"}})


def test_kubernetes_tells_the_pod(tmp_path: Path) -> None:
    put(tmp_path, "proc/self/cgroup", f"0::/kubepods.slice/pod1/cri-containerd-{LONG}.scope\n")
    put(tmp_path, "var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop\n")
    given = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "web-5f6d8", "K8S_CLUSTER_NAME": "prod"}
    assert look_around(Places(given, tmp_path)) == Platform(
        "AWS::EKS::Container",
        {"eks": {"cluster_name": "prod", "pod": "web-5f6d8", "namespace": "shop", "container_id": LONG}},
    )


def test_elastic_beanstalk_comes_before_the_instance_it_runs_on(tmp_path: Path, metadata: Metadata) -> None:
    told = {"deployment_id": 32, "environment_name": "scorekeep", "version_label": "v5"}
    put(tmp_path, "var/elasticbeanstalk/xray/environment.conf", json.dumps(told))
    put(tmp_path, "sys/devices/virtual/dmi/id/sys_vendor", "Amazon EC2")
    metadata.pages = {"/latest/dynamic/instance-identity/document": {"instanceId": "i-0abc"}}
    found = look_around(Places({}, tmp_path, metadata.address))
    assert found == Platform(
        "AWS::ElasticBeanstalk::Environment", {"elastic_beanstalk": told, "ec2": {"instance_id": "i-0abc"}}
    )


def test_segments_tell_it_from_then_on(traces: Traces, tmp_path: Path) -> None:
    recorder = Recorder("shop", sampler=Always(), about={"aws": {"xray": {"sdk": "ours"}}})
    recorder.look_around(places=Places({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "web-1"}, tmp_path)).join()
    with recorder.in_segment():
        pass
    (segment,) = traces.roots
    assert segment.document["origin"] == "AWS::EKS::Container"
    assert segment.document["aws"] == {"eks": {"pod": "web-1"}, "xray": {"sdk": "ours"}}


def test_what_a_segment_sets_is_its_own(traces: Traces, tmp_path: Path) -> None:
    recorder = Recorder("shop", sampler=Always())
    recorder.look_around(places=Places({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "web-1"}, tmp_path)).join()
    for rule in ("one", None):
        with recorder.in_segment() as segment:
            if rule:
                assert segment.recorded
                segment.set_rule_name(rule)
    first, second = traces.roots
    assert first.document["aws"]["xray"] == {"sampling_rule_name": "one"}
    assert "xray" not in second.document["aws"]


@pytest.mark.parametrize(
    "plugins", [("ECSPlugin",), ("ec2_plugin", "ecs_plugin"), ("ElasticBeanstalkPlugin", "EC2Plugin", "ECSPlugin")]
)
def test_plugins_of_aws_sdk_are_known_by_their_names(plugins: tuple[str, ...]) -> None:
    recorder = AWSXRayRecorder()
    recorder.configure(plugins=plugins)
    assert "plugins" not in recorder.native.losses.counts


def test_a_plugin_that_is_not_known_is_told(caplog: pytest.LogCaptureFixture) -> None:
    recorder = AWSXRayRecorder()
    recorder.configure(plugins=("EC2Plugin", "MoonPlugin"))
    assert recorder.native.losses.counts["plugins"] == 1
    assert "moonplugin" in caplog.text
