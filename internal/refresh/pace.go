package refresh

import "time"

const (
	// attemptTimeout ends an attempt that hangs. The SDK's STS client has no timeout for the
	// response: with an STS that accepts and never answers, one call blocked every caller for
	// more than 75 seconds (measured with aws-sdk-go-v2/service/sts v1.51.8).
	attemptTimeout = 7 * time.Second

	// exchangeTimeout is the longest that a waiter waits: two attempts that hang, and most of a
	// third.
	exchangeTimeout = 20 * time.Second

	// maxAttempts bounds the requests of one exchange to an issuer that fails at once.
	maxAttempts = 4
)

// maxNegativeTTL is the longest that one failed exchange answers readers.
const maxNegativeTTL = 30 * time.Second

// maxLife is the longest life that is believed: no session of STS lasts longer
// (AssumeRoleWithWebIdentity, DurationSeconds). A value that claims more is refreshed as if it
// didn't, so that a wrong clock of the issuer's can't keep a session for ever.
const maxLife = 12 * time.Hour

// All functions here are pure: u is a random number in [0, 1).

// expiryGuard returns how long before its end a value is no longer given to readers, so that it
// doesn't end while a request that uses it is on its way: AWS refuses a session from its
// Expiration on. Ten seconds are what the Rust SDK keeps; more would shorten the outage that a
// value can ride out. A tenth for values that last for less than 100 seconds, as in tests, which
// would otherwise be unusable for most of their life.
func expiryGuard(life time.Duration) time.Duration {
	return min(10*time.Second, life/10)
}

// refreshAge returns the age at which a value is replaced: a random point between 67 and 80 per
// cent of its life.
//
// At 80 per cent a fifth of the life is left for retries: 12 minutes of an hour, which outlasts an
// STS that is down for 10. Earlier would cost requests: the mean, 73.5 per cent, makes about
// 1.4 exchanges an hour for sessions of an hour. The spread keeps a fleet apart that a deployment
// started in one second: 1000 pods make at most 8 exchanges in a second, with a fixed age it would
// be all 1000 (simulated).
//
// Early moves both ends of the range forward alike, but not below a tenth of the life.
func refreshAge(life, early time.Duration, u float64) time.Duration {
	last := 0.80 * float64(life)
	if early > 0 {
		last = min(last, max(float64(life-early), 0.10*float64(life)))
	}
	first := last * 0.67 / 0.80
	return time.Duration(first + u*(last-first))
}

// retryDelay returns the backoff of the timer after the n-th failed exchange in a row (n from 1),
// while the current value is usable for left. A permanent error is retried too: somebody may
// repair the trust policy, and IAM takes seconds to spread a new one. The limit of a fifth of what
// is left makes retries ever closer towards the end; they are never closer than a second.
func retryDelay(c Class, n int, left time.Duration, u float64) time.Duration {
	d := retryLimit(c, left)
	switch c {
	case Permanent:
	case Throttled:
		d = exponential(5*time.Second, n, d)
	default:
		d = exponential(2*time.Second, n, d)
	}
	return max(time.Second, jitter(d, u))
}

// retryLimit returns the longest backoff of the timer, while the value is usable for left.
func retryLimit(c Class, left time.Duration) time.Duration {
	limit := time.Minute
	switch c {
	case Permanent:
		limit = 5 * time.Minute
	case Throttled:
		limit = 2 * time.Minute
	}
	return min(limit, left/5)
}

// heed lengthens a pause to what the issuer asked for, as far as the pause's own limit allows: an
// issuer that is overloaded knows best, and one that names a year must not cost a session. A whole
// fleet may have been told the same number of seconds, so up to a quarter is added.
func heed(pause, asked, limit time.Duration, u float64) time.Duration {
	asked = min(asked, limit)
	return max(pause, min(asked+time.Duration(u*float64(asked/4)), limit))
}

// recheckDelay returns how long to wait until the next look at whether what is sent has changed,
// while the current value lasts for left. The kubelet rotates a token at 80 per cent of its life
// and takes up to a minute more until the file shows it
// (k8s.io/kubernetes/pkg/kubelet/token/token_manager.go); a fifth of what is left finds the new
// token well before the old one ends.
func recheckDelay(left time.Duration) time.Duration {
	return max(time.Second, left/5)
}

