package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/scripts/rig/witness"
)

// renders is the scene of a PDF that is sent from the box: its renderer needs not be compiled there.
func renders(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := newTown()
	defer t.Close()
	go t.answerer.Run(ctx)
	o, _ := s.settle(ctx, t)
	s.check(strings.Contains(s.in("runuser -u faxbox -- faxbox render --warm /usr/lib/faxbox/code"), "holds"), "the image has the compiled renderer for this processor, and the service may read it")
	s.check(s.in("find /var/lib/faxbox/render -type f 2>/dev/null | wc -l") == "0", "the box has compiled nothing by itself")
	memory := make(chan string, 1)
	go func() { memory <- s.in(watchChild) }()
	began := time.Now()
	s.must(os.WriteFile(s.file("letter.pdf"), letter(40), 0o600))
	d := o.CreateDocument(s.file("letter.pdf"))
	d.FaxNumber = answererNumber
	id, err := d.Send(ctx)
	s.check(err == nil, "a PDF is pages and in the queue after %.1f s %v", time.Since(began).Seconds(), err)
	fmt.Printf("    the child that made them pages took %s KiB\n", <-memory)
	job, err := o.Job(ctx, id)
	s.must(err)
	err = job.Wait(ctx, func(fax.Job) {})
	s.check(err == nil && job.State == fax.Finished && len(t.record.Of(0, witness.Answered)) > 0, "it was sent: %s %v", job.State, err)
	fmt.Printf("    %s\n", strings.ReplaceAll(s.in("systemctl show faxbox -p MemoryCurrent -p MemoryPeak; grep -E 'VmHWM|VmRSS' /proc/$(systemctl show faxbox --value -p MainPID)/status; free -m | head -2"), "\n", "\n    "))
}

// letter is a PDF with so many lines of text.
func letter(lines int) []byte {
	var text strings.Builder
	text.WriteString("BT /F 12 Tf 14 TL 72 770 Td\n")
	for n := range lines {
		fmt.Fprintf(&text, "(Line %d of a letter that somebody wrote to somebody else.) Tj T*\n", n+1)
	}
	text.WriteString("ET")
	var pdf strings.Builder
	var at []int
	pdf.WriteString("%PDF-1.4\n")
	for n, object := range []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", text.Len(), text.String()),
	} {
		at = append(at, pdf.Len())
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", n+1, object)
	}
	xref := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&pdf, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&pdf, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return []byte(pdf.String())
}

// watchChild prints the most memory that a child that renders had within twenty seconds, in KiB.
const watchChild = `most=0; end=$(($(date +%s) + 20))
while [ $(date +%s) -lt $end ]; do
    for p in $(pgrep -f '[e]xe render'); do
        m=$(sed -n 's/VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$p/status 2>/dev/null)
        [ "${m:-0}" -le $most ] || most=$m
    done
done
echo $most`
