package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestAKeyNeitherBreaksALineNorDrivesTheTerminal(t *testing.T) {
	fake := new(s3readtest.Server)
	keys := []string{"plain", "größe 1", "a\n2026-01-01 00:00:00            1  another", "\x1b[2J", "\u202egpj.exe"}
	for _, key := range keys {
		fake.Put("bucket", key, "x")
	}
	var out bytes.Buffer
	require.NoError(t, printObjects(t.Context(), &out, s3read.NewBucket(fake.S3Client(), "bucket"), ""))
	assert.Equal(t, len(keys), strings.Count(out.String(), "\n"))
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\u202e")
	assert.Contains(t, out.String(), "  größe 1\n")
	assert.Contains(t, out.String(), `  "\u202egpj.exe"`+"\n")
}
