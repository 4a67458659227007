package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// A world is an S3 and a folder in which the program runs.
type world struct {
	*s3readtest.Server
	url, folder string
}

func newWorld(t *testing.T, keys ...string) world {
	fake := new(s3readtest.Server)
	fake.PutKeys("bucket", keys...)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return world{fake, server.URL, t.TempDir()}
}

// run runs the program on the bucket.
func (w world) run(t *testing.T, args ...string) exampletest.Result {
	t.Helper()
	return exampletest.Run(t, []string{
		"AWS_ENDPOINT_URL_S3=" + w.url, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
	}, append([]string{"-bucket", "bucket", "-plan-file", w.path("plan.json")}, args...)...)
}

func (w world) path(name string) string { return filepath.Join(w.folder, name) }

// plan writes a plan of n shares.
func (w world) plan(t *testing.T, n int) {
	t.Helper()
	result := w.run(t, "-plan", strconv.Itoa(n), "-o", w.path("plan.json"))
	require.Zero(t, result.Code, result.Stderr)
}

// share lists one share to a file and returns its name.
func (w world) share(t *testing.T, i int) string {
	t.Helper()
	file := w.path(fmt.Sprintf("share-%d.jsonl", i))
	result := w.run(t, "-index", strconv.Itoa(i), "-o", file)
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	return file
}

// lines returns the lines of an output without its header, which names the plan.
func lines(output string) string {
	_, rest, _ := strings.Cut(output, "\n")
	return rest
}

func TestTheSharesTogetherAreOneListing(t *testing.T) {
	for _, set := range keysim.Distributions[4:] {
		t.Run(set.Name, func(t *testing.T) {
			w := newWorld(t, set.Keys(6_000)...)
			w.PutObject("bucket", s3readtest.Object{Key: "large", Content: s3readtest.Synthetic(1), Size: 1 << 30})
			w.plan(t, 1)
			one := w.run(t, "-index", "0")
			require.Zero(t, one.Code, one.Stderr)
			assert.Contains(t, one.Stdout, `"largest":{"key":"large","size":1073741824`)
			assert.Contains(t, one.Stdout, `"keys":6001`)

			w.plan(t, 4)
			args := []string{"-merge"}
			for i := range 4 {
				args = append(args, w.share(t, i))
			}
			merged := w.run(t, args...)
			require.Zero(t, merged.Code, merged.Stderr)
			assert.Equal(t, lines(one.Stdout), lines(merged.Stdout))
		})
	}
}

func TestKeysAtTheEdgesAreInOneShareEach(t *testing.T) {
	long := strings.Repeat("k", 1023)
	keys := []string{
		"\x00", "\x00\x00", "\n", " ", "%", "%41", "A", "a//b", "/", "\u202e", "\uFFFD", "\U0010FFFF",
		"\U0010FFFF\U0010FFFF", long, long + "a", long + "\x7f", "ä", "請求/1", "請求/2", `"<&>`,
	}
	w := newWorld(t, keys...)
	w.plan(t, 1)
	one := w.run(t, "-index", "0")
	require.Zero(t, one.Code, one.Stderr)
	w.plan(t, len(keys))
	args := []string{"-merge"}
	for i := range keys {
		args = append(args, w.share(t, i))
		text, err := os.ReadFile(args[len(args)-1])
		require.NoError(t, err)
		assert.Contains(t, string(text), `"keys":1,`)
	}
	merged := w.run(t, args...)
	require.Zero(t, merged.Code, merged.Stderr)
	assert.Equal(t, lines(one.Stdout), lines(merged.Stdout))
}

func TestATerminalShowsHowFarAShareIs(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	require.NoError(t, err)
	p := &progress{w: f}
	p.at(3, 999, "key")
	p.at(3, 1000, "key\n")
	p.at(3, 2000, "at once")
	p.end()
	require.NoError(t, f.Close())
	shown, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	assert.Equal(t, "\r\x1b[K\x1b[?7lshare 3: 1000 keys, at \"key\\n\"\x1b[?7h\r\x1b[K", string(shown),
		"in one line, which the terminal cuts")
	assert.Nil(t, newProgress(f).w, "a file is no terminal")
}