// negativeTTL returns for how long the n-th failed exchange in a row (n from 1) answers readers
// who have no value. Without that each call of a service that is in use makes requests of its own
// to an STS that is throttling already: four calls of the SDK's provider made twelve (measured).
func negativeTTL(n int) time.Duration {
	return exponential(time.Second, n, maxNegativeTTL)
}

const (
	// instant is the time below which a failed attempt says that nothing answered, rather than
	// that somebody was slow.
	instant = time.Second

	// absentFor is how long a first exchange waits for a name to appear. A cluster's DNS serves a
	// new name within seconds; a misspelt one never comes, and 20 seconds would only hide that.
	absentFor = 5 * time.Second

	// parkedFor is how long later exchanges keep readers waiting whose attempts fail at once. In
	// an outage every call would wait for the whole exchange, at each expiry of the negative cache.
	parkedFor = time.Second
)

// A trial is an exchange of which an attempt has just failed.
type trial struct {
	class    Class
	first    bool          // no exchange was before it
	onDemand bool          // a reader waits
	attempts int           // so far; with several issuers, rounds
	lasting  int           // of them, those that took their time
	took     time.Duration // the last attempt
	elapsed  time.Duration // since the exchange began
	asked    time.Duration // the pause that the issuer named; 0: none
}

// count counts the last attempt. What a first exchange is refused at once costs nobody anything,
// and maxAttempts does not bound it.
func (t *trial) count() {
	if t.class == Elsewhere {
		return
	}
	t.attempts++
	if unready := t.class == Unready || t.class == Absent; !unready || !t.first || t.took >= instant {
		t.lasting++
	}
}

// again returns whether another attempt is made, and after which pause.
//
// A program that starts beside a sidecar or an agent finds nobody listening for its first seconds.
// What fails at once costs nobody anything, so the first exchange asks until its time is over, with
// pauses that grow to a second. Later ones stop early, since every caller would wait along.
func (t trial) again(u float64) (pause time.Duration, ok bool) {
	if t.class == Elsewhere {
		return 0, true
	}
	unready := t.class == Unready || t.class == Absent
	if t.first && t.onDemand && unready && t.took < instant {
		pause = jitter(exponential(50*time.Millisecond, t.attempts, time.Second), u)
		pause = heed(pause, t.asked, longestPause, u)
		return pause, t.class == Unready || t.elapsed+pause < absentFor
	}
	if t.class == Permanent || t.lasting >= maxAttempts {
		return 0, false
	}
	pause = heed(attemptBackoff(t.class, t.attempts, u), t.asked, longestPause, u)
	parked := t.onDemand && !t.first && unready && t.took < instant && t.elapsed+pause > parkedFor
	return pause, !parked
}

// longestPause is the longest between two attempts of one exchange, for which readers may wait.
const longestPause = 5 * time.Second

// attemptBackoff returns the pause after the n-th attempt (n from 1) of one exchange. It has full
// jitter, from zero on: what failed may be a blip that hit a whole fleet at the same moment. Only
// throttling calls for a pause in any case.
func attemptBackoff(c Class, n int, u float64) time.Duration {
	if c == Throttled {
		return jitter(exponential(time.Second, n, longestPause), u)
	}
	return time.Duration(u * float64(exponential(200*time.Millisecond, n, longestPause)))
}

// exponential returns base doubled n-1 times, at most limit.
func exponential(base time.Duration, n int, limit time.Duration) time.Duration {
	for ; n > 1 && base < limit; n-- {
		base *= 2
	}
	return min(base, limit)
}

// jitter returns between a half and the whole of d.
func jitter(d time.Duration, u float64) time.Duration {
	return d/2 + time.Duration(u*float64(d/2))
}

// A negativeCache lets the error of a failed exchange answer readers for a while.
type negativeCache struct {
	failures int           // in a row that left a reader without a value
	since    moment        // when the last of them ended
	ttl      time.Duration // from since on
}

// add notes a failed exchange whose issuer asked for a pause, or for none, and returns how long its
// error answers readers: at most limit.
func (c *negativeCache) add(at moment, asked, limit time.Duration) time.Duration {
	c.failures++
	c.since, c.ttl = at, heed(min(negativeTTL(c.failures), limit), asked, limit, 0)
	return c.ttl
}

// covers reports whether the last error still answers readers.
func (c *negativeCache) covers(at moment) bool { return c.failures > 0 && at.since(c.since) < c.ttl }

func (c *negativeCache) clear() { c.failures = 0 }
