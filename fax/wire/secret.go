package wire

// Secret is something that only two sides know.
type Secret struct {
	Secret string `json:"secret"`
}
