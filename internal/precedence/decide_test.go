package precedence_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

var (
	injected = precedence.WebIdentity{RoleARN: "arn:aws:iam::111122223333:role/pod", TokenFile: "/token"}
	profiled = precedence.WebIdentity{RoleARN: "arn:aws:iam::111122223333:role/profile", TokenFile: "/profile/token"}
	roleOnly = precedence.WebIdentity{RoleARN: injected.RoleARN}
	fileOnly = precedence.WebIdentity{TokenFile: injected.TokenFile}

	inPod = podfs.Pod{InKubernetes: true, EKSToken: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"}
)

func TestWhoTakesPrecedence(t *testing.T) {
	const keys, code = "static keys in the environment (AWS_ACCESS_KEY_ID)", "credentials given in code"
	for name, c := range map[string]struct {
		in       precedence.Inputs
		use      *precedence.WebIdentity
		winner   string
		shadowed []string
	}{
		"nothing at all":           {},
		"the webhook's variables":  {in: precedence.Inputs{Environment: injected}, use: &injected},
		"a profile's web identity": {in: precedence.Inputs{Profile: profiled, OfProfile: true}, use: &profiled},
		"the variables before a profile's": {in: precedence.Inputs{Environment: injected, Profile: profiled,
			OfProfile: true}, use: &injected},
		"a profile that the code names before the variables": {use: &profiled,
			in: precedence.Inputs{Environment: injected, Profile: profiled, OfProfile: true, NamedByCode: "p",
				ProfileHas: true}},
		"a token file alone, to be completed or refused": {in: precedence.Inputs{Environment: fileOnly},
			use: &fileOnly},
		"a role alone is none": {in: precedence.Inputs{Environment: roleOnly}},
		"a role alone beside a profile's web identity": {in: precedence.Inputs{Environment: roleOnly,
			Profile: profiled, OfProfile: true}, use: &profiled},
		"a role alone that Options complete": {in: precedence.Inputs{Environment: roleOnly,
			Explicit: true}, use: &roleOnly},
		"a role alone that Options complete, beside a profile's": {use: &roleOnly,
			in: precedence.Inputs{Environment: roleOnly, Profile: profiled, OfProfile: true, Explicit: true}},
		"keys before the variables": {in: precedence.Inputs{Keys: true, Environment: injected},
			winner: keys, shadowed: []string{"the web identity for " + injected.RoleARN}},
		"keys before a profile's": {in: precedence.Inputs{Keys: true, Profile: profiled, OfProfile: true},
			winner: keys, shadowed: []string{"the web identity for " + profiled.RoleARN}},
		"keys before half an identity": {in: precedence.Inputs{Keys: true, Environment: roleOnly},
			winner: keys, shadowed: []string{"half a web identity (AWS_ROLE_ARN)"}},
		"keys behind Options": {in: precedence.Inputs{Keys: true, Environment: injected, Explicit: true},
			use: &injected, shadowed: []string{keys}},
		"keys behind a profile that the code names": {use: &profiled, shadowed: []string{keys},
			in: precedence.Inputs{Keys: true, Profile: profiled, OfProfile: true, NamedByCode: "p", ProfileHas: true}},
		"credentials in code before everything": {winner: code,
			shadowed: []string{"the web identity for " + injected.RoleARN},
			in:       precedence.Inputs{Credentials: true, Keys: true, Environment: injected}},
		"a profile in code without a web identity": {in: precedence.Inputs{NamedByCode: "p", Environment: injected},
			winner:   "the credentials of the profile given in code (p)",
			shadowed: []string{"the web identity for " + injected.RoleARN}},
		"a profile in code without credentials, and Options": {use: &injected,
			in: precedence.Inputs{NamedByCode: "p", Environment: injected, Explicit: true}},
		"container credentials behind the variables": {in: precedence.Inputs{Container: true, Environment: injected},
			use: &injected, shadowed: []string{"container credentials (EKS Pod Identity, ECS)"}},
		"container credentials alone": {in: precedence.Inputs{Container: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := precedence.Decide(c.in)
			assert.Equal(t, c.use, d.Use)
			assert.Equal(t, c.winner, d.Winner)
			assert.Equal(t, c.shadowed, d.Shadowed)
			assert.Nil(t, d.Load)
			assert.Nil(t, d.Retrieve)
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	kind := func(k precedence.Kind) *precedence.Kind { return &k }
	for name, c := range map[string]struct {
		in             precedence.Inputs
		load, retrieve *precedence.Kind
		says           string
	}{
		"the node's role in a pod": {in: precedence.Inputs{EndsAtNode: true, Pod: inPod},
			retrieve: kind(precedence.IsNodeRole)},
		"the node's role in a pod, with metadata off": {in: precedence.Inputs{EndsAtNode: true, NoMetadata: true,
			Pod: inPod},
			retrieve: kind(precedence.MetadataOff)},
		"the node's role in a pod with half of Pod Identity": {in: precedence.Inputs{EndsAtNode: true, Pod: inPod,
			ContainerTokenFile: "/agent/token"}, retrieve: kind(precedence.IsNodeRole),
			says: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set, AWS_CONTAINER_CREDENTIALS_FULL_URI is not"},
		"the node's role in a pod with nothing but Pod Identity's token": {
			in:       precedence.Inputs{EndsAtNode: true, Pod: podfs.Pod{InKubernetes: true, AgentToken: "/agent/token"}},
			retrieve: kind(precedence.IsNodeRole),
			says:     "token is mounted at /agent/token, and AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"},
		"the node's role in a pod, nothing else wanted": {load: kind(precedence.IsNodeRole),
			in: precedence.Inputs{EndsAtNode: true, Pod: inPod, Fallback: precedence.None}},
		"the node's role in a pod, allowed": {
			in: precedence.Inputs{EndsAtNode: true, Pod: inPod, Fallback: precedence.NodeRole}},
		"the node's role outside Kubernetes": {in: precedence.Inputs{EndsAtNode: true}},
		"the node's role outside Kubernetes, nothing else wanted": {load: kind(precedence.NotConfigured),
			says: "no sign of Kubernetes",
			in:   precedence.Inputs{EndsAtNode: true, Fallback: precedence.None}},
		"the node's role behind a profile in code": {in: precedence.Inputs{EndsAtNode: true, Pod: inPod,
			NamedByCode: "p"},
			retrieve: kind(precedence.IsNodeRole)},
		"a role alone that would end at the node": {load: kind(precedence.NotConfigured),
			says: "AWS_ROLE_ARN is set, AWS_WEB_IDENTITY_TOKEN_FILE is not; the EKS webhook injects neither",
			in:   precedence.Inputs{Environment: roleOnly, EndsAtNode: true, Pod: inPod}},
		"a role alone beside other credentials": {in: precedence.Inputs{Environment: roleOnly}},
		"a role alone beside other credentials that aren't wanted": {load: kind(precedence.NotConfigured),
			says: "AWS_ROLE_ARN is set",
			in:   precedence.Inputs{Environment: roleOnly, Fallback: precedence.None}},
		"other credentials that aren't wanted": {load: kind(precedence.NotConfigured), says: "FallbackNone",
			in: precedence.Inputs{Container: true, Fallback: precedence.None}},
		"keys where nothing but the web identity is wanted": {load: kind(precedence.Shadowed),
			says: "take precedence over",
			in:   precedence.Inputs{Keys: true, Environment: injected, Fallback: precedence.None}},
		"keys where there is no web identity": {load: kind(precedence.NotConfigured), says: "there are static keys",
			in: precedence.Inputs{Keys: true, Fallback: precedence.None}},
		"credentials in code beside Options": {load: kind(precedence.Shadowed),
			says: "Loader.Options ask for a web identity",
			in:   precedence.Inputs{Credentials: true, Explicit: true, Environment: injected}},
		"a profile with credentials in code beside Options": {load: kind(precedence.Shadowed), says: "(p)",
			in: precedence.Inputs{NamedByCode: "p", ProfileHas: true, Explicit: true, Environment: injected}},
	} {
		t.Run(name, func(t *testing.T) {
			d := precedence.Decide(c.in)
			for _, r := range []struct {
				want *precedence.Kind
				got  *precedence.Refusal
			}{{c.load, d.Load}, {c.retrieve, d.Retrieve}} {
				if r.want == nil {
					require.Nil(t, r.got)
					continue
				}
				require.NotNil(t, r.got)
				assert.Equal(t, *r.want, r.got.Kind)
				assert.Nil(t, d.Use)
				if c.says != "" {
					assert.ErrorContains(t, r.got.Err, c.says)
				}
			}
		})
	}
}

func TestWhatIsShadowedIsWarnedOf(t *testing.T) {
	for name, c := range map[string]struct {
		in   precedence.Inputs
		says string // "": no warning
	}{
		"nothing": {precedence.Inputs{Environment: injected}, ""},
		"keys before the web identity": {precedence.Inputs{Keys: true, Environment: injected},
			"which is not used"},
		"container credentials behind it": {precedence.Inputs{Container: true, Environment: injected},
			"are not used: a web identity takes precedence"},
		"a role alone and other credentials": {precedence.Inputs{Environment: roleOnly},
			"AWS_WEB_IDENTITY_TOKEN_FILE is not"},
		"keys behind Options": {precedence.Inputs{Environment: injected, Keys: true, Explicit: true},
			"static keys in the environment (AWS_ACCESS_KEY_ID) are not used"},
		"a profile of AWS_PROFILE behind the variables": {precedence.Inputs{Environment: injected, ProfileName: "p",
			ProfileHas: true, NamedByVariable: true},
			"the credentials of the profile p (AWS_PROFILE) are not used: those of the web identity for " +
				injected.RoleARN},
		"a mounted file behind the variables": {precedence.Inputs{Environment: injected, ProfileName: "default",
			ProfileHas: true},
			"the credentials of the profile default are not used"},
		"a profile without credentials behind the variables": {precedence.Inputs{Environment: injected,
			ProfileName: "p", NamedByVariable: true}, ""},
		"a profile of AWS_PROFILE with the very identity of the variables": {precedence.Inputs{
			Environment: injected, Profile: injected, OfProfile: true, ProfileHas: true, NamedByVariable: true}, ""},
		"a profile's own web identity": {precedence.Inputs{Profile: profiled, OfProfile: true, ProfileHas: true,
			NamedByVariable: true}, ""},
		"a profile's web identity behind the variables": {precedence.Inputs{Environment: injected,
			Profile: profiled, OfProfile: true, ProfileHas: true, ProfileName: "p", NamedByVariable: true},
			"the profile p (AWS_PROFILE) are not used"},
		"a profile behind keys": {precedence.Inputs{Keys: true, ProfileHas: true, ProfileName: "p",
			NamedByVariable: true}, "static keys in the environment (AWS_ACCESS_KEY_ID) take precedence"},
		"a profile that nobody named behind keys, outside of pods": {precedence.Inputs{Keys: true, ProfileHas: true,
			ProfileName: "default"}, ""},
		"a mounted file behind keys in a pod": {precedence.Inputs{Keys: true, ProfileHas: true, Pod: inPod,
			ProfileName: "default"}, "the credentials of the profile default are not used"},
		"a profile behind credentials in code": {precedence.Inputs{Credentials: true, ProfileHas: true,
			ProfileName: "p", NamedByVariable: true}, "credentials given in code take precedence"},
		"half of Pod Identity beside other credentials": {precedence.Inputs{ContainerTokenFile: "/agent/token",
			ProfileHas: true, Pod: inPod}, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not; "},
		"a profile that is used": {precedence.Inputs{ProfileHas: true, ProfileName: "p", NamedByVariable: true,
			Pod: inPod}, ""},
		"a profile that chains from the container": {precedence.Inputs{ProfileHas: true, ProfileName: "p", Pod: inPod,
			Container: true, EndsAtContainer: true}, ""},
		"container credentials behind a profile's": {precedence.Inputs{ProfileHas: true, ProfileName: "default",
			Pod: inPod, Container: true}, "the profile default take precedence over container credentials"},
		"a function for a web identity that isn't there": {precedence.Inputs{ForWebIdentity: true, Pod: inPod},
			"Loader.Options name one (RoleARN, TokenFile)"},
		"a function for a web identity, outside of pods": {precedence.Inputs{ForWebIdentity: true}, ""},
		"a function for the web identity":                {precedence.Inputs{ForWebIdentity: true, Environment: injected}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := precedence.Decide(c.in)
			if c.says == "" {
				assert.Empty(t, d.Warnings)
				return
			}
			require.Len(t, d.Warnings, 1)
			assert.Contains(t, d.Warnings[0], c.says)
		})
	}
}

func TestATokenThatIsMountedIsTold(t *testing.T) {
	in := precedence.Inputs{Pod: inPod}
	assert.NotContains(t, in.Half("A", "B").Error(), "mounted")
	in.Pod.Mounted = true
	assert.ErrorContains(t, in.Half("A", "B"), "A is set, B is not; a token is mounted at "+inPod.EKSToken)
}
