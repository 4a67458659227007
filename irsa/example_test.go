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

	loader := irsa.Loader{Options: irsa.Options{SessionName: "night shift"}}
	if _, err := loader.LoadConfig(context.Background()); err != nil {
		fmt.Println(err)
		fmt.Println()
		fmt.Print(irsa.Explain(err))
	}
	// Output:
	// irsa: load config arn:aws:iam::111122223333:role/reader: session name "night shift": sts allows letters, digits and _+=,.@- in it, not ' '
	//
	// STS does not accept the session's name: it has 2 to 64 letters, digits and the characters _=,.@+-.
	//
	// What is known here:
	//   role        "arn:aws:iam::111122223333:role/reader"
	//
	// What to do:
	// - Leave Options.SessionName and AWS_ROLE_SESSION_NAME out: the name is then made of the namespace and the pod.
	// - Or remove what is not allowed from it: a space, a slash, a colon.
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

	_, err = irsa.AssumeRole(cfg, auditRole, func(o *stscreds.AssumeRoleOptions) { o.Duration = 4 * time.Hour })
	before, _, _ := strings.Cut(err.Error(), ";")
	fmt.Println(before)
	// Output:
	// arn:aws:sts::444455556666:assumed-role/audit/payments.api-0 for 1h0m0s
	// arn:aws:sts::444455556666:assumed-role/archive/payments.api-0 for 4h0m0s
	// irsa: new hop arn:aws:iam::444455556666:role/audit: duration 4h0m0s: sts ends a chained session after 1h0m0s
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
