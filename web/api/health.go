package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

// health tells how the box is: in short to everybody, as a watchdog or a load balancer wants it, and in full to those who
// may read the configuration.
func (a *API) health() {
	tags := []string{"health"}
	route(a, public, huma.Operation{
		OperationID: "getHealthz", Method: http.MethodGet, Path: "/healthz", Tags: tags, Summary: "Is all well? 503 if not",
		Responses: map[string]*huma.Response{"503": {Description: "Something is wrong: see " + Root + "/health"}},
	}, func(context.Context, *none) (*struct {
		Status int
		Body   wire.Health
	}, error) {
		h := a.findings()
		h.Findings, h.Tree = nil, nil
		status := http.StatusOK
		if !h.OK {
			status = http.StatusServiceUnavailable
		}
		return &struct {
			Status int
			Body   wire.Health
		}{status, h}, nil
	})
	route(a, needs(fax.ConfigQuery), huma.Operation{
		OperationID: "getHealth", Method: http.MethodGet, Path: Root + "/health", Tags: tags, Summary: "What is well and what is not",
	}, func(context.Context, *none) (*body[wire.Health], error) { return answer(a.findings(), nil) })
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "getMetrics", Method: http.MethodGet, Path: "/metrics", Tags: tags, Summary: "Counts, for Prometheus",
		Responses: content("text/plain"),
	}, func(context.Context, *none) (*stream, error) {
		return &stream{func(ctx huma.Context) {
			ctx.SetHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			a.metrics(ctx.BodyWriter())
		}}, nil
	})
}

// Begun is when this server did, as /healthz tells it.
func (a *API) Begun() time.Time { return a.begun }

func (a *API) findings() wire.Health {
	tree := a.server.HealthTree()
	h := wire.Health{OK: true, Version: a.version, Begun: a.begun, Findings: a.server.Health(), Tree: &tree}
	for _, f := range h.Findings {
		h.OK = h.OK && f.OK
	}
	return h
}

// metrics writes the text format of Prometheus, version 0.0.4: so little of it that a library would weigh more.
func (a *API) metrics(w io.Writer) {
	m := a.server.Metrics()
	e := exposition{w}
	e.family("faxbox_info", "gauge", "The version of the program.")
	e.sample("faxbox_info", 1, "version", a.version, "go", runtime.Version())
	e.single("faxbox_start_time_seconds", "gauge", "When the program started, as Unix time.", float64(a.begun.Unix()))
	e.single("faxbox_alive_seconds", "gauge", "How long ago the slowest loop was last seen to go round.", sinceAlive(a.server.Alive()))
	e.family("faxbox_calls_total", "counter", "Calls and attempts that are over.")
	for _, k := range slices.SortedFunc(maps.Keys(m.Calls), compareCalls) {
		e.sample("faxbox_calls_total", float64(m.Calls[k]), "direction", string(k.Direction), "cause", k.Cause.String())
	}
	e.family("faxbox_pages_total", "counter", "Pages confirmed, by us or to us.")
	e.sample("faxbox_pages_total", float64(m.PagesIn), "direction", string(fax.In))
	e.sample("faxbox_pages_total", float64(m.PagesOut), "direction", string(fax.Out))
	e.family("faxbox_jobs", "gauge", "Jobs in the queue.")
	for _, s := range slices.Sorted(maps.Keys(m.Jobs)) {
		e.sample("faxbox_jobs", float64(m.Jobs[s]), "status", s.String())
	}
	e.family("faxbox_ports", "gauge", "Ports, by what they do.")
	for _, s := range slices.Sorted(maps.Keys(m.Ports)) {
		e.sample("faxbox_ports", float64(m.Ports[s]), "status", s.String())
	}
	e.single("faxbox_events_total", "counter", "Events that happened.", float64(m.Events))
	e.single("faxbox_routed_total", "counter", "Routing methods that were done.", float64(m.Routed))
	e.single("faxbox_route_failures_total", "counter", "Attempts of routing methods that failed.", float64(m.RouteFails))
	e.single("faxbox_store_failures_total", "counter", "Things that the store could not do.", float64(m.StoreFails))
	e.family("faxbox_health", "gauge", "1: well, 0: not.")
	for _, f := range a.server.Health() {
		ok := 0.0
		if f.OK {
			ok = 1
		}
		e.sample("faxbox_health", ok, "name", f.Name)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	e.single("go_goroutines", "gauge", "Goroutines that exist.", float64(runtime.NumGoroutine()))
	e.single("go_memstats_alloc_bytes", "gauge", "Octets of the heap in use.", float64(mem.Alloc))
	e.single("go_memstats_sys_bytes", "gauge", "Octets obtained from the system.", float64(mem.Sys))
}

func sinceAlive(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return time.Since(t).Seconds()
}

func compareCalls(a, b server.CallKey) int {
	return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Cause, b.Cause))
}

// exposition writes families of samples. What cannot be written nobody reads.
type exposition struct{ w io.Writer }

func (e exposition) family(name, kind, help string) {
	fmt.Fprintf(e.w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// sample writes a value with its labels: name, value, name, value. Go's quoting is the format's for printable text.
func (e exposition) sample(name string, value float64, labels ...string) {
	fmt.Fprint(e.w, name)
	for i := 0; i+1 < len(labels); i += 2 {
		open := ","
		if i == 0 {
			open = "{"
		}
		fmt.Fprintf(e.w, "%s%s=%q", open, labels[i], labels[i+1])
	}
	if len(labels) > 0 {
		fmt.Fprint(e.w, "}")
	}
	fmt.Fprintf(e.w, " %g\n", value)
}

func (e exposition) single(name, kind, help string, value float64) {
	e.family(name, kind, help)
	e.sample(name, value)
}
