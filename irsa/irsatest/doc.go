// Package irsatest lets programs that use IAM Roles for Service Accounts be tested without AWS and
// without a cluster: an [Issuer] that signs service account tokens, an [STS] that judges them as
// AWS's does and gives out sessions, the agent of EKS Pod Identity ([PodIdentity]), and a [Pod]
// with the token file and the environment that a container on EKS has.
//
// The whole test of a service that takes its role from its pod, reads a bucket, writes to it, and
// survives an outage of STS:
//
//	func TestReports(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			cloud := irsatest.NewAWS(t, irsatest.AWSOptions{})
//			cloud.S3.Put("reports", "in.csv", "1,2,3")
//
//			cfg, err := irsa.LoadConfig(t.Context(), cloud.LoadOptions)
//			require.NoError(t, err)
//			service := reports{s3.NewFromConfig(cfg)} // the code under test
//			require.NoError(t, service.sum(t.Context(), "in.csv", "out.txt"))
//
//			cloud.STS.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
//			time.Sleep(50 * time.Minute)
//			require.NoError(t, service.sum(t.Context(), "in.csv", "later.txt"), "STS is away")
//
//			written := cloud.S3.Requests("PutObject")
//			require.Len(t, written, 2)
//			require.Equal(t, "later.txt", written[1].Key)
//			require.Contains(t, cloud.STS.Identity(written[1].AccessKey), "assumed-role/service/")
//
//			cloud.STS.ClearFaults()
//			time.Sleep(time.Minute)
//			cloud.Wait()
//		})
//	}
//
// [NewAWS] makes all of it, in a region, with names that agree; [WriteAWS] does so without a test.
// The parts can also be made and put together one by one. The examples below show a service that
// reads, one that writes, an outage, a rotation, EKS Pod Identity, and a bucket that is denied.
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
