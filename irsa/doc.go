// Package irsa gives AWS clients in a pod the pod's own IAM role, by IAM Roles for Service
// Accounts, and keeps its credentials fresh.
//
// The SDK's own configuration works in a pod until something is missing, late or wrong. Then the
// pod may silently run with the role of its node, callers stall when a session ends, and errors
// name an operation and not the cause. This package has the SDK's signatures and handles these
// cases:
//
//	cfg, err := irsa.LoadConfig(ctx) // was: config.LoadDefaultConfig(ctx)
//	if err != nil {
//		return err
//	}
//	client := s3.NewFromConfig(cfg)
//
// It promises:
//
//   - No caller waits for STS after the first exchange, as long as the credentials are used once in
//     a session's life or more often, and STS does not fail for more than 0.16 of that life: nearly
//     ten minutes of an hour. (This holds for sessions of 15 minutes or more.)
//   - A pod never gets the role of its node, unless [FallbackNodeRole] or its configuration asks
//     for that.
//   - The token is in no error, log or report. One that EKS issued is sent only to AWS's own hosts,
//     to a loopback address, or to an endpoint that is configured for STS.
//
// The container's credentials (EKS Pod Identity, ECS, a sidecar) and each role of a profile's chain
// (source_profile) get a Provider, too, which [ProviderFrom] finds, with its Status and MinLife,
// and of which OnRefresh is told. The agent's token is read again for each attempt, and goes
// through no proxy. Whatever else the SDK's chain finds is left as it is, and its failures are an
// [Error] that [Explain] knows.
//
// Other entry points: a [Loader] has the options for which LoadConfig's signature has no room.
// [ProviderFrom] finds the [Provider] of a config, for its [Provider.Status] or for credentials
// with a minimum life ([Provider.MinLife]). [AssumeRole] adds a hop to another role, with a
// Provider of its own to which everything said here applies.
//
// # The life of a credential
//
// A session of an hour, where t is when it was asked for, E when it expires, both by STS's clock,
// and L = E - t its life:
//
//	t                              .67 L   .80 L        E-10s  E
//	|------------------------------|~~~~~~~|------------|------|
//	 served, no request             refresh  retried:     not
//	                                at a     served       served
//	                                random   meanwhile    any more
//	                                moment
//
// A timer starts the refresh while the credentials are used. The refresh reads the token from its
// file, asks STS, and replaces the session by the new one, whose life begins at t. While it fails,
// the current session is served:
//
//	what happens              what is done
//	------------------------  ------------------------------------------------------
//	first call                one exchange; all callers wait for it, each as long as
//	                          its own context allows, at most 20s
//	read                      an atomic load and a look at the clock; no lock
//	not used for L            the timer stops, no requests; the next read starts it
//	STS fails, or hangs       7s for an attempt; 4 attempts or 20s for an exchange;
//	                          the next exchange after a backoff of 2s, 4s, 8s … 60s,
//	                          or a fifth of the session's remaining life if shorter
//	with FailoverRegions      5s for an attempt; what the own region's STS does not
//	                          answer is asked of the next region at once
//	STS throttles             backoff of 5s, 10s … 120s, or that fifth
//	STS says Retry-After      5s at most between attempts; a backoff as long as
//	                          these limits allow
//	STS refuses permanently   one attempt; backoff of 5m, or that fifth
//	token expired             the file is read again, and sent at once if it changed
//	session ends with token   the file is watched; no request until it changes
//	no session left           an exchange on the next call; its error is returned to
//	                          all callers for 1s, 2s, 4s … 30s
//	Provider not referenced   garbage collected; its timer ends within L
//
// In sessions of less than 100 seconds the last tenth of L takes the place of the last ten seconds.
// E and t are STS's own times (Expiration and Date of its answer), because the node's clock may be
// wrong, be set, or stand still while the machine is suspended. Credentials have their true end in
// Expires, and are never served after it.
//
// # When it fails
//
// An [Error] says in one line what failed, for which role and with which token. Its Reason is one
// of the Err values, found by [errors.Is]. [Explain] says what to change; TROUBLESHOOTING.md lists
// all messages. Explain also takes the errors of AWS clients: a call that a service denies is
// explained by what the service says of it (package denial).
//
// # In a service
//
// Load one config when the program starts, and make all clients from it: they share one Provider.
// The same code serves a laptop with SSO, a pod with IRSA and a pod with EKS Pod Identity. The
// Examples are the recipes:
//
//   - Readiness calls Retrieve with a deadline of a second or two: it takes no request while
//     credentials are at hand, and its error says what is missing. Status alone would never become
//     ready, since nothing but Retrieve starts the first exchange. Liveness has nothing to do with
//     credentials. A manager of controller-runtime takes the same function as a healthz.Checker.
//   - For metrics, OnRefresh is told of each exchange, and [Label] names its error.
//     [Provider.Status] has the end of the credentials and the failures in a row. [Error] and
//     [Status] are whole in log/slog and as JSON. examples/service does it with Prometheus and
//     OpenTelemetry.
//   - What is signed once and used later (presigned URLs, IAM tokens of RDS) ends with the
//     credentials that signed it. [Provider.MinLife] gives credentials that last for as long as it
//     is to. examples/service has a test with a database's token.
//   - Another account's role that trusts the cluster's issuer needs its ARN alone: Options.RoleARN,
//     for sessions of up to 12 hours. Where it trusts the pod's role instead, [AssumeRole] adds a
//     hop, and another to that, each of which STS ends after an hour.
//   - Objects that a KMS key encrypts need kms:Decrypt for the role, and where the key is of
//     another account its key policy, too. The client needs nothing, and [Explain] tells a key's
//     denial from S3's.
//   - FailoverRegions are asked where the own region's STS is away.
//
// A token outlives its pod. STS judges signature, audience, times and trust policy, and asks nobody
// whether the pod is still there: a deleted pod's token can be exchanged until it ends, while the
// API server's TokenReview refuses it at once. Where that matters, shorten tokens by the service
// account's annotation eks.amazonaws.com/token-expiration (seconds, at least 600; default 86400).
//
// # What differs from LoadDefaultConfig
//
// Precedence, options, endpoints and errors are the SDK's own; tests hold both against the same
// servers. What differs, on purpose:
//
//   - The node's role. The SDK: taken in silence where a pod has no identity of its own. Here:
//     ErrNodeRole, unless FallbackNodeRole, WithEC2RoleCredentialOptions or a profile asks for it.
//     A pod may run with its node's role for months.
//   - Half a web identity. The SDK: a role without a token file goes on to the node's role.
//     Here: an error at load that names the missing half. The webhook leaves both out where a
//     container sets one.
//   - No region. The SDK: an error at the first call. Here: the region of the token's issuer,
//     else an error at load. Clusters and STS share a region.
//   - A role ARN, session name or duration that STS would refuse. The SDK: sent. Here: an error
//     at load. STS's answer says less.
//   - Partitions of role and region that disagree. The SDK: sent. Here: an error at load. They
//     can't work together.
//   - White space around the token. The SDK: sent. Here: cut off. Editors and echo leave a line
//     break.
//   - A file that can't hold a token. The SDK: sent, even empty. Here: an error without a
//     request: empty, over 20000 bytes, not a JWT. STS's answer says less.
//   - A pipe or a device in a file's place. The SDK: read, for as long as that takes. Here: an
//     error at load. Nobody is at a pod's keyboard to end it. Descriptors (/dev/fd) are read.
//   - A general endpoint. The SDK: AWS_ENDPOINT_URL is not used for STS, WithBaseEndpoint is,
//     even beside AWS_ENDPOINT_URL_STS. Here: both are, for tokens that EKS didn't issue and on
//     loopback; a name for STS goes first. A token that EKS issued is not for an S3-compatible
//     host.
//   - Interceptors, service options and the application's id. The SDK: don't reach the exchange.
//     Here: reach it. They are given for all clients.
//   - duration_seconds in a web identity's profile. The SDK: not used. Here: used. It is what it
//     says.
//   - The session's name. The SDK: the time in nanoseconds, new at each refresh. Here:
//     <namespace>.<pod>, stable. CloudTrail shows who it was.
//   - Retry options. The SDK: apply to the exchange. Here: don't: the refresh engine repeats by
//     its own rules. Faults that last cost one request.
//   - Refresh. The SDK: when the credentials have ended; everybody waits. Here: in the
//     background at 67 to 80 % of their life. Nobody waits.
//   - Redirects. The SDK: 307 and 308 fail, as an UnknownError or as an answer that can't be
//     read. Here: an error that names the redirect's host. The token goes nowhere else.
//   - Request and response bodies of the exchange in the debug log. The SDK: shown. Here: left
//     out. They hold the token and the keys.
//   - Warnings. The SDK: none. Here: what credentials shadow the web identity, and what STS will
//     probably refuse. Silence costs days.
//
// Of the options that apply to the exchange, Retryer, RetryMode and RetryMaxAttempts have no
// effect: it has limits of its own, and reads the token again for each attempt. ExpiryWindow of
// config.WithCredentialsCacheOptions makes the refresh earlier. It does not make credentials expire
// earlier, as in the SDK.
//
// # What stays
//
// The module follows semantic versioning. What compiles against one version compiles against the
// later ones of the same major version; the Err values, the labels, the fields of errors, and what
// options mean by their zero values stay as they are documented. The words of errors and of Explain
// are for people, and change. Before v1 a minor version may break this, and the changelog says
// where.
package irsa
