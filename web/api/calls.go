package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

type CallParam struct {
	ID fax.CallID `path:"id" minimum:"1" doc:"The call's key"`
}

// CallFilter are the parameters that choose calls.
type CallFilter struct {
	Direction string       `query:"direction" enum:"in,out" doc:"Incoming or outgoing only"`
	DeviceID  fax.DeviceID `query:"deviceId" minimum:"1" doc:"Of this port only"`
	Number    string       `query:"number" maxLength:"64" doc:"Calling or dialled number begins so"`
	JobID     fax.JobID    `query:"jobId" minimum:"1" doc:"Of this job only"`
	Span
}

func (f CallFilter) of(p Paging) server.CallFilter {
	return server.CallFilter{Direction: fax.Direction(f.Direction), DeviceID: f.DeviceID, Number: f.Number, JobID: f.JobID,
		Since: f.Since, Until: f.Until, Paging: p.of()}
}

// calls are the operations of the journal.
func (a *API) calls() {
	tags := []string{"calls"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listCalls", Method: http.MethodGet, Path: Root + "/calls", Tags: tags,
		Summary: "The journal: every call, attempt, and ring that nobody answered; newest first",
	}, func(_ context.Context, in *struct {
		CallFilter
		Paging
	}) (*body[wire.List[fax.Call]], error) {
		page, err := a.server.Calls(in.CallFilter.of(in.Paging))
		return answer(pageOf(page), err)
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "exportCalls", Method: http.MethodGet, Path: Root + "/calls.csv", Tags: tags,
		Summary: "The journal as a table for spreadsheets", Responses: content("text/csv"),
	}, func(_ context.Context, in *CallFilter) (*stream, error) {
		return a.csv("calls", func(w io.Writer) error { return a.server.WriteJournal(w, in.of(Paging{})) }), nil
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getCall", Method: http.MethodGet, Path: Root + "/calls/{id}", Tags: tags, Summary: "One call",
	}, func(_ context.Context, in *CallParam) (*body[fax.Call], error) {
		k, err := a.server.Call(in.ID)
		return answer(k, noCall(err, in.ID))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getTrace", Method: http.MethodGet, Path: Root + "/calls/{id}/trace", Tags: tags,
		Summary: "What was said on the line: AT commands and frames, with times", Responses: content("text/plain"),
	}, func(_ context.Context, in *struct {
		CallParam
		Masked bool `query:"masked" doc:"Without numbers and names, for strangers who are to find a fault: the same number has the same mask"`
	}) (*stream, error) {
		if in.Masked {
			return a.maskedTrace(in.ID)
		}
		trace, err := a.server.Trace(in.ID)
		if errors.Is(err, server.ErrNotFound) {
			return nil, noTrace(in.ID)
		}
		if err != nil {
			return nil, err
		}
		return &stream{func(ctx huma.Context) {
			defer trace.Close()
			ctx.SetHeader("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.Copy(ctx.BodyWriter(), trace) // whoever asked has gone
		}}, nil
	})
}

func noTrace(id fax.CallID) error {
	return problem(http.StatusNotFound, fmt.Sprintf("there is no trace of a call %d", id), "Calls whose trace is kept say hasTrace.")
}

// maskedTrace is made before it is sent: one that cannot be masked is an error and not half a trace.
func (a *API) maskedTrace(id fax.CallID) (*stream, error) {
	var masked bytes.Buffer
	err := a.server.MaskedTrace(&masked, id)
	if errors.Is(err, server.ErrNotFound) {
		return nil, noTrace(id)
	}
	if err != nil {
		return nil, err
	}
	return download("text/plain; charset=utf-8", fmt.Sprintf("call-%d-masked.trace", id), masked.Bytes()), nil
}

// support is the operation that gathers what helps to find a fault.
func (a *API) support() {
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "getSupport", Method: http.MethodGet, Path: Root + "/support", Tags: []string{"health"},
		Summary:     "What helps to find a fault, as a zip file",
		Description: "Version, health, settings, the last calls and 20 traces, with numbers and names masked, without secrets or faxes.",
		Responses:   content("application/zip"),
	}, func(ctx context.Context, _ *none) (*stream, error) {
		w := who(ctx)
		return a.download("application/zip", "faxbox-support.zip", func(out io.Writer) error { return a.server.WriteSupport(w, out) }), nil
	})
}

// csv streams a table. An error in the middle of it can only cut the connection, so that nobody takes a part for the whole.
func (a *API) csv(name string, write func(io.Writer) error) *stream {
	return a.download("text/csv; charset=utf-8", name+".csv", write)
}

func (a *API) download(kind, name string, write func(io.Writer) error) *stream {
	return &stream{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", kind)
		ctx.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
		if err := write(ctx.BodyWriter()); err != nil {
			if ctx.Context().Err() == nil {
				a.log.Error("download broke off", "name", name, "error", err)
			}
			panic(http.ErrAbortHandler)
		}
	}}
}
