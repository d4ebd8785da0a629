"""AWS::S3::Bucket as a `Bucket`."""

from collections.abc import Mapping
from typing import Any

from emulator.template.model import Bucket, CorsRule, LifecycleRule
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {
    "BucketEncryption",
    "BucketName",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
}


def bucket(reader: Reader, known: Physical) -> Bucket:
    """Build the bucket with its CORS rules and those of its lifecycle that can be followed here."""
    cors = [_cors_rule(rule) for rule in reader.section("CorsConfiguration").get("CorsRules", [])]
    rules = reader.section("LifecycleConfiguration").get("Rules", [])
    lifecycle = [_lifecycle_rule(rule) for rule in rules if _is_plain(rule)]
    reader.finish(NO_EFFECT)
    return Bucket(reader.resource.logical_id, known.ref, tuple(cors), tuple(lifecycle))


def _cors_rule(rule: Mapping[str, Any]) -> CorsRule:
    max_age = rule.get("MaxAge")
    return CorsRule(
        origins=_texts(rule, "AllowedOrigins"),
        methods=_texts(rule, "AllowedMethods"),
        headers=_texts(rule, "AllowedHeaders"),
        exposed=_texts(rule, "ExposedHeaders"),
        max_age=None if max_age is None else int(max_age),
    )


def _is_plain(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is in force and selects by prefix at most; tags and sizes are not kept."""
    others = {"TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}
    return rule.get("Status") == "Enabled" and others.isdisjoint(rule)


def _lifecycle_rule(rule: Mapping[str, Any]) -> LifecycleRule:
    expire = rule.get("ExpirationInDays")
    abort = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
    return LifecycleRule(
        prefix=str(rule.get("Prefix", "")),
        expire_days=None if expire is None else int(expire),
        abort_days=None if abort is None else int(abort),
    )


def _texts(rule: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in rule.get(name, []))