func TestAShareThatIsStartedAgainBeginsAtItsCheckpoint(t *testing.T) {
	keys := keysim.Distributions[1].Keys(115_000)
	w := newWorld(t, keys...)
	w.plan(t, 1)
	whole := w.run(t, "-index", "0")
	require.Zero(t, whole.Code)

	out := w.path("share-0.jsonl")
	var mu sync.Mutex
	pages := map[string]bool{} // a late answer is asked for once more, which is no other page
	w.Inject(s3readtest.Fault{Match: func(r s3readtest.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		pages[r.Query.Get("continuation-token")] = true
		return len(pages) > 105
	}, Do: s3readtest.Error("AccessDenied", "")})
	result := w.run(t, "-index", "0", "-o", out)
	assert.Equal(t, 1, result.Code)
	assert.NoFileExists(t, out)
	assert.FileExists(t, out+".checkpoint")

	w.ClearFaults()
	w.ForgetRequests()
	w.share(t, 0)
	requests := w.Requests()
	require.NotEmpty(t, requests)
	assert.Equal(t, keys[99_999], requests[0].Query.Get("start-after"))
	pages = map[string]bool{}
	for _, r := range requests {
		pages[r.Query.Get("continuation-token")] = true
	}
	assert.Len(t, pages, 15)
	again, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Equal(t, whole.Stdout, string(again))
	files, err := os.ReadDir(w.folder)
	require.NoError(t, err)
	assert.Len(t, files, 2, "the plan and the output")

	require.NoError(t, os.WriteFile(out+".checkpoint", []byte(`{"plan":"other"}`), 0o600))
	result = w.run(t, "-index", "0", "-o", out)
	assert.Contains(t, result.OneLine(t), "another plan")
}

func TestABadPlanIsRefusedBeforeAKeyIsListed(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	for name, c := range map[string]struct{ plan, index, says string }{
		"another bucket":          {`{"bucket":"b2","prefix":"","ranges":[{}]}`, "0", `of the bucket "b2"`},
		"another prefix":          {`{"bucket":"bucket","prefix":"p","ranges":[{}]}`, "0", `of the prefix "p"`},
		"a hole":                  {ranges(`{"endAt":"a"},{"after":"b"}`), "0", "range 1 has a hole before it"},
		"a hole at the beginning": {ranges(`{"after":"a"}`), "0", "range 0 has a hole before it"},
		"a hole at the end":       {ranges(`{"endAt":"a"},{"after":"a","endAt":"b"}`), "0", "range 1 is the last"},
		"an overlap":              {ranges(`{"endAt":"b"},{"after":"a"}`), "0", "range 1 overlaps"},
		"everything twice":        {ranges(`{},{}`), "0", "range 0 ends at"},
		"a range backwards": {ranges(`{"endAt":"b"},{"after":"b","endAt":"a"},{"after":"a"}`), "0",
			"range 1 ends at"},
		"no range":           {ranges(``), "0", "it has no ranges"},
		"a misspelled end":   {ranges(`{"endsAt":"b"}`), "0", "unknown field"},
		"two plans":          {ranges(`{}`) + ranges(`{}`), "0", "something follows it"},
		"no plan":            {``, "0", "EOF"},
		"an index too large": {ranges(`{"endAt":"b"},{"after":"b"}`), "2", "index 2: the plan has 2 shares"},
		"a negative index":   {ranges(`{}`), "-1", "index -1: "},
		"an index in words":  {ranges(`{}`), "one", `index "one": it is not a number`},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(w.path("plan.json"), []byte(c.plan), 0o600))
			result := w.run(t, "-index", c.index)
			assert.Contains(t, result.OneLine(t), c.says)
			assert.Empty(t, result.Stdout)
		})
	}
	assert.Empty(t, w.Requests())
}

// ranges returns a plan with these ranges.
func ranges(list string) string { return `{"bucket":"bucket","prefix":"","ranges":[` + list + `]}` }

