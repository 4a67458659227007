package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestS3AndSTSAreAskedWithOneExchange(t *testing.T) {
	w := newWorld(t, "api")
	w.s3.Put("invoices", "2026/05.csv", "a,b\n1,2\n")
	w.s3.Put("invoices", "2025/01.csv", "old")

	status, body := w.get(t, "/objects?prefix=2026/")
	require.Equal(t, http.StatusOK, status, body)
	var l listing
	require.NoError(t, json.Unmarshal([]byte(body), &l))
	require.Len(t, l.Objects, 1)
	assert.Equal(t, "2026/05.csv", l.Objects[0].Key)
	assert.EqualValues(t, 8, l.Objects[0].Size)
	assert.False(t, l.More)

	status, body = w.get(t, "/objects/2026/05.csv")
	require.Equal(t, http.StatusOK, status, body)
	assert.Equal(t, "a,b\n1,2\n", body)

	status, body = w.get(t, "/whoami")
	require.Equal(t, http.StatusOK, status, body)
	const arn = "arn:aws:sts::111122223333:assumed-role/payments-reader/payments.api-0"
	assert.JSONEq(t, `{"account":"111122223333","arn":"`+arn+`"}`, body)

	assert.Len(t, w.sts.Requests("AssumeRoleWithWebIdentity"), 1)
}

func TestAListingIsLimitedAndSaysSo(t *testing.T) {
	w := newWorld(t, "api")
	for i := range listed + 1 {
		w.s3.PutKeys("invoices", strconv.Itoa(i))
	}
	status, body := w.get(t, "/objects")
	require.Equal(t, http.StatusOK, status, body)
	var l listing
	require.NoError(t, json.Unmarshal([]byte(body), &l))
	assert.Len(t, l.Objects, listed)
	assert.True(t, l.More)
}

func TestAFailureHasAStatusAndTheRestIsInTheLog(t *testing.T) {
	w := newWorld(t, "api")
	w.s3.Put("invoices", "a.csv", "a")

	t.Run("no such object", func(t *testing.T) {
		status, body := w.get(t, "/objects/b.csv")
		assert.Equal(t, http.StatusNotFound, status)
		assert.Equal(t, "Not Found\n", body)
	})
	t.Run("S3 denies", func(t *testing.T) {
		defer w.s3.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", "")})()
		for _, path := range []string{"/objects", "/objects/a.csv"} {
			status, body := w.get(t, path)
			assert.Equal(t, http.StatusBadGateway, status)
			assert.Equal(t, "Bad Gateway\n", body)
		}
		assert.Contains(t, w.logged.String(), "AccessDenied")
	})
	t.Run("STS refuses", func(t *testing.T) {
		untrusted := newWorld(t, "other")
		for _, path := range []string{"/objects", "/objects/a.csv", "/whoami"} {
			status, body := untrusted.get(t, path)
			assert.Equal(t, http.StatusServiceUnavailable, status, path)
			assert.NotContains(t, body, roleARN)
		}
	})
}

func TestAnObjectThatBreaksOffIsNotTakenForAWholeOne(t *testing.T) {
	w := newWorld(t, "api")
	w.s3.Put("invoices", "a.csv", "a,b\n1,2\n")
	defer w.s3.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(4)})()
	// What it would go on with is gone.
	defer w.s3.Inject(s3readtest.Fault{Op: "GetObject", Skip: 1, Do: s3readtest.Error("NoSuchKey", "")})()
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		w.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/objects/a.csv", nil))
	})
}
