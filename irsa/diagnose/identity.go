package diagnose

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// identityTime limits GetCallerIdentity. The exchange before it takes up to 20 seconds, and [Run]
// promises 30 in all.
const identityTime = 8 * time.Second

// identity asks STS to whom the credentials belong. GetCallerIdentity needs no permission, and no
// policy can deny it.
func (e *evidence) identity(ctx context.Context, credentials aws.Credentials) Check {
	c := Check{Name: "identity"}
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	client := sts.NewFromConfig(e.cfg, func(o *sts.Options) {
		if e.endpoint == nil {
			return
		}
		// The exchange's endpoint, which may be another than the config's general one. Its host is
		// that of the FIPS or dual-stack endpoint already, where one is asked for.
		o.BaseEndpoint = aws.String(e.endpoint.Scheme + "://" + e.endpoint.Host)
		o.EndpointOptions = sts.EndpointResolverOptions{}
	})
	sent := time.Now()
	out, err := client.GetCallerIdentity(ctx, nil)
	if err != nil {
		reason := stsclient.Redact(err.Error(), credentials.SecretAccessKey, credentials.SessionToken)
		c.Result, c.Detail = Warn, "sts did not say who we are: "+reason
		c.Fix = e.fix(advice.IdentityRefused)
		return c
	}
	date, _ := awsmiddleware.GetServerTime(out.ResultMetadata)
	e.identified = &probe{sent: sent, received: time.Now(), date: date, known: true}
	c.Detail = aws.ToString(out.Arn) + e.podIdentitySession(aws.ToString(out.Arn))
	return c
}

// podIdentitySession says what a session of EKS Pod Identity tells by its name, which EKS makes:
// "eks-<cluster>-<pod>-<uuid>" of 64 characters at most, the pod's name cut. The cluster is nowhere
// else in the pod.
func (e *evidence) podIdentitySession(arn string) string {
	const uuid = len("-00000000-0000-0000-0000-000000000000")
	name, ok := strings.CutPrefix(arn[strings.LastIndex(arn, "/")+1:], "eks-")
	t := e.who()
	if e.agent == nil || !ok || t == nil || len(name) <= uuid {
		return ""
	}
	name = name[:len(name)-uuid]
	for n := len(t.Pod); n > 0; n-- {
		if cluster, found := strings.CutSuffix(name, "-"+t.Pod[:n]); found && cluster != "" {
			return ", of cluster " + cluster
		}
	}
	return ""
}
