package irsa

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// STS's own limits for the life of a session.
const (
	minDuration = 15 * time.Minute
	maxDuration = 12 * time.Hour
)

// settle checks the identity, gives cfg the region of the token's issuer where it
// has none, and makes the client. It returns a reason, or nil, along with an error.
// A token that can't be read is no error here: it may be there when it is needed.
func (id *identity) settle(ctx context.Context, cfg *aws.Config) (reason, err error) {
	role, err := partition.ParseRoleARN(id.roleARN)
	if err != nil {
		return nil, &advised{err, adviseARN}
	}
	if err := id.checkOptions(); err != nil {
		return nil, err
	}
	t, tokenErr := id.claims()
	var issuer partition.Issuer
	if t != nil {
		issuer, _ = partition.ParseIssuer(t.Issuer)
		id.observe(ctx, t)
	}
	if reason, err := checkPartitions(role, cfg.Region, issuer); err != nil {
		return reason, err
	}
	if cfg.Region == "" {
		cfg.Region = issuer.Region
	}
	if id.client != nil {
		return nil, nil
	}
	client, err := newSTSClient(*cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" && !client.named && client.general == "" {
		return ErrRegion, noRegion(t, tokenErr)
	}
	if client.general != "" && t != nil && !followsGeneral(client.general, t) {
		id.warner.warn(ctx, "the general endpoint is not used for the exchange: a token that EKS issued goes to AWS's own STS, or to an endpoint named for STS (AWS_ENDPOINT_URL_STS)",
			slog.String("endpoint", client.general))
	}
	id.client = client
	return nil, nil
}

func (id *identity) checkOptions() error {
	if id.sessionName != "" {
		if err := checkSessionName(id.sessionName); err != nil {
			return &advised{err, adviseSessionName}
		}
	}
	if d := id.duration; d != 0 && (d < minDuration || d > maxDuration || d%time.Second != 0) {
		return &advised{fmt.Errorf("duration %v: sts gives sessions of %v to %v, in whole seconds", d, minDuration, maxDuration), adviseDuration}
	}
	return nil
}

// checkPartitions refuses what can't work: roles, regions and clusters of one AWS
// partition know nothing of another's. What this version doesn't know agrees.
func checkPartitions(role partition.RoleARN, region string, issuer partition.Issuer) (reason, err error) {
	ofRegion, _ := partition.OfRegion(region)
	ofRole, _ := partition.ByID(role.Partition)
	known := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case known(ofRole.ID, issuer.Partition.ID):
		return ErrIssuer, fmt.Errorf("the role is in partition %s, the cluster that issued the token is in %s", ofRole.ID, issuer.Partition.ID)
	case known(ofRole.ID, ofRegion.ID):
		return ErrRegion, fmt.Errorf("the role is in partition %s, region %s is in %s", ofRole.ID, region, ofRegion.ID)
	case known(issuer.Partition.ID, ofRegion.ID):
		return ErrRegion, fmt.Errorf("the cluster that issued the token is in partition %s, region %s is in %s", issuer.Partition.ID, region, ofRegion.ID)
	}
	return nil, nil
}

// observe warns of what STS will probably refuse. Whether it does is for STS to
// say: the clock that counts is STS's, and clusters may use other audiences.
func (id *identity) observe(ctx context.Context, t *Token) {
	now := time.Now()
	switch {
	case !t.ExpiresAt.IsZero() && now.After(t.ExpiresAt):
		id.warner.warn(ctx, "the token has expired by this machine's clock", slog.Time("expired", t.ExpiresAt))
	case now.Before(t.NotBefore):
		id.warner.warn(ctx, "the token is not valid yet by this machine's clock", slog.Time("notBefore", t.NotBefore))
	}
	if !slices.Contains(t.Audience, "sts.amazonaws.com") {
		id.warner.warn(ctx, "the token is not meant for sts.amazonaws.com: it works only where the role's account lists its audience as a client id",
			slog.Any("audience", t.Audience))
	}
}

func noRegion(t *Token, tokenErr error) error {
	const looked = "no region in the options, AWS_REGION, AWS_DEFAULT_REGION or the shared config"
	if t == nil {
		return fmt.Errorf("%s, and no token to take it from: %w", looked, tokenErr)
	}
	return fmt.Errorf("%s, nor in the token's issuer %q", looked, clip(t.Issuer))
}
