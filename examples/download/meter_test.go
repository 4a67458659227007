package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestATerminalShowsBytesRateAndTimeLeftInOneLine(t *testing.T) {
	var out bytes.Buffer
	m := &meter{w: &out, live: true}
	m.begin("big\n")
	m.progress(1<<20, 4<<20)
	assert.Regexp(t, `^\r\x1b\[K"big\\n"  1\.0 MiB of 4\.0 MiB  .*/s  .* left$`, out.String())
	m.abort()
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 40: "1.0 TiB", 1<<63 - 1: "8.0 EiB"} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { assert.Equal(t, want, size(n)) })
	}
}
