package perrequestloader

import (
	"net/http"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

var audit = irsa.Loader{Options: irsa.Options{RoleARN: "arn:aws:iam::444455556666:role/audit"}}

var changed irsa.Loader

func init() { changed.Options.RoleARN = "arn:aws:iam::444455556666:role/audit" }

var shared irsa.Loader

func before(r *http.Request) { _, _ = shared.LoadConfig(r.Context()) }

func inAHandler(w http.ResponseWriter, r *http.Request) {
	_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
}

func whereItsNameIsTaken(w http.ResponseWriter, r *http.Request) {
	shared := 1
	_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
	_ = shared
}