func TestOutputsThatAreNotThePlansAreNotAdded(t *testing.T) {
	w := newWorld(t, keysim.Distributions[1].Keys(1000)...)
	w.plan(t, 2)
	first, second := w.share(t, 0), w.share(t, 1)
	text, err := os.ReadFile(second)
	require.NoError(t, err)
	cut := w.path("cut.jsonl")
	require.NoError(t, os.WriteFile(cut, []byte(strings.SplitAfter(string(text), "\n")[0]), 0o600))
	merged := w.path("merged.jsonl")
	require.Zero(t, w.run(t, "-merge", "-o", merged, first, second).Code)
	for says, files := range map[string][]string{
		"the output of share 1 is missing":    {first},
		"it is of share 0, as ":               {first, first, second},
		"it is not a whole output of a share": {first, cut},
		"it is not of one share":              {first, second, merged},
		"no such file":                        {first, w.path("none")},
	} {
		result := w.run(t, append([]string{"-merge"}, files...)...)
		assert.Contains(t, result.OneLine(t), says)
		assert.Empty(t, result.Stdout)
	}
	w.plan(t, 3)
	assert.Contains(t, w.run(t, "-merge", first, second).OneLine(t), "it is of another plan")
}

func TestAPrefixWithoutObjectsHasNoPlan(t *testing.T) {
	w := newWorld(t, "a/1", "a/2")
	result := w.run(t, "-prefix", "typo/", "-plan", "3", "-o", w.path("plan.json"))
	assert.Equal(t, `inventory: prefix "typo/": there are no objects`, result.OneLine(t))
	assert.NoFileExists(t, w.path("plan.json"))
	assert.Zero(t, w.run(t, "-prefix", "a/", "-plan", "1").Code)
}

func TestAFailureIsPrintedWithItsHint(t *testing.T) {
	w := newWorld(t, "a")
	w.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", "")})
	line, help := w.run(t, "-plan", "2").Explained(t)
	assert.Contains(t, line, "inventory: s3read: ")
	assert.Contains(t, help, "S3 denied the request")
	assert.Contains(t, help, "hint: ")
}

func TestTheIndexIsTheJobs(t *testing.T) {
	w := newWorld(t, "a", "b")
	w.plan(t, 2)
	env := []string{
		"JOB_COMPLETION_INDEX=1", "AWS_ENDPOINT_URL_S3=" + w.url, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
	}
	result := exampletest.Run(t, env, "-bucket", "bucket", "-plan-file", w.path("plan.json"))
	require.Zero(t, result.Code, result.Stderr)
	assert.Contains(t, result.Stdout, `"index":1,"shares":2,"range":{"after":"a"}`)
}

func TestEmbeddedRunsAWholePlan(t *testing.T) {
	result := exampletest.Run(t, nil, "-embedded", "-keys", "10000", "-plan", "4")
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	assert.Contains(t, result.Stdout, `"shares":4,"range":{},"keys":10000,`)
	assert.Equal(t, 16, strings.Count(result.Stdout, `{"group":{"folder":"tenant-`))
}

func TestWrongUsageIsStatus2AndSaysWhatIsWrong(t *testing.T) {
	exampletest.Run(t, nil, "-plan", "3").Misused(t, "-bucket is missing")
	exampletest.Run(t, nil, "-bucket", "b").Misused(t, "one of -plan, -index and -merge is needed")
	exampletest.Run(t, nil, "-bucket", "b", "-plan", "3", "x").Misused(t, `unexpected argument "x"`)
}

// FuzzPlan requires that what passes for a plan is one: written again it is the same.
func FuzzPlan(f *testing.F) {
	f.Add(ranges(`{"endAt":"b%FF"},{"after":"b%FF"}`))
	f.Add(ranges(`{}`))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePlan([]byte(text))
		if err != nil {
			return
		}
		written, err := p.text()
		require.NoError(t, err)
		again, err := parsePlan(written)
		require.NoError(t, err, string(written))
		require.Equal(t, p, again)
	})
}
