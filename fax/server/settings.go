package server

import "faxbox/fax"

// Settings are the server's settings.
func (s *Server) Settings() fax.Server { return fax.Server{} }

// UpdateSettings changes settings: all that the patch names, or none. Needs fax.ConfigSet. What is wrong with the patch is a
// fax.Invalid.
func (s *Server) UpdateSettings(who Who, p fax.ServerPatch) (fax.Server, error) {
	return fax.Server{}, errNotYet
}

// Ports are all ports in the order of their device ids, with CanModify as it is for the caller.
func (s *Server) Ports(who Who) []fax.Port { return nil }

// Port is one port, or ErrNotFound.
func (s *Server) Port(who Who, id fax.DeviceID) (fax.Port, error) { return fax.Port{}, errNotYet }

// UpdatePort changes a port and, if its priority changes, the ranks of the others with it; it answers with all ports, in the
// order of Ports. Needs fax.PortSet. A call that is running goes on under the old settings.
func (s *Server) UpdatePort(who Who, id fax.DeviceID, p fax.PortPatch) ([]fax.Port, error) {
	return nil, errNotYet
}

// Status is what a port does now, or ErrNotFound.
func (s *Server) Status(id fax.DeviceID) (fax.Status, error) { return fax.Status{}, errNotYet }

// Statuses are those of all ports, in the order of Ports.
func (s *Server) Statuses() []fax.Status { return nil }

// RoutingMethods are what can be done with faxes received on a port, in the order in which it is done, or ErrNotFound.
func (s *Server) RoutingMethods(id fax.DeviceID) ([]fax.RoutingMethod, error) { return nil, errNotYet }

// UpdateRoutingMethod changes a routing method of a port; it answers with all of the port's. Enable, Setting and NamePattern
// are the port's own, Priority is one order for the whole server. Needs fax.PortSet.
func (s *Server) UpdateRoutingMethod(who Who, id fax.DeviceID, guid string, p fax.RoutingMethodPatch) ([]fax.RoutingMethod, error) {
	return nil, errNotYet
}
