package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// mail are the operations of mail: its settings, and faxes that are sent on.
func (a *API) mail() {
	tags := []string{"mail"}
	route(a, needs(fax.ConfigQuery), huma.Operation{
		OperationID: "getMail", Method: http.MethodGet, Path: Root + "/mail", Tags: tags, Summary: "How mail is sent",
		Description: "The password is never shown; passwordSet tells whether there is one.",
	}, func(context.Context, *none) (*body[fax.MailResource], error) { return answer(a.server.Mail(), nil) })
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "patchMail", Method: http.MethodPatch, Path: Root + "/mail", Tags: tags,
		Summary: "Change how mail is sent: all that is sent, or nothing",
		Description: "A password is kept for the server that it was entered for: if host, port, authority or fingerprint change, or the " +
			"certificate is not checked any more, it must be sent again. What waits for mail is tried at once.",
	}, func(ctx context.Context, in *struct{ Body fax.MailPatch }) (*body[fax.MailResource], error) {
		return answer(a.server.UpdateMail(who(ctx), in.Body))
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "testMail", Method: http.MethodPost, Path: Root + "/mail/test", Tags: tags,
		Summary:     "Send a test mail, and say what came of it",
		Description: "Takes up to a minute. What went wrong is no error of the request: see ok.",
	}, func(ctx context.Context, in *struct{ Body fax.MailTest }) (*body[fax.Verdict], error) {
		return answer(a.server.TestMail(ctx, who(ctx), in.Body.To))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "mailMessage", Method: http.MethodPost, Path: Root + "/messages/{id}/mail", Tags: []string{"messages"},
		DefaultStatus: http.StatusAccepted, Summary: "Send a fax on by mail",
		Description: "It is queued, and tried again for a week if the mail server cannot take it now. What came of it stands with the message: " +
			"the one of its outcomes whose order this is.",
	}, func(ctx context.Context, in *struct {
		MessageParam
		Body fax.MailOrder
	}) (*body[fax.Message], error) {
		m, err := a.server.MailMessage(who(ctx), in.ID, in.Body)
		return answer(m, noMessage(err, in.ID))
	})
	route(a, needs(fax.PortSet), huma.Operation{
		OperationID: "testRoutingMethod", Method: http.MethodPost, Path: Root + "/ports/{deviceId}/routing-methods/{guid}/test",
		Tags: []string{"ports"}, Summary: "Do with a test page what the method would do with a fax, and say what came of it",
		Description: "It need not be switched on. Takes up to a minute. What went wrong is no error of the request: see ok. A printer of " +
			"ipps: is trusted from then on by what it proves itself with now, as one that is new at its address.",
	}, func(ctx context.Context, in *MethodParam) (*body[fax.Verdict], error) {
		v, err := a.server.TestRoutingMethod(ctx, who(ctx), in.DeviceID, in.Guid)
		return answer(v, missingText(err, "there is no such port or routing method", "List the methods of the port."))
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "getWebhookSecret", Method: http.MethodGet, Path: Root + "/ports/{deviceId}/routing-methods/{guid}/secret",
		Tags: []string{"ports"}, Summary: "What the requests of the webhook method are signed with",
		Description: "Each URL has its own. A request has the headers Webhook-Id, the same at each attempt for one fax; Webhook-Timestamp, in " +
			"seconds since 1970; and Webhook-Signature: v1, a comma, and the base64 of HMAC-SHA256 of id.timestamp.body with the octets that " +
			"stand as base64 behind whsec_ in the secret.",
	}, func(ctx context.Context, in *MethodParam) (*body[wire.Secret], error) {
		secret, err := a.server.WebhookSecret(who(ctx), in.DeviceID, in.Guid)
		return answer(wire.Secret{Secret: secret}, missingText(err, "there is no webhook with a URL on this port", "Enter its URL first."))
	})
}
