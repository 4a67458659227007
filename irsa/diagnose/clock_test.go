package diagnose

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestTheClocksDifferenceIsToldFromTheAnswersDate(t *testing.T) {
	for skew, want := range map[time.Duration]Check{
		0:                {Result: OK, Detail: "agrees with STS"},
		20 * time.Second: {Result: OK, Detail: "20s behind STS"},
		time.Hour:        {Result: Warn, Detail: "1h0m0s behind STS"},
		-time.Hour:       {Result: Warn, Detail: "1h0m0s ahead of STS"},
	} {
		t.Run(skew.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sts irsatest.STS
				sts.Inject(irsatest.Fault{Do: irsatest.Skew(skew)})
				got := probed(t, &sts).clock()
				assert.Equal(t, want.Result, got.Result)
				assert.Equal(t, want.Detail, got.Detail)
				assert.Equal(t, want.Result == Warn, got.Fix != "")
			})
		})
	}
}

func TestTheTimeThatAnAnswerTakesIsNoDifferenceOfClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sts irsatest.STS
		sts.Inject(irsatest.Fault{Do: irsatest.Delay(9 * time.Second)})
		assert.Equal(t, "agrees with STS", probed(t, &sts).clock().Detail)
		sts.Inject(irsatest.Fault{Do: irsatest.Skew(time.Hour)})
		assert.Equal(t, "1h0m0s behind STS", probed(t, &sts).clock().Detail)
	})
}

func TestWhatIsNotSTSTellsNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sts irsatest.STS
		sts.Inject(irsatest.Fault{
			Do: irsatest.Skew(time.Hour).And(irsatest.Reply(200, "text/html", "<html>log in</html>")),
		})
		got := probed(t, &sts).clock()
		assert.Equal(t, Skipped, got.Result, got.Detail)
	})
}
