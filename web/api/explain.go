package api

import (
	"context"
	"errors"
	"net/http"

	"faxbox/fax/wire"
)

// Explain is an error as the API tells it, for whoever shows it in another form. What has no meaning for the caller is
// logged.
func (a *API) Explain(ctx context.Context, err error) *wire.Problem {
	var p *wire.Problem
	if !errors.As(a.problemOf(ctx, err), &p) {
		p = problem(http.StatusInternalServerError, err.Error(), "")
	}
	return p
}
