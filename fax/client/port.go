package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Ports is FaxPorts: the server's ports as they were when they were asked for.
type Ports struct{ items []*Port }

// Count is how many there are.
func (p *Ports) Count() int { return len(p.items) }

// Item is one of them, counted from 1.
func (p *Ports) Item(index int) (*Port, error) { return item(p.items, index) }

// All are all of them.
func (p *Ports) All() iter.Seq[*Port] { return slices.Values(p.items) }

// Ports asks for the ports: the object model's GetPorts.
func (s *Server) Ports(ctx context.Context) (*Ports, error) {
	var list wire.List[fax.Port]
	if err := s.get(ctx, "/ports", &list); err != nil {
		return nil, err
	}
	ports := &Ports{}
	for _, p := range list.Items {
		ports.items = append(ports.items, &Port{Port: p, server: s})
	}
	return ports, nil
}

// Port asks for one port.
func (s *Server) Port(ctx context.Context, id fax.DeviceID) (*Port, error) {
	p := &Port{server: s}
	if err := s.get(ctx, fmt.Sprintf("/ports/%d", id), &p.Port); err != nil {
		return nil, err
	}
	return p, nil
}

// Port is FaxPort: a telephone line and its configuration.
type Port struct {
	fax.Port
	server *Server
}

func (p *Port) path(rest string) string { return fmt.Sprintf("/ports/%d%s", p.DeviceID, rest) }

// Set changes the port on the server at once: all that the patch names, or none.
func (p *Port) Set(ctx context.Context, c fax.PortPatch) error {
	var list wire.List[fax.Port]
	if err := p.server.Do(ctx, http.MethodPatch, p.path(""), c, &list); err != nil {
		return err
	}
	for _, other := range list.Items {
		if other.DeviceID == p.DeviceID {
			p.Port = other
		}
	}
	return nil
}

// SetCsid sets what the port announces when it receives: 20 characters of printable ASCII; p.Csid is what became of it.
func (p *Port) SetCsid(ctx context.Context, id string) error {
	clean := fax.NewStationID(id)
	return p.Set(ctx, fax.PortPatch{Csid: &clean})
}

// SetTsid sets what the port announces when it sends, under the same rule.
func (p *Port) SetTsid(ctx context.Context, id string) error {
	clean := fax.NewStationID(id)
	return p.Set(ctx, fax.PortPatch{Tsid: &clean})
}

// SetPriority ranks the port for sending: 1, the best, to the number of ports. The others' ranks shift.
func (p *Port) SetPriority(ctx context.Context, rank int) error {
	return p.Set(ctx, fax.PortPatch{Priority: &rank})
}

// SetReceive lets the port answer calls.
func (p *Port) SetReceive(ctx context.Context, on bool) error {
	return p.Set(ctx, fax.PortPatch{Receive: &on})
}

// SetRings says after how many rings it answers, 1-99.
func (p *Port) SetRings(ctx context.Context, n int) error {
	return p.Set(ctx, fax.PortPatch{Rings: &n})
}

// SetSend lets the port be used for sending.
func (p *Port) SetSend(ctx context.Context, on bool) error {
	return p.Set(ctx, fax.PortPatch{Send: &on})
}

// Status is FaxStatus: what a port did when it was last asked.
type Status struct {
	fax.Status
	port *Port
	etag string
}

// Status asks what the port does: the object model's GetStatus.
func (p *Port) Status(ctx context.Context) (*Status, error) {
	s := &Status{port: p}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Refresh asks again. It costs the server next to nothing while nothing has changed; Server.Events saves even that.
func (s *Status) Refresh(ctx context.Context) error {
	header := http.Header{}
	if s.etag != "" {
		header.Set("If-None-Match", s.etag)
	}
	answer, err := s.port.server.open(ctx, http.MethodGet, s.port.path("/status"), header, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified {
		return nil
	}
	var next fax.Status
	if err := decode(answer, &next); err != nil {
		return err
	}
	s.Status, s.etag = next, answer.Header.Get("ETag")
	return nil
}

// RoutingMethods is FaxRoutingMethods: what can be done with faxes received on a port.
type RoutingMethods struct{ items []*RoutingMethod }

// Count is how many there are.
func (r *RoutingMethods) Count() int { return len(r.items) }

// Item is one of them, counted from 1.
func (r *RoutingMethods) Item(index int) (*RoutingMethod, error) { return item(r.items, index) }

// All are all of them, in the order in which they are done.
func (r *RoutingMethods) All() iter.Seq[*RoutingMethod] { return slices.Values(r.items) }

// RoutingMethods asks for the port's routing methods: the object model's GetRoutingMethods.
func (p *Port) RoutingMethods(ctx context.Context) (*RoutingMethods, error) {
	var list wire.List[fax.RoutingMethod]
	if err := p.server.get(ctx, p.path("/routing-methods"), &list); err != nil {
		return nil, err
	}
	methods := &RoutingMethods{}
	for _, m := range list.Items {
		methods.items = append(methods.items, &RoutingMethod{RoutingMethod: m, port: p})
	}
	return methods, nil
}

// RoutingMethod is FaxRoutingMethod.
type RoutingMethod struct {
	fax.RoutingMethod
	port *Port
}

// SetEnable switches the method on or off for this port.
func (m *RoutingMethod) SetEnable(ctx context.Context, on bool) error {
	return m.Set(ctx, fax.RoutingMethodPatch{Enable: &on})
}

// Set changes the method on the server at once: all that the patch names, or none.
func (m *RoutingMethod) Set(ctx context.Context, c fax.RoutingMethodPatch) error {
	var list wire.List[fax.RoutingMethod]
	path := m.port.path("/routing-methods/" + url.PathEscape(m.Guid))
	if err := m.port.server.Do(ctx, http.MethodPatch, path, c, &list); err != nil {
		return err
	}
	for _, other := range list.Items {
		if fax.SameGuid(other.Guid, m.Guid) {
			m.RoutingMethod = other
		}
	}
	return nil
}
