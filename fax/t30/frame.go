package t30

import "encoding/hex"

// Frame is an HDLC frame of the binary coded signals (T.30 5.3), from its address octet on and without FCS. Octets are as
// they pass between computer and modem: the first bit on the line is the least significant.
type Frame []byte

const (
	address      = 0xFF
	controlMore  = 0x03 // more frames follow in this burst
	controlFinal = 0x13 // the last frame of its burst: the P bit
)

// NewFrame makes a frame. Final is settled when it is said in a burst.
func NewFrame(f FCF, fif ...byte) Frame {
	return append(Frame{address, controlMore, byte(f)}, fif...)
}

// FCF is the facsimile control field with the X bit cleared, but for the DIS and DTC families, where that bit tells the
// two apart. A frame too short to have one yields 0, which is no command.
func (f Frame) FCF() FCF {
	if len(f) < 3 {
		return 0
	}
	return known(f[2])
}

// FIF is the facsimile information field.
func (f Frame) FIF() []byte {
	if len(f) < 4 {
		return nil
	}
	return f[3:]
}

// Final reports whether this is the last frame of its burst.
func (f Frame) Final() bool { return len(f) > 1 && f[1]&0x10 != 0 }

// WithFinal is the frame with its P bit as given.
func (f Frame) WithFinal(last bool) Frame {
	g := append(Frame(nil), f...)
	g[1] = controlMore
	if last {
		g[1] = controlFinal
	}
	return g
}

// X is the frame's X bit: set by the station that received a DIS.
func (f Frame) X() bool { return len(f) > 2 && f[2]&1 != 0 }

// WithX is the frame with its X bit as given; the DIS and DTC families have none and stay as they are, as does what is no
// FCF.
func (f Frame) WithX(x bool) Frame {
	if names[f.FCF()] == "" || disFamily[f.FCF()] || dtcFamily[f.FCF()] {
		return f
	}
	g := append(Frame(nil), f...)
	g[2] &^= 1
	if x {
		g[2] |= 1
	}
	return g
}

func (f Frame) String() string { return f.FCF().String() + " " + hex.EncodeToString(f) }

// FCF is a facsimile control field (T.30 5.3.6.1) as the modem delivers it, X bit 0.
type FCF byte

// The FCFs by the names and in the order of T.30.
const (
	DIS FCF = 0x80
	CSI FCF = 0x40
	NSF FCF = 0x20

	DTC FCF = 0x81
	CIG FCF = 0x41
	NSC FCF = 0x21
	PWD FCF = 0xC1
	SEP FCF = 0xA1
	PSA FCF = 0x61
	CIA FCF = 0xE1
	ISP FCF = 0x11

	DCS FCF = 0x82
	TSI FCF = 0x42
	NSS FCF = 0x22
	SUB FCF = 0xC2
	SID FCF = 0xA2
	TSA FCF = 0x62
	IRA FCF = 0xE2
	CTC FCF = 0x12

	CFR FCF = 0x84
	FTT FCF = 0x44
	CTR FCF = 0xC4
	CSA FCF = 0x24

	EOM    FCF = 0x8E
	MPS    FCF = 0x4E
	EOP    FCF = 0x2E
	EOS    FCF = 0x1E
	PRIEOM FCF = 0x9E
	PRIMPS FCF = 0x5E
	PRIEOP FCF = 0x3E
	PPS    FCF = 0xBE
	EOR    FCF = 0xCE
	RR     FCF = 0x6E

	MCF FCF = 0x8C
	RTN FCF = 0x4C
	RTP FCF = 0xCC
	PIN FCF = 0x2C
	PIP FCF = 0xAC
	PID FCF = 0x6C
	RNR FCF = 0xEC
	ERR FCF = 0x1C
	PPR FCF = 0xBC
	FDM FCF = 0xFC

	DCN FCF = 0xFA
	CRP FCF = 0x1A
	FNV FCF = 0xCA
	TNR FCF = 0xEA
	TR  FCF = 0x6A

	FCD FCF = 0x06
	RCP FCF = 0x86
)

var names = map[FCF]string{
	DIS: "DIS", CSI: "CSI", NSF: "NSF",
	DTC: "DTC", CIG: "CIG", NSC: "NSC", PWD: "PWD", SEP: "SEP", PSA: "PSA", CIA: "CIA", ISP: "ISP",
	DCS: "DCS", TSI: "TSI", NSS: "NSS", SUB: "SUB", SID: "SID", TSA: "TSA", IRA: "IRA", CTC: "CTC",
	CFR: "CFR", FTT: "FTT", CTR: "CTR", CSA: "CSA",
	EOM: "EOM", MPS: "MPS", EOP: "EOP", EOS: "EOS", PRIEOM: "PRI-EOM", PRIMPS: "PRI-MPS", PRIEOP: "PRI-EOP",
	PPS: "PPS", EOR: "EOR", RR: "RR",
	MCF: "MCF", RTN: "RTN", RTP: "RTP", PIN: "PIN", PIP: "PIP", PID: "PID", RNR: "RNR", ERR: "ERR", PPR: "PPR", FDM: "FDM",
	DCN: "DCN", CRP: "CRP", FNV: "FNV", TNR: "TNR", TR: "TR",
	FCD: "FCD", RCP: "RCP",
}

// disFamily are the FCFs whose lowest bit is clear whoever sends them: the called station's capabilities.
var disFamily = map[FCF]bool{DIS: true, CSI: true, NSF: true}

// dtcFamily are the FCFs whose lowest bit is set: sent by a caller that wants to receive.
var dtcFamily = map[FCF]bool{DTC: true, CIG: true, NSC: true, PWD: true, SEP: true, PSA: true, CIA: true, ISP: true}

func known(b byte) FCF {
	if dtcFamily[FCF(b)] {
		return FCF(b)
	}
	return FCF(b &^ 1)
}

func (f FCF) String() string {
	if s, ok := names[f]; ok {
		return s
	}
	return "FCF-" + hex.EncodeToString([]byte{byte(f)})
}
