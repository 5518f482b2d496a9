"""How the services reach each other and AWS."""

from typing import Any

import boto3
import requests
from botocore.config import Config
from requests.adapters import HTTPAdapter

from .child import Directory
from .names import AWS, REGION, host_of


def open_session(directory: Directory) -> requests.Session:
    """Open an HTTP session that knows the shop's host names.

    The names (`orders.internal`, `bank.example`) exist nowhere in DNS. Each has its process as its HTTP
    proxy, which is a way of telling a client where a host is that needs no rights on the machine. The traces
    then show names, not port numbers.
    """
    session = requests.Session()
    session.trust_env = False  # no proxies other than these
    session.proxies = {
        f"http://{host_of(process)}": f"http://127.0.0.1:{port}" for process, port in directory.ports.items()
    }
    session.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=64, max_retries=0))
    return session


def aws_client(service: str, directory: Directory) -> Any:
    """Make a boto3 client that talks to the stand-in for AWS.

    It never retries: a retry is a second call inside one subsegment, and the traces should be what they seem.
    """
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{directory.ports[AWS]}",
        aws_access_key_id="shop",
        aws_secret_access_key="shop",  # noqa: S106  -- the stand-in takes any
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=2,
            read_timeout=20,
            max_pool_connections=64,
        ),
    )
