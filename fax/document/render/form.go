package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"

	"faxbox/fax/document/cover"
	"faxbox/fax/raster"
)

// pdfForm is the form of a PDF.
type pdfForm struct {
	handle references.FPDF_FORMHANDLE
	hidden bool // its fields are not drawn
}

// openForm lets PDFium read the form, if there is one.
func (f *pdfFile) openForm() error {
	kind, err := f.FPDF_GetFormType(&requests.FPDF_GetFormType{Document: f.document})
	if err != nil || kind.FormType == enums.FPDF_FORMTYPE_NONE {
		return err
	}
	made, err := f.FPDFDOC_InitFormFillEnvironment(&requests.FPDFDOC_InitFormFillEnvironment{
		Document: f.document, FormFillInfo: nobody(),
	})
	if err != nil {
		return nil // what is drawn without its form is still the page
	}
	f.form = &pdfForm{handle: made.FormHandle}
	_, err = f.FPDF_SetFormFieldHighlightAlpha(&requests.FPDF_SetFormFieldHighlightAlpha{FormHandle: made.FormHandle})
	return err
}

// nobody is who fills in the form: every question PDFium asks of its user is answered with nothing.
func nobody() structs.FPDF_FORMFILLINFO {
	return structs.FPDF_FORMFILLINFO{
		Release:                func() {},
		FFI_Invalidate:         func(references.FPDF_PAGE, float64, float64, float64, float64) {},
		FFI_OutputSelectedRect: func(references.FPDF_PAGE, float64, float64, float64, float64) {},
		FFI_SetCursor:          func(enums.FXCT) {},
		FFI_SetTimer:           func(int, func(int)) int { return 0 },
		FFI_KillTimer:          func(int) {},
		FFI_GetLocalTime:       func() structs.FPDF_SYSTEMTIME { return structs.FPDF_SYSTEMTIME{} },
		FFI_OnChange:           func() {},
		FFI_GetPage:            func(references.FPDF_DOCUMENT, int) *references.FPDF_PAGE { return nil },
		FFI_GetCurrentPage:     func(references.FPDF_DOCUMENT) *references.FPDF_PAGE { return nil },
		FFI_GetRotation:        func(references.FPDF_PAGE) enums.FPDF_PAGE_ROTATION { return enums.FPDF_PAGE_ROTATION_NONE },
		FFI_ExecuteNamedAction: func(string) {},
		FFI_SetTextFieldFocus:  func(string, bool) {},
		FFI_DoURIAction:        func(string) {},
		FFI_DoGoToAction:       func(int, enums.FPDF_ZOOM_MODE, []float32) {},
	}
}

// enter tells the form that a page was opened.
func (f *pdfFile) enter(p *pdfPage) error {
	if f.form == nil {
		return nil
	}
	_, err := f.FORM_OnAfterLoadPage(&requests.FORM_OnAfterLoadPage{Page: p.page, FormHandle: f.form.handle})
	return err
}

// leave tells the form that a page is going to be closed.
func (f *pdfFile) leave(p *pdfPage) {
	if f.form != nil {
		_, _ = f.FORM_OnBeforeClosePage(&requests.FORM_OnBeforeClosePage{Page: p.page, FormHandle: f.form.handle})
	}
}

// drawForm draws the fields of a page, filled in as they are.
func (f *pdfFile) drawForm(p *pdfPage, bitmap references.FPDF_BITMAP, at place) error {
	if f.form == nil || f.form.hidden {
		return nil
	}
	_, err := f.FPDF_FFLDraw(&requests.FPDF_FFLDraw{
		FormHandle: f.form.handle, Bitmap: bitmap, Page: p.page,
		StartX: at.x, StartY: at.y, SizeX: at.w, SizeY: at.h, Rotate: at.rotation(), Flags: drawFlags,
	})
	return err
}

// mostFields is how many fields of a template are looked at.
const mostFields = 500

// mostTemplatePages is how many pages a template may have.
const mostTemplatePages = 10

// form reads a cover page's template: what it looks like with its fields empty, and where they are. It is laid out on the
// sheet, or if need be on the paper that it is made for.
func (j *job) form(template []byte, own bool) (cover.Form, error) {
	content := bytes.NewReader(template)
	if k, err := sniff(content, content.Size()); err != nil || k != kindPDF {
		return cover.Form{}, &Refusal{Reason: NotSupported, Problem: "is no PDF",
			Hint: "A cover page is a PDF with form fields, as LibreOffice Writer or Acrobat make them."}
	}
	pdfium, err := j.pdfium()
	if err != nil {
		return cover.Form{}, err
	}
	file, err := pdfium.openPDF(content, content.Size(), "")
	if err != nil {
		return cover.Form{}, err
	}
	defer file.close()
	if file.form == nil {
		return cover.Form{}, noFields()
	}
	file.form.hidden = true
	pages, err := file.pages()
	if err != nil {
		return cover.Form{}, damagedPDF()
	}
	if pages > mostTemplatePages {
		return cover.Form{}, &Refusal{Reason: TooLarge, Problem: fmt.Sprintf("has more than %d pages", mostTemplatePages),
			Hint: "Leave only the cover page in the file."}
	}
	var form cover.Form
	for n := range pages {
		if err := j.formPage(&form, file, n, own && n == 0); err != nil {
			return cover.Form{}, onPage(err, n)
		}
	}
	if len(form.Fields) == 0 {
		return cover.Form{}, noFields()
	}
	return form, nil
}

func noFields() *Refusal {
	return &Refusal{Reason: Empty, Problem: "has no form fields to be filled in", Hint: nameFields}
}

const nameFields = "Give it text fields named after what they show: recipientName, senderName, coverpageSubject, coverpageNote."

