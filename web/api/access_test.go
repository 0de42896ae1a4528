package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"faxbox/fax"
)

// Who may do what, told once more beside the code: the least role, nobody for everyone, anybody for whoever is logged in.
const (
	nobody  fax.Role = ""
	anybody          = fax.Viewer
)

var accessTable = []struct {
	method, path string
	least        fax.Role
	body         any // one that is let in
}{
	{"GET", Root + "/server", fax.Viewer, nil},
	{"PATCH", Root + "/server", fax.Administrator, map[string]any{"retries": 4}},
	{"GET", Root + "/ports", fax.Viewer, nil},
	{"GET", Root + "/ports/{deviceId}", fax.Viewer, nil},
	{"PATCH", Root + "/ports/{deviceId}", fax.Operator, map[string]any{"rings": 4}},
	{"GET", Root + "/ports/{deviceId}/status", fax.Viewer, nil},
	{"GET", Root + "/ports/{deviceId}/routing-methods", fax.Viewer, nil},
	{"GET", Root + "/ports/{deviceId}/routing-methods/{guid}", fax.Viewer, nil},
	{"PATCH", Root + "/ports/{deviceId}/routing-methods/{guid}", fax.Operator, map[string]any{"priority": 1}},
	{"GET", Root + "/ports/{deviceId}/routing-methods/{guid}/secret", fax.Administrator, nil},
	{"POST", Root + "/ports/{deviceId}/routing-methods/{guid}/test", fax.Operator, nil},
	{"GET", Root + "/mail", fax.Viewer, nil},
	{"PATCH", Root + "/mail", fax.Administrator, map[string]any{"name": "Fax"}},
	{"POST", Root + "/mail/test", fax.Administrator, map[string]any{"to": "anna@example.com"}},
	{"GET", Root + "/gpio-lines", fax.Viewer, nil},
	{"GET", Root + "/status", fax.Viewer, nil},
	{"POST", Root + "/documents", fax.Sender, nil},
	{"POST", Root + "/documents/preview", fax.Sender, nil},
	{"GET", Root + "/documents/preview/{previewId}/pages/{page}", fax.Sender, nil},
	{"GET", Root + "/cover-pages", anybody, nil},
	{"POST", Root + "/cover-pages", fax.Sender, nil}, // one's own; the server's: TestCoverPages
	{"GET", Root + "/cover-pages/{name}/file.pdf", anybody, nil},
	{"GET", Root + "/cover-pages/{name}/preview.png", anybody, nil},
	{"DELETE", Root + "/cover-pages/{name}", fax.Sender, nil},
	{"GET", Root + "/jobs", fax.Viewer, nil},
	{"GET", Root + "/jobs/{jobId}", fax.Viewer, nil},
	{"GET", Root + "/jobs/{jobId}/report.pdf", fax.Viewer, nil},
	{"POST", Root + "/jobs/{jobId}/pause", fax.Operator, nil}, // of others: TestOnesOwnJobs
	{"POST", Root + "/jobs/{jobId}/resume", fax.Operator, nil},
	{"POST", Root + "/jobs/{jobId}/restart", fax.Operator, nil},
	{"POST", Root + "/jobs/{jobId}/cancel", fax.Operator, nil},
	{"GET", Root + "/messages", fax.Viewer, nil},
	{"GET", Root + "/messages/{id}", fax.Viewer, nil},
	{"PATCH", Root + "/messages/{id}", fax.Viewer, map[string]any{"read": true}},
	{"DELETE", Root + "/messages/{id}", fax.Sender, nil}, // of others: TestBinIsForManagersAndOwners
	{"POST", Root + "/messages/{id}/restore", fax.Sender, nil},
	{"POST", Root + "/messages/bin", fax.Sender, map[string]any{"ids": []int{99}}},
	{"POST", Root + "/messages/restore", fax.Sender, map[string]any{"ids": []int{99}}},
	{"POST", Root + "/messages/read", fax.Viewer, map[string]any{"ids": []int{99}, "read": true}},
	{"GET", Root + "/messages/unread", fax.Viewer, nil},
	{"GET", Root + "/messages/{id}/file.tiff", fax.Viewer, nil},
	{"GET", Root + "/messages/{id}/file.pdf", fax.Viewer, nil},
	{"GET", Root + "/messages/{id}/report.pdf", fax.Viewer, nil},
	{"GET", Root + "/messages/{id}/pages/{page}", fax.Viewer, nil},
	{"POST", Root + "/messages/{id}/mail", fax.Viewer, map[string]any{"to": []string{"anna@example.com"}}},
	{"GET", Root + "/learned", fax.Viewer, nil},
	{"DELETE", Root + "/learned/{number}", fax.Administrator, nil},
	{"GET", Root + "/contacts", fax.Viewer, nil},
	{"POST", Root + "/contacts", fax.Sender, map[string]any{"name": "Anna", "faxNumber": "030 1234567"}},
	{"GET", Root + "/contacts/recent", fax.Viewer, nil},
	{"GET", Root + "/contacts.csv", fax.Viewer, nil},
	{"POST", Root + "/contacts/import", fax.Sender, nil},
	{"GET", Root + "/contacts/{id}", fax.Viewer, nil},
	{"PATCH", Root + "/contacts/{id}", fax.Sender, map[string]any{"notes": "x"}},
	{"DELETE", Root + "/contacts/{id}", fax.Sender, nil},
	{"GET", Root + "/calls", fax.Viewer, nil},
	{"GET", Root + "/calls.csv", fax.Viewer, nil},
	{"GET", Root + "/calls/{id}", fax.Viewer, nil},
	{"GET", Root + "/calls/{id}/trace", fax.Viewer, nil},
	{"GET", Root + "/support", fax.Administrator, nil},
	{"GET", Root + "/events", fax.Viewer, nil},
	{"GET", Root + "/setup", nobody, nil},
	{"POST", Root + "/setup", nobody, map[string]any{"code": "x", "name": "anna", "password": "12345678"}},
	{"POST", Root + "/session", nobody, map[string]any{"name": "anna", "password": "12345678"}},
	{"GET", Root + "/session", anybody, nil},
	{"PATCH", Root + "/session", anybody, map[string]any{"language": "de"}},
	{"DELETE", Root + "/session", anybody, nil},
	{"GET", Root + "/users", fax.Administrator, nil},
	{"POST", Root + "/users", fax.Administrator, map[string]any{"name": "eve", "role": "viewer", "password": "12345678"}},
	{"PATCH", Root + "/users/{name}", fax.Administrator, map[string]any{"fullName": "Eve"}},
	{"DELETE", Root + "/users/{name}", fax.Administrator, nil},
	{"POST", Root + "/users/{name}/password", fax.Administrator, map[string]any{"password": "12345678"}}, // of others
	{"GET", Root + "/tokens", anybody, nil},
	{"POST", Root + "/tokens", anybody, map[string]any{"name": "scanner", "role": "viewer"}},
	{"DELETE", Root + "/tokens/{id}", anybody, nil}, // one's own
	{"GET", Root + "/audit", fax.Administrator, nil},
	{"GET", Root + "/audit.csv", fax.Administrator, nil},
	{"GET", Root + "/update", fax.Viewer, nil},
	{"POST", Root + "/update", fax.Administrator, nil},
	{"POST", Root + "/backup", fax.Administrator, map[string]any{"passphrase": "short"}},
	{"POST", Root + "/restore", fax.Administrator, nil},
	{"POST", Root + "/erase", fax.Administrator, map[string]any{"word": "no"}},
	{"GET", "/healthz", nobody, nil},
	{"GET", Root + "/health", fax.Viewer, nil},
	{"GET", "/metrics", fax.Viewer, nil},
}

