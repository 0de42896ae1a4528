package pdf

import "encoding/binary"

// profileName is what the profile calls itself.
const profileName = "Gray, gamma 2.2"

// grayProfile is what gray means: an ICC profile (ICC.1:2001-04, version 2.4) of a monochrome display with white at D50. For
// black and white any would do, but PDF/A wants one.
func grayProfile() []byte {
	d50 := words(0xF6D6, 0x10000, 0xD32D) // 0.9642, 1, 0.8249 as s15Fixed16
	tags := []struct{ signature, data string }{
		{"cprt", "text\x00\x00\x00\x00" + "No rights are reserved.\x00"},
		{"desc", "desc\x00\x00\x00\x00" + words(uint32(len(profileName)+1)) + profileName + "\x00" +
			words(0, 0) + string(make([]byte, 2+1+67))}, // neither Unicode nor ScriptCode
		{"kTRC", "curv\x00\x00\x00\x00" + words(1) + "\x02\x33"}, // 2.2 as u8Fixed8
		{"wtpt", "XYZ \x00\x00\x00\x00" + d50},
	}
	const header = 128
	table, data := words(uint32(len(tags))), ""
	begin := header + 4 + 12*len(tags)
	for _, t := range tags {
		table += t.signature + words(uint32(begin+len(data)), uint32(len(t.data)))
		data += t.data + string(make([]byte, -len(t.data)&3))
	}
	const (
		created = "\x07\xEA\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00" // 1 January 2026
		nobody  = "\x00\x00\x00\x00"
	)
	h := words(uint32(begin+len(data))) + nobody + "\x02\x40\x00\x00" + "mntr" + "GRAY" + "XYZ " + created + "acsp" +
		string(make([]byte, 28)) + d50
	return []byte(h + string(make([]byte, header-len(h))) + table + data)
}

// words are 32-bit numbers, most significant octet first.
func words(values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return string(b)
}
