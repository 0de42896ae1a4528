package render

// What tests from outside look into.
var (
	Confine    = confine
	WithLimits = func(l Limits, inputs int) order { return order{Limits: l.orDefault(), Inputs: make([]input, inputs)} }
)
