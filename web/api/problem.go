package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/store"
	"faxbox/web/auth"
)

// problem makes a problem of a status, what went wrong, and what to do about it.
func problem(status int, detail, hint string) *wire.Problem {
	return &wire.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Hint: hint}
}

// known are the errors that have a meaning for the caller.
var known = []struct {
	err    error
	status int
	code   fax.ErrorCode
	hint   string
}{
	{fax.ErrDenied, http.StatusForbidden, fax.ErrorAccessDenied, "Ask an administrator of the box."},
	{auth.ErrNobody, http.StatusUnauthorized, fax.ErrorAccessDenied, "POST /api/v1/session with name and password, or send a token in the Authorization header."},
	{auth.ErrWrong, http.StatusUnauthorized, fax.ErrorAccessDenied, "An administrator can set a new password, or faxbox password on the box itself."},
	{auth.ErrWrongCode, http.StatusUnauthorized, fax.ErrorAccessDenied, "The code stands in the journal and on the console of the box. It changes with each start."},
	{auth.ErrSetUp, http.StatusConflict, fax.ErrorInvalidOperation, "Log in with that account. faxbox password on the box itself sets a new password."},
	{store.ErrTaken, http.StatusConflict, fax.ErrorInvalidParameter, "Choose another name."},
	{auth.ErrLast, http.StatusConflict, fax.ErrorInvalidOperation, "Make somebody else an administrator first."},
	{server.ErrNotFound, http.StatusNotFound, fax.ErrorInvalidParameter, "List them to see what there is."},
	{server.ErrForbidden, http.StatusConflict, fax.ErrorInvalidOperation, "The job's allowedOperations tell what can be done."},
	{store.ErrNotFound, http.StatusNotFound, fax.ErrorInvalidParameter, "List them to see what there is."},
	{server.ErrStopped, http.StatusServiceUnavailable, 0, "Try again in a minute."},
	{store.ErrFull, http.StatusInsufficientStorage, fax.ErrorOutOfMemory, "Delete messages that are not needed any more, or use a larger card."},
	{syscall.ENOSPC, http.StatusInsufficientStorage, fax.ErrorOutOfMemory, "Delete messages that are not needed any more, or use a larger card."},
	{store.ErrReadOnly, http.StatusInsufficientStorage, fax.ErrorFileAccessDenied, "The card may be at its end: make a backup and replace it."},
}

// problemOf turns an error into what the caller is told. What has no meaning for the caller is logged.
func (a *API) problemOf(ctx context.Context, err error) error {
	var told huma.StatusError // a problem, or 304
	var invalid fax.Invalid
	var tooMany auth.TooMany
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &told):
		return err
	case errors.As(err, &invalid):
		return invalidProblem(invalid)
	case errors.As(err, &tooMany):
		seconds := strconv.Itoa(int((tooMany.Wait + time.Second - 1) / time.Second))
		return huma.ErrorWithHeaders(problem(http.StatusTooManyRequests, err.Error(), "Wait, then try again."),
			http.Header{"Retry-After": {seconds}})
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "the files are too large: together more than "+strconv.Itoa(maxUpload>>20)+" MB",
			"Send fewer pages at a time.")
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			p := problem(k.status, k.err.Error(), k.hint)
			p.Code = k.code
			return p
		}
	}
	if ctx.Err() == nil {
		a.log.Error("request failed", "error", err)
	}
	return problem(http.StatusInternalServerError, "the box could not do this: "+err.Error(), "Look at its health and its journal.")
}

func invalidProblem(invalid fax.Invalid) *wire.Problem {
	p := problem(http.StatusUnprocessableEntity, invalid.Error(), "")
	p.Errors = invalid
	if len(invalid) > 0 {
		p.Hint, p.Code = invalid[0].Hint, invalid[0].Code
	}
	return p
}

// missing says of server.ErrNotFound what it is that does not exist.
func missing[ID ~int64](err error, what string, id ID, code fax.ErrorCode) error {
	if !errors.Is(err, server.ErrNotFound) {
		return err
	}
	p := problem(http.StatusNotFound, fmt.Sprintf("there is no %s %d", what, id), "List them to see what there is.")
	p.Code = code
	return p
}

// missingText is missing for what has no number.
func missingText(err error, what, hint string) error {
	if !errors.Is(err, server.ErrNotFound) {
		return err
	}
	p := problem(http.StatusNotFound, what, hint)
	p.Code = fax.ErrorInvalidParameter
	return p
}

func noPort(err error, id fax.DeviceID) error { return missing(err, "port", id, fax.ErrorBadUnit) }
func noJob(err error, id fax.JobID) error     { return missing(err, "job", id, fax.ErrorInvalidParameter) }
func noCall(err error, id fax.CallID) error {
	return missing(err, "call", id, fax.ErrorInvalidParameter)
}
func noContact(err error, id fax.ContactID) error {
	return missing(err, "contact", id, fax.ErrorInvalidParameter)
}
func noMessage(err error, id fax.MessageID) error {
	return missing(err, "message", id, fax.ErrorMessageNotFound)
}

// asProblem turns what the validation of huma found into our kind of problem. The status stays.
func (a *API) asProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	hint := "See " + OpenAPI + ".json for what is expected."
	if m.Status == http.StatusUnsupportedMediaType {
		hint = "Send JSON, and say so: Content-Type: application/json."
	}
	p := problem(m.Status, m.Detail, hint)
	for _, e := range m.Errors {
		if e != nil {
			p.Errors = append(p.Errors, fax.FieldError{Field: fieldName(e.Location), Problem: e.Message,
				Hint: "", Code: fax.ErrorInvalidParameter})
		}
	}
	if len(p.Errors) > 0 {
		p.Code = fax.ErrorInvalidParameter
		p.Detail = strings.TrimSpace(p.Errors[0].Error())
	}
	return p, nil
}

// fieldName is the field's name as it was sent, without where it stood.
func fieldName(location string) string {
	for _, where := range []string{"body.", "path.", "query.", "header."} {
		if name, ok := strings.CutPrefix(location, where); ok {
			return name
		}
	}
	return location
}

// refuse writes a problem where huma does not.
func (a *API) refuse(w http.ResponseWriter, err error) {
	var headers huma.HeadersError
	if errors.As(err, &headers) {
		for name, values := range headers.GetHeaders() {
			w.Header()[name] = values
		}
	}
	var p *wire.Problem
	if !errors.As(err, &p) {
		p = problem(http.StatusInternalServerError, err.Error(), "")
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="faxbox"`)
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = plainJSON.Marshal(w, p) // whoever asked has gone
}
