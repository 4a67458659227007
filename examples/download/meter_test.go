package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATerminalShowsBytesRateAndTimeLeftInOneLine(t *testing.T) {
	var out bytes.Buffer
	m := &meter{w: &out, live: true}
	m.begin("big\n")
	m.progress(1<<20, 4<<20)
	assert.Regexp(t, `^\r\x1b\[K"big\\n"  1\.0 MiB of 4\.0 MiB  .*/s  .* left$`, out.String())
	m.abort()
}

func TestTheLineThatChangesNeverWraps(t *testing.T) {
	const key = "export/2025/03/a-name-that-is-longer-than-any-terminal-is-wide/invoices-and-请求-all.bin"
	for _, width := range []int{1, 10, 20, 40, 50, 80, 200} {
		var out bytes.Buffer
		m := &meter{w: &out, live: true, columns: func() int { return width }}
		m.begin(key)
		m.progress(200<<20, 256<<20)
		line := strings.TrimPrefix(out.String(), clearLine)
		assert.Less(t, displayColumns(line), width, line)
		if width >= 40 {
			assert.Contains(t, line, "200.0 MiB of 256.0 MiB")
			assert.Contains(t, line, `all.bin"`, "the end of a key tells it from others")
		}
		assert.Equal(t, width == 200, strings.Contains(line, key), line)
	}
}

func TestWithoutATerminalsWidthTheLineFitsInto80Columns(t *testing.T) {
	t.Setenv("COLUMNS", "")
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	assert.Equal(t, 80, columns(file))
	t.Setenv("COLUMNS", "50")
	assert.Equal(t, 50, columns(file))
	t.Setenv("COLUMNS", "many")
	assert.Equal(t, 80, columns(file))

	var out bytes.Buffer
	m := &meter{w: &out, live: true}
	m.begin(strings.Repeat("long/", 40))
	m.progress(1<<20, 4<<20)
	assert.Less(t, len(strings.TrimPrefix(out.String(), clearLine)), 80)
}

func TestARateNeedsTime(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0:                      "\"a\"  33 B in 1ms\n",
		time.Millisecond:       "\"a\"  33 B in 1ms\n",
		99 * time.Millisecond:  "\"a\"  33 B in 99ms\n",
		100 * time.Millisecond: "\"a\"  33 B in 100ms, 330 B/s\n",
		2 * time.Second:        "\"a\"  33 B in 2s, 16 B/s\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			m := &meter{w: &out}
			m.begin("a")
			time.Sleep(took)
			m.end(33)
			assert.Equal(t, want, out.String(), took)
		})
	}
	assert.Equal(t, `"a"  1.0 KiB of 4.0 KiB  -/s  - left`, progressLine("a", 1<<10, 4<<10, time.Microsecond, 80))
	assert.Equal(t, `"a"  1.0 KiB of 4.0 KiB  1.0 KiB/s  3s left`, progressLine("a", 1<<10, 4<<10, time.Second, 80))
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 40: "1.0 TiB", 1<<63 - 1: "8.0 EiB",
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { assert.Equal(t, want, size(n)) })
	}
}
