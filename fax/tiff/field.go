package tiff

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Tag is the number of a field.
type Tag uint16

// The tags that fax files use: TIFF 6.0, RFC 2306, RFC 3949 and those that HylaFAX writes.
const (
	NewSubfileType            Tag = 254
	ImageWidth                Tag = 256
	ImageLength               Tag = 257
	BitsPerSample             Tag = 258
	Compression               Tag = 259
	PhotometricInterpretation Tag = 262
	FillOrder                 Tag = 266
	DocumentName              Tag = 269
	ImageDescription          Tag = 270
	Make                      Tag = 271
	Model                     Tag = 272
	StripOffsets              Tag = 273
	Orientation               Tag = 274
	SamplesPerPixel           Tag = 277
	RowsPerStrip              Tag = 278
	StripByteCounts           Tag = 279
	XResolution               Tag = 282
	YResolution               Tag = 283
	PlanarConfiguration       Tag = 284
	PageName                  Tag = 285
	T4Options                 Tag = 292
	T6Options                 Tag = 293
	ResolutionUnit            Tag = 296
	PageNumber                Tag = 297
	Software                  Tag = 305
	DateTime                  Tag = 306
	Artist                    Tag = 315
	HostComputer              Tag = 316
	TileWidth                 Tag = 322
	TileOffsets               Tag = 324
	BadFaxLines               Tag = 326
	CleanFaxData              Tag = 327
	ConsecutiveBadFaxLines    Tag = 328
	FaxRecvParams             Tag = 34908
	FaxSubAddress             Tag = 34909
	FaxRecvTime               Tag = 34910
	FaxDcs                    Tag = 34911
	OffsetTime                Tag = 36880 // of Exif 2.31: how far DateTime is from UTC, "+01:00"
)

var tagNames = map[Tag]string{
	NewSubfileType: "NewSubfileType", ImageWidth: "ImageWidth", ImageLength: "ImageLength", BitsPerSample: "BitsPerSample",
	Compression: "Compression", PhotometricInterpretation: "PhotometricInterpretation", FillOrder: "FillOrder",
	DocumentName: "DocumentName", ImageDescription: "ImageDescription", Make: "Make", Model: "Model",
	StripOffsets: "StripOffsets", Orientation: "Orientation", SamplesPerPixel: "SamplesPerPixel", RowsPerStrip: "RowsPerStrip",
	StripByteCounts: "StripByteCounts", XResolution: "XResolution", YResolution: "YResolution",
	PlanarConfiguration: "PlanarConfiguration", PageName: "PageName", T4Options: "T4Options", T6Options: "T6Options",
	ResolutionUnit: "ResolutionUnit", PageNumber: "PageNumber", Software: "Software", DateTime: "DateTime", Artist: "Artist",
	HostComputer: "HostComputer", TileWidth: "TileWidth", TileOffsets: "TileOffsets", BadFaxLines: "BadFaxLines",
	CleanFaxData: "CleanFaxData", ConsecutiveBadFaxLines: "ConsecutiveBadFaxLines", FaxRecvParams: "FaxRecvParams",
	FaxSubAddress: "FaxSubAddress", FaxRecvTime: "FaxRecvTime", FaxDcs: "FaxDcs", OffsetTime: "OffsetTime",
	FactCallerID: "CallerId", FactCsid: "Csid", FactTsid: "Tsid", FactRecipientName: "RecipientName",
	FactRecipientNumber: "RecipientNumber", FactRouting: "Routing",
}

// String is the tag's name and number, or its number alone.
func (t Tag) String() string {
	if name, ok := tagNames[t]; ok {
		return fmt.Sprintf("tag %s (%d)", name, uint16(t))
	}
	return fmt.Sprintf("tag %d", uint16(t))
}

// Type is the type of a field's values (TIFF 6.0, section 2).
type Type uint16

// The types of TIFF 6.0.
const (
	Byte Type = iota + 1
	ASCII
	Short
	Long
	Rational
	SByte
	Undefined
	SShort
	SLong
	SRational
	Float
	Double
)

