"""AWS::S3::Bucket."""

from pathlib import Path
from typing import Any

from emulator.template.model import Bucket, CorsRule, LifecycleRule
from emulator.template.physical import Place
from emulator.template.stack import build


def bucket(folder: Path, **properties: Any) -> Bucket:
    """The one bucket of a template."""
    resources = {"Files": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    place = Place("s", "us-east-1", "000000000000", seed="")
    built = build({"Resources": resources}, place, {}, folder)
    assert built.warnings == ()
    (found,) = built.buckets
    return found


def test_rules(tmp_path: Path) -> None:
    """CORS as written; of the lifecycle what is in force and selects by prefix at most."""
    one = {"AllowedOrigins": ["https://a"], "AllowedMethods": ["GET"], "MaxAge": "60"}
    two = {
        "AllowedOrigins": ["*"],
        "AllowedMethods": ["PUT", "POST"],
        "AllowedHeaders": ["*"],
        "ExposedHeaders": ["ETag"],
    }
    rules = [
        {"Status": "Enabled", "ExpirationInDays": 365},
        {"Status": "Enabled", "Prefix": "new/", "ExpirationInDays": "1"},
        {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}},
        {"Status": "Disabled", "ExpirationInDays": 2},
        {"Status": "Enabled", "ExpirationInDays": 3, "TagFilters": [{"Key": "a", "Value": "b"}]},
    ]
    found = bucket(
        tmp_path,
        CorsConfiguration={"CorsRules": [one, two]},
        LifecycleConfiguration={"Rules": rules},
    )
    assert found.cors == (
        CorsRule(("https://a",), ("GET",), (), (), 60),
        CorsRule(("*",), ("PUT", "POST"), ("*",), ("ETag",)),
    )
    assert found.lifecycle == (
        LifecycleRule("", 365),
        LifecycleRule("new/", 1),
        LifecycleRule("", None, 2),
    )


def test_a_bucket_without_rules(tmp_path: Path) -> None:
    """Lets no page in and keeps everything."""
    found = bucket(tmp_path)
    assert (found.cors, found.lifecycle) == ((), ())
