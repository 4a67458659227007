package irsa_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// LoadConfig takes the place of config.LoadDefaultConfig. Every client made from its config has the
// pod's role.
func ExampleLoadConfig() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	ctx := context.Background()
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	fmt.Println(*me.Arn)
	// Output:
	// arn:aws:sts::111122223333:assumed-role/reader/payments.api-0
}

// A Loader has the options for which LoadConfig has no parameter: here no identity but the pod's
// own will do, and sessions last for half an hour. Its configs share the Provider, and so the
// exchange.
func ExampleLoader() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	loader := irsa.Loader{
		Options:  irsa.Options{Duration: 30 * time.Minute},
		Fallback: irsa.FallbackNone,
	}
	ctx := context.Background()
	cfg, err := loader.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	again, err := loader.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}

	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	fmt.Println("valid for", time.Until(credentials.Expires).Round(time.Minute))
	fmt.Println("shared:", cfg.Credentials == again.Credentials)
	// Output:
	// valid for 30m0s
	// shared: true
}

// OnRefresh feeds metrics. It must not block: a channel that is full loses a value rather than hold
// up the next report.
func ExampleLoader_onRefresh() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	refreshes := make(chan irsa.Refresh, 16)
	loader := irsa.Loader{Options: irsa.Options{OnRefresh: func(r irsa.Refresh) {
		select {
		case refreshes <- r:
		default:
		}
	}}}
	ctx := context.Background()
	cfg, err := loader.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}

	r := <-refreshes
	fmt.Printf("exchanged: %t, valid for %v\n", r.Err == nil, time.Until(r.Expires).Round(time.Minute))
	// Output:
	// exchanged: true, valid for 1h0m0s
}

// The error says on one line what failed. Explain says what that means in this pod, and what to
// change.
func ExampleExplain() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	loader := irsa.Loader{
		Options:  irsa.Options{TokenFile: "/var/run/secrets/tokens/aws"},
		Fallback: irsa.FallbackNone, // the token is read while the config is loaded
	}
	if _, err := loader.LoadConfig(context.Background()); err != nil {
		fmt.Print(irsa.Explain(err))
	}
	// Output:
	// The token file does not exist: the volume that the webhook adds is not mounted in this container, or the path is wrong.
	//
	// What is known here:
	//   role        "arn:aws:iam::111122223333:role/reader"
	//   token file  "/var/run/secrets/tokens/aws"
	//
	// What to do:
	// - The path must be that of a projected volume that this container mounts.
	// - Let the webhook inject volume and variables (its token is /var/run/secrets/eks.amazonaws.com/serviceaccount/token): annotate the service account, and set neither variable in the pod spec:
	//     kubectl -n "${NAMESPACE:?}" annotate serviceaccount "${SERVICE_ACCOUNT:?}" --overwrite eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/reader
	//     kubectl -n "${NAMESPACE:?}" set env "${WORKLOAD:?such as deployment/api}" AWS_ROLE_ARN- AWS_WEB_IDENTITY_TOKEN_FILE-
	// - A pod that has a volume named aws-iam-token of its own does not get the webhook's: rename that one, and recreate the pod.
}

// A presigned URL is valid for no longer than the credentials that signed it. MinLife has them
// replaced first where they expire before the URL is meant to.
func ExampleProvider_MinLife() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	ctx := context.Background()
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	provider, ok := irsa.ProviderFrom(cfg)
	if !ok {
		log.Fatal("the credentials are not a web identity's")
	}

	const life = 30 * time.Minute
	client := s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Credentials = provider.MinLife(life)
	}))
	request, err := client.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String("invoices"),
		Key:    aws.String("2026/07.pdf"),
	}, s3.WithPresignExpires(life))
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	url, _, _ := strings.Cut(request.URL, "?")
	fmt.Println(request.Method, url)
	// Output:
	// GET https://invoices.s3.eu-west-1.amazonaws.com/2026/07.pdf
}

// A readiness probe reports whether there are credentials. A failed refresh does not make the pod
// unready: the session that it has is valid for a while, and the refresh is retried.
func ExampleProvider_Status() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	ctx := context.Background()
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	provider, ok := irsa.ProviderFrom(cfg)
	if !ok {
		log.Fatal("the credentials are not a web identity's")
	}
	ready := func(w http.ResponseWriter, _ *http.Request) {
		status := provider.Status()
		if time.Now().After(status.Expires) {
			http.Error(w, fmt.Sprintf("no credentials: %v", status.Err), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "%s as %s, %d refreshes failed\n", status.RoleARN, status.SessionName, status.Failures)
	}

	fmt.Print(get(ready)) // no exchange has been made yet
	if _, err := provider.Retrieve(ctx); err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	fmt.Print(get(ready))
	// Output:
	// 503 no credentials: <nil>
	// 200 arn:aws:iam::111122223333:role/reader as payments.api-0, 0 refreshes failed
}

// get returns status and body of a handler's answer.
func get(handler http.HandlerFunc) string {
	answer := httptest.NewRecorder()
	handler(answer, httptest.NewRequest(http.MethodGet, "/ready", nil))
	return fmt.Sprint(answer.Code, " ", answer.Body)
}

// There are two ways into another account: through the pod's own role, or with the pod's token.
func ExampleAssumeRole() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	// Chaining: the session of the pod's role asks for one of auditRole. It lasts an hour at most.
	ctx := context.Background()
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	chained, err := irsa.AssumeRole(cfg, auditRole, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = aws.String("contract-7")
	})
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	printSession(ctx, chained)

	// Directly: the pod's token for archiveRole, in one request. It lasts as long as the role
	// allows.
	l := irsa.Loader{Options: irsa.Options{RoleARN: archiveRole, Duration: 4 * time.Hour}}
	direct, err := l.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	printSession(ctx, direct)

	// Output:
	// arn:aws:sts::444455556666:assumed-role/audit/payments.api-0 for 1h0m0s
	// arn:aws:sts::444455556666:assumed-role/archive/payments.api-0 for 4h0m0s
}

// printSession asks STS for the session of a config.
func printSession(ctx context.Context, cfg aws.Config) {
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	provider, _ := irsa.ProviderFrom(cfg)
	fmt.Println(*me.Arn, "for", time.Until(provider.Status().Expires).Round(time.Minute))
}
