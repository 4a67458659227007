// Package irsatest lets programs that use IAM Roles for Service Accounts be tested without AWS and
// without a cluster: an [Issuer] that signs service account tokens, an [STS] that judges them as
// AWS's does and gives out sessions, and a [Pod] with the token file and the environment that a
// container on EKS has.
//
// A test of code that loads its configuration as it would in a pod:
//
//	func TestReport(t *testing.T) {
//		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
//		role := "arn:aws:iam::111122223333:role/reader"
//		service := new(irsatest.STS)
//		require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:payments:api"))
//		irsatest.NewPod(t, irsatest.PodOptions{
//			Issuer: issuer, RoleARN: role,
//			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
//		})
//
//		cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
//		require.NoError(t, err)
//		me, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
//		require.NoError(t, err)
//		require.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/payments.api-0", *me.Arn)
//	}
//
// What is real: tokens are signed, with the claims that the kubelet's tokens have, and STS verifies
// them; role trust policies are evaluated, by package trustpolicy; requests and answers have the
// wire format, error codes, statuses and messages of STS, so that it is the SDK's own client that
// is tested. [STS.Authorize] checks requests that are signed with a session; fakes of other
// services, such as s3readtest.Server, take it as a hook. What a role may do is not modelled: only
// who may assume it.
//
// # Clients
//
// An STS and an Issuer are http.Handlers, and serve under net/http/httptest. [STS.Client] returns
// an *http.Client whose connections end in memory, whatever host is asked for, so that no endpoint
// needs to be configured; the function [Client] connects several handlers by their hosts' names.
// (The SDK refuses a client like that where AWS_CA_BUNDLE is set; [NewPod] unsets it.)
//
// # Outages, and days that pass in milliseconds
//
// [STS.Inject] lets things go wrong: a [Fault] says which requests are met, and an [Effect] what
// happens to them. Bad tokens are made with [Claims].Set. Such a client works in a testing/synctest
// bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		…
//		service.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
//		time.Sleep(10 * time.Minute)
//		_, err = cfg.Credentials.Retrieve(t.Context())
//		require.NoError(t, err, "the credentials at hand are still valid")
//
//		service.ClearFaults()
//		time.Sleep(time.Minute)
//		service.Wait()
//	})
//
// A bubble must not end with an exchange in flight, hence its last three lines: see [STS.Wait].
//
// Package s3readtest is the same for S3, with the same form of clients and faults.
package irsatest
