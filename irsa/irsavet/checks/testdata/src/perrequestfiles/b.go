package perrequestfiles

import (
	"net/http"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func inAnother(w http.ResponseWriter, r *http.Request) {
	_, _ = irsa.LoadConfig(r.Context()) // want `in an HTTP handler`
}