// Every operation, each with every role: those below the least are refused, the others are let in. What they then hear, be
// it 404, is documented.
func TestEveryOperationAskedByEveryRole(t *testing.T) {
	inBox(t, func(b *box) {
		b.Must(pause(b))
		job := b.job(fax.Administrator, "103")
		told := map[string]bool{}
		for _, row := range accessTable {
			told[row.method+" "+row.path] = true
			for _, role := range append([]fax.Role{nobody}, fax.Roles()...) {
				b.knock(row.method, row.path, role, row.least, row.body, job)
			}
		}
		for path, item := range b.api.huma.OpenAPI().Paths {
			for method := range operations(item) {
				if !told[method+" "+path] {
					b.Errorf("%s %s is not in the table", method, path)
				}
			}
		}
	})
}

// pause keeps jobs in the queue.
func pause(b *box) error {
	on := true
	_, err := b.Server.UpdateSettings(serverBoss, fax.ServerPatch{PauseServerQueue: &on})
	return err
}

// knock makes one request, and checks whether it was let in.
func (b *box) knock(method, path string, role, least fax.Role, body any, job fax.JobID) {
	b.Helper()
	place := strings.NewReplacer("{deviceId}", "1", "{jobId}", fmt.Sprint(job), "{id}", "99", "{page}", "1.png", "{number}", "102", "{name}", "nobody", "{previewId}", "none",
		"{guid}", strings.Trim(fax.RouteFolder, "{}")).Replace(path)
	if path == Root+"/events" { // would go on: TestEvents
		place += "?after=none"
	}
	var got int
	switch {
	case method == http.MethodPost && path == Root+"/documents", path == Root+"/documents/preview":
		got = b.send(role, b.Form(path, "faxNumber", "103", "@file", string(b.Page()))).Code
	case method == http.MethodPost && path == Root+"/cover-pages":
		got = b.send(role, b.Form(path, "name", "mine", "@file", "a page")).Code
	default:
		got = b.do(role, method, place, body).Code
	}
	rank := map[fax.Role]int{nobody: 0, fax.Viewer: 1, fax.Sender: 2, fax.Operator: 3, fax.Administrator: 4}
	var want int
	switch {
	case role == nobody && least != nobody:
		want = http.StatusUnauthorized
	case rank[role] < rank[least]:
		want = http.StatusForbidden
	default:
		if least != nobody && (got == http.StatusUnauthorized || got == http.StatusForbidden) {
			b.Errorf("%s %s as %q: refused with %d", method, path, role, got)
		}
		return
	}
	if got != want {
		b.Errorf("%s %s as %q: %d, want %d", method, path, role, got, want)
	}
}
