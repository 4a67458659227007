package perrequestloader

import (
	"net/http"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

var shared irsa.Loader

func inAHandler(w http.ResponseWriter, r *http.Request) {
	_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
}

func whereItsNameIsTaken(w http.ResponseWriter, r *http.Request) {
	shared := 1
	_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
	_ = shared
}
