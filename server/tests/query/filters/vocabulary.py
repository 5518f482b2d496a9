"""The few words of which random traces and random expressions are made, so that they meet.

Times are in ms; durations are such that literals hit them exactly.
"""

BASE = 1_700_000_000
"""Where the times of traces begin, in seconds since the epoch."""

NAMES = ("web", "pay", "cart", "f")
TYPES = ("", "AWS::EC2::Instance", "AWS::Lambda", "AWS::Lambda::Function", "client::Synthetics")
CALLED_TYPES = ("client", "remote", "Database::SQL", "AWS::DynamoDB::Table", "AWS::DynamoDB", "AWS::SQS::Queue")
ACCOUNTS = ("111111111111", "222222222222")
DEFAULT_ACCOUNT = "000000000000"

STARTS = (0, 5, 100, 250.5, 1_000)
DURATIONS = (0, 0.5, 100, 250, 500, 1_000, 2_500)
SECONDS = (0.0, 0.0005, 0.1, 0.25, 0.5, 1.0, 2.5, 3.5)

STATUSES = (200, 301, 404, 429, 500, 503)
METHODS = ("GET", "POST", "get")
URLS = ("http://shop.test/", "http://shop.test/cart?q=%22a%22", "https://pay.test/v1/pay.png", "")
AGENTS = ("curl/8", "Mozilla/5.0 é")
ADDRESSES = ("10.0.0.7", "203.0.113.9")
USERS = ("ann", "bob", "")
ZONES = ("eu-west-1a", "eu-west-1b")
INSTANCES = ("i-1", "i-2")
ARNS = ("arn:aws:ec2:x", "arn:aws:lambda:eu-west-1:1:function:pay")

ANNOTATION_KEYS = ("tier", "age", "done", "http.route", "aws:api_id")
ANNOTATION_VALUES: tuple[str | bool | float, ...] = ("gold", "Gold", "", "29", "true", 1, 29, 29.5, -1, True, False)
NUMBERS = (-1.0, 0.0, 1.0, 29.0, 29.5, 30.0)

METADATA: tuple[dict[str, object], ...] = (
    {"default": {"tier": "gold", "user": {"id": 29}}},
    {"shop": {"tier": "free", "done": True, "items": [1, 2]}},
    {"default": {"done": False, "nothing": None}, "shop": "gold"},
)
METADATA_PATHS = (
    ("tier",),
    ("default", "tier"),
    ("user",),
    ("user", "id"),
    ("shop",),
    ("shop", "tier"),
    ("shop", "done"),
    ("done",),
    ("shop", "items"),
    ("default", "nothing"),
)

EXCEPTIONS = (
    {"id": "00000000000000e1", "type": "Timeout", "message": "denied", "remote": True},
    {"id": "00000000000000e2", "type": "ValidationError", "message": "bad zip"},
    {"id": "00000000000000e3"},
)

FRAGMENTS = ("", "a", "e", "pay", "web", "http", "/", "gold", "AWS::", ":", "1", "T")
PATTERNS = ("^a", "pay|cart", "[0-9]+$", "(?i)GOLD", ".", "^$", "::")
