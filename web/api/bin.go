package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

// IDs are several messages.
type IDs struct {
	IDs []fax.MessageID `json:"ids" minItems:"1" maxItems:"500" nullable:"false" doc:"The messages' keys"`
}

// bin are the operations that delete messages and bring them back, and others on several at once.
func (a *API) bin() {
	tags := []string{"messages"}
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "deleteMessage", Method: http.MethodDelete, Path: Root + "/messages/{id}", Tags: tags,
		Summary: "Put a fax into the bin, or remove it for good",
		Description: "The bin needs job-manage, or that the fax is one's own; for good needs config-set, or that it is one's own. In the bin " +
			"it is in no listing but GET /messages?bin=true and not found by its key, until it is restored, binDays are over, or the " +
			"disk runs short. On a disk without any room it is removed for good at once.",
	}, func(ctx context.Context, in *struct {
		MessageParam
		Final bool `query:"final" doc:"For good, wherever it is"`
	}) (*none, error) {
		if in.Final {
			return nil, noMessage(a.server.PurgeMessage(who(ctx), in.ID), in.ID)
		}
		return nil, noMessage(a.server.DeleteMessage(who(ctx), in.ID), in.ID)
	})
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "restoreMessage", Method: http.MethodPost, Path: Root + "/messages/{id}/restore", Tags: tags,
		Summary: "Bring a fax back from the bin", Description: "Needs job-manage, or that it is one's own.",
	}, func(ctx context.Context, in *MessageParam) (*body[fax.Message], error) {
		m, err := a.server.RestoreMessage(who(ctx), in.ID)
		return answer(m, noMessage(err, in.ID))
	})
	for _, op := range []struct {
		id, path, summary string
		do                func(*server.Server, server.Who, []fax.MessageID) (server.Bulk, error)
	}{
		{"deleteMessages", "/messages/bin", "Put faxes into the bin", (*server.Server).DeleteMessages},
		{"restoreMessages", "/messages/restore", "Bring faxes back from the bin", (*server.Server).RestoreMessages},
	} {
		route(a, needs(fax.JobSubmit), huma.Operation{
			OperationID: op.id, Method: http.MethodPost, Path: Root + op.path, Tags: tags, Summary: op.summary,
			Description: "Needs job-manage, or that all are one's own: else nothing is done to any.",
		}, func(ctx context.Context, in *struct{ Body IDs }) (*body[wire.Bulk], error) {
			return bulkAnswer(op.do(a.server, who(ctx), in.Body.IDs))
		})
	}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "markMessages", Method: http.MethodPost, Path: Root + "/messages/read", Tags: tags,
		Summary: "Mark faxes as read, or as not",
	}, func(ctx context.Context, in *struct {
		Body struct {
			IDs
			Read bool `json:"read" doc:"False: nobody has seen them"`
		}
	}) (*body[wire.Bulk], error) {
		return bulkAnswer(a.server.MarkMessages(who(ctx), in.Body.IDs.IDs, in.Body.Read))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "countUnread", Method: http.MethodGet, Path: Root + "/messages/unread", Tags: tags,
		Summary: "How many received faxes nobody has seen",
	}, func(context.Context, *none) (*body[wire.Unread], error) {
		return answer(wire.Unread{Unread: a.server.CountMessages(server.MessageFilter{Direction: fax.In, Unread: true})}, nil)
	})
}

func bulkAnswer(b server.Bulk, err error) (*body[wire.Bulk], error) {
	return answer(wire.Bulk{Changed: b.Changed, Missing: b.Missing}, err)
}
