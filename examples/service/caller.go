package main

import (
	"log/slog"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// caller tells whom AWS takes this service for.
type caller struct {
	sts *sts.Client
	log *slog.Logger
}

func (c caller) identity(w http.ResponseWriter, r *http.Request) {
	id, err := c.sts.GetCallerIdentity(r.Context(), nil)
	if err != nil {
		fail(w, r, c.log, err)
		return
	}
	answer(w, r, c.log, map[string]string{"account": aws.ToString(id.Account), "arn": aws.ToString(id.Arn)})
}
