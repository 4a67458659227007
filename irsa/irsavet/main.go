// Irsavet finds what this library replaces, and its misuse, and mends what can be mended by a rule.
// It is a module of its own, whose releases have tags of their own (irsa/irsavet/v…): the first of
// them is what @latest below begins with. Before that, and for what is not released yet, build it
// in a checkout of this repository:
//
//	go build -C irsa/irsavet -o ~/bin/irsavet
//
// In the module of a program that runs in pods:
//
//	go run github.com/seed-15cba5db/irsa-go/irsa/irsavet@latest ./...
//	go run github.com/seed-15cba5db/irsa-go/irsa/irsavet@latest -fix ./...
//
// or as a step of go vet, which keeps its results between runs:
//
//	go install github.com/seed-15cba5db/irsa-go/irsa/irsavet@latest
//	go vet -vettool=$(which irsavet) ./...
//
// Its checks are:
//
//	loadconfig     config.LoadDefaultConfig, which ends with the node's role where a pod has none
//	perrequest     a configuration loaded for each request, or in each round of a loop
//	statickeys     what Retrieve returned, kept as static credentials, which end with their session
//	providercache  a Provider behind a cache of the SDK's, which serves its credentials to their end
//	presignlife    presigned URLs that end with the session that signed them, at any moment
//	droppederror   a listing whose error is dropped, so that its first part passes for the whole
//
// What each of them says and why is the documentation of its analyzer, which irsavet help NAME
// prints. A check is switched off by its name, -loadconfig=false, and the others by naming the
// ones that are wanted, -droppederror -statickeys. Nothing can see where a program runs: a module
// that holds programs for elsewhere, too, names the packages that run in pods, or switches
// loadconfig off.
//
// -fix -diff prints what -fix would change; go vet takes the same flags. Run by itself, irsavet
// ends with status 3 where it found something, and with 1 where a package can't be loaded.
package main

import (
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/seed-15cba5db/irsa-go/irsa/irsavet/checks"
)

func main() { multichecker.Main(checks.All()...) }
