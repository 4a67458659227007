package refresh

import "time"

const (
	attemptTimeout  = 7 * time.Second
	exchangeTimeout = 20 * time.Second
	maxAttempts     = 4
)

// Every function here is pure: u is a random number in [0, 1).

// guardOf returns how long before its end a value is no longer given to readers,
// so that it doesn't end while their request is on its way.
func guardOf(life time.Duration) time.Duration {
	return min(10*time.Second, life/10)
}

// refreshAt returns at what age a value is replaced: at a random point between
// 67 and 80 per cent of its life. At 80 a fifth is left to ride out an outage;
// the spread takes programs that started together apart. Early moves both ends of
// the range forward alike, but not below a tenth of the life.
func refreshAt(life, early time.Duration, u float64) time.Duration {
	last := 0.80 * float64(life)
	if early > 0 {
		last = min(last, max(float64(life-early), 0.10*float64(life)))
	}
	first := last * 0.67 / 0.80
	return time.Duration(first + u*(last-first))
}

// retryIn returns after how long an exchange that failed for the n-th time in a
// row (n from 1) is repeated while the present value lasts for left yet. A fifth of
// what is left, and never less than a second, gives ever closer tries near the end.
func retryIn(c Class, n int, left time.Duration, u float64) time.Duration {
	var d time.Duration
	switch c {
	case Permanent:
		d = 5 * time.Minute
	case Throttled:
		d = doubled(5*time.Second, n, 2*time.Minute)
	default:
		d = doubled(2*time.Second, n, time.Minute)
	}
	d = min(d, left/5)
	return max(time.Second, jitter(d, u))
}

// lookIn returns after how long to look again whether what is sent has changed.
func lookIn(left time.Duration) time.Duration {
	return max(time.Second, left/5)
}

// holdFor returns for how long the n-th failure in a row without a value at
// hand (n from 1) answers every reader.
func holdFor(n int) time.Duration {
	return doubled(time.Second, n, 30*time.Second)
}

// pauseFor returns how long to wait after the n-th attempt (n from 1) of one exchange.
// From zero on for what may be a blip that hit a whole fleet at once.
func pauseFor(c Class, n int, u float64) time.Duration {
	if c == Throttled {
		return jitter(doubled(time.Second, n, 5*time.Second), u)
	}
	return time.Duration(u * float64(doubled(200*time.Millisecond, n, 5*time.Second)))
}

// doubled returns base doubled n-1 times, at most limit.
func doubled(base time.Duration, n int, limit time.Duration) time.Duration {
	for ; n > 1 && base < limit; n-- {
		base *= 2
	}
	return min(base, limit)
}

// jitter returns between a half and the whole of d.
func jitter(d time.Duration, u float64) time.Duration {
	return d/2 + time.Duration(u*float64(d/2))
}
