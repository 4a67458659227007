package irsa_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// Readiness is whether there are credentials. While some are at hand Retrieve makes no request, and
// a deadline bounds the first exchange. Liveness has nothing to do with credentials: a pod that is
// started again has the same identity.
func Example_readiness() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	cfg, err := irsa.LoadConfig(context.Background())
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	ready := func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
			log.Print(err, "\n", irsa.Explain(err))
			http.Error(w, "no credentials", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}

	w := httptest.NewRecorder()
	ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	fmt.Println(w.Code)
	// Output:
	// 204
}

// A manager of controller-runtime takes the check as a healthz.Checker, which is a function of this
// type:
//
//	mgr.AddReadyzCheck("aws", ready)
//
// The config is loaded before the manager starts, and each reconciler gets the client that it needs
// of it. What fails in Reconcile is returned: the manager tries again, later each time.
func Example_controllerRuntime() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	cfg, err := irsa.LoadConfig(context.Background())
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	ready := func(r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		_, err := cfg.Credentials.Retrieve(ctx)
		return err
	}
	client := sts.NewFromConfig(cfg) // of whatever service the reconciler is about
	reconcile := func(ctx context.Context, name string) error {
		if _, err := client.GetCallerIdentity(ctx, nil); err != nil {
			return fmt.Errorf("reconcile %s: %w", name, err)
		}
		return nil
	}

	fmt.Println(ready(httptest.NewRequest(http.MethodGet, "/readyz", nil)))
	fmt.Println(reconcile(context.Background(), "reports"))
	// Output:
	// <nil>
	// <nil>
}

// One config makes the clients of all services, which share one exchange.
func Example_manyClients() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	ctx := context.Background()
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	objects, callers := s3.NewFromConfig(cfg), sts.NewFromConfig(cfg)

	me, err := callers.GetCallerIdentity(ctx, nil)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	shared, err := objects.Options().Credentials.Retrieve(ctx) // no second exchange
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	own, err := callers.Options().Credentials.Retrieve(ctx)
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	fmt.Println(*me.Arn, own.AccessKeyID == shared.AccessKeyID)
	// Output:
	// arn:aws:sts::111122223333:assumed-role/reader/payments.api-0 true
}

// An Error is logged whole: its reason as a label, the role, STS's code and the claims of the token,
// and no secret.
func Example_slog() {
	defer inExamplePod("another").leave() // this process becomes a pod; leave it out

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr { // this Example shows a few of the fields
			shown := map[string]bool{"msg": true, "reason": true, "code": true, "status": true, "service_account": true}
			if len(groups) == 0 && a.Key == slog.MessageKey || len(groups) > 0 && shown[a.Key] {
				return a
			}
			return slog.Attr{}
		},
	}))
	cfg, err := irsa.LoadConfig(context.Background())
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	if _, err := cfg.Credentials.Retrieve(context.Background()); err != nil {
		logger.Error("no credentials", "error", err)
	}
	// Output:
	// msg="no credentials" error.reason=trust error.code=AccessDenied error.status=403 error.token.service_account=api
}

// A bucket that a KMS key encrypts takes nothing in the client. Where the role may read the object
// and not use its key, S3 answers in KMS's words, and Explain says whose policy it is to change.
func ExampleExplain_kms() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	err := &smithy.GenericAPIError{Code: "AccessDenied", Message: "User: " +
		"arn:aws:sts::111122223333:assumed-role/reader/payments.api-0 is not authorized to perform: kms:Decrypt on " +
		"resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no " +
		"identity-based policy allows the kms:Decrypt action"} // as the SDK returns it for GetObject
	cause, _, _ := strings.Cut(irsa.Explain(err), "\n")
	fmt.Println(cause)
	if denied, ok := denial.Of(err); ok {
		fmt.Println(denied.Action, denied.Fix) // what to add, and where
	}
	// Output:
	// The caller's own policies don't allow the action on this resource, as far as the service says.
	// kms:Decrypt identity-statement
}

// A presigned URL ends with the credentials that signed it, however long it says it lasts. MinLife
// gives credentials that last for as long as the URL is to.
func Example_presignedURL() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	cfg, err := irsa.LoadConfig(context.Background())
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	provider, ok := irsa.ProviderFrom(cfg)
	if !ok {
		log.Fatal("not a pod with an identity of its own")
	}
	const life = 20 * time.Minute
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.Credentials = provider.MinLife(life) })
	signed, err := s3.NewPresignClient(client, s3.WithPresignExpires(life)).PresignGetObject(
		context.Background(), &s3.GetObjectInput{Bucket: aws.String("invoices"), Key: aws.String("2026/11.pdf")})
	if err != nil {
		log.Fatal(err, "\n", irsa.Explain(err))
	}
	fmt.Println(signed.Method, signed.URL[:58])
	// Output:
	// GET https://invoices.s3.eu-west-1.amazonaws.com/2026/11.pdf?X-
}

// Other regions' STS are asked where the own region's can't be reached. They are refused beside an
// endpoint that is named for STS, which leaves no choice of a region, as in this Example's pod.
func ExampleOptions_failoverRegions() {
	defer inExamplePod().leave() // this process becomes a pod; leave it out

	loader := irsa.Loader{Options: irsa.Options{
		FailoverRegions: []string{"eu-central-1", "eu-north-1"},
		OnRefresh: func(r irsa.Refresh) {
			log.Printf("exchange in %s took %s: %v", r.Region, r.Took, r.Err)
		},
	}}
	cfg, err := loader.LoadConfig(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s3.NewFromConfig(cfg)
	// Output:
	// irsa: load config arn:aws:iam::111122223333:role/reader: failover regions have no effect beside an endpoint that is configured for sts, which decides where the token is sent
}
