package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"faxbox/fax/document/cover"
	"faxbox/fax/tiff"
)

// Main is the child: it reads an order from in, carries it out with the files it has inherited, and says on out what comes of
// it. It returns the exit status. It holds the process it runs in down for good, so nothing may come after it.
func Main(in io.Reader, out io.Writer) int {
	say := json.NewEncoder(out)
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return tell(say, news{Failure: fmt.Sprintf("reading the order: %v", err)})
	}
	held, err := confine(o)
	if err != nil {
		return tell(say, news{Failure: err.Error()})
	}
	if err := say.Encode(news{Confined: held}); err != nil {
		return 1
	}
	result, err := carryOut(o, say)
	if r, ok := errors.AsType[*Refusal](err); ok {
		return tell(say, news{Refusal: r})
	}
	if err != nil {
		return tell(say, news{Failure: err.Error()})
	}
	return tell(say, news{Result: &result})
}

func tell(say *json.Encoder, n news) int {
	if say.Encode(n) != nil || n.Failure != "" {
		return 1
	}
	return 0
}

// carryOut does what the order says.
func carryOut(o order, say *json.Encoder) (Result, error) {
	ctx := context.Background() // the child has no end but its work's or being killed
	pdfium := func() (*engine, error) {
		// What starting leaves behind is less than collecting it costs; the limit of memory holds all the same.
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		return openEngine(ctx, o.Cache, o.Limits.Memory, fontsIn(o.Fonts))
	}
	if o.Warm {
		return Result{}, prepare(ctx, o.Cache)
	}
	w := &worker{limits: o.Limits, fonts: openFonts(o.Fonts)}
	var started *engine
	w.pdfium = func() (*engine, error) {
		var err error
		if started == nil {
			started, err = pdfium()
		}
		return started, err
	}
	w.progress = func(isCover bool, file, page int) {
		_ = say.Encode(news{At: &at{isCover, file, page}}) // if nobody listens the end is near
	}
	disk := unsynced{os.NewFile(outputFile, "output")}
	return w.order(ctx, o, disk)
}

// order renders, or checks, what an order names.
func (w *worker) order(ctx context.Context, o order, disk tiff.Disk) (Result, error) {
	r := Request{Format: o.Format, Following: o.Following}
	for i, in := range o.Inputs[:min(o.Files, len(o.Inputs))] {
		r.Files = append(r.Files, File{Content: inherited(i), Size: in.Size, Password: in.Password})
	}
	templates := map[int][]byte{}
	for i, c := range o.Covers {
		octets, ok := templates[c.Template]
		if !ok {
			if c.Template >= len(o.Inputs) {
				return Result{}, errors.New("there is no such template")
			}
			var err error
			if octets, err = readTemplate(File{Content: inherited(c.Template), Size: o.Inputs[c.Template].Size}); err != nil {
				return Result{}, about(err, true, i)
			}
			templates[c.Template] = octets
		}
		r.Covers = append(r.Covers, cover.Cover{Template: octets, Values: c.Values})
	}
	if o.Check {
		return w.check(ctx, r.Covers[0], disk)
	}
	return w.render(ctx, r, disk)
}

func inherited(i int) *os.File { return os.NewFile(uintptr(firstInput+i), "input") }
