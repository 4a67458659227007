"""What boto3 does against the server whose variables are set, as a program of its users would."""
import io
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 28):
    # It takes no endpoint from the environment: Debian has such a one.
    urls = {name: os.environ["AWS_ENDPOINT_URL_" + name.upper()] for name in ("s3", "sts")}
    with open(os.environ.pop("AWS_WEB_IDENTITY_TOKEN_FILE")) as token:
        session = boto3.client("sts", endpoint_url=urls["sts"]).assume_role_with_web_identity(
            RoleArn=os.environ["AWS_ROLE_ARN"], RoleSessionName="service", WebIdentityToken=token.read()
        )["Credentials"]
    os.environ["AWS_ACCESS_KEY_ID"] = session["AccessKeyId"]
    os.environ["AWS_SECRET_ACCESS_KEY"] = session["SecretAccessKey"]
    os.environ["AWS_SESSION_TOKEN"] = session["SessionToken"]
else:
    urls = {"s3": None, "sts": None}

s3 = boto3.resource("s3", endpoint_url=urls["s3"])
client = boto3.client("s3", endpoint_url=urls["s3"])
bucket = s3.Bucket("reports")

keys = [o.key for o in bucket.objects.all()]
assert "2026/01.csv" in keys and "odd name+ä.txt" in keys, keys
assert [b.name for b in s3.buckets.all()] == ["reports"], "buckets"
assert client.get_object(Bucket="reports", Key="2026/01.csv")["Body"].read() == b"a,b\n"

# An upload in parts, one in a stream, a copy, and what becomes of them.
big = bytes(range(256)) * 4096 * 20
client.upload_fileobj(io.BytesIO(big), "reports", "boto/big", ExtraArgs={"ChecksumAlgorithm": "CRC32"})
got = client.get_object(Bucket="reports", Key="boto/big", ChecksumMode="ENABLED")
assert got["Body"].read() == big and got["ETag"].endswith('-3"'), got["ETag"]
client.put_object(Bucket="reports", Key="boto/small", Body=b"small", Tagging="a=b", CacheControl="no-store")
client.copy({"Bucket": "reports", "Key": "boto/big"}, "reports", "boto/copy")
assert client.head_object(Bucket="reports", Key="boto/copy")["ContentLength"] == len(big)
assert client.get_object_tagging(Bucket="reports", Key="boto/small")["TagSet"] == [{"Key": "a", "Value": "b"}]
assert client.list_objects(Bucket="reports", Prefix="boto/", Delimiter="/")["Contents"][0]["Key"] == "boto/big"
pages = client.get_paginator("list_objects_v2").paginate(Bucket="reports", PaginationConfig={"PageSize": 2})
assert sum(p["KeyCount"] for p in pages) == len(keys) + 3
assert client.get_bucket_location(Bucket="reports")["LocationConstraint"] == "eu-west-1"
signer = boto3.client("s3", endpoint_url=urls["s3"], config=Config(signature_version="s3v4"))  # boto3's own default is version 2
url = signer.generate_presigned_url("get_object", Params={"Bucket": "reports", "Key": "boto/small"})
assert urllib.request.urlopen(url).read() == b"small"
try:
    client.get_object_acl(Bucket="reports", Key="boto/small")
    raise AssertionError("an ACL that nobody has")
except ClientError as e:
    assert e.response["Error"]["Code"] == "NotImplemented", e

bucket.objects.filter(Prefix="boto/").delete()
assert list(bucket.objects.filter(Prefix="boto/")) == []
print("boto3", boto3.__version__, "as", boto3.client("sts", endpoint_url=urls["sts"]).get_caller_identity()["Arn"])
