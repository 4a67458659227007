// Package irsa gives AWS clients in a pod the pod's own IAM role, by IAM Roles
// for Service Accounts, and keeps its credentials fresh.
//
// The SDK's own configuration works in a pod until something is missing, late or
// wrong: then the pod may run with its node's role without a word, callers stall at
// the end of each session, and an error tells the name of an operation and not of the
// cause. This package has the SDK's signatures and takes care of those times:
//
//	cfg, err := irsa.LoadConfig(ctx) // was: config.LoadDefaultConfig(ctx)
//	if err != nil {
//		return err
//	}
//	client := s3.NewFromConfig(cfg)
//
// Credentials that are used at least once in a session's life never let a caller
// wait for STS after the first exchange, unless STS fails for more than 0.16 of that
// life (sessions of 15 minutes or more; nearly ten minutes of an hour). A pod never
// ends up with its node's role unless FallbackNodeRole or its configuration asks for
// that. The token is in no error, log or report, and goes to no host that was not
// meant to have it.
//
// AssumeRole adds a hop to another role, with a Provider of its own that follows all
// of what is said here; Options.RoleARN goes to another account's role directly.
//
// What LoadConfig's signature can't say is a field of a Loader. ProviderFrom finds
// the Provider behind a config, for its Status or for credentials of a minimum life.
//
// # The life of a credential
//
// A session of an hour, with L for its life, t for the moment at which it was asked
// for, and E for its end, both by STS's clock:
//
//	t                              .67 L   .80 L        E-10s  E
//	|------------------------------|~~~~~~~|------------|------|
//	 served, no call                refresh: tried again: given
//	                                at a     served      to
//	                                random   meanwhile   nobody
//	                                moment
//
// The refresh is made by a timer while the credentials are used. It takes the token
// from its file again, asks STS, and puts the new session in the place of the old one,
// which begins at t anew. When it fails the old one is served on:
//
//	what happens              what is done
//	------------------------  ------------------------------------------------------
//	first call                one exchange; every caller waits for it, each by its
//	                          own context, at most 20s
//	read                      an atomic load and a look at the clock; no lock
//	not used for L            the timer rests, no calls; the next read wakes it
//	STS fails, or hangs       7s for an attempt, 4 attempts or 20s for an exchange;
//	                          the next after 2s, 4s, 8s … 60s, or a fifth of what is
//	                          left of the session if that is less
//	STS throttles             the next exchange after 5s, 10s … 120s, or that fifth
//	STS refuses for good      one attempt; the next exchange after 5m, or that fifth
//	token expired             the file is read again, and sent at once if it changed
//	session ends with token   the file is watched, STS isn't asked until it changes
//	no session left           an exchange when somebody calls; its error answers
//	                          everybody for 1s, 2s, 4s … 30s
//	Provider no longer held   collected; its timer ends within L
//
// In sessions of less than 100 seconds the last tenth takes the place of the last ten
// seconds. E and t are in STS's own time (the answer's Expiration and Date): the
// node's clock may be wrong, be set, or stand still while the machine is suspended.
// Credentials carry their true end in Expires, and nobody gets them after it.
//
// # When it fails
//
// An Error says what failed, for which role and with which token, in one line; its
// reason is one of the Err values, by errors.Is. Explain says what to change.
//
// # What is not honoured for the exchange
//
// Config's Retryer, RetryMode and RetryMaxAttempts: the exchange has its own bounds,
// and reads the token again for each attempt. ExpiryWindow of CredentialsCacheOptions
// moves the refresh forward and shortens no life.
package irsa
