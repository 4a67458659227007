package irsa_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestStatus(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		p := w.provider(t, irsa.Options{})
		assert.Equal(t, irsa.Status{RoleARN: roleARN}, p.Status(), "before the first exchange")

		c, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		began := time.Now()
		st := p.Status()
		assert.Equal(t, c.Expires, st.Expires)
		assert.Equal(t, began, st.Refreshed)
		assert.Equal(t, "payments.reader-7c", st.SessionName)
		require.NotNil(t, st.Token)
		assert.Equal(t, subject, st.Token.Subject)
		assert.NoError(t, st.Err)
		next := st.Next.Sub(began)
		assert.True(t, 40*time.Minute <= next && next <= 48*time.Minute, next)

		w.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", "")})
		time.Sleep(next)
		synctest.Wait()
		st = p.Status()
		assert.ErrorIs(t, st.Err, irsa.ErrTrust)
		assert.Equal(t, 1, st.Failures)
		assert.Equal(t, began, st.Refreshed)
		assert.Equal(t, c.Expires, st.Expires)
		assert.True(t, st.Next.After(time.Now()) && st.Next.Before(c.Expires))

		w.sts.ClearFaults()
		time.Sleep(time.Until(st.Next))
		synctest.Wait()
		st = p.Status()
		assert.NoError(t, st.Err)
		assert.Zero(t, st.Failures)
		assert.True(t, st.Expires.After(c.Expires))

		n := len(w.sts.Requests())
		time.Sleep(24 * time.Hour)
		assert.Zero(t, p.Status().Next, "nobody used them: idle")
		assert.LessOrEqual(t, len(w.requestsAfter(n)), 1)
	})
}

func TestOnRefresh(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		var (
			mu  sync.Mutex
			got []irsa.Refresh
			p   *irsa.Provider
		)
		p = w.provider(t, irsa.Options{OnRefresh: func(r irsa.Refresh) {
			_ = p.Status() // may be asked here
			time.Sleep(10 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r)
		}})
		start := time.Now()
		w.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Delay(time.Second).And(irsatest.Error("AccessDenied", ""))})
		_, err := p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrTrust)
		time.Sleep(time.Second)
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Second, time.Since(start), "no caller waits for a slow receiver")
		expires := p.Status().Expires

		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, got, 2)
		assert.ErrorIs(t, got[0].Err, irsa.ErrTrust)
		assert.Equal(t, irsa.Refresh{RoleARN: roleARN, Started: start, Took: time.Second, Err: got[0].Err}, got[0])
		assert.Equal(t, irsa.Refresh{RoleARN: roleARN, Started: start.Add(2 * time.Second), Expires: expires}, got[1])
	})
}

func TestOnRefreshIsToldOfTheRolesOfAChain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		var (
			mu    sync.Mutex
			roles []string
			depth atomic.Int32
		)
		loader := &irsa.Loader{Options: irsa.Options{OnRefresh: func(r irsa.Refresh) {
			assert.EqualValues(t, 1, depth.Add(1), "one call at a time")
			defer depth.Add(-1)
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			assert.NoError(t, r.Err)
			roles = append(roles, r.RoleARN)
		}}}
		cfg, err := w.load(loader)
		require.NoError(t, err)
		require.NoError(t, w.sts.AddRole(irsatest.Role{ARN: hop1Role, TrustPolicy: `{"Version":"2012-10-17",
			"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + roleARN + `"}}}`}))
		chained, err := irsa.AssumeRole(cfg, hop1Role)
		require.NoError(t, err)
		_, err = chained.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		assert.ElementsMatch(t, []string{roleARN, hop1Role}, roles)
	})
}

func TestAStatusIsWholeAsJSONAndInALog(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	st := irsa.Status{
		RoleARN: roleARN, SessionName: "payments.reader-7c", Token: &irsa.Token{Pod: "reader-7c"},
		Expires: at.Add(time.Hour), Refreshed: at, Region: "eu-west-1", Next: at.Add(time.Minute), Failures: 2,
		Err: whole(),
	}
	want := `{"role": "` + roleARN + `", "session": "payments.reader-7c", "token": {"pod": "reader-7c"},
		"expires": "2026-11-01T13:00:00Z", "refreshed": "2026-11-01T12:00:00Z", "region": "eu-west-1",
		"next": "2026-11-01T12:01:00Z", "failures": 2, "error": ` + wholeJSON + `}`
	got, err := json.Marshal(st)
	require.NoError(t, err)
	assert.JSONEq(t, want, string(got))

	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("now", "status", st)
	var record struct{ Status json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(log.String()), &record))
	assert.JSONEq(t, want, string(record.Status))

	for _, c := range []struct {
		status irsa.Status
		want   string
	}{
		{irsa.Status{}, `{}`},
		{irsa.Status{Err: errors.New("mine")}, `{"error": "mine"}`},
	} {
		got, err := json.Marshal(c.status)
		require.NoError(t, err)
		assert.JSONEq(t, c.want, string(got))
	}
}

