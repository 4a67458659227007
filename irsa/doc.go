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
// (source_profile) get a Provider, too, which [ProviderFrom] finds, with its Status and MinLife, and
// of which OnRefresh is told. The agent's token is read again for each attempt, and
// goes through no proxy. Whatever else the SDK's chain finds is left as it is, and its failures are
// an [Error] that [Explain] knows.
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
// # What differs from the SDK in the exchange
//
// Retryer, RetryMode and RetryMaxAttempts of a config have no effect on the exchange, which has its
// own limits and reads the token again for each attempt. ExpiryWindow of
// config.WithCredentialsCacheOptions makes the refresh earlier. It does not make credentials expire
// earlier, as in the SDK.
package irsa
