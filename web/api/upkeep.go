package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/auth"
	"faxbox/web/upkeep"
)

// maxRestore is how large a backup may be, in octets; the disk sets the limit before.
const maxRestore = 1 << 40

// maxOf is how large a request may be.
func maxOf(r *http.Request) int64 {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/restore") {
		return maxRestore
	}
	return maxUpload
}

// large is a form with one large file, which goes where it belongs as it comes. Its fields stand before it.
type large struct{ request *http.Request }

// largeTime is how long such an upload may take.
const largeTime = 2 * time.Hour

// Resolve keeps the request.
func (l *large) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	l.request = r
	// Not every writer has deadlines; that of http.Server does.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(largeTime))
	return nil
}

// read reads the fields, and hands on the file.
func (l *large) read(take func(fields map[string]string, file io.Reader) error) error {
	parts, err := l.request.MultipartReader()
	if err != nil {
		return problem(http.StatusUnsupportedMediaType, "the file is not sent as multipart/form-data", "With curl: -F file=@FILE, behind other fields.")
	}
	fields := map[string]string{}
	for len(fields) < maxFiles {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF: // exactly: an upload that was cut off wraps it
			return fieldProblem("file", "is missing", "Choose a file; other fields stand before it.")
		case err != nil:
			return broken(err)
		case part.FileName() != "":
			return take(fields, part)
		}
		text, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return broken(err)
		}
		fields[part.FormName()] = string(text)
	}
	return problem(http.StatusBadRequest, "too many fields", "Send it again.")
}

// cutOff tells an upload that broke off from one whose file is not whole.
func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return broken(err)
	}
	return err
}

type accepted[T any] struct {
	Status int
	Body   T
}

// restarts is the answer to what ends with a new start of the service.
var restarts = map[string]*huma.Response{"202": {Description: "Done as far as can be said now: the service begins anew"}}

// updates, backups, and the other things that concern the box as a whole.
func (a *API) wholeBox() {
	tags := []string{"box"}
	route(a, needs(fax.ConfigQuery), huma.Operation{
		OperationID: "getUpdate", Method: http.MethodGet, Path: Root + "/update", Tags: tags, Summary: "Which version runs, and what becomes of an update",
	}, func(context.Context, *none) (*body[wire.Update], error) { return answer(a.upkeep.State(), nil) })
	route(a, needs(fax.AllRights), huma.Operation{
		OperationID: "installUpdate", Method: http.MethodPost, Path: Root + "/update", Tags: tags, Summary: "Install another version",
		Description: "The file is checked as a whole before the answer comes: its signature, its parts, whether it is for this board, and " +
			"whether it is older. Then calls on the lines end, none is begun, and the box restarts with it. If the new version does not " +
			"work, the one of before comes back by itself. GET " + Root + "/update tells how far that is.",
		DefaultStatus: http.StatusAccepted, Errors: append([]int{http.StatusConflict}, uploadErrors...),
	}, a.installUpdate)
	a.takesForm(Root+"/update", map[string]*huma.Schema{
		"downgrade": {Type: huma.TypeBoolean, Description: "Take an older version too"},
		"file":      {Type: huma.TypeString, Format: "binary", Description: "The update file, behind other fields"},
	})
	route(a, needs(fax.AllRights), huma.Operation{
		OperationID: "backup", Method: http.MethodPost, Path: Root + "/backup", Tags: tags, Summary: "A copy of everything, as one file",
		Description: "Faxes, jobs, settings, accounts, the journal, the certificate: encrypted with the passphrase, in the format of age.",
		Responses:   content("application/octet-stream"), Errors: []int{http.StatusUnprocessableEntity},
	}, func(ctx context.Context, in *struct{ Body wire.NewBackup }) (*stream, error) {
		if err := upkeep.CheckPassphrase(in.Body.Passphrase); err != nil {
			return nil, err
		}
		by, name := who(ctx), "faxbox-backup-"+time.Now().Format(time.DateOnly)+".age"
		return a.download("application/octet-stream", name, func(w io.Writer) error { return a.upkeep.Backup(ctx, by, in.Body.Passphrase, w) }), nil
	})
	route(a, public, huma.Operation{
		OperationID: "restore", Method: http.MethodPost, Path: Root + "/restore", Tags: tags, Summary: "Put a backup in the place of everything",
		Description: "For administrators; at the first start, for whoever has the one-time code. The backup is read and checked as a whole " +
			"before anything changes. Then calls end, and the service begins anew with what was in it, accounts included.",
		DefaultStatus: http.StatusAccepted, Responses: restarts,
		Errors: append([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests}, uploadErrors...),
	}, a.restore)
	a.takesForm(Root+"/restore", map[string]*huma.Schema{
		"passphrase": {Type: huma.TypeString, Description: "That the backup was made with"},
		"code":       {Type: huma.TypeString, Description: "The one-time code, while there is no administrator"},
		"file":       {Type: huma.TypeString, Format: "binary", Description: "The backup, behind the other fields"},
	})
	route(a, needs(fax.AllRights), huma.Operation{
		OperationID: "erase", Method: http.MethodPost, Path: Root + "/erase", Tags: tags, Summary: "Erase everything",
		Description:   "Faxes, settings, accounts: the box begins as on its first day.",
		DefaultStatus: http.StatusAccepted, Responses: restarts, Errors: []int{http.StatusConflict, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, in *struct{ Body wire.Erasure }) (*none, error) {
		return &none{}, a.upkeep.Erase(ctx, who(ctx), in.Body.Word)
	})
}

func (a *API) installUpdate(ctx context.Context, in *large) (*accepted[wire.Update], error) {
	err := in.read(func(fields map[string]string, file io.Reader) error {
		downgrade := fields["downgrade"] == "true" || fields["downgrade"] == "on"
		return a.upkeep.Update(ctx, who(ctx), file, max(0, in.request.ContentLength), downgrade)
	})
	return &accepted[wire.Update]{http.StatusAccepted, a.upkeep.State()}, cutOff(err)
}

func (a *API) restore(ctx context.Context, in *large) (*none, error) {
	id, err := a.accounts.Identify(in.request)
	fresh := errors.Is(err, auth.ErrNobody) && a.accounts.Code() != ""
	switch {
	case fresh:
	case err != nil:
		return nil, err
	case !id.Rights.Has(fax.AllRights):
		return nil, fax.ErrDenied
	}
	by := server.Who{Caller: id.Caller, Remote: id.Remote}
	proven := !fresh
	err = in.read(func(fields map[string]string, file io.Reader) error {
		if fresh {
			if err := a.accounts.Prove(fields["code"], in.request.RemoteAddr); err != nil {
				return err
			}
			proven = true
			by = server.Who{Caller: fax.Caller{User: "setup", Rights: fax.AllRights}, Remote: in.request.RemoteAddr}
		}
		return a.upkeep.Restore(ctx, by, fields["passphrase"], file)
	})
	if err != nil && !proven && !isCodeError(err) {
		return nil, auth.ErrNobody
	}
	return &none{}, cutOff(err)
}

func isCodeError(err error) bool {
	var tooMany auth.TooMany
	return errors.Is(err, auth.ErrWrongCode) || errors.Is(err, auth.ErrSetUp) || errors.As(err, &tooMany)
}