// records are what a logger was told.
func records(t *testing.T, log string) (out []map[string]any) {
	for d := json.NewDecoder(strings.NewReader(log)); d.More(); {
		var r map[string]any
		require.NoError(t, d.Decode(&r))
		out = append(out, r)
	}
	return out
}

func TestWhatIsLogged(t *testing.T) {
	at := func(r map[string]any, key string) time.Time {
		text, _ := r[key].(string)
		v, err := time.Parse(time.RFC3339, text)
		assert.NoError(t, err, "%s of %v", key, r)
		return v
	}
	t.Run("to Options.Logger: what happened, and when the next try is", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			var log syncBuffer
			p := w.provider(t, irsa.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			w.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Error("AccessDenied", "")})
			_, err := p.Retrieve(t.Context())
			require.Error(t, err)
			failed := time.Now()
			time.Sleep(time.Second)
			c, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			next := p.Status().Next
			w.sts.Inject(irsatest.Fault{Do: irsatest.Error("Throttling", "")})
			time.Sleep(time.Until(next) + 20*time.Second)
			synctest.Wait()
			got := records(t, log.String())
			require.GreaterOrEqual(t, len(got), 3)

			assert.Equal(t, "irsa: the exchange failed", got[0]["msg"])
			assert.Equal(t, "WARN", got[0]["level"])
			assert.Equal(t, roleARN, got[0]["role"])
			assert.Contains(t, got[0]["error"], "AccessDenied")
			assert.EqualValues(t, 1, got[0]["attempts"])
			assert.True(
				t, failed.Add(time.Second).Equal(at(got[0], "next")),
				"when somebody asks after the error was held for a second",
			)
			assert.NotContains(t, got[0], "expires")

			assert.Equal(t, "irsa: refreshed", got[1]["msg"])
			assert.Equal(t, "INFO", got[1]["level"])
			assert.True(t, c.Expires.Equal(at(got[1], "expires")))
			assert.True(t, next.Equal(at(got[1], "next")))

			assert.Equal(t, "irsa: the exchange failed", got[2]["msg"])
			assert.Contains(t, got[2]["error"], "Throttling")
			assert.EqualValues(t, 4, got[2]["attempts"])
			assert.True(t, c.Expires.Equal(at(got[2], "expires")), "until when the old ones are served")
			assert.True(t, at(got[2], "next").After(next))
		})
	})
	t.Run("to the config's own logger: failures that no caller is told of", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			p := w.provider(t, irsa.Options{})
			w.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Error("AccessDenied", "")})
			_, err := p.Retrieve(t.Context())
			require.Error(t, err)
			time.Sleep(time.Second)
			_, err = p.Retrieve(t.Context())
			require.NoError(t, err)
			synctest.Wait()
			assert.Empty(t, w.warn.String())
			w.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", "")})
			time.Sleep(time.Until(p.Status().Next))
			synctest.Wait()
			assert.Contains(t, w.warn.String(), `WARN irsa: the exchange failed role="`+roleARN+`"`)
			assert.Contains(t, w.warn.String(), ` next="`)
		})
	})
}

func TestAStateIsWarnedOfOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		logger func(*syncBuffer) *slog.Logger
		each   int // how many warnings an outage has that outlasts the session
	}{
		"by the config's own logger": {func(*syncBuffer) *slog.Logger { return nil }, 1},
		"by Options.Logger, again when the session has ended": {func(b *syncBuffer) *slog.Logger {
			return slog.New(slog.NewTextHandler(b, nil))
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				p := w.provider(t, irsa.Options{Logger: tc.logger(w.warn)})
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				warnings := func() int {
					synctest.Wait()
					return strings.Count(w.warn.String(), "the exchange failed")
				}
				away := func(what func(), outages int) {
					what()
					read(p, 1, time.Minute, 2*time.Hour, nil)
					require.Positive(t, p.Status().Failures)
					assert.Equal(t, outages*tc.each, warnings())
				}
				file := w.pod.TokenFile()
				away(func() { require.NoError(t, os.Rename(file, file+".gone")) }, 1)
				require.NoError(t, os.Rename(file+".gone", file))
				read(p, 1, time.Minute, 30*time.Minute, nil)
				require.NoError(t, p.Status().Err)
				away(func() { w.sts.Inject(irsatest.Fault{Do: irsatest.Status(503)}) }, 2)
				away(func() { w.sts.ClearFaults(); w.sts.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)}) }, 2)
			})
		})
	}
}
