// Package irsago is the map of the module; it holds documentation only.
//
// A Go program in an EKS pod gets exactly its pod's own IAM role, through IAM Roles for Service
// Accounts (IRSA) or EKS Pod Identity, by changing one word:
//
//	cfg, err := irsa.LoadConfig(ctx) // was: config.LoadDefaultConfig(ctx)
//
// The packages:
//
//   - irsa: the environment that the EKS webhook injects, the service account token, LoadConfig, the
//     refreshing credentials Provider, role chaining, and errors that explain themselves.
//   - irsa/denial: what a service says when it denies a call, and whose policy it is to change.
//   - irsa/diagnose: what is wrong with this pod's identity, as a report.
//   - irsa/trustpolicy: parses, evaluates, lints and generates role trust policies.
//   - irsa/irsavet, a module of its own: finds in a program's code what undoes the refresh.
//   - irsa/irsatest: an issuer, an STS and a pod for tests, with real wire formats.
//   - s3read: lists buckets and objects, and reads objects whole or not at all.
//   - s3read/s3readtest: an S3 for tests, with faults on demand.
//
// The programs under examples run inside pods, and with -embedded anywhere.
//
// # What stays
//
// Versions follow semantic versioning. Of the packages above, what compiles against one version
// compiles against the later ones of the same major version, and Err values, the fields of errors
// and what options mean by their zero values stay as they are documented. The words of errors, of
// Explain and of reports are for people, and change; so do the packages under internal and
// examples.
package irsago
