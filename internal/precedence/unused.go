package precedence

import "github.com/seed-15cba5db/irsa-go/internal/text"

const webIdentityOptions = "config.WithWebIdentityRoleCredentialOptions"

// unused adds to a decision what is configured and has no part in it.
func (in Inputs) unused(d Decision) Decision {
	if profile := in.unusedProfile(d); profile != "" {
		d.Unused = append(d.Unused, profile)
		d.Warnings = append(d.Warnings, profile+" are not used: "+d.winner()+" take precedence over them, as in the SDK")
	}
	if half := in.halfContainer(); half != nil && d.Use == nil && d.Load == nil && d.Retrieve == nil {
		d.Warnings = append(d.Warnings, half.Error()+"; other credentials are used")
	}
	if in.ForWebIdentity && d.Use == nil && d.Load == nil && in.inPod() {
		d.Unused = append(d.Unused, webIdentityOptions)
		d.Warnings = append(d.Warnings, webIdentityOptions+" is not used: it changes a web identity that is "+
			"configured, and there is none; Loader.Options name one (RoleARN, TokenFile)")
	}
	return d
}

// winner is in words what a decision uses.
func (d Decision) winner() string {
	switch {
	case d.Use != nil:
		if d.Use.RoleARN == "" { // Loader.Options name it
			return "those of the web identity"
		}
		return "those of the web identity for " + text.Clip(d.Use.RoleARN)
	case d.Container:
		return containers
	}
	return d.Winner
}

// unusedProfile describes the profile's credentials where a decision uses others. Of a profile that
// nobody named it is said in pods alone, where a file with credentials is mounted for a purpose;
// on other machines there is one everywhere.
func (in Inputs) unusedProfile(d Decision) string {
	named := in.NamedByCode != "" || in.NamedByVariable
	switch {
	case !in.ProfileHas, d.Load != nil, !named && !in.inPod():
		return ""
	case d.Use != nil && (in.OfProfile && *d.Use == in.Profile || d.Use.TokenFile == in.Profile.TokenFile &&
		d.Use.RoleARN == in.Profile.RoleARN):
		return "" // the profile's own, whoever names it
	case d.Use == nil && !in.Credentials && d.Winner != staticKeys: // the profile's own, or nothing that it has
		return ""
	}
	words := "the credentials of the profile " + text.Clip(in.ProfileName)
	switch {
	case in.NamedByCode != "":
		return words + " (config.WithSharedConfigProfile)"
	case in.NamedByVariable:
		return words + " (AWS_PROFILE)"
	}
	return words
}

// inPod reports whether there is a sign of Kubernetes. Where the environment has a web identity the
// pod's files are not looked at: that is one.
func (in Inputs) inPod() bool { return in.Pod.InKubernetes || in.Environment.Whole() }
