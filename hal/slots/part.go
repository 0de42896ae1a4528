package slots

// Part is one of the things that a slot is filled with.
type Part struct {
	Name   string `json:"name"` // RootPart, or a file in the slot's folder: initrd, broadcom/bcm2711-rpi-4-b.dtb
	Size   int64  `json:"size"` // octets
	SHA256 string `json:"sha256"`
}

// Parts that every slot has.
const (
	RootPart   = "root"  // goes to the partition
	KernelPart = "Image" // comes last
)
