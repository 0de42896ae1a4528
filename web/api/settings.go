package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// settings are the operations of the FaxServer object.
func (a *API) settings() {
	route(a, needs(fax.ConfigQuery), huma.Operation{
		OperationID: "getServer", Method: http.MethodGet, Path: Root + "/server", Tags: []string{"server"},
		Summary: "The server's settings",
	}, func(context.Context, *none) (*body[fax.ServerResource], error) {
		return answer(a.server.Settings().Resource(), nil)
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "patchServer", Method: http.MethodPatch, Path: Root + "/server", Tags: []string{"server"},
		Summary: "Change settings: all that are sent, or none",
	}, func(ctx context.Context, in *struct{ Body fax.ServerPatch }) (*body[fax.ServerResource], error) {
		s, err := a.server.UpdateSettings(who(ctx), in.Body)
		return answer(s.Resource(), err)
	})
}

type DeviceParam struct {
	DeviceID fax.DeviceID `path:"deviceId" minimum:"1" doc:"The port's permanent id"`
}

type MethodParam struct {
	DeviceParam
	Guid string `path:"guid" maxLength:"64" doc:"The routing method's key; braces and case do not count"`
}

// ports are the operations of FaxPorts, FaxPort, FaxStatus and the routing methods.
func (a *API) ports() {
	tags := []string{"ports"}
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "listPorts", Method: http.MethodGet, Path: Root + "/ports", Tags: tags, Summary: "All ports",
	}, func(ctx context.Context, _ *none) (*body[wire.List[fax.Port]], error) {
		return answer(wire.ListOf(a.server.Ports(who(ctx))), nil)
	})
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "getPort", Method: http.MethodGet, Path: Root + "/ports/{deviceId}", Tags: tags, Summary: "One port",
	}, func(ctx context.Context, in *DeviceParam) (*body[fax.Port], error) {
		p, err := a.server.Port(who(ctx), in.DeviceID)
		return answer(p, noPort(err, in.DeviceID))
	})
	route(a, needs(fax.PortSet), huma.Operation{
		OperationID: "patchPort", Method: http.MethodPatch, Path: Root + "/ports/{deviceId}", Tags: tags,
		Summary:     "Change a port",
		Description: "A new priority shifts the other ports; the answer is all of them, with the whole new order.",
	}, func(ctx context.Context, in *struct {
		DeviceParam
		Body fax.PortPatch
	}) (*body[wire.List[fax.Port]], error) {
		ports, err := a.server.UpdatePort(who(ctx), in.DeviceID, in.Body)
		return answer(wire.ListOf(ports), noPort(err, in.DeviceID))
	})
	route(a, needs(fax.ConfigQuery), huma.Operation{
		OperationID: "listGPIOLines", Method: http.MethodGet, Path: Root + "/gpio-lines", Tags: tags,
		Summary: "The board's GPIO lines, which lineRelay, powerRelay and ringDetector of a port can be",
	}, func(context.Context, *none) (*body[wire.List[wire.GPIOLine]], error) {
		if a.lines == nil {
			return answer(wire.ListOf[wire.GPIOLine](nil), nil)
		}
		lines, err := a.lines()
		return answer(wire.ListOf(lines), err)
	})
	a.status()
	a.routingMethods()
}

// statusAnswer has a validator, so that polling costs next to nothing.
type statusAnswer struct {
	ETag string `header:"ETag" doc:"Changes when anything but asOf does; elapsedTime counts in whole seconds"`
	Body fax.Status
}

func (a *API) status() {
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "getStatus", Method: http.MethodGet, Path: Root + "/ports/{deviceId}/status", Tags: []string{"ports"},
		Summary: "What a port does now", Description: "The same comes by itself on /events.",
		Responses: map[string]*huma.Response{"304": {Description: "Not Modified: as it was when this ETag was given"}},
	}, func(ctx context.Context, in *struct {
		DeviceParam
		IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer"`
	}) (*statusAnswer, error) {
		s, err := a.server.Status(in.DeviceID)
		if err != nil {
			return nil, noPort(err, in.DeviceID)
		}
		s = s.At(time.Now().UTC())
		tag := statusTag(s)
		if matches(in.IfNoneMatch, tag) {
			return nil, notModified{tag}
		}
		return &statusAnswer{ETag: tag, Body: s}, nil
	})
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "listStatuses", Method: http.MethodGet, Path: Root + "/status", Tags: []string{"ports"},
		Summary: "What all ports do now",
	}, func(context.Context, *none) (*body[wire.List[fax.Status]], error) {
		statuses, now := a.server.Statuses(), time.Now().UTC()
		for i := range statuses {
			statuses[i] = statuses[i].At(now)
		}
		return answer(wire.ListOf(statuses), nil)
	})
}

// statusTag is a weak validator of a status.
func statusTag(s fax.Status) string {
	s.AsOf = time.Time{}
	s.ElapsedTime = fax.Seconds(math.Floor(float64(s.ElapsedTime)))
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a struct of plain values
	}
	sum := sha256.Sum256(data)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// matches reports whether one of the tags of If-None-Match is this one.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// notModified is the answer 304, which huma takes for an error.
type notModified struct{ tag string }

func (notModified) Error() string             { return "not modified" }
func (notModified) GetStatus() int            { return http.StatusNotModified }
func (n notModified) GetHeaders() http.Header { return http.Header{"ETag": {n.tag}} }

func (a *API) routingMethods() {
	tags := []string{"ports"}
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "listRoutingMethods", Method: http.MethodGet, Path: Root + "/ports/{deviceId}/routing-methods", Tags: tags,
		Summary: "What can be done with faxes received on a port, in that order",
	}, func(_ context.Context, in *DeviceParam) (*body[wire.List[fax.RoutingMethod]], error) {
		methods, err := a.server.RoutingMethods(in.DeviceID)
		return answer(wire.ListOf(methods), noPort(err, in.DeviceID))
	})
	route(a, needs(fax.PortQuery), huma.Operation{
		OperationID: "getRoutingMethod", Method: http.MethodGet, Path: Root + "/ports/{deviceId}/routing-methods/{guid}", Tags: tags,
		Summary: "One of them",
	}, func(_ context.Context, in *MethodParam) (*body[fax.RoutingMethod], error) {
		methods, err := a.server.RoutingMethods(in.DeviceID)
		if err != nil {
			return nil, noPort(err, in.DeviceID)
		}
		for _, m := range methods {
			if fax.SameGuid(m.Guid, in.Guid) {
				return answer(m, nil)
			}
		}
		p := problem(http.StatusNotFound, fmt.Sprintf("port %d has no routing method %s", in.DeviceID, in.Guid), "List the methods of the port.")
		p.Code = fax.ErrorInvalidData
		return nil, p
	})
	route(a, needs(fax.PortSet), huma.Operation{
		OperationID: "patchRoutingMethod", Method: http.MethodPatch, Path: Root + "/ports/{deviceId}/routing-methods/{guid}", Tags: tags,
		Summary:     "Switch a routing method on or off, or change where it routes to",
		Description: "Enable, setting and namePattern are the port's own; priority is one order for the whole server. The answer is all of the port's.",
	}, func(ctx context.Context, in *struct {
		MethodParam
		Body fax.RoutingMethodPatch
	}) (*body[wire.List[fax.RoutingMethod]], error) {
		methods, err := a.server.UpdateRoutingMethod(who(ctx), in.DeviceID, in.Guid, in.Body)
		return answer(wire.ListOf(methods), err)
	})
}
