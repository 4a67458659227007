package advice

import "cmp"

// Topics of a config that the SDK doesn't load.

// leaveOut takes the variables at fault out of the pod spec; where there are none it says
// otherwise.
func leaveOut(f Facts, words, otherwise string) Step {
	if removed := removals(f.Variables); len(removed) > 0 {
		return run(words+":", f.pod().SetEnv(removed...))
	}
	return say(otherwise)
}

// ProfileMissing is a profile that is to be used and is nowhere.
var ProfileMissing = &Topic{
	"The profile that is to be used is in none of the shared config files that were read.",
	func(f Facts) []Step {
		return []Step{
			leaveOut(f, "If the pod's own role is meant, no profile is needed. Leave it out", "If the pod's own role is "+
				"meant, no profile is needed: leave config.WithSharedConfigProfile out of the code."),
			say("If the profile is meant, mount the file that has it into this container, and name it in " +
				"AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE. Its section is [profile NAME] in the first, and " +
				"[NAME] in the second."),
		}
	},
}

// ConfigFile is a shared config file that can't be read.
var ConfigFile = &Topic{
	"A shared config file can't be read, or has another form than the SDK expects.",
	func(f Facts) []Step {
		return []Step{leaveOut(f, "Correct the file that the message names, or leave it out", "Correct the file that the "+
			"message names: the user that this process runs as must be able to read it, and its sections are "+
			"[default] and [profile NAME].")}
	},
}

// ProfileWithoutRole is a profile that says whence a role's session comes, and not of which role.
var ProfileWithoutRole = &Topic{
	"The profile says how the session of a role is to be got, and names no role.",
	all(say("Add role_arn to the profile, or remove its credential_source, source_profile or web_identity_token_file.")),
}

// MetadataRegion is a region that the instance metadata service was asked for in vain.
var MetadataRegion = &Topic{
	"The region is to come from the instance metadata service (config.WithEC2IMDSRegion), which gives none: pods can't " +
		"reach it where its hop limit is 1, and Fargate has none.",
	func(f Facts) []Step {
		const words = "Leave the option out: EKS injects AWS_REGION, and a token of EKS names the cluster's region. Or set it"
		if !f.pod().Known() {
			return []Step{say(words + " in the pod spec.")}
		}
		return []Step{run(words+":", f.pod().SetEnv("AWS_REGION="+Word(cmp.Or(f.clusterRegion(), f.ownRegion()), "REGION")))}
	},
}
