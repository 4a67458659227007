package irsatest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// agentOp is EKS Auth's operation behind each request to the agent.
const agentOp = "AssumeRoleForPodIdentity"

// Inject lets a Fault happen from now on, until the function it returns is called, or
// [PodIdentity.ClearFaults]. The effects are those of an [STS]; [Error] takes the codes of EKS Auth
// (AccessDeniedException, ThrottlingException), and an empty code is the agent's 500 where it can't
// reach EKS Auth. An agent that starts late refuses connections until then:
//
//	started := agent.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)})
//	time.AfterFunc(15*time.Second, started)
func (a *PodIdentity) Inject(f Fault) (remove func()) {
	return a.faults.Inject(&a.asked, fault.Rule[Request]{
		Op: f.Op, Match: f.Match, Skip: f.Skip, Every: f.Every, Times: f.Times, Do: f.Do.apply,
	})
}

// ClearFaults ends all faults. Requests that stall already go on stalling: see [PodIdentity.Wait].
func (a *PodIdentity) ClearFaults() { a.faults.Clear() }

// Wait is for the agent what [STS.Wait] is for an STS.
func (a *PodIdentity) Wait() { a.traffic.Wait() }

// Requests returns the requests that the agent got, in the order of their arrival. Their operation
// is AssumeRoleForPodIdentity, their only parameter Token, a digest of the token's text, and the
// code of an error that is the agent's own its status. It keeps each until
// [PodIdentity.ForgetRequests].
func (a *PodIdentity) Requests() []Request { return a.log.requests(nil) }

// ForgetRequests empties what [PodIdentity.Requests] returns.
func (a *PodIdentity) ForgetRequests() { a.log.forget() }

// Client returns an HTTP client that reaches the agent whatever host is asked for: see the function
// [Client]. The SDK's own provider takes it by config.WithEndpointCredentialOptions, not by
// config.WithHTTPClient.
func (a *PodIdentity) Client() *http.Client { return Client(map[string]http.Handler{"": a}) }

// addAgent logs a request to the agent.
func (l *requestLog) addAgent(r *http.Request) (logged *Request, copied Request) {
	params := url.Values{}
	if token := r.Header.Get("Authorization"); token != "" {
		params.Set("Token", tokenDigest(token))
	}
	return l.keep(&Request{
		Op: agentOp, Params: params, Host: r.Host, UserAgent: r.UserAgent(), Received: time.Now(),
	})
}

// tokenDigest tells tokens apart without telling them.
func tokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "sha256:" + hex.EncodeToString(sum[:8])
}
