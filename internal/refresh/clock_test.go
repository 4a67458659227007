package refresh

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestElapsed(t *testing.T) {
	const h, m = int64(time.Hour), int64(time.Minute)
	for name, c := range map[string]struct {
		wall, mono int64 // what each clock says has passed
		want       time.Duration
	}{
		"both clocks agree":                                  {40 * m, 40 * m, 40 * time.Minute},
		"the wall clock was set back an hour":                {40*m - h, 40 * m, 40 * time.Minute},
		"the wall clock was set back for years":              {-9000 * h, 40 * m, 40 * time.Minute},
		"the wall clock was set forward an hour":             {40*m + h, 40 * m, 100 * time.Minute},
		"the machine was suspended for two hours":            {40*m + 2*h, 40 * m, 160 * time.Minute},
		"suspended, then the wall clock set back by as much": {40 * m, 40 * m, 40 * time.Minute},
		"suspended, and the wall clock set back by half":     {40*m + h, 40 * m, 100 * time.Minute},
		"slewed: the wall clock is slower by a thousandth":   {3596 * int64(time.Second), h, time.Hour},
		"no time at all":                                     {0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sent := moment{wall: 1_700_000_000 * int64(time.Second), mono: 12345}
			later := moment{wall: sent.wall + c.wall, mono: sent.mono + c.mono}
			assert.Equal(t, c.want, later.since(sent))
		})
	}
}

// What the clocks mean for a session of an hour, asked for when the wall clock
// showed noon, and for the moment at which it was really over.
func TestServedByClocks(t *testing.T) {
	const h = int64(time.Hour)
	s := &snapshot[int]{sent: moment{wall: 12 * h, mono: h}, life: time.Hour, usable: time.Hour - 10*time.Second}
	real := func(passed, stepped, asleep time.Duration) moment {
		return moment{wall: 12*h + int64(passed+stepped), mono: h + int64(passed-asleep)}
	}
	for name, c := range map[string]struct {
		passed, stepped, asleep time.Duration
		want                    bool
	}{
		"59 minutes later":                                 {59 * time.Minute, 0, 0, true},
		"an hour later":                                    {time.Hour, 0, 0, false},
		"59 minutes later, the clock set back":             {59 * time.Minute, -time.Hour, 0, true},
		"an hour later, the clock set back":                {time.Hour, -time.Hour, 0, false},
		"a minute later, the clock set forward":            {time.Minute, time.Hour, 0, false},
		"after a night's sleep":                            {8 * time.Hour, 0, 8 * time.Hour, false},
		"after ten minutes' sleep and 45 of work":          {55 * time.Minute, 0, 10 * time.Minute, true},
		"after ten minutes' sleep and 55 of work":          {65 * time.Minute, 0, 10 * time.Minute, false},
		"in the last ten seconds":                          {time.Hour - 9*time.Second, 0, 0, false},
		"just before the last ten seconds":                 {time.Hour - 11*time.Second, 0, 0, true},
		"after a sleep, with the clock behind by a minute": {61*time.Minute + 1, -time.Minute, 30 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, s.usableAt(real(c.passed, c.stepped, c.asleep)))
		})
	}
	t.Run("there is no value yet", func(t *testing.T) {
		var none *snapshot[int]
		assert.False(t, none.usableAt(now()))
	})
}

func TestLife(t *testing.T) {
	date := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		date, expires, sent time.Time
		want                time.Duration
	}{
		"the machine's clock is right": {date, date.Add(time.Hour), date, time.Hour - time.Second},
		"the machine's clock is an hour ahead": {date, date.Add(time.Hour), date.Add(time.Hour),
			time.Hour - time.Second},
		"the machine's clock is an hour behind": {date, date.Add(time.Hour), date.Add(-time.Hour),
			time.Hour - time.Second},
		"the answer has no date": {time.Time{}, date.Add(time.Hour), date, time.Hour},
		"no date, and the clock is an hour late": {time.Time{}, date.Add(time.Hour), date.Add(-time.Hour),
			2 * time.Hour},
		"it ended before it came": {date, date.Add(-time.Minute), date, -time.Minute - time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, lifeOf(c.expires, c.date, c.sent))
		})
	}
}

// Any two times that a server may name, in any order, however far apart.
func TestNoTwoTimesMakeALifeThatIsTooLong(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	first, last := time.Time{}, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for name, c := range map[string]struct {
		expires, date time.Time
		want          time.Duration
	}{
		"an end in the year 1":                    {first, now, -12*time.Hour - time.Second},
		"an end in the year 9999":                 {last, now, 12 * time.Hour},
		"the year 9999 before the year 1":         {first.Add(1), last, -12*time.Hour - time.Second},
		"the year 1 before the year 9999":         {last, first.Add(1), 12 * time.Hour},
		"thirteen hours":                          {now.Add(13 * time.Hour), now, 12 * time.Hour},
		"an end in the year 1, without a date":    {first, time.Time{}, -12 * time.Hour},
		"an end in the year 9999, without a date": {last, time.Time{}, 12 * time.Hour},
	} {
		assert.Equal(t, c.want, lifeOf(c.expires, c.date, now), name)
	}
}

func FuzzLifeOf(f *testing.F) {
	f.Add(int64(-62135596800), int64(1_763_899_200), int64(1_763_899_200))
	f.Add(int64(253402300799), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, expires, date, sent int64) {
		life := lifeOf(time.Unix(expires, 0), time.Unix(date, 0), time.Unix(sent, 0))
		require.LessOrEqual(t, life, maxLife)
		require.GreaterOrEqual(t, life, -maxLife-time.Second)
		if expires <= date && !time.Unix(date, 0).IsZero() {
			require.LessOrEqual(t, life, time.Duration(0))
		}
	})
}

func TestMomentsFollowTheClocks(t *testing.T) {
	a := now()
	b := momentOf(time.Now().Add(time.Hour))
	assert.InDelta(t, time.Hour, b.since(a), float64(time.Minute))
}
