package irsa_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// A misbehaving Client, TokenRetriever or OnRefresh costs its own call.
func TestACallersCodeCantTakeOthersAlong(t *testing.T) {
	boom := errors.New("index out of range")
	t.Run("an OnRefresh that panics", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			l := w.loadBed(t, irsa.Options{OnRefresh: func(irsa.Refresh) { panic(boom) }})
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			time.Sleep(3 * time.Hour)
			_, err = l.p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Contains(t, w.warn.String(), "OnRefresh panicked")
			assert.Contains(t, w.warn.String(), boom.Error())
		})
	})
	t.Run("a Client that returns nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			l := w.loadBed(t, irsa.Options{Client: clientFunc(func() (*sts.AssumeRoleWithWebIdentityOutput,
				error) {
				return nil, nil
			})})
			_, err := l.p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrUnreachable)
			assert.ErrorContains(t, err, "holds no credentials")
		})
	})
	t.Run("a Client that panics", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			l := w.loadBed(t, irsa.Options{Client: clientFunc(func() (*sts.AssumeRoleWithWebIdentityOutput,
				error) {
				panic(boom)
			})})
			_, err := l.p.Retrieve(t.Context())
			require.ErrorIs(t, err, boom)
			assert.ErrorContains(t, err, "panic: index out of range")
		})
	})
}

// A clientFunc is an exchange's Client of a caller's own.
type clientFunc func() (*sts.AssumeRoleWithWebIdentityOutput, error)

func (f clientFunc) AssumeRoleWithWebIdentity(
	context.Context, *sts.AssumeRoleWithWebIdentityInput, ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return f()
}
