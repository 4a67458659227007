package precedence

import (
	"errors"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A Decision is what a config's credentials are to be, and why.
type Decision struct {
	// Use is the web identity that is used, whole or half: Loader.Options may complete it. Nil
	// where the config is left to what the SDK found.
	Use *WebIdentity

	// Hops are the roles that are assumed with it, or with the container's credentials, in turn.
	Hops []Hop

	// Container says that the container's credentials are used: EKS Pod Identity's, ECS's, a
	// sidecar's.
	Container bool

	Winner    string   // in words, what takes precedence over the web identity; "" where nothing does
	Variables []string // of the environment, that make it do so
	Shadowed  []string // in words, the identities of the pod, whole or half, that are not used
	Unused    []string // in words, what else is configured and not used: a profile's credentials, options in code
	Warnings  []string // to be given once

	Load     *Refusal // why the config does not load; nil: it does
	Retrieve *Refusal // what its credentials answer in place of the node's role; nil: they are what was found
}

// A Refusal is an error before anything is asked: of which kind, for which role, and the cause,
// which is nil where there is no more to say.
type Refusal struct {
	Kind    Kind
	RoleARN string
	Err     error
}

// A Kind is the condition that a Refusal is.
type Kind int

const (
	NotConfigured Kind = iota // no identity, or half of one
	Shadowed                  // other credentials take precedence over one that was asked for
	IsNodeRole                // the credentials would be the node's
	MetadataOff               // they would be, but for the instance metadata that is turned off
)

// Decide says which identity is used, and what of the rest is not.
func Decide(in Inputs) Decision {
	return in.unused(in.identity())
}

// identity is the decision itself. The cases stand in their order of precedence.
func (in Inputs) identity() Decision {
	switch {
	case in.Credentials:
		return in.others("credentials given in code")
	case in.NamedByCode != "" && !in.OfProfile && (!in.Explicit || in.ProfileHas):
		return in.others("the credentials of the profile given in code (" + text.Clip(in.NamedByCode) + ")")
	case in.NamedByCode != "" && in.OfProfile:
		return in.ofProfile()
	case in.NamedByCode == "" && !in.Explicit && in.Keys:
		return in.others(staticKeys, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
	case in.Environment.TokenFile != "":
		return in.webIdentity(in.Environment)
	case in.OfProfile && (!in.Explicit || in.Environment.RoleARN == ""):
		return in.ofProfile()
	case in.Explicit:
		return in.webIdentity(in.Environment)
	case in.EndsAtContainer:
		return in.container()
	case in.Container && in.ProfileHas:
		return in.others("the credentials of the profile " + text.Clip(in.ProfileName))
	case in.Environment.RoleARN != "": // a role alone: the SDK goes on to other credentials in silence
		return in.halfChain()
	}
	return in.chain()
}

// webIdentity uses one.
func (in Inputs) webIdentity(w WebIdentity) Decision {
	d := Decision{Use: &w}
	if in.Keys {
		d.Shadowed = append(d.Shadowed, staticKeys)
		d.Warnings = append(d.Warnings, staticKeys+" are not used: the web identity that code names takes precedence "+
			"over them")
	}
	if in.Container {
		d.Shadowed = append(d.Shadowed, containers)
		d.Warnings = append(d.Warnings, containers+" are not used: a web identity takes precedence over them, as "+
			"in the SDK")
	}
	return d
}

// ofProfile uses the profile's web identity, and the roles that are assumed with it: but where the
// options name the role that is wanted.
func (in Inputs) ofProfile() Decision {
	d := in.webIdentity(in.Profile)
	if !in.Explicit {
		d.Hops = in.Hops
	}
	return d
}

// container uses the container's credentials. A role alone beside them is half of what nobody uses.
func (in Inputs) container() Decision {
	d := Decision{Container: true}
	if in.chained {
		d.Hops = in.Hops
	}
	if in.Environment.RoleARN != "" {
		d.Warnings = append(d.Warnings,
			OnlyOne("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE").Error()+"; "+containers+" are used")
	}
	return d
}

const containers = "container credentials (EKS Pod Identity, ECS)"

const staticKeys = "static keys in the environment (AWS_ACCESS_KEY_ID)"

// others leaves a config to credentials that take precedence over the web identity.
func (in Inputs) others(winner string, variables ...string) Decision {
	d := Decision{Winner: winner, Variables: variables}
	shadow := in.shadow()
	switch {
	case shadow != "":
		d.Shadowed = []string{shadow}
	case in.Environment.RoleARN != "":
		d.Shadowed = []string{"half a web identity (AWS_ROLE_ARN)"}
	case in.Environment.TokenFile != "":
		d.Shadowed = []string{"half a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)"}
	}
	switch {
	case in.Explicit:
		d.Load = refuse(Shadowed, "", "Loader.Options ask for a web identity, and there are "+winner)
	case in.Fallback == None && shadow == "":
		d.Load = refuse(NotConfigured, "", "no web identity is configured, and there are "+winner)
	case in.Fallback == None:
		d.Load = refuse(Shadowed, in.Environment.RoleARN, winner+" take precedence over "+shadow)
	case shadow != "":
		d.Warnings = append(d.Warnings, winner+" take precedence over "+shadow+", which is not used")
	}
	return in.shortOfNode(d)
}

// shadow describes the web identity that credentials may take precedence over, or is empty.
func (in Inputs) shadow() string {
	switch {
	case in.Environment.Whole():
		return "the web identity for " + text.Clip(in.Environment.RoleARN)
	case in.OfProfile:
		return "the web identity for " + text.Clip(in.Profile.RoleARN)
	case in.Container:
		return containers
	}
	return ""
}

// halfChain leaves a config with half a web identity to the SDK's chain, where that has something
// better than the node's role.
func (in Inputs) halfChain() Decision {
	half := in.Half("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
	if in.Fallback == None || in.Fallback == Chain && in.EndsAtNode {
		return Decision{Load: &Refusal{NotConfigured, in.Environment.RoleARN, half}}
	}
	return in.shortOfNode(Decision{Warnings: []string{half.Error() + "; other credentials are used"}})
}

// chain leaves a config to the SDK's chain, which found no web identity.
func (in Inputs) chain() Decision {
	if in.Fallback == None && !in.EndsAtNode {
		return Decision{Load: refuse(NotConfigured, "",
			"neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set, and FallbackNone excludes other credentials")}
	}
	return in.shortOfNode(Decision{})
}

// shortOfNode takes the node's role away from a config that has it though nobody asked for it.
// Outside Kubernetes an instance's role is its programs' own.
func (in Inputs) shortOfNode(d Decision) Decision {
	if d.Load != nil || !in.EndsAtNode || in.Fallback == NodeRole {
		return d
	}
	if !in.Pod.InKubernetes {
		if in.Fallback == None {
			d.Load = refuse(NotConfigured, "", "no web identity is configured, and there is no sign of Kubernetes")
		}
		return d
	}
	r := &Refusal{Kind: IsNodeRole, Err: in.halfContainer()}
	if in.NoMetadata {
		r.Kind = MetadataOff
	}
	if in.Fallback == None {
		d.Load = r
	} else {
		d.Retrieve = r
	}
	return d
}

func refuse(kind Kind, role, cause string) *Refusal { return &Refusal{kind, role, errors.New(cause)} }
