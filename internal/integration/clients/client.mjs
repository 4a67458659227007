// What @aws-sdk/client-s3 does against the server whose variables are set, with its default chain of
// credentials: the job that this module began as.
import assert from "node:assert";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.env.CLIENTS + "/"));
const { S3Client, ListBucketsCommand, ListObjectsV2Command, GetObjectCommand, PutObjectCommand, DeleteObjectCommand } =
  require("@aws-sdk/client-s3");

const s3 = new S3Client({});
const { Buckets } = await s3.send(new ListBucketsCommand({}));
assert.deepEqual(Buckets.map((b) => b.Name), ["reports"]);
const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "reports" }));
assert(Contents.some((o) => o.Key === "2026/01.csv"));
const read = async (Key) => (await s3.send(new GetObjectCommand({ Bucket: "reports", Key }))).Body.transformToString();
assert.equal(await read("2026/01.csv"), "a,b\n");
await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "js/ä b", Body: "content" }));
assert.equal(await read("js/ä b"), "content");
await s3.send(new DeleteObjectCommand({ Bucket: "reports", Key: "js/ä b" }));
await assert.rejects(read("js/ä b"), { name: "NoSuchKey" });
console.log("@aws-sdk/client-s3", require("@aws-sdk/client-s3/package.json").version);
