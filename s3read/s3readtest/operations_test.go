package s3readtest_test

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// served are the operations that the Server has. All others of the SDK are refused by their names.
const served = " ListBuckets GetBucketLocation CreateSession ListObjectsV2 ListObjectVersions GetBucketVersioning " +
	"ListMultipartUploads ListObjects HeadBucket PutBucketVersioning CreateBucket DeleteBucket DeleteObjects " +
	"GetObjectAttributes GetObjectTagging ListParts GetObject HeadObject UploadPart UploadPartCopy PutObjectTagging " +
	"PutObject CopyObject CreateMultipartUpload CompleteMultipartUpload AbortMultipartUpload DeleteObjectTagging " +
	"DeleteObject "

// elsewhere are operations of the SDK that go to other hosts than a bucket's.
const elsewhere = " WriteGetObjectResponse "

// fill sets what an input must have, and all else that can be set, so that it passes the SDK's own
// validation.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Name != "ContentLength" {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0))
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[types.ChecksumAlgorithm]() {
			v.SetString(string(types.ChecksumAlgorithmCrc32))
			return
		}
		v.SetString("b")
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Interface:
		switch v.Type() {
		case reflect.TypeFor[io.Reader]():
			v.Set(reflect.ValueOf(strings.NewReader("")))
		case reflect.TypeFor[types.ObjectEncryption]():
			kms := new(types.ObjectEncryptionMemberSSEKMS)
			fill(reflect.ValueOf(kms))
			v.Set(reflect.ValueOf(kms))
		}
	}
}

func TestEachOperationOfTheSDKIsServedOrRefusedByItsName(t *testing.T) {
	srv := new(s3readtest.Server)
	client := reflect.ValueOf(srv.S3Client(once))
	var asked int
	for i := range client.NumMethod() {
		method, name := client.Method(i), client.Type().Method(i).Name
		if method.Type().NumIn() != 3 || strings.Contains(elsewhere, " "+name+" ") {
			continue // Options; it has no input
		}
		t.Run(name, func(t *testing.T) {
			srv.Put("b", "b", "content")
			srv.ForgetRequests()
			in := reflect.New(method.Type().In(1).Elem())
			fill(in)
			results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			require.NotEmpty(t, srv.Requests(), "%v", results[1])
			got := srv.Requests()[0]
			assert.Equal(t, name, got.Op)
			if !strings.Contains(served, " "+name+" ") {
				assert.Equal(t, http.StatusNotImplemented, got.Status)
				require.ErrorContains(t, results[1].Interface().(error), "s3readtest doesn't implement "+name)
			}
			asked++
		})
	}
	assert.Greater(t, asked, 100)
}

func TestASubresourceThatTheServerDoesNotHaveIsRefusedByItsNameWithEachMethod(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "content")
	const host = "b.s3.us-east-1.amazonaws.com"
	for path, subs := range map[string]string{
		"/": "abac accelerate acl analytics cors encryption intelligent-tiering inventory lifecycle logging " +
			"metadataAnnotationTable metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable " +
			"metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock replication " +
			"requestPayment tagging website newest",
		"/k": "acl annotation encryption legal-hold renameObject restore retention select torrent newest",
	} {
		for sub := range strings.FieldsSeq(subs) {
			for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE"} {
				t.Run(method+" "+path+"?"+sub, func(t *testing.T) {
					srv.ForgetRequests()
					w := ask(t, srv, method, host, path+"?"+sub+"&x-id=Other", http.Header{})
					assert.Equal(t, http.StatusNotImplemented, w.Code)
					got := srv.Requests()[0]
					assert.NotContains(t, served, " "+got.Op+" ")
					switch {
					case method == "HEAD": // has no body to say it in
						assert.Empty(t, got.Op)
					case got.Op == "": // S3 has none like it
						assert.Contains(t, w.Body.String(), " with ?"+sub+"<")
					default:
						assert.Contains(t, w.Body.String(), "doesn't implement "+got.Op+"<")
					}
				})
			}
		}
	}
	assert.Equal(t, "content", ask(t, srv, "GET", host, "/k", http.Header{}).Body.String(), "nothing has changed it")
}
