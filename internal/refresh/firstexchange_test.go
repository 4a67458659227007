package refresh_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

func TestAFirstExchangeWaitsForWhatIsNotThereYet(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		ready time.Duration // when it answers
		ok    bool
		most  time.Duration // that the reader waits
	}{
		"a sidecar that is a second late":       {errUnready, time.Second, true, 3 * time.Second},
		"an agent that is fifteen seconds late": {errUnready, 15 * time.Second, true, 17 * time.Second},
		"one that never comes":                  {errUnready, time.Hour, false, 20 * time.Second},
		"a name that takes three seconds":       {errAbsent, 3 * time.Second, true, 5 * time.Second},
		"a name that never comes":               {errAbsent, time.Hour, false, 5 * time.Second},
		"a fault that a repeat may mend":        {errDown, time.Hour, false, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				i := &issuer{life: time.Hour, err: c.err}
				time.AfterFunc(c.ready, func() { i.answer(nil) })
				e := refresh.New(i.source())
				began := time.Now()
				_, err := e.Get(t.Context())
				assert.LessOrEqual(t, time.Since(began), c.most)
				assert.LessOrEqual(t, i.calls(), 40)
				if c.ok {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, c.err)
			})
		})
	}
}

// In an outage each expiry of the negative cache parks whoever asks then.
func TestALaterExchangeParksNobodyWhereNothingAnswers(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *issuer, *refresh.Engine[int]){
		"behind a value that ended": func(t *testing.T, i *issuer, e *refresh.Engine[int]) {
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			i.answer(errUnready)
			time.Sleep(2 * time.Hour)
		},
		"behind a first exchange that failed": func(t *testing.T, i *issuer, e *refresh.Engine[int]) {
			i.answer(errUnready)
			_, err := e.Get(t.Context())
			require.ErrorIs(t, err, errUnready)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				i := &issuer{life: time.Hour}
				e := refresh.New(i.source())
				prepare(t, i, e)
				var worst time.Duration
				var waits int
				var mu sync.Mutex
				var wg sync.WaitGroup
				for range 6000 { // ten minutes of ten calls a second
					wg.Go(func() {
						began := time.Now()
						_, err := e.Get(t.Context())
						assert.ErrorIs(t, err, errUnready)
						mu.Lock()
						defer mu.Unlock()
						if took := time.Since(began); took > 0 {
							waits++
							worst = max(worst, took)
						}
					})
					time.Sleep(100 * time.Millisecond)
				}
				wg.Wait()
				assert.LessOrEqual(t, worst, time.Second)
				assert.LessOrEqual(t, waits, 190, "of 6000: those who come in the second that an exchange takes")
			})
		})
	}
}
