package integration_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	v1aws "github.com/aws/aws-sdk-go/aws"
	v1session "github.com/aws/aws-sdk-go/aws/session"
	v1s3 "github.com/aws/aws-sdk-go/service/s3"
	v1s3manager "github.com/aws/aws-sdk-go/service/s3/s3manager"
	v1sts "github.com/aws/aws-sdk-go/service/sts"
	"github.com/go-kit/log"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/thanos-io/objstore"
	thanos "github.com/thanos-io/objstore/providers/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A user's keys, for clients that take no role.
const accessKey, secretKey = "AKIAINTEGRATION", "secret"

// serveAWS serves the kits on loopback, with an empty bucket "store", and lets the test run in
// their pod.
func serveAWS(t *testing.T) (cloud *irsatest.AWS, url string) {
	t.Helper()
	cloud = irsatest.NewAWS(t, irsatest.AWSOptions{})
	require.NoError(t, cloud.STS.AddUser("arn:aws:iam::111122223333:user/ci", accessKey, secretKey))
	cloud.S3.CreateBucket(s3readtest.Bucket{Name: "store"})
	server := httptest.NewServer(cloud)
	t.Cleanup(server.Close)
	return cloud, server.URL
}

// large is content that every client sends in parts.
var large = bytes.Repeat([]byte("irsa-go "), 20<<20/8)

func TestMinioGoWorksWithTheKits(t *testing.T) {
	_, url := serveAWS(t)
	ctx := t.Context()
	for name, creds := range map[string]*credentials.Credentials{
		"as a user":         credentials.NewStaticV4(accessKey, secretKey, ""),
		"by a web identity": credentials.NewIAM(url),
	} {
		t.Run(name, func(t *testing.T) {
			client, err := minio.New(strings.TrimPrefix(url, "http://"), &minio.Options{Creds: creds})
			require.NoError(t, err)
			where, err := client.GetBucketLocation(ctx, "store")
			require.NoError(t, err)
			assert.Equal(t, "eu-west-1", where, "asked of us-east-1")
			for key, content := range map[string][]byte{"m/small ä+": []byte("small"), "m/large": large,
				"m/empty": {}} {
				// Over plain http each chunk is signed.
				_, err = client.PutObject(ctx, "store", key, bytes.NewReader(content), int64(len(content)),
					minio.PutObjectOptions{
						ContentType: "text/plain", UserMetadata: map[string]string{"team": "data"},
						UserTags: map[string]string{"a": "b"},
					})
				require.NoError(t, err, key)
				object, err := client.GetObject(ctx, "store", key, minio.GetObjectOptions{})
				require.NoError(t, err)
				got, err := io.ReadAll(object)
				require.NoError(t, err, key)
				assert.True(t, bytes.Equal(content, got), key)
				info, err := object.Stat()
				require.NoError(t, err)
				assert.Equal(t, "text/plain", info.ContentType)
			}
			// A reader of unknown length.
			_, err = client.PutObject(ctx, "store", "m/stream", io.MultiReader(bytes.NewReader(large)), -1,
				minio.PutObjectOptions{PartSize: 8 << 20})
			require.NoError(t, err)
			tags, err := client.GetObjectTagging(ctx, "store", "m/large", minio.GetObjectTaggingOptions{})
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"a": "b"}, tags.ToMap())
			_, err = client.CopyObject(ctx, minio.CopyDestOptions{Bucket: "store", Object: "m/copy"},
				minio.CopySrcOptions{Bucket: "store", Object: "m/large"})
			require.NoError(t, err)
			var keys []string
			for o := range client.ListObjects(ctx, "store", minio.ListObjectsOptions{Prefix: "m/", Recursive: true}) {
				require.NoError(t, o.Err)
				keys = append(keys, o.Key)
			}
			assert.Equal(t, []string{"m/copy", "m/empty", "m/large", "m/small ä+", "m/stream"}, keys)
			gone := make(chan minio.ObjectInfo)
			go func() {
				defer close(gone)
				for _, key := range keys {
					gone <- minio.ObjectInfo{Key: key}
				}
			}()
			for failed := range client.RemoveObjects(ctx, "store", gone, minio.RemoveObjectsOptions{}) {
				assert.NoError(t, failed.Err)
			}
			_, err = client.StatObject(ctx, "store", "m/large", minio.StatObjectOptions{})
			assert.Equal(t, "NoSuchKey", minio.ToErrorResponse(err).Code)
		})
	}
	t.Run("a chunk that was changed on the way", func(t *testing.T) {
		client, err := minio.New(strings.TrimPrefix(url, "http://"), &minio.Options{
			Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Transport: forger{},
		})
		require.NoError(t, err)
		_, err = client.PutObject(ctx, "store", "k", strings.NewReader("honest"), 6, minio.PutObjectOptions{})
		assert.Equal(t, "SignatureDoesNotMatch", minio.ToErrorResponse(err).Code)
	})
}

// A forger changes bodies on their way.
type forger struct{}