// typeSizes are the octets of one value.
var typeSizes = [...]int{
	Byte: 1, ASCII: 1, Short: 2, Long: 4, Rational: 8, SByte: 1, Undefined: 1, SShort: 2, SLong: 4, SRational: 8, Float: 4, Double: 8,
}

// size is how many octets one value takes, 0 for a type that TIFF 6.0 does not know.
func (t Type) size() int {
	if int(t) < len(typeSizes) {
		return typeSizes[t]
	}
	return 0
}

// unit is how many octets of a value are one number, to be turned round between byte orders.
func (t Type) unit() int {
	if t == Rational || t == SRational {
		return 4
	}
	return t.size()
}

// Field is one entry of a page's directory. Data holds its values in little-endian order, whatever the order of the file.
type Field struct {
	Tag  Tag
	Type Type
	Data []byte
}

// Text makes a field of ASCII. What follows a NUL is left out, for it could not be read back.
func Text(t Tag, s string) Field {
	s, _, _ = strings.Cut(s, "\x00")
	return Field{t, ASCII, append([]byte(s), 0)}
}

// Shorts makes a field of 16-bit numbers.
func Shorts(t Tag, values ...uint16) Field {
	f := Field{Tag: t, Type: Short}
	for _, v := range values {
		f.Data = binary.LittleEndian.AppendUint16(f.Data, v)
	}
	return f
}

// Longs makes a field of 32-bit numbers.
func Longs(t Tag, values ...uint32) Field {
	f := Field{Tag: t, Type: Long}
	for _, v := range values {
		f.Data = binary.LittleEndian.AppendUint32(f.Data, v)
	}
	return f
}

// Fraction makes a field of one rational number.
func Fraction(t Tag, numerator, denominator uint32) Field {
	f := Longs(t, numerator, denominator)
	f.Type = Rational
	return f
}

// Count is the number of values, characters and the closing NUL for ASCII.
func (f Field) Count() int {
	if size := f.Type.size(); size > 0 {
		return len(f.Data) / size
	}
	return 0
}

// Uint is value i as a whole number, false if there is none or it is not a whole number of at least 0.
func (f Field) Uint(i int) (uint32, bool) {
	if i < 0 || i >= f.Count() {
		return 0, false
	}
	switch at := f.Data[i*f.Type.size():]; f.Type {
	case Byte, Undefined:
		return uint32(at[0]), true
	case Short:
		return uint32(binary.LittleEndian.Uint16(at)), true
	case Long:
		return binary.LittleEndian.Uint32(at), true
	case SShort:
		v := int16(binary.LittleEndian.Uint16(at))
		return uint32(v), v >= 0
	case SLong:
		v := int32(binary.LittleEndian.Uint32(at))
		return uint32(v), v >= 0
	}
	return 0, false
}

// Number is value i of any numeric type, NaN if there is none.
func (f Field) Number(i int) float64 {
	if i < 0 || i >= f.Count() {
		return math.NaN()
	}
	at := f.Data[i*f.Type.size():]
	long := func(i int) uint32 { return binary.LittleEndian.Uint32(at[4*i:]) }
	switch f.Type {
	case Byte, Undefined:
		return float64(at[0])
	case SByte:
		return float64(int8(at[0]))
	case Short:
		return float64(binary.LittleEndian.Uint16(at))
	case SShort:
		return float64(int16(binary.LittleEndian.Uint16(at)))
	case Long:
		return float64(long(0))
	case SLong:
		return float64(int32(long(0)))
	case Rational:
		return float64(long(0)) / float64(long(1))
	case SRational:
		return float64(int32(long(0))) / float64(int32(long(1)))
	case Float:
		return float64(math.Float32frombits(long(0)))
	case Double:
		return math.Float64frombits(binary.LittleEndian.Uint64(at))
	}
	return math.NaN()
}

// String is the field's values as text: ASCII up to its NUL, octets of no stated meaning in hexadecimal, numbers with
// commas between.
func (f Field) String() string {
	switch f.Type {
	case ASCII:
		s, _, _ := strings.Cut(string(f.Data), "\x00")
		return s
	case Undefined:
		return hex.EncodeToString(f.Data)
	}
	var b strings.Builder
	for i := range f.Count() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatFloat(f.Number(i), 'f', -1, 64))
	}
	return b.String()
}