// formPage adds page n to a form. It decides about the paper if it is to.
func (j *job) formPage(form *cover.Form, file *pdfFile, n int, decides bool) error {
	p, err := file.page(n)
	if err != nil {
		return trapped(err)
	}
	defer p.close()
	if decides && p.h < (297+11*mmPerInch)/2 {
		j.sheet.paper = raster.Letter
	}
	drawn, at, err := p.layOut(j.sheet.drawing(), j.limits.Memory)
	if err != nil {
		return trapped(err)
	}
	if at.turned {
		return &Refusal{Reason: NotSupported, Problem: "is wider than high", Hint: "Make the cover page upright, on A4 or Letter."}
	}
	form.Pages = append(form.Pages, j.sheet.bilevel(drawn, j.format.Mode))
	fields, err := p.fields(at, j.sheet.drawing())
	for _, f := range fields {
		f.Page = n
		if len(form.Fields) < mostFields {
			form.Fields = append(form.Fields, f)
		}
	}
	return err
}

// fields are the text fields of a page.
func (p *pdfPage) fields(at place, s sheet) ([]cover.Field, error) {
	f := p.file
	count, err := f.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: p.page})
	if err != nil {
		return nil, err
	}
	var fields []cover.Field
	for n := range min(count.Count, 2*mostFields) {
		got, err := f.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: p.page, Index: n})
		if err != nil {
			continue // an entry that is no annotation
		}
		if field, ok := p.field(got.Annotation, at, s); ok {
			fields = append(fields, field)
		}
		_, _ = f.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: got.Annotation}) // it was open
	}
	return fields, nil
}

// The bits of a field's flags, and the values of Q, as ISO 32000 counts them.
const (
	flagMultiline = 1 << 12
	centred       = 1
	flushRight    = 2
)

// field reads a text field; anything else is none.
func (p *pdfPage) field(a references.FPDF_ANNOTATION, at place, s sheet) (cover.Field, bool) {
	f, form := p.file, p.file.form.handle
	kind, err := f.FPDFAnnot_GetFormFieldType(&requests.FPDFAnnot_GetFormFieldType{FormHandle: form, Annotation: a})
	if err != nil || kind.FormFieldType != enums.FPDF_FORMFIELD_TYPE_TEXTFIELD {
		return cover.Field{}, false
	}
	name, err := f.FPDFAnnot_GetFormFieldName(&requests.FPDFAnnot_GetFormFieldName{FormHandle: form, Annotation: a})
	if err != nil || name.FormFieldName == "" {
		return cover.Field{}, false
	}
	rect, err := f.FPDFAnnot_GetRect(&requests.FPDFAnnot_GetRect{Annotation: a})
	if err != nil {
		return cover.Field{}, false
	}
	field := cover.Field{Name: name.FormFieldName}
	if !p.putField(&field, rect.Rect, at, s) {
		return cover.Field{}, false
	}
	if flags, err := f.FPDFAnnot_GetFormFieldFlags(&requests.FPDFAnnot_GetFormFieldFlags{FormHandle: form, Annotation: a}); err == nil {
		field.Multiline = flags.Flags&flagMultiline != 0
	}
	if value, err := f.FPDFAnnot_GetFormFieldValue(&requests.FPDFAnnot_GetFormFieldValue{FormHandle: form, Annotation: a}); err == nil {
		field.Value = value.FormFieldValue
	}
	if size, err := f.FPDFAnnot_GetFontSize(&requests.FPDFAnnot_GetFontSize{FormHandle: form, Annotation: a}); err == nil {
		field.Size = float64(size.FontSize) * at.scale
	}
	if q, err := f.FPDFAnnot_GetNumberValue(&requests.FPDFAnnot_GetNumberValue{Annotation: a, Key: "Q"}); err == nil {
		switch q.Value {
		case centred:
			field.Align = cover.Centre
		case flushRight:
			field.Align = cover.Right
		}
	}
	if da, err := f.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: a, Key: "DA"}); err == nil {
		field.Bold = boldFont(da.Value)
	}
	return field, true
}

// boldFont reports whether a default appearance sets a bold font, by its name: /HeBo is Acrobat's for Helvetica Bold.
func boldFont(appearance string) bool {
	for word := range strings.FieldsSeq(appearance) {
		if name, ok := strings.CutPrefix(word, "/"); ok {
			lower := strings.ToLower(name)
			return strings.Contains(lower, "bold") || strings.HasSuffix(name, "Bo") || strings.HasSuffix(name, "BO") || strings.HasSuffix(name, "Bd")
		}
	}
	return false
}

// putField places a field on the fax page, in points, where its rectangle of the PDF comes to lie.
func (p *pdfPage) putField(field *cover.Field, r structs.FPDF_FS_RECTF, at place, s sheet) bool {
	const fine = 1000 // points are counted in this many parts, for PDFium answers in whole numbers
	unit := place{w: round(p.w / mmPerPoint * fine), h: round(p.h / mmPerPoint * fine)}
	x0, y0, err0 := p.toPaper(float64(r.Left), float64(r.Top), unit)
	x1, y1, err1 := p.toPaper(float64(r.Right), float64(r.Bottom), unit)
	if err0 != nil || err1 != nil {
		return false
	}
	left := float64(at.x) / s.resolution.PelsPerMM() / mmPerPoint
	top := float64(at.y) / s.resolution.LinesPerMM() / mmPerPoint
	field.X = left + float64(min(x0, x1))/fine*at.scale
	field.Y = top + float64(min(y0, y1))/fine*at.scale
	field.W = float64(max(x0, x1)-min(x0, x1)) / fine * at.scale
	field.H = float64(max(y0, y1)-min(y0, y1)) / fine * at.scale
	return field.W > 0 && field.H > 0
}
