package perrequestfiles

import (
	"net/http"

	own "github.com/seed-15cba5db/irsa-go/irsa"
)

func loader() {}

func inAHandler(w http.ResponseWriter, r *http.Request) {
	_, _ = own.LoadConfig(r.Context()) // want `in an HTTP handler`
}