func (forger) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte("honest"), []byte("forged"), 1)))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestTheFirstSDKForGoWorksWithTheKits(t *testing.T) {
	_, url := serveAWS(t)
	t.Setenv("AWS_SDK_LOAD_CONFIG", "true")
	session, err := v1session.NewSession(&v1aws.Config{Endpoint: &url, S3ForcePathStyle: v1aws.Bool(true)})
	require.NoError(t, err)
	me, err := v1sts.New(session).GetCallerIdentity(nil)
	require.NoError(t, err)
	assert.Contains(t, *me.Arn, "arn:aws:sts::111122223333:assumed-role/service/", "by its own chain")
	client := v1s3.New(session)
	_, err = v1s3manager.NewUploader(session).Upload(&v1s3manager.UploadInput{
		Bucket: v1aws.String("store"), Key: v1aws.String("v1/large"), Body: bytes.NewReader(large),
	})
	require.NoError(t, err)
	buffer := v1aws.NewWriteAtBuffer(nil)
	_, err = v1s3manager.NewDownloader(session).Download(buffer,
		&v1s3.GetObjectInput{Bucket: v1aws.String("store"), Key: v1aws.String("v1/large")})
	require.NoError(t, err)
	assert.True(t, bytes.Equal(large, buffer.Bytes()))
	region, err := v1s3manager.GetBucketRegionWithClient(t.Context(), client, "store")
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", region, "S3 tells it whoever asks")
	var keys []string
	require.NoError(t, client.ListObjectsPages(&v1s3.ListObjectsInput{Bucket: v1aws.String("store")},
		func(p *v1s3.ListObjectsOutput, _ bool) bool {
			for _, o := range p.Contents {
				keys = append(keys, *o.Key)
			}
			return true
		}))
	assert.Equal(t, []string{"v1/large"}, keys)
	batch := v1s3manager.NewBatchDeleteWithClient(client)
	require.NoError(t, batch.Delete(t.Context(),
		v1s3manager.NewDeleteListIterator(client, &v1s3.ListObjectsInput{Bucket: v1aws.String("store")})))
}

func TestGocloudsBlobWorksWithTheKits(t *testing.T) {
	cloud, url := serveAWS(t)
	client := s3.New(s3.Options{
		Region: "eu-west-1", BaseEndpoint: &url, UsePathStyle: true,
		Credentials: awscredentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	})
	ctx := t.Context()
	bucket, err := s3blob.OpenBucket(ctx, client, "store", nil)
	require.NoError(t, err)
	defer func() { assert.NoError(t, bucket.Close()) }()
	options := &blob.WriterOptions{ContentType: "text/plain", CacheControl: "no-store",
		Metadata: map[string]string{"team": "data"}}
	for key, content := range map[string][]byte{"g/large": large, "g/odd \x01 ä": []byte("odd"), "g/empty": {}} {
		require.NoError(t, bucket.WriteAll(ctx, key, content, options), key)
		got, err := bucket.ReadAll(ctx, key)
		require.NoError(t, err, key)
		assert.True(t, bytes.Equal(content, got), key)
		attributes, err := bucket.Attributes(ctx, key)
		require.NoError(t, err)
		assert.Equal(t, "text/plain no-store data",
			attributes.ContentType+" "+attributes.CacheControl+" "+attributes.Metadata["team"])
	}
	require.NoError(t, bucket.Copy(ctx, "g/copy", "g/large", nil))
	reader, err := bucket.NewRangeReader(ctx, "g/copy", 8, 7, nil)
	require.NoError(t, err)
	got, err := io.ReadAll(reader)
	require.NoError(t, errors.Join(err, reader.Close()))
	assert.Equal(t, "irsa-go", string(got))
	err = bucket.WriteAll(ctx, "g/large", []byte("x"), &blob.WriterOptions{IfNotExist: true})
	require.Error(t, err)
	var keys []string
	for pages := bucket.List(&blob.ListOptions{Prefix: "g/"}); ; {
		o, err := pages.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		keys = append(keys, o.Key)
		require.NoError(t, bucket.Delete(ctx, o.Key))
	}
	assert.Len(t, keys, 4)
	exists, err := bucket.Exists(ctx, "g/large")
	require.NoError(t, err)
	assert.False(t, exists)
	assert.Equal(t, "arn:aws:iam::111122223333:user/ci", cloud.STS.Identity(cloud.S3.Requests()[0].AccessKey))
}

func TestThanosAcceptsTheKitsAsAStore(t *testing.T) {
	_, url := serveAWS(t)
	bucket, err := thanos.NewBucketWithConfig(log.NewNopLogger(), thanos.Config{
		Bucket: "store", Endpoint: strings.TrimPrefix(url, "http://"), Insecure: true, Region: "eu-west-1",
		AccessKey: accessKey, SecretKey: secretKey,
	}, "test", nil)
	require.NoError(t, err)
	objstore.AcceptanceTest(t, bucket)
}

// The script beside this file can also install what the machine lacks: see there.
func TestClientsOfOtherLanguagesWorkWithTheKits(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash on this machine")
	}
	cmd := exec.CommandContext(t.Context(), bash, filepath.Join("clients", "run.sh"))
	cmd.Env = os.Environ()
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	t.Log(string(output))
}
