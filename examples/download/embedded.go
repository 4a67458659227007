package main

import "github.com/seed-15cba5db/irsa-go/examples/internal/embedded"

// With -embedded it needs no cluster: issuer, STS and S3 run in the process, and the program does
// what it does in a pod. A copy of the program leaves this file out.
func init() { embedded.Flag(run) }
